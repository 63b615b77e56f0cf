"""Both sides of an equation in the inverse temperature."""

from collections.abc import Callable

from flint import arb


def brackets(beta: arb, rivals: Callable[[arb], arb], allowance: int) -> bool:
    """Whether the rivals weigh more than allowed just below, and less just above."""
    low, high = beta * (1 - arb(2) ** -40), beta * (1 + arb(2) ** -40)
    return bool(rivals(low) > allowance and rivals(high) < allowance)
