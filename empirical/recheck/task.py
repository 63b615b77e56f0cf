"""Which inputs a task of one hop allows, and which token answers them.

Read from ``task.json``: the name of the task, one entry for each token id, and the lengths trained
on. An input of length n is read from its last token, the *query*, backwards: place 0 is the query,
place t the token t positions before it.

- ``index``: tokens are letters and integers. The query is an integer i ≥ 1 and asks for the token
  at place i, which is a letter; every other place holds any token. Inputs are longer than i.
- ``retrieval``: tokens are pairs. The query is a pair (x, y), y a letter other than x with which
  some pair begins. One place holds the answer, a pair that begins with y; every other place holds a
  pair that does not.
- ``letter-2-hops``, ``letter-3-hops``, ``letter-1-to-3-hops``, ``number-2-hops`` and
  ``number-3-hops``: ``walks.py`` says which inputs these are.
- ``induction``: any tokens. The query occurred exactly once before, at place 2 or further back; the
  answer is the token after that occurrence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from empirical.recheck.fields import MOST_TOKENS, Field

INDEX, RETRIEVAL, INDUCTION = "index", "retrieval", "induction"
LETTER_WALKS = {"letter-2-hops": (2, 2), "letter-3-hops": (3, 3), "letter-1-to-3-hops": (1, 3)}
"""The fewest and the most hops of a walk."""
NUMBER_WALKS = {"number-2-hops": 2, "number-3-hops": 3}
"""The hops of a walk."""
LARGEST = 10**15
"""Above any integer that a task lists."""

Entry = str | int | tuple[str, str | int] | None
"""A letter, an integer, a pair, or nothing for an id that never occurs."""


@dataclass(frozen=True)
class Domain:
    """All inputs of one length that end in one query.

    Attributes:
        query: the token at place 0.
        answers: tokens that may be the answer.
        places: where the answer may stand, in ascending order; none if it need not stand anywhere.
        others: tokens that may stand at every other place, in ascending order.
        from_last: tokens that may stand at some places instead, by place.
        from_first: tokens that may stand at the first positions instead, in their order.
    """

    query: int
    answers: tuple[int, ...]
    places: range | tuple[int, ...]
    others: tuple[int, ...]
    from_last: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    from_first: tuple[tuple[int, ...], ...] = ()

    def choices(self, length: int) -> list[tuple[int, ...]]:
        """The tokens that may stand at each place of inputs of a length, but for the answer."""
        choices = [self.others] * length
        choices[0] = (self.query,)
        for place, tokens in self.from_last.items():
            if place < length:
                choices[place] = tokens
        for position, tokens in enumerate(self.from_first):
            choices[length - 1 - position] = tokens
        return choices

    def has(self, answer: int, tokens: tuple[int, ...]) -> bool:
        """Are tokens, from the query backwards, an input with that answer?"""
        choices = self.choices(len(tokens))
        allowed = {choice: frozenset(choice) for choice in choices}
        strange = {
            place
            for place, (token, choice) in enumerate(zip(tokens, choices, strict=True))
            if token not in allowed[choice]
        }
        if not self.places:
            return not strange
        if answer not in self.answers:
            return False
        return any(tokens[place] == answer and strange <= {place} for place in self.places)


@dataclass(frozen=True)
class Task:
    """A task over token ids.

    Attributes:
        name: which of the three.
        entries: what each token id stands for.
    """

    name: str
    entries: tuple[Entry, ...]

    def domains(self, length: int) -> tuple[Domain, ...]:
        """Every query of a task of one hop that has inputs of a length, by query."""
        domains = (self.domain(query, length) for query in range(len(self.entries)))
        return tuple(domain for domain in domains if domain is not None)

    def domain(self, query: int, length: int) -> Domain | None:
        """All inputs of a length that end in a query; none if there are no such inputs."""
        if not 0 <= query < len(self.entries):
            return None
        if self.name == INDEX:
            return self._index(query, length)
        if self.name == RETRIEVAL:
            return self._retrieval(query, length)
        return None

    def _index(self, query: int, length: int) -> Domain | None:
        offset = self.entries[query]
        if not isinstance(offset, int) or not 1 <= offset < length or not self._letters:
            return None
        return Domain(query, self._letters, range(offset, offset + 1), self._used)

    def _retrieval(self, query: int, length: int) -> Domain | None:
        pair = self.entries[query]
        if not isinstance(pair, tuple) or length < 2:
            return None
        own, asked = pair
        if asked == own or not isinstance(asked, str) or asked not in self._beginning:
            return None
        answers = self._beginning[asked]
        others = tuple(sorted(set(self._used) - set(answers)))
        return Domain(query, answers, range(1, length), others)

    @cached_property
    def _used(self) -> tuple[int, ...]:
        return tuple(t for t, entry in enumerate(self.entries) if entry is not None)

    @cached_property
    def _letters(self) -> tuple[int, ...]:
        return tuple(t for t, entry in enumerate(self.entries) if isinstance(entry, str))

    @cached_property
    def _beginning(self) -> dict[str, tuple[int, ...]]:
        """The pairs by their first letter."""
        groups: dict[str, list[int]] = {}
        for token, entry in enumerate(self.entries):
            if isinstance(entry, tuple):
                groups.setdefault(entry[0], []).append(token)
        return {letter: tuple(tokens) for letter, tokens in groups.items()}


def parsed_task(top: Field, tokens: int) -> Task:
    """A task from its ``task.json``, for a model of so many tokens.

    Raises:
        Malformed: it is of another form, or its tokens are not those of the model or of the task.
    """
    given = top.any_object()
    for name in ("task", "tokens", "train_lengths"):
        if name not in given:
            top.fail(f"the field {name!r} is missing")
    name = given["task"].choice(INDEX, RETRIEVAL, INDUCTION, *LETTER_WALKS, *NUMBER_WALKS)
    given["train_lengths"].integers(1, LARGEST, MOST_TOKENS)
    items = given["tokens"].items(MOST_TOKENS)
    if len(items) != tokens:
        given["tokens"].fail(f"it lists {len(items)} tokens where the model has {tokens}")
    entries = parsed_entries(items)
    for item, entry in zip(items, entries, strict=True):
        if not _fits(name, entry):
            item.fail(f"the {name} task has no such token")
    task = Task(name, entries)
    if name == INDUCTION and (None in entries or len(entries) < 3):
        given["tokens"].fail("induction needs three tokens or more, all of them in use")
    one_hop = name in (INDEX, RETRIEVAL)
    if one_hop and not any(task.domain(query, LARGEST + 1) for query in range(tokens)):
        given["tokens"].fail("nothing can be asked with these tokens")
    return task


def parsed_entries(items: list[Field]) -> tuple[Entry, ...]:
    """What each token id stands for, each once."""
    entries = tuple(parsed_entry(item) for item in items)
    _each_once(items, entries)
    return entries


def parsed_entry(field: Field) -> Entry:
    """What one token id stands for."""
    if field.value is None:
        return None
    if isinstance(field.value, str):
        return field.text()
    if isinstance(field.value, list):
        pair = field.items(2)
        if len(pair) != 2:
            field.fail("a pair has two parts")
        second = pair[1].value
        if isinstance(second, str):
            return pair[0].text(), second
        return pair[0].text(), pair[1].integer(-LARGEST, LARGEST)
    return field.integer(-LARGEST, LARGEST)


def _each_once(items: list[Field], entries: tuple[Entry, ...]) -> None:
    seen: set[Entry] = set()
    for item, entry in zip(items, entries, strict=True):
        if entry is not None and entry in seen:
            item.fail("it stands there twice")
        seen.add(entry)


def _fits(name: str, entry: Entry) -> bool:
    """May a token of the task stand for this?"""
    if entry is None:
        return True
    if name == INDEX:
        return (isinstance(entry, int) and entry >= 0) or (isinstance(entry, str) and entry != "")
    if name == RETRIEVAL or name in LETTER_WALKS:
        return isinstance(entry, tuple)
    if name in NUMBER_WALKS:
        return (isinstance(entry, int) and entry >= 1) or (isinstance(entry, str) and entry != "")
    return True
