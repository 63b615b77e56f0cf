"""Finds the tasks with exact answers, one per module of this folder."""

import importlib
import inspect
import pkgutil
from collections.abc import Sequence

from empirical.tasks.task import Task, entries_from_json
from theory.refusal import Refusal


def tasks() -> dict[str, type[Task]]:
    """Returns every task class of this folder by its name."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    kinds: list[type[Task]] = []
    families = Task.__subclasses__()
    for kind in families:  # the list grows during the loop
        families += kind.__subclasses__()
        if not inspect.isabstract(kind) and hasattr(kind, "name"):  # others lack their hops
            kinds.append(kind)
    return {kind.name: kind for kind in sorted(kinds, key=lambda kind: kind.name)}


def task_from_entries(name: str, tokens: Sequence[object]) -> Task:
    """Returns the task that the contents of a ``task.json`` describe.

    Args:
        name: the task's name.
        tokens: one JSON value per token id: a letter, an integer, a pair or null.

    Raises:
        Refusal: no task has this name, or the task does not allow these tokens.
    """
    known = tasks()
    if name not in known:
        raise Refusal(f"no task is called {name!r}: choose one of {', '.join(sorted(known))}")
    return known[name](entries_from_json(tokens))
