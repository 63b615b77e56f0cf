"""``ropeproof train``: train a model on a task."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from empirical.files.atomic import write_json


def command(
    name: Annotated[
        str,
        typer.Argument(
            help="A run: index, retrieval, number, letter, induction-2, … An unknown name lists "
            "all runs."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The checkpoint directory to write.")],
    steps: Annotated[int | None, typer.Option(help="Number of batches.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of weights and data.")] = None,
    width: Annotated[int | None, typer.Option(help="Width of the residual stream.")] = None,
    rotary_dim: Annotated[int | None, typer.Option(help="Rotated dimensions of each head.")] = None,
    half: Annotated[bool, typer.Option("--half", help="Round the weights to float16.")] = False,
    json: Annotated[Path | None, typer.Option(help="Also write the accuracies here.")] = None,
) -> None:
    """Train a model on a task; an interrupted run resumes.

    Omitted options default to the shipped checkpoint's. Some runs also save snapshots.
    """
    from empirical.training import trainer
    from empirical.training.recipes import plan_for

    plan = plan_for(name, steps=steps, seed=seed, width=width, rotary_dim=rotary_dim, half=half)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("step {task.completed}/{task.total}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        running = bar.add_task("training", total=plan.steps)

        def show(progress: trainer.Progress) -> None:
            text = f"loss {progress.loss:.3f} accuracy {progress.accuracy:6.1%}"
            for hops, count in progress.by_hops.items():
                text += f" {hops}: {count.correct}/{count.total}"
            bar.update(running, completed=progress.step, description=text)

        counts = trainer.train(plan, out, progress=show)
    table = Table("length", "right answers", box=None, title=f"{out}", title_justify="left")
    for length, count in counts.items():
        table.add_row(str(length), f"{count.correct} of {count.total}")
    Console().print(table)
    if json:
        write_json(json, {str(length): asdict(count) for length, count in counts.items()})
