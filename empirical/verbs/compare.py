"""``ropeproof compare``: predicted, certified and measured lengths of one-layer models."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from empirical import completion
from empirical.files.atomic import write_json
from empirical.shipped.checkpoints import directory_named

if TYPE_CHECKING:
    from empirical.shipped.comparison import Comparison


CAPTION = "at m×: accuracy at m times the training length; below it, certified bounds"


def command(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            parser=directory_named,
            autocompletion=completion.models,
            help="Checkpoints; default: all shipped ones of one layer.",
        ),
    ] = None,
    searched: Annotated[
        int, typer.Option(min=2, help="Search for horizons up to this length, in tokens.")
    ] = 256,
    accuracy: Annotated[
        bool, typer.Option("--accuracy", help="Also bound unknown accuracies; takes minutes.")
    ] = False,
    json: Annotated[Path | None, typer.Option(help="Also write the rows here.")] = None,
) -> None:
    """Show predicted and certified horizons and measured accuracies, one line per model."""
    from empirical.files import checkpoint
    from empirical.shipped.checkpoints import one_layer, one_plane
    from empirical.shipped.comparison import compare
    from empirical.training.trainer import BEYOND

    models = [checkpoint.read(path) for path in paths or (*one_layer(), *one_plane())]
    rows = [
        compare(model, searched, accuracy)
        for model in track(models, "comparing", console=Console(stderr=True), transient=True)
    ]
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), caption=CAPTION)
    table.add_column("model", overflow="fold")
    multiples = (1, *BEYOND)
    headings = ["θ", "trained\nat", "predicted\nto", "certified\nto"]
    headings += [f"at {m}×" for m in multiples]
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row.checkpoint,
            "ladder" if row.angle is None else f"{row.angle:.4f}",
            str(row.length),
            "" if row.predicted is None else _range(row.predicted, row.searched),
            _range(row.certified, row.searched),
            *(_accuracy(row, multiple * row.length) for multiple in multiples),
        )
    Console().print(table)
    if json:
        write_json(json, [row.to_json() for row in rows])


def _range(horizons: tuple[int, int], searched: int) -> str:
    """Returns the least and the largest horizon; one at the search limit is a lower bound."""
    least, largest = (f"{'≥' if n == searched else ''}{n}" for n in horizons)
    return least if least == largest else f"{least} to {largest}"


def _accuracy(row: "Comparison", length: int) -> str:
    """Returns the measured accuracy, and below it the certified bounds."""
    count, bounds = row.accuracy.get(length), row.bounds.get(length)
    measured = "" if count is None else f"{count.correct / count.total:.4f}"
    if bounds is None:
        return measured
    lower, upper = math.floor(bounds.lower * 1e4) / 1e4, math.ceil(bounds.upper * 1e4) / 1e4
    return f"{measured}\n≥{lower:.4f}\n≤{upper:.4f}"
