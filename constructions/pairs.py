"""Defines tokens that are pairs: a letter with a letter or a digit (urrutia2026heads, App. B)."""

import math

import numpy as np
from jaxtyping import Int

LetterOf = Int[np.ndarray, " tokens"]


def first_and_sought(letters: int, digits: int) -> tuple[LetterOf, LetterOf]:
    """Returns the first letter of each token, and the letter that the token seeks.

    The token (x, y) has the id ``x * letters + y`` and seeks y; (x, d) has the id
    ``letters² + x * digits + d`` and seeks x.
    """
    pair_first, pair_second = np.divmod(np.arange(letters**2), letters)
    digit_first = np.repeat(np.arange(letters), digits)
    return np.concatenate([pair_first, digit_first]), np.concatenate([pair_second, digit_first])


def letter_angle(letters: int) -> float:
    """Returns ``ω = 2π/letters``, the radians between letters that share a plane."""
    return 2 * math.pi / letters
