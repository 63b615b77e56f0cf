"""The self-check of a foreign model as rows: the first thing that is said of it."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from empirical.foreign.parity import parity
from empirical.foreign.reading import Model
from empirical.predictions.prediction import Prediction

LENGTH, SEED = 64, 20_261
"""Tokens of the input, and what it is drawn from."""


def rows(model: Model) -> Iterator[Prediction]:
    """Two rows per block, on random tokens: patterns, then logits.

    The detail says what the same check gives with all angles doubled: where that is small too,
    attention hardly depends on position and the check tells little of the angles.
    """
    ids = np.random.default_rng(SEED).integers(model.module.config.vocab_size, size=LENGTH)
    doubled = parity(model, ids, lambda head: replace(head, angles=2 * head.angles))
    for block, wrong in zip(parity(model, ids), doubled, strict=True):
        for name, measured, control in (
            ("pattern_eq_own", block.patterns, wrong.patterns),
            ("logit_eq_own", block.logits, wrong.logits),
        ):
            yield Prediction(
                name=name,
                where=f"L{block.layer} n={LENGTH}",
                relation="≤",
                bound=block.bound,
                measured=measured,
                theorem="score_eq_sum_cos",
                detail={"with all angles doubled": control, "logit deviation": block.deviation},
            )
