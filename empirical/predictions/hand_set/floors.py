"""The hand-set heads have exactly the floors that the sharp sentences state.

Bounds are the ledger's own expressions. Measurements are logits of the real weights, run by the
reference layer on an input that attains the floor.
"""

import math
from collections.abc import Iterator

import numpy as np
import sympy as sp

from constructions.attention import logits
from constructions.construction import Construction
from constructions.index import Index
from constructions.retrieval import Retrieval
from empirical.predictions.prediction import Prediction
from theory import ledger

LENGTH, LETTERS = 17, 8
ANGLE = sp.Rational(27, 10_000)
ROUNDING = 1e-13
"""Bound of the rounding error of a float64 logit below 1 and of the cosines that it is made of."""


def hand_set_rows() -> Iterator[Prediction]:
    """Yields rows for Index at its best angle for 17 tokens and Retrieval at the published numbers.

    The numbers are those of urrutia2026heads: 8 letters and 0.0027 radians per position.
    """
    index = Index(letters=2, integers=LETTERS, angle=2 * math.pi / LENGTH)
    letter_query = np.zeros(LENGTH, dtype=np.int64)
    yield from _equal(
        "index_floor", index, letter_query, LENGTH - 1, "index_gap_le_of_reach", {"M": LENGTH - 1}
    )
    retrieval = Retrieval(letters=LETTERS, digits=1, angle=float(ANGLE))
    # The query (h, b) seeks b. The match (b, a) stands next to the rival (a, a), one letter off,
    # which is the farthest token.
    worst = np.full(LENGTH, 7 * LETTERS + 1)
    worst[0], worst[1] = 0, LETTERS
    yield from _equal(
        "retrieval_floor",
        retrieval,
        worst,
        1,
        "retrieval_floor_eq_of_le_horizon",
        {"n": LENGTH, "A": LETTERS, "theta": ANGLE},
    )


def _equal(
    name: str,
    construction: Construction,
    tokens: np.ndarray,
    answer: int,
    theorem: str,
    at: dict[str, sp.Expr | int],
) -> Iterator[Prediction]:
    """Yields two rows: the gap of the last query is at most the bound, and at least the bound."""
    (sentence,) = ledger.find([theorem])
    symbols = {v.name: v for v in sentence.claim.variables}
    bound = sentence.claim.conclusion.rhs.subs({symbols[x]: value for x, value in at.items()})
    (head,) = construction.layer.heads
    last = logits(head, construction.embed(tokens))[-1]
    gap = last[answer] - np.delete(last, answer).max()
    for relation in ("≤", "≥"):
        yield Prediction(
            name=name,
            where=f"hand-set n={len(tokens)}",
            relation=relation,
            bound=float(bound),
            measured=float(gap),
            theorem=theorem,
            allowance=ROUNDING,
        )
