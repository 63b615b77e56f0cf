"""``ropeproof reach``: to what length each head keeps looking where it looks."""

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
    from empirical.mechanism.reach_table import ReachTable


def command(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            parser=directory_named,
            help="Checkpoints of multi-hop tasks; else letter models with NoPE planes.",
        ),
    ] = None,
    lengths: Annotated[
        str | None, typer.Option(help="Input lengths in tokens, such as 34,68.")
    ] = None,
    inputs: Annotated[
        int, typer.Option(min=8, help="Short inputs from which heads promise.")
    ] = 128,
    json: Annotated[Path | None, typer.Option(help="Also write the rows here.")] = None,
) -> None:
    """Say from short inputs to what length each head keeps its largest weight in place; then look.

    What is measured goes to reach.json beside the model, and is not measured again.
    """
    from empirical.display import prediction_table
    from empirical.files import checkpoint
    from empirical.mechanism import reach_table
    from empirical.shipped.checkpoints import nope_planes

    asked = prediction_table.parse_lengths(lengths) if lengths else reach_table.LENGTHS
    tables: dict[Path, ReachTable] = {}
    with Progress(console=Console(stderr=True), transient=True) as bar:
        for path in paths or nope_planes():
            running = bar.add_task(path.name, total=None)

            def show(done: int, total: int, task: TaskID = running) -> None:
                bar.update(task, completed=done, total=total)

            held = reach_table.read(path)
            if held is None or (held.lengths, held.inputs) != (asked, inputs):
                held = reach_table.record(checkpoint.read(path), asked, inputs, show)
            tables[path] = held
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


def _heads(title: str, table: "ReachTable") -> Table:
    """Two rows per head that walks: the share of its queries that keep their peak."""
    shown = Table("head", "query", "", box=None, pad_edge=False)
    shown.title, shown.title_justify, shown.title_style = title, "left", "bold"
    for heading in ("half at", *map(str, table.lengths)):
        shown.add_column(heading, justify="right")
    for row in table.walking:
        seen = table.first_below_half(row.seen_keeps)
        head = f"L{row.layer}H{row.head}", row.query
        shown.add_row(*head, "promised", _or_none(row.fails), *_shares(row.keeps))
        shown.add_row("", "", "seen", _or_none(seen), *_shares(row.seen_keeps))
    return shown


def _models(tables: "dict[Path, ReachTable]") -> Table:
    """One row per model: where its first head is to fail, and its accuracy."""
    shown = Table("model", box=None, pad_edge=False, title="right answers", title_justify="left")
    shown.title_style = "bold"
    lengths = sorted({n for table in tables.values() for n in table.lengths})
    for heading in ("rotated", "first to fail", *map(str, lengths)):
        shown.add_column(heading, justify="right")
    for path, table in tables.items():
        counts = [table.accuracy.get(n) for n in lengths]
        shares = [f"{count.correct / count.total:.2f}" if count else "" for count in counts]
        shown.add_row(path.name, str(table.rotary_dim), _or_none(table.fails), *shares)
    return shown


def _shares(values: Sequence[float]) -> list[str]:
    return [f"{value:.2f}" for value in values]


def _or_none(length: int | None) -> str:
    return "none" if length is None else str(length)
