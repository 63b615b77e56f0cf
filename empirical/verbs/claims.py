"""``ropeproof claims``: what was published, held against runs and against real language models."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from empirical.files.atomic import write_json
from empirical.shipped.checkpoints import directory_named
from theory.refusal import Refusal

if TYPE_CHECKING:
    from empirical.trajectories.observation_table import Observations
    from empirical.trajectories.published_claims import ClaimAlongTraining

    Run = tuple[Observations, list[ClaimAlongTraining]]


def command(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN|MODEL]…",
            help="Runs of the number or the letter task, or language models as heads takes them; "
            "default: the shipped runs.",
        ),
    ] = None,
    table: Annotated[
        Path, typer.Option(help="Measurements of models are saved here; interrupted runs resume.")
    ] = Path("ropeproof-out/heads.jsonl"),
    json: Annotated[Path | None, typer.Option(help="Also write every row here.")] = None,
) -> None:
    """Judge each published claim about controlled models, or about real language models.

    Of a run a claim is judged at every snapshot. It is REPRODUCED from the first step on from which
    it holds at every later snapshot. Runs that have their snapshots are observed first. Of a
    language model a claim is a number with an interval: REPRODUCED where all of it is on the
    claimed side, NOT REPRODUCED where none is, UNDECIDED between.
    """
    from empirical.shipped.checkpoints import controlled

    runs, models = _told_apart(names)
    console = Console()
    written: list[dict[str, object]] = []
    if runs or not models:
        written += _of_runs(runs or controlled(), console)
    for name in models:
        written += _of_model(name, table, console)
    if json:
        write_json(json, written)


def _told_apart(names: list[str] | None) -> tuple[list[Path], list[str]]:
    """The names of runs, as directories, and those of language models."""
    from empirical.files import checkpoint
    from empirical.foreign.sources import is_model

    runs, models = [], []
    for name in names or ():
        path = directory_named(name)
        if is_model(name) and not (path / checkpoint.MANIFEST).is_file():
            models.append(name)
        else:
            runs.append(path)
    return runs, models


def _of_runs(paths: list[Path], console: Console) -> list[dict[str, object]]:
    """Shows what runs say, and returns every row."""
    from empirical.files import checkpoint
    from empirical.training.trainer import SNAPSHOTS
    from empirical.trajectories import observation_table, observing, recording, score_trajectory
    from empirical.trajectories.published_claims import claims

    runs: dict[Path, Run] = {}
    with Progress(console=Console(stderr=True), transient=True) as bar:
        for path in paths:
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
    for task in dict.fromkeys(observed.task for observed, _ in runs.values()):
        of_task = [run for run in runs.values() if run[0].task == task]
        console.print(_table(task, of_task))
    return [row for path, run in runs.items() for row in _rows(path.name, run)]


def _of_model(name: str, table: Path, console: Console) -> list[dict[str, object]]:
    """Shows what a language model says, and returns every row."""
    from empirical.display import published_table
    from empirical.foreign.reading import stored_at
    from empirical.foreign.sources import model_named
    from empirical.survey.measured_heads import LENGTH
    from empirical.survey.published.claims import published_rows
    from empirical.survey.published.heads import LONGEST, heads_with_roles
    from empirical.survey.published.row import PublishedRow
    from empirical.survey.table import SurveyTable
    from empirical.survey.unit import opened
    from empirical.verbs.heads import Workers, passes

    workers, stored = Workers(SurveyTable(table)), stored_at(model_named(name))
    encode = stored.tokenizer()
    if encode is None:
        raise Refusal(f"{name} has no tokenizer, and the prompts are text: put it beside the model")
    if not passes(stored, LENGTH, workers.table, console):
        raise typer.Exit(1)
    heads = heads_with_roles(stored, workers.records)
    model, _ = opened(stored.path, stored.fingerprint, LONGEST)
    rows: list[PublishedRow] = []
    console.print(f"[bold]{name}[/bold]")
    with Console(stderr=True).status(name) as status:
        for row in published_rows(
            model, encode, heads, workers.table, lambda group: status.update(f"{name}: {group}")
        ):
            console.print(published_table.shown(row))
            rows.append(row)
    of_model = {"model": name, "fingerprint": stored.fingerprint}
    return [of_model | asdict(row) for row in rows]


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
