"""A specification from its file, with what the checker does not ask: that no two groups overlap."""

from itertools import combinations, product
from pathlib import Path

from empirical.recheck.failures import Malformed
from empirical.recheck.fields import read
from empirical.recheck.specification import Group, Specification, parsed_specification
from empirical.recheck.task import Entry
from theory.refusal import Refusal

Token = int
Choice = frozenset[Token]


def read_specification(file: Path) -> Specification:
    """Read a specification.

    Raises:
        Refusal: it is of another form, or two of its groups share an input; the message says where.
    """
    try:
        specification = parsed_specification(read(file)[0])
    except Malformed as malformed:
        raise Refusal(str(malformed)) from malformed
    for (at, one), (other, two) in combinations(enumerate(specification.groups), 2):
        shared = overlap(one, two)
        if shared is not None:
            tokens = " ".join(named(specification.entries[token]) for token in shared[::-1])
            raise Refusal(
                f"{file}: {specification.places[other]}: it overlaps {specification.places[at]}, "
                f"both hold the input {tokens}"
            )
    return specification


def named(entry: Entry) -> str:
    """A token as it is shown: its letter or number, or both parts of a pair."""
    return "".join(map(str, entry)) if isinstance(entry, tuple) else str(entry)


def overlap(one: Group, two: Group) -> tuple[Token, ...] | None:
    """An input of both groups, from the last token backwards; none if there is none."""
    lengths = range(
        max(one.lengths.start, two.lengths.start), min(one.lengths.stop, two.lengths.stop)
    )
    if not (lengths and set(one.last) & set(two.last)):
        return None
    # Beyond all that the groups name one by one, longer inputs only have more places of one kind.
    named_places = [place for group in (one, two) for place in _named(group)]
    settled = max(named_places, default=0) + len(one.from_first) + len(two.from_first) + 4
    looked_at = range(lengths.start, min(lengths.stop, max(settled, lengths.start) + 1))
    for length in (*looked_at, lengths[-1]):
        shared = _overlap_at(one, two, length)
        if shared is not None:
            return shared
    return None


def _named(group: Group) -> list[int]:
    at = () if group.answer is None else group.answer.at or ()
    return [*group.from_last, *at]


def _overlap_at(one: Group, two: Group, length: int) -> tuple[Token, ...] | None:
    """An input of a length of both groups."""
    mine, yours = _choices(one, length), _choices(two, length)
    shared = [first & second for first, second in zip(mine, yours, strict=True)]
    empty = {place for place, tokens in enumerate(shared) if not tokens}
    for placed in product(_placements(one, two, length), _placements(two, one, length)):
        if not empty <= set(placed):
            continue
        here = list(shared)
        for place in {place for place in placed if place is not None}:
            first = _answers(one) if place == placed[0] else mine[place]
            second = _answers(two) if place == placed[1] else yours[place]
            here[place] = first & second
        if all(here):
            return tuple(min(tokens) for tokens in here)
    return None


def _placements(group: Group, other: Group, length: int) -> list[int | None]:
    """Where the answer may stand, but for places that are like three others."""
    if group.answer is None:
        return [None]
    others = frozenset(other.places(length))
    mine, yours = _choices(group, length), _choices(other, length)
    alike: dict[object, list[int | None]] = {}
    for place in group.places(length):
        like = alike.setdefault((mine[place], yours[place], place in others), [])
        if len(like) < 3:
            like.append(place)
    return [place for places in alike.values() for place in places]


def _choices(group: Group, length: int) -> list[Choice]:
    domain = group.domain(group.last[0], length)
    assert domain is not None
    known = {tokens: frozenset(tokens) for tokens in set(domain.choices(length))}
    choices = [known[tokens] for tokens in domain.choices(length)]
    choices[0] = frozenset(group.last)
    return choices


def _answers(group: Group) -> Choice:
    return frozenset() if group.answer is None else frozenset(group.answer.tokens)
