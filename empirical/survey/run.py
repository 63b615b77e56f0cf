"""Measuring many units: here, in processes of this machine, or on a Dask cluster.

The map is the same everywhere and records are written by one process, so the table is too; a worker
that dies costs the unit it was at.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any

from empirical.survey.table import SurveyTable
from empirical.survey.unit import Unit, opened
from theory.processes import forked_after
from theory.refusal import Refusal

PRELOADED = ("empirical.survey.unit", "transformers.modeling_utils")
"""Modules that the server imports from which processes are forked."""
RETRIES = 3
"""How often a unit is tried again whose worker has died."""


def survey(
    units: Iterable[Unit],
    table: SurveyTable,
    *,
    jobs: int = 1,
    scheduler: str | None = None,
    progress: Callable[[], None] = lambda: None,
) -> None:
    """Measure what the table does not hold yet.

    Args:
        units: what shall be there.
        table: where it goes; units of the same content are measured once.
        jobs: processes of this machine.
        scheduler: address of a Dask scheduler whose workers see the same directories; then
            ``jobs`` is not used.
        progress: called after every unit, those that were there included.

    Raises:
        Refusal: a unit cannot be measured, Dask is not installed, or no scheduler answers. What
            was measured before stays in the table.
    """
    todo: dict[str, Unit] = {}
    for unit in units:
        if unit.key in table.records or unit.key in todo:
            progress()
        else:
            todo[unit.key] = unit
    for record in _map(list(todo.values()), jobs, scheduler):
        unit = todo[record["key"]]
        keep(record, table, f"{unit.path}: what was measured at {unit.length} tokens")
        progress()


def keep(record: dict[str, Any], table: SurveyTable, name: str) -> None:
    """Add a record to a table.

    Args:
        record: what was measured.
        table: where it is kept.
        name: of what was measured.

    Raises:
        Refusal: a number is not finite.
    """
    try:
        table.append(record)
    except ValueError as error:
        raise Refusal(
            f"{name} is not finite: the weights are damaged, copy or train them again"
        ) from error


def record_of(unit: Unit) -> dict[str, Any]:
    """The record of a unit, measured in this process."""
    return unit.record()


def _map(todo: list[Unit], jobs: int, scheduler: str | None) -> Iterator[dict[str, Any]]:
    if scheduler is not None:
        yield from _dask(todo, scheduler)
    elif jobs == 1 or len(todo) < 2:
        yield from map(record_of, todo)
    else:
        opened.cache_clear()  # workers read the model themselves
        context = forked_after(*PRELOADED)
        with ProcessPoolExecutor(jobs, context, _share, (jobs,)) as pool:
            futures = [pool.submit(record_of, unit) for unit in todo]
            try:
                for future in as_completed(futures):
                    yield future.result()
            finally:
                pool.shutdown(cancel_futures=True)


def _share(jobs: int) -> None:
    """Give each of several processes its part of the cores."""
    import torch

    torch.set_num_threads(max(1, torch.get_num_threads() // jobs))


def _dask(todo: list[Unit], scheduler: str) -> Iterator[dict[str, Any]]:
    try:
        import distributed as library
    except ImportError as error:
        raise Refusal(
            "a scheduler is reached with Dask, which is not installed: pip install "
            "'ropeproof[scale]'"
        ) from error
    distributed: Any = library
    try:
        client = distributed.Client(scheduler, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise Refusal(f"no Dask scheduler answers at {scheduler}: start one there") from error
    with client, client.as_current():
        futures = [
            client.submit(record_of, unit, key=f"ropeproof-{unit.key}", retries=RETRIES)
            for unit in todo
        ]
        for future in distributed.as_completed(futures):
            yield future.result()
            future.release()
