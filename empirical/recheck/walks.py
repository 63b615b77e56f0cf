"""Walks of a task of several hops: which tokens lead from the last position to the answer.

A walk is the tokens of its stops, the last position's first, the answer's last.

- ``letter-…``: tokens are pairs. A walk of K hops is ``(x₀, x₁), (x₁, x₂), …, (x_K, digit)`` over
  distinct letters. Its first token stands last; its other stops stand anywhere, in any order;
  every other position holds a pair that begins with none of ``x₀ … x_K``.
- ``number-…``: tokens are letters and integers from 1 on. A walk is one integer for each hop, then
  a letter; from the last position a stop with integer i leads i positions back. Every other
  position holds any token.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from empirical.recheck.certificate import MOST_ROWS
from empirical.recheck.failures import Rejected
from empirical.recheck.task import LETTER_WALKS, NUMBER_WALKS, Task

Walk = tuple[int, ...]


@dataclass(frozen=True)
class LetterWalks:
    """Walks over letters.

    Attributes:
        entries: the pair of each token id; none for an id that never occurs.
        least: the fewest hops.
        most: the most hops.
    """

    entries: tuple[tuple[str, str | int] | None, ...]
    least: int
    most: int

    def walks(self, length: int) -> Iterator[Walk]:
        """Every walk that fits into a length, as long as there are no more than are checked."""
        for first, entry in enumerate(self.entries):
            if entry is not None:
                yield from self._from((first,), {entry[0]}, min(self.most, length - 1))

    def _from(self, walk: Walk, visited: set[str], most: int) -> Iterator[Walk]:
        """Every walk that goes on from some stops within so many hops."""
        entry = self.entries[walk[-1]]
        assert entry is not None
        following, hops = entry[1], len(walk) - 1
        if not isinstance(following, str):
            if hops >= self.least:
                yield walk
        elif following not in visited and hops < most:
            for token, pair in enumerate(self.entries):
                if pair is not None and pair[0] == following:
                    yield from self._from((*walk, token), visited | {following}, most)

    def off(self, walk: Walk) -> list[int]:
        """Tokens that may stand off a walk."""
        begun = {pair[0] for pair in map(self.entries.__getitem__, walk) if pair is not None}
        return [
            token
            for token, pair in enumerate(self.entries)
            if pair is not None and pair[0] not in begun
        ]

    def is_input(self, walk: Walk, tokens: Walk) -> bool:
        """Is this an input with this walk?"""
        off, rest = set(self.off(walk)), list(walk[1:])
        if tokens[-1] != walk[0]:
            return False
        for token in tokens[:-1]:
            if token in rest:
                rest.remove(token)
            elif token not in off:
                return False
        return not rest


@dataclass(frozen=True)
class NumberWalks:
    """Walks over integers.

    Attributes:
        entries: the letter or integer of each token id; none for an id that never occurs.
        hops: of every walk.
    """

    entries: tuple[str | int | None, ...]
    hops: int

    @property
    def used(self) -> list[int]:
        """Tokens that occur."""
        return [token for token, entry in enumerate(self.entries) if entry is not None]

    def jump(self, token: int) -> int:
        """By how many positions a token leads back; 0 for a letter."""
        entry = self.entries[token]
        return entry if isinstance(entry, int) else 0

    def walks(self, length: int) -> Iterator[Walk]:
        """Every walk that fits into a length."""
        integers = [token for token in self.used if self.jump(token)]
        letters = [token for token in self.used if not self.jump(token)]
        if len(integers) ** self.hops * len(letters) > MOST_ROWS:
            raise Rejected("the checkpoint's task has more walks than are checked")
        for walk in product(*[integers] * self.hops, letters):
            if sum(map(self.jump, walk)) < length:
                yield walk

    def places(self, walk: Walk) -> list[int]:
        """How many positions before the last each stop stands."""
        places = [0]
        for token in walk[:-1]:
            places.append(places[-1] + self.jump(token))
        return places

    def is_input(self, walk: Walk, tokens: Walk) -> bool:
        """Is this an input with this walk?"""
        if any(self.entries[token] is None for token in tokens):
            return False
        places = zip(self.places(walk), walk, strict=True)
        return all(place < len(tokens) and tokens[-1 - place] == token for place, token in places)


def walks_of(task: Task) -> LetterWalks | NumberWalks:
    """The walks of a task.

    Raises:
        Rejected: the task has none.
    """
    if task.name in LETTER_WALKS:
        pairs = tuple(entry if isinstance(entry, tuple) else None for entry in task.entries)
        return LetterWalks(pairs, *LETTER_WALKS[task.name])
    if task.name in NUMBER_WALKS:
        known = tuple(None if isinstance(entry, tuple) else entry for entry in task.entries)
        return NumberWalks(known, NUMBER_WALKS[task.name])
    raise Rejected(f"it speaks of walks, the checkpoint of the task {task.name}")
