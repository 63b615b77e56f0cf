"""A specification to start from: that of a checkpoint's task, or one of every part."""

from collections.abc import Sequence
from typing import Any

from empirical.files.checkpoint import Checkpoint
from empirical.recheck.specification import ANY, ANYWHERE, FORMAT, SAME, VERSION
from empirical.tasks.index import IndexTask
from empirical.tasks.largest import LargestTask
from empirical.tasks.retrieval import RetrievalTask
from empirical.tasks.task import Domain, Entry

LONGEST = 8
"""Tokens of the longest inputs where no training says so."""


def starting_specification(checkpoint: Checkpoint) -> dict[str, Any]:
    """Returns a specification of a checkpoint as JSON.

    Index and Retrieval are written out, one group for each query, and the largest of several
    numbers, two for each answer; any other model gets one group of all inputs, of which the same
    winner is asked, over its tokens or over the numbers of their ids.
    """
    task, record = checkpoint.known_task, checkpoint.task
    longest = max(record.train_lengths) if record and record.train_lengths else LONGEST
    sets: dict[str, Any] = {}
    if isinstance(task, IndexTask | RetrievalTask):
        domains = task.domains(longest)
        sets = {
            _name(domain): [_written(task.entries[token]) for token in domain.answers.tolist()]
            for domain in domains
        }
        groups = [_group(task.entries, domain, longest) for domain in domains]
    elif isinstance(task, LargestTask):
        sets = {_up_to(most): [*range(most + 1)] for most in range(len(task.entries))}
        groups = _largest(len(task.entries), longest)
    else:
        lengths = [1, longest]
        groups = [{"name": "all", "lengths": lengths, "last": ANY, "others": ANY, "asked": SAME}]
    entries = record.entries if record else range(checkpoint.config.vocab_size)
    return {
        "format": FORMAT,
        "version": VERSION,
        "tokens": [_written(entry) for entry in entries],
        "sets": sets,
        "groups": groups,
    }


def _name(domain: Domain) -> str:
    """Of the set of a domain's answers, which other domains may have too."""
    return f"answers from id {domain.answers.min()}"


def _group(entries: Sequence[Entry], domain: Domain, longest: int) -> dict[str, Any]:
    first, last = domain.distances.start, domain.distances.stop
    anywhere = last - first > 1
    others: Any = ANY
    if anywhere:
        others = {"but": _name(domain)}
    query = _written(entries[domain.query])
    return {
        "name": "".join(map(str, query)) if isinstance(query, list) else str(query),
        "lengths": [first + 1, longest],
        "last": [query],
        "others": others,
        "answer": {"tokens": _name(domain), "at": ANYWHERE if anywhere else [first]},
        "asked": {"wins": "answer"},
    }


def _up_to(most: int) -> str:
    return f"up to {most}"


def _largest(numbers: int, length: int) -> list[dict[str, Any]]:
    """All inputs, each once: by the largest number, and whether it is the last or stands before."""
    groups: list[dict[str, Any]] = []
    for most in range(numbers):
        common = {"lengths": [length, length], "others": _up_to(most)}
        last = {"name": f"{most} last", "last": [most], "asked": {"wins": most}}
        groups.append(last | common)
        if most and length > 1:
            before = {"name": f"{most} before", "last": _up_to(most - 1)}
            answer = {"tokens": [most], "at": ANYWHERE}
            groups.append(before | common | {"answer": answer, "asked": {"wins": "answer"}})
    return groups


def _written(entry: Entry) -> Any:
    return list(entry) if isinstance(entry, tuple) else entry
