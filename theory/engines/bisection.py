"""Where a falling function comes down to a level, bisected in balls until they cannot tell."""

from collections.abc import Callable

from flint import arb, ctx

BITS = 128
ACCURACY = 48


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
            found = _bisected(function_at(bits), level)
        if found is not None and (found.is_zero() or found.rel_accuracy_bits() >= ACCURACY):
            return found
        bits *= 2


def _bisected(function: Callable[[arb], arb], level: int) -> arb | None:
    """A ball around all x where balls cannot tell the function from the level, if bounded."""
    low, high = arb(0), arb(1)
    if not function(low) > level:
        return low
    while (value := function(high)) > level:
        low, high = high, 2 * high
    if not value < level:
        return None
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
