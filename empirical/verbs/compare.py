"""``ropeproof compare``: the theory beside trained one-layer models."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from empirical.files.atomic import write_json
from empirical.shipped.checkpoints import directory_named

if TYPE_CHECKING:
    from empirical.shipped.comparison import Comparison


CAPTION = "at m×: accuracy at m times the longest length trained on, and how it is certified"


def command(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(parser=directory_named, help="Checkpoints; else all shipped of one layer."),
    ] = None,
    searched: Annotated[int, typer.Option(min=2, help="Look for horizons up to this.")] = 256,
    accuracy: Annotated[
        bool, typer.Option("--accuracy", help="Also certify accuracies not known: takes minutes.")
    ] = False,
    json: Annotated[Path | None, typer.Option(help="Also write the rows here.")] = None,
) -> None:
    """Show predicted and certified horizons and measured accuracies, one line per model."""
    from empirical.files import checkpoint
    from empirical.shipped.checkpoints import one_layer, one_plane
    from empirical.shipped.comparison import compare
    from empirical.training.trainer import BEYOND

    found = [checkpoint.read(path) for path in paths or (*one_layer(), *one_plane())]
    rows = [
        compare(model, searched, accuracy)
        for model in track(found, "comparing", console=Console(stderr=True), transient=True)
    ]
    table = Table("model", box=None, caption=CAPTION)
    multiples = (1, *BEYOND)
    headings = ["θ", "trained at", "predicted to", "certified to"]
    headings += [f"at {m}×" for m in multiples]
    for heading in headings:
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            row.checkpoint,
            "ladder" if row.angle is None else f"{row.angle:.4f}",
            str(row.length),
            "" if row.predicted is None else "{} to {}".format(*row.predicted),
            "{} to {}".format(*row.certified),
            *(_accuracy(row, multiple * row.length) for multiple in multiples),
        )
    Console().print(table)
    if json:
        write_json(json, [row.to_json() for row in rows])


def _accuracy(row: "Comparison", length: int) -> str:
    """What was seen, and below it the certified bounds."""
    count, bounds = row.accuracy.get(length), row.bounds.get(length)
    seen = "" if count is None else f"{count.correct / count.total:.4f}"
    return f"{seen}\n{bounds.lower:.4f}–{bounds.upper:.4f}" if bounds else seen
