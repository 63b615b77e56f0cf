"""``ropeproof survival``: up to which length each head keeps its peaks."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from empirical.files.atomic import write_json
from empirical.shipped.checkpoints import directory_named

if TYPE_CHECKING:
    from empirical.mechanism.survival_table import SurvivalTable


def command(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            parser=directory_named,
            help="Checkpoints of multi-hop tasks; default: the letter models with NoPE planes.",
        ),
    ] = None,
    lengths: Annotated[
        str | None, typer.Option(help="Input lengths in tokens, such as 34,68.")
    ] = None,
    inputs: Annotated[
        int, typer.Option(min=8, help="Number of short inputs from which forecasts are made.")
    ] = 128,
    json: Annotated[Path | None, typer.Option(help="Also write the rows here.")] = None,
) -> None:
    """Forecast from short inputs up to which length each head keeps its peaks, and measure it.

    The peak of a query is the position of its largest attention weight on the short input.
    Measurements are saved in survival.json beside the model and are not repeated.
    """
    from empirical.display import prediction_table
    from empirical.files import checkpoint
    from empirical.mechanism import survival_table
    from empirical.shipped.checkpoints import nope_planes

    asked = prediction_table.parse_lengths(lengths) if lengths else survival_table.LENGTHS
    tables: dict[Path, SurvivalTable] = {}
    with Progress(console=Console(stderr=True), transient=True) as bar:
        for path in paths or nope_planes():
            running = bar.add_task(path.name, total=None)

            def show(done: int, total: int, task: TaskID = running) -> None:
                bar.update(task, completed=done, total=total)

            table = survival_table.read(path)
            if table is None or (table.lengths, table.inputs) != (asked, inputs):
                table = survival_table.record(checkpoint.read(path), asked, inputs, show)
            tables[path] = table
            bar.remove_task(running)
    console = Console()
    for path, table in tables.items():
        console.print(_heads(path.name, table))
    console.print(_models(tables))
    if json:
        rows = [
            {"checkpoint": path.name, "lengths": table.lengths} | row.to_json()
            for path, table in tables.items()
            for row in table.rows
        ]
        write_json(json, rows)


def _heads(title: str, survival: "SurvivalTable") -> Table:
    """Returns two lines per walking head: the share of its queries that keep their peak."""
    table = Table("head", "query", "", box=None, pad_edge=False)
    table.title, table.title_justify, table.title_style = title, "left", "bold"
    for heading in ("half at", *map(str, survival.lengths)):
        table.add_column(heading, justify="right")
    for row in survival.walking_heads:
        measured_failure = survival.first_below_half(row.measured_kept)
        head = f"L{row.layer}H{row.head}", row.query
        forecast = _or_none(row.forecast_failure), *_shares(row.forecast_kept)
        table.add_row(*head, "forecast", *forecast)
        table.add_row("", "", "measured", _or_none(measured_failure), *_shares(row.measured_kept))
    return table


def _models(tables: "dict[Path, SurvivalTable]") -> Table:
    """Returns one line per model: the forecast of its first failing head, and its accuracy."""
    table = Table("model", box=None, pad_edge=False, title="right answers", title_justify="left")
    table.title_style = "bold"
    lengths = sorted({n for survival in tables.values() for n in survival.lengths})
    for heading in ("rotated", "first to fail", *map(str, lengths)):
        table.add_column(heading, justify="right")
    for path, survival in tables.items():
        counts = [survival.accuracy.get(n) for n in lengths]
        shares = [f"{count.correct / count.total:.2f}" if count else "" for count in counts]
        failure = _or_none(survival.forecast_failure)
        table.add_row(path.name, str(survival.rotary_dim), failure, *shares)
    return table


def _shares(values: Sequence[float]) -> list[str]:
    return [f"{value:.2f}" for value in values]


def _or_none(length: int | None) -> str:
    return "none" if length is None else str(length)
