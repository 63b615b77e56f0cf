"""Where a falling function comes down to a level, in balls that hold the place for certain.

The secant method says where to look, and the function's balls on both sides show that it is there.
Where they do not, the function is bisected until they cannot tell.
"""

from collections.abc import Callable

from flint import arb, ctx

BITS = 128
ACCURACY = 48
NEAR = arb(2) ** (4 - 2 * ACCURACY)
"""How far on both sides of the place that the secant method finds, in proportion to it."""
FIRST_STEP = arb(2) ** -20
"""From the left end, in parts of the way to the right end."""
SECANTS = 40
"""Steps at most; a dozen are enough for most functions."""


def crossing(function_at: Callable[[int], Callable[[arb], arb]], level: int) -> arb:
    """A ball around the x ≥ 0 at which a function falls to ``level``.

    Args:
        function_at: Makes the function, continuous and strictly falling to below ``level``,
            for a number of bits; it is called with balls at that precision.
        level: What the function comes down to.

    Returns:
        A ball with at least ``ACCURACY`` correct bits; exactly 0 if the function is not
        certainly above the level at 0, where it should be exact.
    """
    bits = BITS
    while True:
        with ctx.workprec(bits):
            enclosed = _enclosed(function_at(bits), level)
        if enclosed is not None and (
            enclosed.is_zero() or enclosed.rel_accuracy_bits() >= ACCURACY
        ):
            return enclosed
        bits *= 2


def _enclosed(function: Callable[[arb], arb], level: int) -> arb | None:
    """A ball around all x where balls cannot tell the function from the level, if bounded."""
    low, high = arb(0), arb(1)
    if not function(low) > level:
        return low
    while (value := function(high)) > level:
        low, high = high, 2 * high
    if not value < level:
        return None
    place = _secant(function, level, low, high)
    before, after = place * (1 - NEAR), place * (1 + NEAR)
    if function(before) > level > function(after):
        return before.union(after)
    return bisected(function, level, low, high)


def _secant(function: Callable[[arb], arb], level: int, low: arb, high: arb) -> arb:
    """Where the function probably comes down to the level; nobody relies on it.

    Logarithms of sums of exponentials are convex, so the secants from the left stay on the left.
    """

    def excess(x: arb) -> arb:
        return (function(x) / level).log().mid()

    last, here = low, low + (high - low) * FIRST_STEP
    last_excess, here_excess = excess(last), excess(here)
    for _ in range(SECANTS):
        step = here_excess * (here - last) / (here_excess - last_excess)
        last, last_excess, here = here, here_excess, (here - step).mid()
        if abs(step) < here * NEAR / 4:
            break
        if not low < here < high:
            here = (low + high) / 2
        here_excess = excess(here)
        low, high = (here, high) if here_excess > 0 else (low, here)
    return here


def bisected(function: Callable[[arb], arb], level: int, low: arb, high: arb) -> arb:
    """The same ball by bisection, from a point where the function is above and one where below."""
    for _ in range(2 * ACCURACY):
        middle = (low + high) / 2
        value = function(middle)
        if value > level:
            low = middle
        elif value < level:
            high = middle
        else:
            break
    return low.union(high)
