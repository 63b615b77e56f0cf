"""The tasks again, answered by looking at one token after the other."""

from collections.abc import Sequence

from empirical.tasks.task import Entry


def index(entries: Sequence[Entry], tokens: Sequence[int]) -> list[int]:
    """The token that the last one points back to, if it is a letter."""
    offset = entries[tokens[-1]]
    assert isinstance(offset, int)
    assert 1 <= offset < len(tokens), "the query points at an earlier token"
    answer = tokens[len(tokens) - 1 - offset]
    return [answer] if isinstance(entries[answer], str) else []


def retrieval(entries: Sequence[Entry], tokens: Sequence[int]) -> list[int]:
    """Every earlier token whose first letter is the second letter of the last one."""
    query = entries[tokens[-1]]
    assert isinstance(query, tuple)
    assert query[0] != query[1], "the query does not ask for itself"
    answers = []
    for token in tokens[:-1]:
        entry = entries[token]
        assert isinstance(entry, tuple)
        if entry[0] == query[1]:
            answers.append(token)
    return answers


def number(entries: Sequence[Entry], tokens: Sequence[int]) -> list[int]:
    """The positions of the walk that jumps back by the integers, to the letter at its end."""
    walk = [len(tokens) - 1]
    while isinstance(jump := entries[tokens[walk[-1]]], int):
        assert 1 <= jump <= walk[-1], "a jump stays inside the input"
        walk.append(walk[-1] - jump)
    return walk


def letter(entries: Sequence[Entry], tokens: Sequence[int]) -> list[int]:
    """The positions of the walk from second letters to first letters, to the digit at its end."""
    pairs = [entry for token in tokens if isinstance(entry := entries[token], tuple)]
    assert len(pairs) == len(tokens)
    walk = [len(tokens) - 1]
    while isinstance(sought := pairs[walk[-1]][1], str):
        matches = [place for place in range(walk[-1] + 1) if pairs[place][0] == sought]
        assert len(matches) == 1, "one token follows, and it is another one"
        walk += matches
    return walk
