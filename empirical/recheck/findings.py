"""What a check finds, and how a number is shown to be positive."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from flint import arb, ctx

from empirical.recheck.certificate import (
    Accuracy,
    Case,
    Horizon,
    InductionRow,
    Proof,
    Row,
    WalkRow,
)
from empirical.recheck.induction_tables import Circuit
from empirical.recheck.tables import Block
from empirical.recheck.walk_network import WalkNetwork

MOST_PRECISION = 2048
"""Bits at which a comparison is given up."""
MARGIN_ERROR = 2.0**-40
"""Relative error up to which a stated margin is that of its witness."""

Tick: TypeAlias = Callable[[int, int], object]


def silent(done: int, total: int) -> None:
    """Say nothing of progress."""


Claim: TypeAlias = Row | InductionRow | WalkRow | Case | Horizon | Accuracy | Proof


@dataclass(frozen=True)
class Unshown:
    """A claim that is not shown.

    Attributes:
        claim: the row, case, horizon, accuracy or proof.
        reason: why it is not shown, in a sentence without its end.
        instead: what is shown instead of it; none: nothing.
    """

    claim: Claim
    reason: str
    instead: Claim | None = None


Some = TypeVar("Some", Block, Circuit, WalkNetwork)
"""Tables in balls of some precision."""


def positive(tables: Some, quantity: Callable[[Some], arb]) -> bool:
    """Is a quantity that can be computed at any precision positive?

    Args:
        tables: at the first precision.
        quantity: from tables to a ball around the same number.
    """
    while True:
        with ctx.workprec(tables.precision):
            ball = quantity(tables)
        if ball > 0:
            return True
        if ball <= 0 or tables.precision >= MOST_PRECISION:
            return False
        tables = tables.finer


def is_near(tables: Some, quantity: Callable[[Some], arb], stated: float) -> bool:
    """Is a stated number the quantity, to a part ``MARGIN_ERROR`` of it?"""

    def nearness(tables: Some) -> arb:
        exact = quantity(tables)
        return MARGIN_ERROR * abs(exact) - abs(exact - stated)

    return positive(tables, nearness)
