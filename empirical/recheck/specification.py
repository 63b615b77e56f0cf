"""A specification: groups of inputs of a model of one block, and what is asked of each group.

A group is a product of token sets over places: the last tokens, the tokens at some places counted
from the last one, those at the first positions, and those at every other place. An answer may stand
at one of several places. ``SPECIFYING.md`` shows the file, ``specification.schema.json`` its form.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from empirical.recheck.fields import JSON, MOST_TOKENS, Field, shortened
from empirical.recheck.generated import MOST_VALUES, generated, size
from empirical.recheck.task import Domain, Entry, parsed_entries, parsed_entry

FORMAT, VERSION = "ropeproof specification", 1
MOST_GROUPS = 1 << 12
MOST_HEADS = 8
MOST_SETS = 1 << 16
MOST_MEMBERS = 1 << 23
"""Of all sets that are written out."""
MOST_PLACES = 1 << 16
"""That a group names one by one."""
MOST_LENGTH = 1 << 26
ANY, ANYWHERE, ANSWER, SAME = "any", "anywhere", "answer", "same winner"

Tokens: TypeAlias = tuple[int, ...]
"""Token ids, ascending."""


@dataclass(frozen=True)
class Wins:
    """A class wins: its logit is above that of every other class.

    Attributes:
        winner: the class; none: the answer of the input.
        by: it is even at least this much above them, in nats.
    """

    winner: int | None
    by: float = 0.0


@dataclass(frozen=True)
class OneOf:
    """One of several classes wins: the largest of their logits is above that of every other class.

    Attributes:
        classes: which; inputs may have different ones of them.
        by: it is even at least this much above them, in nats.
    """

    classes: Tokens
    by: float = 0.0


@dataclass(frozen=True)
class SameWinner:
    """One class, whichever it is, wins on all inputs of all lengths that end in the same token."""


@dataclass(frozen=True)
class Attends:
    """The attention weight of some places together is on one side of a share of all weight.

    Attributes:
        from_last: places counted from the last token, from 0, its own.
        from_first: positions, of those of which the group says what stands there.
        on_answer: whether the place of the answer is one of them.
        share: from 0 to 1.
        at_least: the weight is above the share; otherwise below it.
        head: whose weight, from 0; none: that of the only one.
    """

    from_last: Tokens
    from_first: Tokens
    on_answer: bool
    share: float
    at_least: bool
    head: int | None = None

    def means(self, place: int, length: int, answer: int | None) -> bool:
        """Is a place of an input one of these, with the answer at a place?"""
        return (
            place in self.from_last
            or length - 1 - place in self.from_first
            or (self.on_answer and place == answer)
        )


@dataclass(frozen=True)
class Share:
    """The softmax probability of a class is on one side of a share.

    Attributes:
        of: the class; none: the answer of the input.
        share: above 0 and below 1.
        at_least: it is above the share; otherwise below it.
    """

    of: int | None
    share: float
    at_least: bool


Requirement: TypeAlias = Wins | OneOf | SameWinner | Attends | Share


@dataclass(frozen=True)
class Answer:
    """A token that stands at one of several places.

    Attributes:
        tokens: which; each makes a case of its own.
        at: places from the last token; none: every place that nothing else is said of.
    """

    tokens: Tokens
    at: Tokens | None


@dataclass(frozen=True)
class Group:
    """Inputs of some lengths, and what is asked of them.

    Attributes:
        name: for messages and tables.
        lengths: in tokens.
        last: the last token, the query, is one of these; each makes a case of its own.
        others: what stands at a place that nothing else is said of.
        from_last: what stands at places counted from the last token, by place from 1.
        from_first: what stands at the first positions, in their order.
        answer: a token that stands at one of several places; none if none is asked for.
        asked: of every input.
    """

    name: str
    lengths: range
    last: Tokens
    others: Tokens
    from_last: Mapping[int, Tokens]
    from_first: tuple[Tokens, ...]
    answer: Answer | None
    asked: Requirement

    def domain(self, query: int, length: int) -> Domain | None:
        """All inputs of a length that end in a query; none if there are no such inputs."""
        if query not in self.last or length not in self.lengths:
            return None
        answers = () if self.answer is None else self.answer.tokens
        return Domain(
            query=query,
            answers=answers,
            places=self.places(length),
            others=self.others,
            from_last=self.from_last,
            from_first=self.from_first,
        )

    def places(self, length: int) -> Tokens | range:
        """Where the answer may stand in inputs of a length, from the last token."""
        if self.answer is None:
            return ()
        free = length - len(self.from_first)
        if self.answer.at is not None:
            return tuple(place for place in self.answer.at if place < free)
        if not self.from_last:
            return range(1, free)
        return tuple(place for place in range(1, free) if place not in self.from_last)

    @property
    def cases(self) -> int:
        """Last tokens times answers."""
        return len(self.last) * (1 if self.answer is None else len(self.answer.tokens))


@dataclass(frozen=True, eq=False)
class Specification:
    """A file that was read.

    Attributes:
        document: as it stands in JSON.
        entries: what each token id stands for.
        groups: in the order of the file, those that one makes one after the other.
        places: where each of them stands in the file.
    """

    document: JSON
    entries: tuple[Entry, ...]
    groups: tuple[Group, ...]
    places: tuple[str, ...]

    @cached_property
    def cases(self) -> int:
        """Of all groups."""
        return sum(group.cases for group in self.groups)

    def why_not_of(self, heads: int) -> str | None:
        """Why a model of so many heads cannot be asked this; none if it can."""
        for place, group in zip(self.places, self.groups, strict=True):
            asked = group.asked
            if isinstance(asked, OneOf) and heads > 1:
                return f"{place}: one of several classes is certified for one head, it has {heads}"
            if isinstance(asked, Share) and heads > 1:
                return f"{place}: a share of the output is certified for one head, it has {heads}"
            if isinstance(asked, Attends) and (asked.head is None and heads > 1):
                return f"{place}: say the head whose weight is meant, from 0: it has {heads}"
            if isinstance(asked, Attends) and (asked.head or 0) >= heads:
                return f"{place}: there is no head {asked.head}: it has {heads}, from 0"
        return None

    def names(self) -> Iterator[tuple[int, int, int | None]]:
        """Group, last token and answer of each case, in order."""
        for at, group in enumerate(self.groups):
            for query in group.last:
                for answer in (None,) if group.answer is None else group.answer.tokens:
                    yield at, query, answer


def parsed_specification(top: Field) -> Specification:
    """A specification from its JSON.

    Raises:
        Malformed: it is of another form, names an unknown token or an empty set, or has a group
            without inputs; the message says where.
    """
    given = top.any_object()
    if "format" not in given or given["format"].value != FORMAT:
        top.fail("it is no specification: `ropeproof spec new` writes one to start from")
    fields = top.object(("format", "version", "tokens", "groups"), ("sets",))
    fields["version"].integer(VERSION, VERSION)
    entries = parsed_entries(fields["tokens"].items(MOST_TOKENS))
    if not any(entry is not None for entry in entries):
        fields["tokens"].fail("it lists no token")
    reader = _Reader(entries)
    if "sets" in fields:
        named = fields["sets"].any_object()
        if len(named) > MOST_SETS:
            fields["sets"].fail(f"it has {len(named)} sets, at most {MOST_SETS} are read")
        for name, field in named.items():
            reader.name(name, field)
    items = fields["groups"].items(MOST_GROUPS)
    if not items:
        fields["groups"].fail("it has no group")
    made: list[Field] = []
    for item in items:
        made += reader.generated(item, MOST_GROUPS - len(made))
    if len(made) > MOST_GROUPS:
        fields["groups"].fail(f"it makes {len(made)} groups, at most {MOST_GROUPS} are read")
    groups = tuple(reader.group(item) for item in made)
    return Specification(top.value, entries, groups, tuple(item.place for item in made))


class _Reader:
    """Reads groups over a vocabulary.

    Args:
        entries: what each token id stands for.
    """

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.ids = {entry: token for token, entry in enumerate(entries) if entry is not None}
        self.entries, self.classes = entries, len(entries)
        self.sets = {ANY: tuple(sorted(self.ids.values()))}
        self.size, self.room = 0, MOST_VALUES

    def generated(self, field: Field, most: int) -> list[Field]:
        """The groups that one makes, at most so many."""

        def taken(text: str) -> bool:
            return text in self.ids or text in self.sets

        made = [*generated(field, self._written, taken, most, self.room)]
        self.room -= sum(size(one.value) for one in made) if made != [field] else 0
        return made

    def _written(self, field: Field) -> list[JSON]:
        """The tokens of a set as they stand in the file."""
        entries = (self.entries[token] for token in self.tokens(field))
        return [list(entry) if isinstance(entry, tuple) else entry for entry in entries]

    def name(self, name: str, field: Field) -> None:
        """Keep a set under its name."""
        if name in self.sets:
            field.fail("a set of that name is there already")
        self.sets[name] = self.tokens(field)

    def token(self, field: Field) -> int:
        """One token."""
        entry = parsed_entry(field)
        if entry not in self.ids:
            field.fail(f"{shortened(str(field.value))} is not one of the tokens")
        return self.ids[entry]

    def tokens(self, field: Field) -> Tokens:
        """A set: ``"any"``, a name, a list of tokens, or ``{"but": set}``."""
        if isinstance(field.value, str):
            if field.value not in self.sets:
                field.fail(f"{shortened(field.value)} names no set: a list holds tokens")
            return self.sets[field.value]
        if isinstance(field.value, dict):
            but = field.object(("but",))["but"]
            if isinstance(but.value, dict):
                but.fail("a list of tokens or the name of a set is expected here")
            ids = sorted(set(self.sets[ANY]) - set(self.tokens(but)))
        else:
            listed = [self.token(item) for item in field.items(MOST_TOKENS)]
            ids = sorted(set(listed))
            if len(ids) < len(listed):
                field.fail("a token stands there twice")
        if not ids:
            field.fail("the set is empty")
        self.size += len(ids)
        if self.size > MOST_MEMBERS:
            field.fail(f"the sets up to here have above {MOST_MEMBERS} tokens")
        return tuple(ids)

    def group(self, field: Field) -> Group:
        """A group, which has inputs of every one of its lengths."""
        required = ("name", "lengths", "last", "others", "asked")
        fields = field.object(required, ("from_last", "from_first", "answer"))
        from_first: tuple[Tokens, ...] = ()
        if "from_first" in fields:
            items = fields["from_first"].items(MOST_PLACES)
            from_first = tuple(self.tokens(item) for item in items)
        answer = self._answer(fields["answer"]) if "answer" in fields else None
        group = Group(
            name=fields["name"].text(),
            lengths=_lengths(fields["lengths"]),
            last=self.tokens(fields["last"]),
            others=self.tokens(fields["others"]),
            from_last=self._from_last(fields["from_last"]) if "from_last" in fields else {},
            from_first=from_first,
            answer=answer,
            asked=self._asked(fields["asked"], answer),
        )
        _check_places(fields, group)
        return group

    def _from_last(self, field: Field) -> dict[int, Tokens]:
        given = field.any_object()
        if len(given) > MOST_PLACES:
            field.fail(f"it names {len(given)} places, at most {MOST_PLACES} are read")
        return {_place(name, item): self.tokens(item) for name, item in given.items()}

    def _answer(self, field: Field) -> Answer:
        fields = field.object(("tokens", "at"))
        tokens = self.tokens(fields["tokens"])
        if fields["at"].value == ANYWHERE:
            return Answer(tokens, None)
        if isinstance(fields["at"].value, str):
            fields["at"].fail(f"a list of places or {ANYWHERE!r} is expected here")
        listed = fields["at"].integers(1, MOST_LENGTH, MOST_PLACES)
        places = tuple(sorted(set(listed)))
        if not places or len(places) < len(listed):
            fields["at"].fail("it has no place, or one twice")
        return Answer(tokens, places)

    def _asked(self, field: Field, answer: Answer | None) -> Requirement:
        if field.value == SAME:
            if answer is not None:
                field.fail("the group has an answer that is not asked for")
            return SameWinner()
        if isinstance(field.value, str):
            field.fail(
                f'{{"wins": …}}, {{"weight_on": …}}, {{"share": …}} or "{SAME}" is expected here'
            )
        if "weight_on" in field.any_object():
            return _attends(field, answer)
        if "share" in field.any_object():
            return self._share(field.object(("share",))["share"], answer)
        fields = field.object(("wins",), ("by",))
        by = fields["by"].number(0) if "by" in fields else 0.0
        if fields["wins"].value == ANSWER and answer is not None:
            return Wins(None, by)
        if answer is not None:
            fields["wins"].fail("the group has an answer that is not asked for")
        if fields["wins"].value == ANSWER and ANSWER not in self.ids:
            fields["wins"].fail("the group has no answer")
        if isinstance(fields["wins"].value, dict):
            return self._one_of(fields["wins"], by)
        return Wins(self.token(fields["wins"]), by)

    def _share(self, field: Field, answer: Answer | None) -> Share:
        sides = ("at_least", "at_most")
        fields = field.object(("of",), sides)
        given = [side for side in sides if side in fields]
        if len(given) != 1:
            field.fail("one of at_least and at_most is expected here")
        share, of = fields[given[0]].number(0, 1), fields["of"]
        if share in (0, 1):
            fields[given[0]].fail("a share above 0 and below 1 is expected here")
        if self.classes < 2:
            field.fail("the only class has the whole share")
        if of.value == ANSWER and answer is not None:
            return Share(None, share, given == ["at_least"])
        if answer is not None:
            of.fail("the group has an answer that is not asked for")
        if of.value == ANSWER and ANSWER not in self.ids:
            of.fail("the group has no answer")
        return Share(self.token(of), share, given == ["at_least"])

    def _one_of(self, field: Field, by: float) -> OneOf:
        classes = self.tokens(field.object(("one_of",))["one_of"])
        if len(classes) == self.classes:
            field.fail("one of all classes wins, whatever the model does: leave one out")
        return OneOf(classes, by)


def _attends(field: Field, answer: Answer | None) -> Attends:
    """A bound of the attention weight on the answer, or on places."""
    sides = ("at_least", "at_most")
    fields = field.object(("weight_on",), ("head", *sides))
    given = [side for side in sides if side in fields]
    if len(given) != 1:
        field.fail("one of at_least and at_most is expected here")
    share, at_least = fields[given[0]].number(0, 1), given == ["at_least"]
    head = fields["head"].integer(0, MOST_HEADS - 1) if "head" in fields else None
    on = fields["weight_on"]
    if on.value == ANSWER:
        if answer is None:
            on.fail("the group has no answer")
        return Attends((), (), True, share, at_least, head)
    if isinstance(on.value, str):
        on.fail(f'"{ANSWER}" or places are expected here')
    places = on.object((), ("from_last", "from_first"))
    listed = {name: item.integers(0, MOST_LENGTH, MOST_PLACES) for name, item in places.items()}
    if not any(listed.values()) or any(len({*some}) < len(some) for some in listed.values()):
        on.fail("it has no place, or one twice")
    last, first = (tuple(sorted(listed.get(name, ()))) for name in ("from_last", "from_first"))
    return Attends(last, first, False, share, at_least, head)


def _place(name: str, field: Field) -> int:
    """A place from the last token, written as the name of a field."""
    if not (name.isascii() and name.isdigit()) or name.startswith("0") or len(name) > 8:
        field.fail("a place is a number from 1, counted from the last token")
    return int(name)


def _lengths(field: Field) -> range:
    first_last = field.integers(1, MOST_LENGTH, 2)
    if len(first_last) != 2 or first_last[0] > first_last[1]:
        field.fail("a first and a last length are expected here, such as [2, 32]")
    return range(first_last[0], first_last[1] + 1)


def _check_places(fields: Mapping[str, Field], group: Group) -> None:
    """Refuse a group of which some length has no input, or one place two sets."""
    shortest = group.lengths.start
    furthest = max(group.from_last, default=0)
    free = shortest - len(group.from_first)
    if furthest >= free:
        fields["lengths"].fail(
            f"inputs of {shortest} tokens have no room for the last token, {furthest} places "
            f"before it and {len(group.from_first)} first positions: start at "
            f"{furthest + len(group.from_first) + 1} tokens or more"
        )
    if isinstance(group.asked, Attends):
        for place in group.asked.from_last:
            if place >= free:
                fields["asked"].fail(
                    f"inputs of {shortest} tokens have no place {place} after the first positions"
                )
        for position in group.asked.from_first:
            if position >= len(group.from_first):
                fields["asked"].fail(
                    f"position {position} is not in from_first: say there what stands at it"
                )
    if group.answer is None:
        return
    for place in group.answer.at or ():
        if place in group.from_last:
            fields["answer"].fail(f"place {place} is in from_last already")
        if place >= group.lengths[-1] - len(group.from_first):
            fields["answer"].fail(f"no input of the group has an answer at place {place}")
    if not group.places(shortest):
        fields["answer"].fail(f"inputs of {shortest} tokens have no place for the answer")
