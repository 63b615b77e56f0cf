"""Groups of a specification that are written once for several tokens or places.

``"for_each": {"x": {"in": SET}, "d": {"from": 2, "to": 30}}`` in a group makes one group of it for
each token of the set and each number, with ``"$x"`` and ``"$d"`` for them: a token where a token
stands in a list or wins, a number where a place, a length or an integer token stands, also as
``"$d+1"`` or ``"$d-1"``.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from empirical.recheck.fields import JSON, Field, shortened

FOR_EACH = "for_each"
MOST_NAMES = 8
MOST_NUMBER = 1 << 26
MOST_VALUES = 1 << 22
"""JSON values of all groups that are made."""

_NAME = r"[a-z][a-z0-9_]{0,30}"
_USED = re.compile(rf"\$({_NAME})")
_WHOLE = re.compile(rf"\$({_NAME})([+-][0-9]{{1,8}})?")


@dataclass(frozen=True)
class _Range:
    """What a name stands for, in turn.

    Attributes:
        values: tokens as they are written, or numbers.
        numbers: which of both.
    """

    values: Sequence[JSON]
    numbers: bool


def generated(
    group: Field,
    tokens: Callable[[Field], list[JSON]],
    taken: Callable[[str], bool],
    most: int,
    room: int,
) -> Iterator[Field]:
    """The groups that a group makes; itself if it makes none.

    Args:
        group: as it stands in the file.
        tokens: reads a set, to its tokens as they are written.
        taken: whether a text is a token or the name of a set.
        most: groups that it may make.
        room: JSON values of which they may be made.

    Raises:
        Malformed: it is of another form, or makes too many.
    """
    given = group.any_object()
    if FOR_EACH not in given:
        yield group
        return
    ranges = _ranges(given[FOR_EACH], tokens, taken)
    count = prod(len(one.values) for one in ranges.values())
    if count > most:
        given[FOR_EACH].fail(f"it makes {count} groups, at most {most} are read")
    if count * size(group.value) > room:
        given[FOR_EACH].fail(f"its {count} groups are too large to be read: write fewer places")
    bare = {name: value for name, value in group.value.items() if name != FOR_EACH}
    for values in product(*(one.values for one in ranges.values())):
        bound = dict(zip(ranges, values, strict=True))
        told = ", ".join(f"{name} = {_told(value)}" for name, value in bound.items())
        made = _Substitution(ranges, bound)
        place = f"{group.place} ({told})"
        yield Field(group.file, place, made.of_group(Field(group.file, place, bare)))


def _ranges(
    field: Field, tokens: Callable[[Field], list[JSON]], taken: Callable[[str], bool]
) -> dict[str, _Range]:
    """What each name stands for."""
    ranges = {}
    given = field.any_object()
    if not 1 <= len(given) <= MOST_NAMES:
        field.fail(f"one to {MOST_NAMES} names are expected here")
    for name, item in given.items():
        if not re.fullmatch(_NAME, name):
            item.fail("a name is a small letter, and letters, digits or _ after it")
        if taken(f"${name}"):
            item.fail(f"${name} is a token or a set: choose another name")
        ranges[name] = _range(item, tokens)
    return ranges


def _range(field: Field, tokens: Callable[[Field], list[JSON]]) -> _Range:
    if "in" in field.any_object():
        return _Range(tokens(field.object(("in",))["in"]), numbers=False)
    fields = field.object(("from", "to"))
    first, last = (fields[name].integer(0, MOST_NUMBER) for name in ("from", "to"))
    if first > last:
        field.fail(f"there is no number from {first} to {last}")
    return _Range(range(first, last + 1), numbers=True)


class _Substitution:
    """Values for names.

    Args:
        ranges: of which kind each name is.
        bound: its value.
    """

    def __init__(self, ranges: Mapping[str, _Range], bound: Mapping[str, JSON]) -> None:
        self.ranges, self.bound = ranges, bound

    def of_group(self, group: Field) -> JSON:
        """A group without names, whose own name says for which values it was made."""
        named = group.value.get("name")
        rest = {name: value for name, value in group.value.items() if name != "name"}
        made: dict[str, JSON] = self._of(Field(group.file, group.place, rest), inside=False)
        if "name" in group.value:
            made["name"] = self._text(named) if isinstance(named, str) else named
        return made

    def _text(self, text: str) -> str:
        """A text with values for names; those of names that it does not use stand behind it."""
        used = {match for match in _USED.findall(text) if match in self.bound}
        told = _USED.sub(
            lambda match: _told(self.bound[match[1]]) if match[1] in self.bound else match[0], text
        )
        rest = [f"{name} = {_told(self.bound[name])}" for name in self.bound if name not in used]
        return ", ".join([told, *rest])

    def _of(self, field: Field, *, inside: bool) -> JSON:
        """A value with values for names.

        Args:
            field: the value.
            inside: whether it stands in a list, or wins, where a token may.
        """
        value = field.value
        if isinstance(value, dict):
            made: dict[str, JSON] = {}
            for name, item in field.any_object().items():
                key = str(self._named(item, name, inside=False))
                if key in made:
                    item.fail(f"{shortened(key)} stands there twice")
                made[key] = self._of(item, inside=name in ("wins", "of"))
            return made
        if isinstance(value, list):
            return [self._of(item, inside=True) for item in field.items(len(value))]
        return self._named(field, value, inside=inside) if isinstance(value, str) else value

    def _named(self, field: Field, text: str, *, inside: bool) -> JSON:
        """The value that a text stands for, or the text."""
        match = _WHOLE.fullmatch(text)
        if match is None or match[1] not in self.bound:
            return text
        value, more = self.bound[match[1]], match[2]
        if self.ranges[match[1]].numbers:
            return value + int(more or 0)
        if more is not None:
            field.fail(f"${match[1]} is a token: nothing is added to it")
        if not inside:
            field.fail(f'${match[1]} is a token: a set of it is written ["${match[1]}"]')
        return value


def _told(value: JSON) -> str:
    """A token or number for people."""
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def size(value: JSON) -> int:
    """How many values a JSON value is made of."""
    if isinstance(value, dict):
        return 1 + sum(map(size, value.values()))
    return 1 + sum(map(size, value)) if isinstance(value, list) else 1
