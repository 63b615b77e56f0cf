"""Multi-hop tasks over whose inputs trained networks are proved right: anything off the walk."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Int64

from empirical.tasks.task import Answers, Inputs
from empirical.tasks.walk import Walk
from theory.refusal import Refusal


@dataclass(frozen=True)
class WalksAnywhere(Walk):
    """A walk whose stops stand wherever they lead, with anything admissible elsewhere."""

    HARD: ClassVar[float] = 0.5
    """Share of the inputs in training that have few different tokens off the walk."""

    @abstractmethod
    def walks(self, length: int) -> list[tuple[int, ...]]:
        """The tokens of every walk that an input of a length can have, from the last token on."""

    @abstractmethod
    def attended(self, inputs: Inputs) -> Int64[np.ndarray, "size hops"]:
        """Where the last token should look in each layer, for one layer per hop: positions."""

    @abstractmethod
    def drawn(
        self, rng: np.random.Generator, size: int, length: int, hard: float
    ) -> tuple[Inputs, Answers]:
        """Draw inputs of which a share is hard: one to three different tokens off the walk.

        Args:
            rng: the only source of chance.
            size: how many inputs.
            length: tokens per input.
            hard: the share.

        Returns:
            As ``Task.batch``, which draws none that is hard on purpose.

        Raises:
            Refusal: no input of this length exists.
        """

    def require_room(self, length: int) -> None:
        """Raise a ``Refusal`` where an input is too short for its stops."""
        if length <= self.HOPS:
            raise Refusal(
                f"an input of the {self.name} task holds {self.HOPS + 1} stops: ask for as many "
                "tokens or more"
            )

    def batch(self, rng: np.random.Generator, size: int, length: int) -> tuple[Inputs, Answers]:
        """Draw inputs and answers; see ``Task.batch``."""
        return self.drawn(rng, size, length, hard=0.0)


def few_tokens(rng: np.random.Generator, inputs: Inputs, hard: float) -> Inputs:
    """Fill a share of inputs with copies of their last one to three tokens."""
    size, length = inputs.shape
    kinds = rng.integers(1, 4, (size, 1))
    copied = length - 1 - rng.integers(1 << 30, size=(size, length)) % np.minimum(kinds, length)
    few = np.take_along_axis(inputs, copied, axis=1)
    filled: Inputs = np.where(rng.random((size, 1)) < hard, few, inputs)
    return filled
