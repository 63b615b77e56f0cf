"""``ropeproof plot``: draw the figures."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from empirical import completion
from empirical.files.atomic import write_bytes, write_json


def command(
    names: Annotated[
        list[str] | None,
        typer.Argument(autocompletion=completion.drawings, help="Figures; default: all."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder to draw into.")] = Path(
        "ropeproof-out/figures"
    ),
    only_list: Annotated[
        bool, typer.Option("--list", help="List the figures and draw none.")
    ] = False,
    json: Annotated[Path | None, typer.Option(help="Also write the numbers here.")] = None,
) -> None:
    """Draw figures of sentences, constructions and trained models, as SVG and PNG."""
    from empirical.figures.gallery import find

    drawings = find(names or [])
    if only_list:
        width = max(len(drawing.name) for drawing in drawings)
        for drawing in drawings:
            typer.echo(f"{drawing.name:{width}}  {drawing.title}")
        return
    numbers = {}
    progress = Console(stderr=True)
    for drawing in track(drawings, "drawing", console=progress, transient=True):
        numbers[drawing.name] = drawing.rows()
        for suffix, data in drawing.render(numbers[drawing.name]).items():
            path = out / f"{drawing.name}.{suffix}"
            write_bytes(path, data)
            typer.echo(path)
    if json:
        write_json(json, numbers)
        typer.echo(json)
