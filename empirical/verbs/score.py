"""``ropeproof score``: the positional and the symbolic score of each head of a model."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from empirical import completion
from empirical.files.atomic import write_json
from empirical.shipped.checkpoints import directory_named

if TYPE_CHECKING:
    from empirical.scores.table import Score


def command(
    paths: Annotated[
        list[Path],
        typer.Argument(
            parser=directory_named, autocompletion=completion.models, help="Checkpoint directories."
        ),
    ],
    inputs: Annotated[int, typer.Option(min=1, help="Number of inputs.")] = 500,
    temperature: Annotated[
        float, typer.Option(help="τ; a smaller τ gives more weight to large swaps.")
    ] = 1e-4,
    blocks: Annotated[
        int | None, typer.Option(help="Swap this many blocks instead of single tokens.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Also write the rows here.")] = None,
) -> None:
    """Score every head of GPT-J models; of runs with snapshots, also record the trajectory.

    The trajectory is saved in trajectory.json beside the model; interrupted recordings resume.
    """
    from empirical.files import checkpoint
    from empirical.models.gptj import GPTJ
    from empirical.scores import queries
    from empirical.scores.table import refuse_unless_finite, score
    from empirical.trajectories.recording import record

    console, json_rows = Console(), []
    with Progress(console=Console(stderr=True), transient=True) as bar:
        for path in paths:
            model = checkpoint.read(path)
            running = bar.add_task(f"{path.name}: scoring", total=None)
            gptj = GPTJ.of(model.config, model.weights)
            rows = score(gptj, queries.draw(model, inputs), temperature, blocks)
            with checkpoint.naming(path):
                refuse_unless_finite(rows)
            json_rows += [{"checkpoint": path.name} | row.to_json() for row in rows]
            console.print(_table(path.name, rows))
            bar.update(running, description=f"{path.name}: snapshots")

            def show(done: int, total: int, task: TaskID = running) -> None:
                bar.update(task, completed=done, total=total)

            table = record(model, show)
            if table:
                console.print(f"trajectory in {table}", soft_wrap=True)
            bar.remove_task(running)
    if json:
        write_json(json, json_rows)


def _table(title: str, rows: "Sequence[Score]") -> Table:
    """Returns a table with one line per head and query."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("head")
    table.add_column("query")
    for heading in ("positional", "symbolic", "entropy", "mean θ", "main θ"):
        table.add_column(heading, justify="right")
    table.add_column("pure at")
    for row in rows:
        pure = [f"{gamma} {behaviour}" for gamma, behaviour in row.pure.items() if behaviour]
        angle = "" if row.mean_angle is None else f"{row.mean_angle:.4f}"
        table.add_row(
            f"L{row.layer}H{row.head}",
            row.query,
            *(f"{value:.3f}" for value in (row.positional, row.symbolic, row.entropy)),
            angle,
            f"{row.main_angle:.4f}",
            pure[-1] if pure else "",
        )
    return table
