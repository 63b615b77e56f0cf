"""Linear forms in floats, each with a bound of how far it is from the form that is meant.

Throughout, the unit roundoff is 2⁻⁵³ and NumPy is trusted to add, multiply, divide and take square
roots as IEEE 754 says. A sum of k products, in any order, is off by at most (k + 2)·2⁻⁵³ of the
product of its factors' norms, and by k·2⁻¹⁰⁷⁴ where products underflow. With k below 2¹² that is
less than ``ROUNDING`` of it and ``FLOOR``; so is what a few more operations on its result lose.
What overflows becomes infinite or no number, and then nothing is proved from it.

``_above`` in a name says that a float is no smaller than the real number that is meant.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from empirical.certificates.arithmetic import rounding

ROUNDING = 2.0**-40
"""Relative to the sizes that go into a number."""
FLOOR = 2.0**-900
"""Absolute."""
WIDEST = 1 << 11
"""Dimensions up to which the count above holds."""

Array = Float64[np.ndarray, "..."]


@dataclass(frozen=True, eq=False)
class LinearForms:
    """Linear forms on rows of some width.

    Attributes:
        values: the floats, ``[..., width]``.
        error: a bound of the Euclidean distance of each from what is meant, ``[...]``.
    """

    values: Array
    error: Array

    @classmethod
    def exact(cls, values: Array) -> "LinearForms":
        """Forms that are meant as they stand."""
        return cls(values, np.zeros(values.shape[:-1]))

    def __neg__(self) -> "LinearForms":
        return LinearForms(-self.values, self.error)

    @property
    def size(self) -> Array:
        """A bound of the norm of each form that is meant."""
        return raised(norm_above(self.values) + self.error)

    @property
    def frobenius(self) -> float:
        """A bound of the norm of all forms together."""
        return float(norm_above(self.size.ravel()))

    def times(self, matrix: Float64[np.ndarray, "width other"]) -> "LinearForms":
        """Each form times a matrix of exact floats."""
        norm = float(norm_above(matrix.ravel()))
        return LinearForms(self.values @ matrix, raised((self.error + ROUNDING * self.size) * norm))

    def scaled(self, gain: Float64[np.ndarray, " width"] | float) -> "LinearForms":
        """Each form times exact floats, entry by entry."""
        most = float(np.abs(gain).max())
        return LinearForms(self.values * gain, raised((self.error + ROUNDING * self.size) * most))

    def centred(self) -> "LinearForms":
        """Each form on the row less its mean."""
        values = self.values - self.values.mean(axis=-1, keepdims=True)
        return LinearForms(values, raised(self.error + ROUNDING * self.size))

    def highest(self, points: Float64[np.ndarray, "points width"]) -> Array:
        """Upper bounds of each form at each of some exact points, ``[..., points]``."""
        blur = (self.error + ROUNDING * self.size)[..., None] * norm_above(points)
        return np.asarray(self.values @ points.T + (2 * blur + FLOOR))

    def lengths(
        self, points: Float64[np.ndarray, "points width"]
    ) -> Float64[np.ndarray, " points"]:
        """Upper bounds of the norm of all forms at each point, for a list of forms."""
        error = float(norm_above(self.error)) + ROUNDING * self.frobenius
        return raised(norm_above(points @ self.values.T) + 2 * error * norm_above(points))


def raised(numbers: Array | np.float64) -> Array:
    """Numbers made larger than a few roundings of their size could have made them smaller."""
    return np.asarray(numbers + (ROUNDING * np.abs(numbers) + FLOOR))


def norm_above(rows: Array) -> Array:
    """Upper bounds of the norms of rows of floats; squares that underflow have room."""
    return raised(np.sqrt((rows**2).sum(axis=-1)) + 2.0**-500)


def norm_below(rows: Array) -> Array:
    """Lower bounds of the same; zero where squares overflow."""
    norms = np.sqrt((rows**2).sum(axis=-1)) * (1 - ROUNDING) - 2.0**-500
    return np.where(np.isfinite(norms), np.maximum(norms, 0), 0.0)


def sum_above(*terms: Array) -> Array:
    """An upper bound of the sum of upper bounds."""
    total, size = terms[0], np.abs(terms[0])
    for term in terms[1:]:
        total, size = total + term, size + np.abs(term)
    return np.asarray(total + (ROUNDING * size + FLOOR))


def sum_below(*terms: Array) -> Array:
    """A lower bound of the sum of lower bounds."""
    return -sum_above(*(-term for term in terms))


def quotient_above(numbers: Array, low: Array, high: Array) -> Array:
    """Upper bounds of numbers divided by anything from ``low`` to ``high``, which are positive."""
    return raised(np.where(numbers >= 0, numbers / low, numbers / high))


def exp_above(exponents: Array) -> Array:
    """Upper bounds of powers of numbers up to 0, to a few roundings of their exponents.

    Where an exponent is no number, as sums beyond all floats leave it, the bound is infinite.
    """
    unknown = np.isnan(exponents)
    powers = rounding.exp(np.where(unknown, 0.0, exponents))
    return np.where(unknown, np.inf, powers * (1 + ROUNDING) + 64 * rounding.TINY)


def exp_below(exponents: Array) -> Array:
    """Lower bounds of the same; 0 where an exponent is no number."""
    unknown = np.isnan(exponents)
    powers = rounding.exp(np.where(unknown, 0.0, exponents))
    return np.where(unknown, 0.0, np.maximum(powers * (1 - ROUNDING) - 64 * rounding.TINY, 0.0))
