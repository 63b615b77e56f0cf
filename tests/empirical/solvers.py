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
