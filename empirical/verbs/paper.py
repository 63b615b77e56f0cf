"""``ropeproof paper``: the paper, with every number and sentence from the code."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from empirical.files.atomic import write_json


def command(
    source: Annotated[Path, typer.Argument(help="The folder that holds main.typ.")] = Path("paper"),
    out: Annotated[Path, typer.Option(help="The folder to build in.")] = Path(
        "ropeproof-out/paper"
    ),
    json: Annotated[Path | None, typer.Option(help="Also write the numbers here.")] = None,
) -> None:
    """Judge the ledger, draw the figures, and typeset the paper from them.

    Exit status: 0 every sentence ended as expected, 3 one is undecided, 1 otherwise.
    """
    from empirical.display import ledger_table
    from empirical.figures.gallery import find as find_figures
    from empirical.paper import build
    from theory import ledger

    build.require(source)
    theorems, drawings = ledger.find([]), find_figures([])
    judgements = []
    with Progress(console=Console(stderr=True), transient=True) as bar:
        proving = bar.add_task("proving", total=len(theorems))
        drawing = bar.add_task("numbers and figures", total=len(drawings) + 1)
        for judgement in ledger.judge_all(theorems):
            judgements.append(judgement)
            bar.advance(proving)
        rows = [ledger_table.row(judgement) for judgement in judgements]
        numbers = build.generate(out, rows, drawings, lambda: bar.advance(drawing))
    typer.echo(build.compiled(source, out))
    if json:
        write_json(json, {key: number.text for key, number in numbers.items()})
    raise typer.Exit(ledger_table.exit_status(judgements))
