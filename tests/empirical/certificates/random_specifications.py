"""Drawn specifications, and what they mean, read by itself and run input by input."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

Document = dict[str, Any]


def drawn(rng: np.random.Generator, entries: tuple[Any, ...], groups: int = 3) -> Document:
    """A specification over a vocabulary, with groups of every form."""
    used = [entry if not isinstance(entry, tuple) else [*entry] for entry in entries]
    document: Document = {
        "format": "ropeproof specification",
        "version": 1,
        "tokens": used,
        "sets": {"some": some(rng, used)},
        "groups": [group(rng, used, number) for number in range(groups)],
    }
    return document


def for_heads(rng: np.random.Generator, document: Document, heads: int) -> Document:
    """The same asked of a model of several heads: weights of one of them, and single classes."""
    for one in document["groups"]:
        asked = one["asked"]
        if "weight_on" in asked:
            asked["head"] = int(rng.integers(heads))
        if isinstance(asked, dict) and isinstance(asked.get("wins"), dict):
            asked["wins"] = asked["wins"]["one_of"][0]
        if "share" in asked:
            one["asked"] = {"wins": asked["share"]["of"]}
    return document


def some(rng: np.random.Generator, used: list[Any], most: int = 3) -> list[Any]:
    """A few tokens."""
    known = [entry for entry in used if entry is not None]
    size = int(rng.integers(1, min(most, len(known)) + 1))
    return [known[at] for at in rng.permutation(len(known))[:size].tolist()]


def a_set(rng: np.random.Generator, used: list[Any]) -> Any:
    """A set in one of its forms."""
    known = [entry for entry in used if entry is not None]
    but = {"but": some(rng, used, min(2, len(known) - 1))}
    forms: list[Any] = ["any", "some", but, some(rng, used), some(rng, used, 2)]
    return forms[rng.integers(len(forms))]


def group(rng: np.random.Generator, used: list[Any], number: int) -> Document:
    """One group, of lengths at which it has inputs."""
    first = [a_set(rng, used) for _ in range(rng.choice([0, 0, 0, 1, 2]))]
    near = {str(p): a_set(rng, used) for p in (1, 2) if rng.random() < 0.25}
    shortest = len(first) + max(map(int, near), default=0) + 1
    made: Document = {"name": f"group {number}", "last": some(rng, used, 2)}
    made["others"] = a_set(rng, used)
    if near or rng.random() < 0.1:
        made["from_last"] = near
    if first or rng.random() < 0.1:
        made["from_first"] = first
    kind = rng.integers(6)
    answered = kind == 0 or (kind in (3, 5) and rng.random() < 0.6)
    if answered:
        shortest += 1
        free = [place for place in range(1, shortest + 2) if str(place) not in near]
        made["answer"] = answer(rng, used, free)
        shortest += len(near) == 2 or made["answer"]["at"] == "anywhere"
    made["asked"] = (
        {"wins": "answer"},
        {"wins": some(rng, used, 1)[0]},
        "same winner",
        weighed(rng, answered, shortest - len(first), len(first)),
        {"wins": {"one_of": some(rng, used, min(3, len(used) - 1))}},
        {"share": share(rng, answered, used)},
    )[kind]
    if kind in (0, 1, 4) and rng.random() < 0.4:
        made["asked"]["by"] = float(rng.choice([0.0, 0.01, 0.3, 2.0]))
    longest = max(shortest, min(4, shortest + int(rng.integers(0, 3))))
    made["lengths"] = [shortest, longest]
    if answered and made["answer"]["at"] != "anywhere":
        last = longest - len(first)
        made["answer"]["at"] = [p for p in made["answer"]["at"] if p < last]
    return made


def weighed(rng: np.random.Generator, answered: bool, places: int, positions: int) -> Document:
    """A bound of the attention weight on the answer, or on some places and first positions."""
    side = "at_least" if rng.random() < 0.5 else "at_most"
    share = float(rng.choice([0.0, 0.02, 0.1, 0.25, 0.5, 0.75, 1.0]))
    if answered and rng.random() < 0.7:
        return {"weight_on": "answer", side: share}
    on = {"from_last": [place for place in range(places) if rng.random() < 0.4]}
    on["from_first"] = [position for position in range(positions) if rng.random() < 0.6]
    if not any(on.values()):
        on["from_last"] = [0]
    return {"weight_on": on, side: share}


def share(rng: np.random.Generator, answered: bool, used: list[Any]) -> Document:
    """A bound of the softmax probability of the answer, or of a class."""
    side = "at_least" if rng.random() < 0.5 else "at_most"
    of = "answer" if answered else some(rng, used, 1)[0]
    return {"of": of, side: float(rng.choice([0.02, 0.1, 0.2, 0.25, 0.4, 0.6, 0.9]))}


def answer(rng: np.random.Generator, used: list[Any], free: list[int]) -> Document:
    """An answer at the nearest free place and others, or anywhere."""
    places = [free[0], *(place for place in free[1:] if rng.random() < 0.5)]
    return {"tokens": some(rng, used), "at": places if rng.random() < 0.6 else "anywhere"}


def members(document: Document, named: Any) -> set[int]:
    """The token ids of a set."""
    known = {token: at for at, token in enumerate(map(_key, document["tokens"]))}
    everything = {at for token, at in known.items() if token is not None}
    if named == "any":
        return everything
    if isinstance(named, str):
        return members(document, document["sets"][named])
    if isinstance(named, dict):
        return everything - members(document, named["but"])
    return {known[_key(token)] for token in named}


def _key(token: Any) -> Any:
    return tuple(token) if isinstance(token, list) else token


def cases(document: Document) -> Iterator[tuple[int, int, int | None]]:
    """Group, last token and answer of each case."""
    for at, group in enumerate(document["groups"]):
        answers: list[int | None] = [None]
        if "answer" in group:
            answers = [*sorted(members(document, group["answer"]["tokens"]))]
        for query in sorted(members(document, group["last"])):
            for answer in answers:
                yield at, query, answer


def inputs(
    document: Document, at: int, query: int, answer: int | None, length: int
) -> set[tuple[int, ...]]:
    """All inputs of a case at a length, first token to last, one by one."""
    return {tokens for tokens, _ in placed_inputs(document, at, query, answer, length)}


def placed_inputs(
    document: Document, at: int, query: int, answer: int | None, length: int
) -> set[tuple[tuple[int, ...], int | None]]:
    """The same, each with every position at which its answer may stand."""
    group = document["groups"][at]
    choices = [members(document, group["others"]) for _ in range(length)]
    free = set(range(length - 1))
    for place, named in group.get("from_last", {}).items():
        choices[length - 1 - int(place)] = members(document, named)
        free.discard(length - 1 - int(place))
    for position, named in enumerate(group.get("from_first", [])):
        choices[position] = members(document, named)
        free.discard(position)
    choices[-1] = {query}
    if answer is None:
        return {(tokens, None) for tokens in product(*choices)}
    where = group["answer"]["at"]
    placed: set[tuple[tuple[int, ...], int | None]] = set()
    for position in free:
        if where == "anywhere" or length - 1 - position in where:
            here = [*choices[:position], {answer}, *choices[position + 1 :]]
            placed |= {(tokens, position) for tokens in product(*here)}
    return placed
