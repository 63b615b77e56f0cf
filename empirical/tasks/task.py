"""Defines a task: a list of tokens, and a seeded draw of inputs with their exact answers."""

import reprlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np
from jaxtyping import Int64

from theory.refusal import Refusal

Entry: TypeAlias = str | int | tuple[str, str | int] | None
"""The meaning of a token id: a letter, an offset, a pair, or padding."""

Inputs: TypeAlias = Int64[np.ndarray, "size length"]
Answers: TypeAlias = Int64[np.ndarray, " size"]


@dataclass(frozen=True, eq=False)
class Domain:
    """Every input of one length with one query: a product of choices per position.

    Attributes:
        query: the token id at distance 0.
        answers: token ids allowed at the answer's position.
        distances: allowed distances of the answer, in positions back from the query.
        others: token ids allowed at every other position except the query's.
    """

    query: int
    answers: Int64[np.ndarray, " answers"]
    distances: range
    others: Int64[np.ndarray, " others"]


@dataclass(frozen=True)
class Task(ABC):
    """A question about a sequence of tokens, whose last token is the query.

    Attributes:
        entries: the meaning of each token id; ``None`` is padding and never drawn.

    Raises:
        Refusal: an entry stands twice.
    """

    entries: tuple[Entry, ...]
    name: ClassVar[str]

    def __post_init__(self) -> None:
        """Refuse an entry that stands twice, since an answer must be one token id."""
        seen: set[Entry] = set()
        for entry in self.entries:
            if entry in seen and entry is not None:
                raise Refusal(
                    f"the {self.name} task lists {reprlib.repr(entry)} twice: list every token once"
                )
            seen.add(entry)

    @property
    def tokens(self) -> Int64[np.ndarray, " tokens"]:
        """The token ids that are not padding, ascending."""
        return np.flatnonzero([entry is not None for entry in self.entries])

    @abstractmethod
    def batch(self, rng: np.random.Generator, size: int, length: int) -> tuple[Inputs, Answers]:
        """Draw independent inputs and their answers.

        Args:
            rng: the only source of randomness.
            size: number of inputs.
            length: tokens per input, the query included.

        Returns:
            Token ids ``[size, length]``, and the token id that is the answer of each input
            ``[size]``.

        Raises:
            Refusal: no input has this length.
        """


class OneHop(Task):
    """A task whose answer is a token of the input that one attention step can find."""

    @abstractmethod
    def domains(self, length: int) -> list[Domain]:
        """Returns all inputs of a length, one product per query; empty if there are none."""


def entries_from_json(tokens: Sequence[object]) -> tuple[Entry, ...]:
    """Read the token list of a ``task.json``.

    Args:
        tokens: one JSON value per token id.

    Returns:
        One entry per token id; a JSON pair becomes a tuple.

    Raises:
        Refusal: a value is none of string, integer, pair ``["a", "c"]`` or ``["a", 3]``, null.
    """

    def entry(token: object) -> Entry:
        match token:
            case bool():
                pass
            case None | str() | int():
                return token
            case [str(first), str() | int() as second] if not isinstance(second, bool):
                return first, second
        raise Refusal(
            f"token entry {reprlib.repr(token)} is not a letter, an integer, a pair of a letter "
            "and either, or null: correct the token list of the task"
        )

    return tuple(entry(token) for token in tokens)
