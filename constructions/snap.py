"""Defines the snap: a piecewise-linear map that takes coordinates near a bit to the bit."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from theory.refusal import Refusal


@dataclass(frozen=True, eq=False)
class Snap:
    """An MLP of one hidden ReLU layer, with no residual: ``ramp(x @ read + offset) @ write``.

    ``ramp(z) = relu(2z - 1/2) - relu(2z - 3/2)`` is 0 up to 1/4, 1 from 3/4 on, linear between:
    each hidden coordinate within 1/4 of a bit becomes the bit
    (``snap_gap_eq_one_of_quarters``).

    Attributes:
        read: matrix from the width of the network to the hidden coordinates.
        offset: what is added to each hidden coordinate.
        write: matrix from the hidden coordinates back to the width.

    Raises:
        Refusal: if the shapes disagree.
    """

    read: Float[np.ndarray, "_width _hidden"]
    offset: Float[np.ndarray, " _coordinates"]
    write: Float[np.ndarray, "_rows _columns"]

    def __post_init__(self) -> None:
        width, hidden = self.read.shape
        if self.offset.shape != (hidden,) or self.write.shape != (hidden, width):
            raise Refusal(
                f"Snap.offset and Snap.write have the shapes {self.offset.shape} and "
                f"{self.write.shape}: give {(hidden,)} and {(hidden, width)}."
            )

    def apply(
        self, x: Float[np.ndarray, "*inputs positions width"]
    ) -> Float[np.ndarray, "*inputs positions width"]:
        """Returns every row of ``x`` snapped."""
        return np.asarray(ramp(x @ self.read + self.offset) @ self.write)


def ramp(z: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Returns ``relu(2z - 1/2) - relu(2z - 3/2)`` of each coordinate."""
    return np.asarray(np.maximum(2 * z - 0.5, 0) - np.maximum(2 * z - 1.5, 0))
