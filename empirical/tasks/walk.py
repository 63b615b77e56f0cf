"""What every task of several hops shares: a walk from the last token to the answer."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Int64

from empirical.tasks.task import Inputs, Task


@dataclass(frozen=True)
class Walk(Task):
    """A walk from stop to stop that begins at the last token; its last stop is the answer."""

    HOPS: ClassVar[int]
    """The most hops of a walk."""

    @property
    @abstractmethod
    def answers(self) -> Int64[np.ndarray, " answers"]:
        """Token ids that can be the answer, ascending."""

    @abstractmethod
    def path(self, inputs: Inputs) -> Int64[np.ndarray, "size stops"]:
        """Where the walk from the last token goes.

        Args:
            inputs: token ids, one input per row.

        Returns:
            Positions: the last token's, then one for each of ``HOPS`` hops; a walk that has ended
            stays where it is.
        """

    def hops(self, inputs: Inputs) -> Int64[np.ndarray, " size"]:
        """How many hops lead from the last token to the end of its walk."""
        hops: Int64[np.ndarray, " size"] = (np.diff(self.path(inputs)) != 0).sum(axis=1)
        return hops
