"""Numbers of lengths: horizons of Retrieval, the price of length, a huge length, pure heads."""

from bisect import bisect_left
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb

from constructions.prices import LENGTHS
from empirical.figures.parts.sentences import applies, theorem
from empirical.figures.retrieval_geometry import ANGLE, NAMES
from empirical.paper.number import Number, of_ball
from empirical.paper.numbers import Ledger
from theory.angle import Angle
from theory.claim import Claim
from theory.engines import diophantine
from theory.predictors.index import index_critical_beta, index_floor
from theory.predictors.retrieval import retrieval_critical_beta

LETTERS = len(NAMES)
PAPER_LENGTH = 17
"""Tokens of the inputs of urrutia2026heads."""
LENGTHS_SEARCHED = np.arange(3, 1000)
HUGE = 10**100


def numbers(ledger: Ledger) -> Iterator[Number]:
    """Yields ``retrieval.*``, ``price.*``, ``huge.*`` and ``pure.*``."""
    yield from _retrieval()
    yield from _prices()
    yield from _huge()
    yield from _pure()


def _retrieval() -> Iterator[Number]:
    right = theorem("retrieval_floor_pos_of_lt_horizon").claim
    published = theorem("retrieval_peak_le_of_length").claim.conclusion.rhs
    floor = theorem("retrieval_floor_eq_of_le_horizon").claim.conclusion.rhs
    yield Number.count("retrieval.letters", LETTERS, "urrutia2026heads")
    yield Number.rounded("retrieval.angle", ANGLE, 4, "urrutia2026heads, radians per position")
    yield Number.count("retrieval.length", PAPER_LENGTH, "urrutia2026heads")
    yield Number.count("retrieval.horizon", _last(right), "the last n of its hypotheses")
    point = {x: v for x, v in _point(published, 0).items() if str(x) != "n"}
    curve = sp.lambdify(sp.Symbol("n", integer=True), published.subs(point))(LENGTHS_SEARCHED)
    zero = int(LENGTHS_SEARCHED[np.argmin(curve)])
    yield Number.count("retrieval.published_zero", zero, "where the published curve is least")
    for key, side in (("floor", floor), ("published", published)):
        value = side.subs(_point(side, PAPER_LENGTH))
        yield Number.rounded(f"retrieval.{key}", value, 5, f"{key} at {PAPER_LENGTH} tokens")


def _point(expression: sp.Expr, n: int) -> dict[sp.Symbol, sp.Expr | int]:
    exact = {"n": n, "A": LETTERS, "theta": ANGLE}
    return {x: exact[str(x)] for x in expression.free_symbols}


def _last(claim: Claim) -> int:
    """Returns the last length at which the hypotheses hold; they fail at every longer one."""

    def ended(n: np.int64) -> bool:
        return not applies(claim, n=int(n), A=LETTERS, theta=ANGLE)

    return int(LENGTHS_SEARCHED[bisect_left(LENGTHS_SEARCHED, True, key=ended) - 1])


def _prices() -> Iterator[Number]:
    longest = max(LENGTHS)
    yield Number.count("price.length", longest, "the longest length of the table")
    index = index_critical_beta([Angle.of_turns(Fraction(1, longest))], [1], longest, 1)
    retrieval = retrieval_critical_beta(LETTERS, [Angle.of_radians(0)], [1], longest)
    law = arb(longest) ** 2 / (8 * arb.pi())
    for key, value, places in (
        ("index", index, 2),
        ("index.ratio", index / law, 7),
        ("retrieval", retrieval, 3),
    ):
        text = of_ball(value, places)
        yield Number(key=f"price.{key}", text=text, source=f"critical β at {longest} tokens")
    root = theorem("theta_root_between_of_sum_eq_one").claim.conclusion.lhs.args[0]
    (x,) = root.free_symbols
    value = -root.subs(x, 0) * 4 / sp.pi
    yield Number.rounded("price.limit", value, 8, "4/π times the root of the theta sum")


def _huge() -> Iterator[Number]:
    floor = index_floor([Angle.of_radians(1)], [1], HUGE)
    mantissa, _, power = floor.str(6, radius=False).partition("e")
    yield Number(
        key="huge.floor", text=f"${mantissa} dot 10^({power})$", source="continued fractions, balls"
    )
    yield Number(key="huge.length", text="$10^(100)$", exact=str(HUGE), source="chosen")
    steps = len(list(diophantine.convergents(Angle.of_radians(1), HUGE - 1)))
    yield Number.count("huge.convergents", steps, "convergents below the length")


def _pure() -> Iterator[Number]:
    """Yields the logit gaps up to which the sentences about pure heads are proved."""
    for name in (
        "logit_gap_gt_of_pure_at_tenth",
        "logit_gap_gt_of_pure_at_twentieth",
        "logit_gap_gt_of_score_at_tenth",
    ):
        (largest_gap,) = (g.rhs for g in theorem(name).claim.given if isinstance(g, sp.Le))
        yield Number.rounded(f"pure.{name}", largest_gap, 3, f"the hypothesis of {name}")
