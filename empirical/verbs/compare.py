"""``ropeproof compare``: the theory beside trained one-layer models."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from empirical.atomic import write_json


def command(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Checkpoints; else the shipped one-plane models.")
    ] = None,
    searched: Annotated[int, typer.Option(min=2, help="Look for horizons up to this.")] = 160,
    accuracy: Annotated[
        bool, typer.Option("--accuracy", help="Also certify the accuracy: takes minutes.")
    ] = False,
    json: Annotated[Path | None, typer.Option(help="Also write the rows here.")] = None,
) -> None:
    """Show what the theory promises, what is certified and what is seen, model by model."""
    from empirical import checkpoint
    from empirical.comparison import compare
    from empirical.shipped import one_plane

    found = [checkpoint.read(path) for path in paths or one_plane()]
    rows = [
        compare(model, searched, accuracy)
        for model in track(found, "comparing", console=Console(stderr=True), transient=True)
    ]
    lengths = sorted({n for row in rows for n in row.accuracy if n >= row.length})
    headings = ["θ", "trained at", "promised to", "certified to"]
    headings += ["certified accuracy"] if accuracy else []
    table = Table("model", box=None)
    for heading in (*headings, *(f"seen at {n}" for n in lengths)):
        table.add_column(heading, justify="right")
    for row in rows:
        bounds = ["{:.4f} to {:.4f}".format(*row.bounds)] if row.bounds else []
        counts = [row.accuracy.get(n) for n in lengths]
        table.add_row(
            row.checkpoint,
            "ladder" if row.angle is None else f"{row.angle:.4f}",
            str(row.length),
            "" if row.promised is None else "{} to {}".format(*row.promised),
            "{} to {}".format(*row.certified),
            *bounds,
            *("" if count is None else f"{count.correct / count.total:.3f}" for count in counts),
        )
    Console().print(table)
    if json:
        write_json(json, [row.to_json() for row in rows])
