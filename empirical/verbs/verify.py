"""``ropeproof verify``: the main job, from the sentences to the shipped checkpoints."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from empirical.files.atomic import write_bytes, write_json

if TYPE_CHECKING:
    from empirical.predictions.prediction import Prediction
    from theory.ledger import Judgement


@dataclass(frozen=True)
class _Results:
    """What the main job computed.

    Attributes:
        judgements: of every sentence.
        figures: the files drawn.
        predictions: by checkpoint.
    """

    judgements: "Sequence[Judgement]"
    figures: Sequence[Path]
    predictions: "dict[str, list[Prediction]]"

    @property
    def all_predictions(self) -> "list[Prediction]":
        return [row for rows in self.predictions.values() for row in rows]


def command(
    out: Annotated[Path, typer.Option(help="The folder for figures.")] = Path("ropeproof-out"),
    json: Annotated[Path | None, typer.Option(help="Also write all rows here.")] = None,
) -> None:
    """Judge the ledger, draw the figures, check hand-set heads and the shipped checkpoints.

    Exit status: 0 every sentence ended as expected and every prediction holds, 3 something is
    undecided, 1 otherwise.
    """
    from empirical.display import ledger_table
    from empirical.predictions.prediction import exit_status

    results = _run(out)
    _print(results, out)
    if json:
        _write(json, results)
    ledger_status = ledger_table.exit_status(results.judgements)
    raise typer.Exit(ledger_status or exit_status(results.all_predictions))


def _run(out: Path) -> _Results:
    """Judge, draw and check, with one progress bar for each.

    Other processes judge while this one draws.
    """
    from empirical.figures.gallery import find as find_figures
    from empirical.predictions.hand_set.floors import hand_set_rows
    from empirical.shipped import checkpoints
    from theory import ledger

    theorems, drawings, paths = ledger.find([]), find_figures([]), checkpoints.shipped()
    judgements, figures = [], []
    with Progress(console=Console(stderr=True), transient=True) as bar:
        drawing_figures = bar.add_task("drawing", total=len(drawings))
        proving = bar.add_task("proving", total=len(theorems))
        checking = bar.add_task("checking", total=len(paths) + 1)
        judging = ledger.judge_all(theorems)
        judgements.append(next(judging))  # all processes are at work from here on
        bar.advance(proving)
        for drawing in drawings:
            for suffix, data in drawing.render(drawing.rows()).items():
                figures.append(out / "figures" / f"{drawing.name}.{suffix}")
                write_bytes(figures[-1], data)
            bar.advance(drawing_figures)
        for judgement in judging:
            judgements.append(judgement)
            bar.advance(proving)
        predictions = {"hand-set": list(hand_set_rows())}
        bar.advance(checking)
        for name, rows in checkpoints.predictions(paths):
            predictions[name] = rows
            bar.advance(checking)
    return _Results(judgements, figures, predictions)


def _print(results: _Results, out: Path) -> None:
    from empirical.display import ledger_table, prediction_table
    from empirical.shipped import checkpoints

    console = Console()
    console.print(ledger_table.overview(results.judgements))
    for name, rows in results.predictions.items():
        title = f"{name}: the closest call of each kind, of {len(rows)} predictions"
        console.print(prediction_table.table(title, prediction_table.closest(rows)))
        console.print()
    console.print(ledger_table.summary(results.judgements), soft_wrap=True)
    if cure := ledger_table.cure(results.judgements):
        console.print(cure, soft_wrap=True)
    console.print(prediction_table.summary(results.all_predictions), soft_wrap=True)
    if missing := checkpoints.left_out():
        console.print(
            f"{len(missing)} shipped models are not checked: their weights are in the repository, "
            "not in the package",
            soft_wrap=True,
        )
    console.print(f"{len(results.figures)} files drawn in {out / 'figures'}", soft_wrap=True)


def _write(json: Path, results: _Results) -> None:
    from empirical.display import ledger_table

    predictions = [
        {"checkpoint": name} | row.to_json()
        for name, rows in results.predictions.items()
        for row in rows
    ]
    write_json(
        json,
        {
            "ledger": [ledger_table.row(judgement) for judgement in results.judgements],
            "predictions": predictions,
            "figures": [str(path) for path in results.figures],
        },
    )
