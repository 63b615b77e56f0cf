"""The executed logits are those of the canonical head, up to rounding: the self-check.

All other predictions about a head are about its canonical form, so this one comes first.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from empirical.heads import smeared
from empirical.heads.executed import last_query_logits_on, residual_streams
from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import SEED, Subject

LENGTH, INPUTS = 48, 8


def rows(subject: Subject) -> Iterator[Prediction]:
    """Yields one row per block and head, on random tokens."""
    config, weights = subject.checkpoint.config, subject.checkpoint.weights
    rng = np.random.default_rng(SEED)
    ids = rng.integers(config.vocab_size, size=(INPUTS, LENGTH))
    contents = np.arange(INPUTS * LENGTH).reshape(INPUTS, LENGTH)
    distances = np.arange(LENGTH)[::-1]
    streams = residual_streams(subject.model, ids)
    for layer, stream in enumerate(islice(streams, config.n_layer)):
        executed = last_query_logits_on(subject.model, stream, layer)
        for number, head in enumerate(smeared.heads(config, weights, layer, stream)):
            deviations = [
                np.abs(np.diagonal(head.logits(int(row[-1]), row, distances)) - measured).max()
                for row, measured in zip(contents, executed[:, number], strict=True)
            ]
            yield Prediction(
                name="logit_eq_canonical",
                where=f"L{layer}H{number} n={LENGTH}",
                relation="≤",
                bound=0.0,
                measured=float(max(deviations)),
                theorem="score_eq_sum_cos",
                allowance=subject.rounding_of(layer, stream.reshape(-1, config.n_embd)),
            )
