"""The exact softmax conditions as plain loops, and the inputs that meet them with equality.

``rivals`` is the total weight of everything that is not the target, in units of the target's
weight. It falls as the inverse temperature grows, so a condition ``rivals < allowance`` holds
exactly above a critical inverse temperature.
"""

import math
from collections.abc import Callable


def index_rivals(beta: float, length: int, jump: int, angle: float) -> float:
    """Everything but the target of an integer ``jump``; ``jump = 0`` is also a letter query."""
    total = 0.0
    for offset in range(-jump, length - jump):
        if offset != 0:
            total += math.exp(-beta * (1 - math.cos(offset * angle)))
    return total


# A found letter scores twice its weight against the 1 of the query token: it needs a half. A
# letter query scores 1 and twice its weight against twice the rest: it needs a quarter.
INTEGER_ALLOWANCE = 1.0
LETTER_ALLOWANCE = 3.0


def index_input(length: int, letters: int, jump: int) -> list[int]:
    """Letter 0 at distance ``jump`` of the integer ``jump`` at the end, letter 1 elsewhere."""
    tokens = [1] * length
    tokens[-1 - jump] = 0
    tokens[-1] = letters + jump
    return tokens


def letter_input(length: int) -> list[int]:
    """Letter 0 at the end, letter 1 elsewhere."""
    return [1] * (length - 1) + [0]


def retrieval_rivals(
    beta: float, length: int, letters: int, angle: float, distance: int, difference: int
) -> float:
    """Rivals at ``difference`` letters everywhere but at the ``distance`` of the target."""
    total = 0.0
    for t in range(length):
        if t != distance:
            rival = math.cos(difference * 2 * math.pi / letters + t * angle)
            total += math.exp(beta * (rival - math.cos(distance * angle)))
    return total


def retrieval_input(length: int, letters: int, distance: int, difference: int) -> list[int]:
    """Letter 0 is sought and stands, with digit 0, at ``distance`` of the last position.

    Elsewhere, the last position included unless it is the target, is the one pair whose first
    letter is ``difference`` and whose second is 0: every rival is the same token.
    """
    tokens = [difference % letters * letters] * length
    tokens[-1 - distance] = letters**2
    return tokens


def critical_beta(rivals: Callable[[float], float], allowance: float) -> float:
    """The inverse temperature at which ``rivals`` falls to ``allowance``, by bisection."""
    low, high = 0.0, 1.0
    while rivals(high) > allowance:
        low, high = high, 2 * high
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if rivals(middle) > allowance else (low, middle)
    return high
