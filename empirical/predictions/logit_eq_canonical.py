"""The executed logits are those of the canonical head, up to rounding: the self-check.

All other predictions about a head are about its canonical form, so this one comes first.
"""

from collections.abc import Iterator

import numpy as np

from empirical.heads import smeared
from empirical.heads.executed import last_query_logits, residual_stream
from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import SEED, Subject

LENGTH, INPUTS = 48, 8


def rows(subject: Subject) -> Iterator[Prediction]:
    """Yields one row per block and head, on random tokens."""
    config, weights = subject.checkpoint.config, subject.checkpoint.weights
    rng = np.random.default_rng(SEED)
    ids = rng.integers(config.vocab_size, size=(INPUTS, LENGTH))
    distances = np.arange(LENGTH)[::-1]
    for layer in range(config.n_layer):
        executed = last_query_logits(subject.model, ids, layer)
        stream = residual_stream(subject.model, ids, layer)
        worst = np.zeros(config.n_head)
        for row, contents in enumerate(stream):
            for number, head in enumerate(smeared.heads(config, weights, layer, contents[None])):
                every = head.logits(LENGTH - 1, np.arange(LENGTH), distances)
                deviation = np.abs(np.diagonal(every) - executed[row, number]).max()
                worst[number] = max(worst[number], deviation)
        for number, measured in enumerate(worst.tolist()):
            yield Prediction(
                name="logit_eq_canonical",
                where=f"L{layer}H{number} n={LENGTH}",
                relation="≤",
                bound=0.0,
                measured=measured,
                theorem="score_eq_sum_cos",
                allowance=subject.rounding_of(layer, stream.reshape(-1, config.n_embd)),
            )
