"""Rows of floats, each entry with a bound of how far it is from the number that is meant.

A sum of n products of floats, added in any order and rounded before it is added or not, errs by at
most ``(n + 1)·u`` of the sum of their sizes while n is below 2²⁰; ``ROOM`` covers the rounding of
that bound itself, ``TINY`` what underflows. What overflows is infinite or no number, and is above
no bound: it shows nothing.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from empirical.recheck.floats import TINY, UNIT, Bounds, Floats, down, norm_up, root_up, up

ROOM = 1 + 2.0**-30

Flags: TypeAlias = NDArray[np.bool_]
"""Yes or no; each docstring gives the shape."""


@dataclass(frozen=True, eq=False)
class Near:
    """Rows of numbers.

    Attributes:
        values: the floats, … × width.
        error: at least how far each is from its number, … × width.
    """

    values: Floats
    error: Floats

    @classmethod
    def exact(cls, values: Floats) -> "Near":
        """Numbers that are the floats."""
        return cls(values, np.zeros_like(values))

    def __neg__(self) -> "Near":
        """The negative numbers."""
        return Near(-self.values, self.error)

    def __sub__(self, other: "Near") -> "Near":
        """The differences."""
        values = self.values - other.values
        error = self.error + other.error + 2 * UNIT * np.abs(values)
        return Near(values, up(error * ROOM))

    def __add__(self, other: "Near") -> "Near":
        """The sums."""
        return self - (-other)

    @property
    def size(self) -> Floats:
        """At least the size of each number."""
        return up(np.abs(self.values) + self.error)

    @property
    def high(self) -> Floats:
        """At least each number."""
        return up(self.values + self.error)

    def times(self, matrix: Floats) -> "Near":
        """Rows times a matrix of floats, width × other.

        An entry is off by at most the length of what its row may be off by, times its column's.
        """
        columns = np.ascontiguousarray(matrix.T)
        rounding = (len(matrix) + 2) * UNIT * ROOM
        off = up(norm_up(self.error) + up(rounding * norm_up(self.values)))
        return Near(_product(self.values, columns), up(off[..., None] * norm_up(columns)))

    def scaled(self, by: Floats | float) -> "Near":
        """Entry by entry times floats."""
        rounded = (self.error + 2 * UNIT * np.abs(self.values)) * np.abs(by)
        return Near(self.values * by, up(rounded * ROOM))

    def centred(self) -> "Near":
        """Rows less their mean."""
        width = self.values.shape[-1]
        mean = self.values.sum(axis=-1, keepdims=True) / width
        rounded = self.error + (width + 4) * UNIT * np.abs(self.values)
        shared = rounded.sum(axis=-1, keepdims=True) / width
        error = rounded + shared + 4 * UNIT * (np.abs(self.values) + np.abs(mean))
        return Near(self.values - mean, up(error * ROOM))

    def lengths(self) -> Floats:
        """At least the length of each row."""
        return length_up(self.size)

    def by_points(self, points: Floats) -> Bounds:
        """Bounds of each row's product with each of some rows of floats, … × points."""
        product = self.times(np.ascontiguousarray(points.T))
        return Bounds(down(product.values - product.error), product.high)

    def images(self, points: Floats) -> Floats:
        """At least the lengths of what the rows, as one map, make of each of some points."""
        reached = self.times(np.ascontiguousarray(points.T)).size
        return length_up(np.ascontiguousarray(reached.T))

    @property
    def whole(self) -> float:
        """At least the norm of all rows together."""
        return float(length_up(self.size.reshape(1, -1))[0])


def length_up(sizes: Floats) -> Floats:
    """At least the length of rows of at most these sizes, which may be very small."""
    most = sizes.max(axis=-1, keepdims=True, initial=TINY)
    share = up(sizes / most)
    square = up((share * share).sum(axis=-1) * ROOM)
    return up(root_up(square) * most[..., 0])


def length_down(near: Near) -> Floats:
    """At most the length of each row, and at least zero."""
    below = np.maximum(down(np.abs(near.values) - near.error), 0.0)
    square = (below * below).sum(axis=-1) * (1 - 2.0**-30)
    root = np.maximum(down(np.sqrt(np.maximum(down(square), 0.0))), 0.0)
    return np.where(np.isfinite(root), root, 0.0)


def sum_up(*terms: Floats) -> Floats:
    """At least the sum of terms."""
    total = terms[0]
    for term in terms[1:]:
        total = up(total + term)
    return total


def _product(rows: Floats, columns: Floats) -> Floats:
    """Each row times each column, by NumPy's own loop over the sums and not by a library's."""
    total: Floats = np.einsum("...j,kj->...k", rows, columns, optimize=False)
    return total
