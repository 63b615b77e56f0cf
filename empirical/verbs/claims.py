"""``ropeproof claims``: what was published of the controlled models, at every snapshot."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from empirical.files.atomic import write_json
from empirical.shipped.checkpoints import directory_named

if TYPE_CHECKING:
    from empirical.trajectories.observation_table import Observations
    from empirical.trajectories.published_claims import ClaimAlongTraining

    Run = tuple[Observations, list[ClaimAlongTraining]]


def command(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            parser=directory_named,
            help="Runs of the number or the letter task; default: the shipped ones.",
        ),
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Also write every snapshot's row here.")] = None,
) -> None:
    """Judge each published claim about the controlled models at every snapshot of a run.

    A claim is REPRODUCED from the first step on from which it holds at every later snapshot. Runs
    that have their snapshots are observed first; an interrupted observation resumes.
    """
    from empirical.files import checkpoint
    from empirical.shipped.checkpoints import controlled
    from empirical.training.trainer import SNAPSHOTS
    from empirical.trajectories import observation_table, observing, recording, score_trajectory
    from empirical.trajectories.published_claims import claims

    runs: dict[Path, Run] = {}
    with Progress(console=Console(stderr=True), transient=True) as bar:
        for path in paths or controlled():
            running = bar.add_task(path.name, total=None)

            def show(done: int, total: int, task: TaskID = running) -> None:
                bar.update(task, completed=done, total=total)

            if (path / SNAPSHOTS).is_dir():
                run = checkpoint.read(path)
                recording.record(run, show)
                observing.record(run, show)
            observed, scores = observation_table.read(path), score_trajectory.read(path)
            with checkpoint.naming(path):
                runs[path] = observed, claims(scores, observed)
            bar.remove_task(running)
    console = Console()
    for task in dict.fromkeys(observed.task for observed, _ in runs.values()):
        of_task = [run for run in runs.values() if run[0].task == task]
        console.print(_table(task, of_task))
    if json:
        write_json(json, [row for path, run in runs.items() for row in _rows(path.name, run)])


def _table(task: str, runs: "list[Run]") -> Table:
    """Returns one line per claim, with the step from which on it holds in each run."""
    table = Table(box=None, pad_edge=False, title=f"{task} task", title_justify="left")
    table.title_style = "bold"
    table.add_column("from which step on it holds")
    for observed, _ in runs:
        heading = f"{observed.steps:,} at\n{observed.learning_rate:g}\nseed {observed.seed}"
        table.add_column(heading, justify="right")
    for same in zip(*(claims for _, claims in runs), strict=True):
        table.add_row(same[0].claim, *map(_cell, same))
    return table


def _cell(claim: "ClaimAlongTraining") -> str:
    if claim.since is not None:
        return f"{claim.since:,}"
    return "not so" if claim.holds[-1] is False else "undecided"


def _rows(name: str, run: "Run") -> list[dict[str, object]]:
    return [
        {
            "run": name,
            "steps_of_run": run[0].steps,
            "learning_rate": run[0].learning_rate,
            "seed": run[0].seed,
            "name": claim.name,
            "claim": claim.claim,
            "outcome": str(claim.outcome),
            "since": claim.since,
            "reason": claim.reason,
            "steps": list(claim.steps),
            "measured": [None if x != x else x for x in claim.measured],
            "holds": list(claim.holds),
        }
        for claim in run[1]
    ]
