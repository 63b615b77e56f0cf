"""``ropeproof verify``: the main job, from the sentences to the shipped checkpoints."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from empirical.files.atomic import write_bytes, write_json


def command(
    out: Annotated[Path, typer.Option(help="The folder for figures.")] = Path("ropeproof-out"),
    json: Annotated[Path | None, typer.Option(help="Also write all rows here.")] = None,
) -> None:
    """Judge the ledger, draw the figures, check hand-set heads and the shipped checkpoints.

    Exit 0 iff every sentence ends as expected and every prediction holds, 3 if something stays
    undecided, else 1.
    """
    from empirical.display import ledger_table, prediction_table
    from empirical.figures.gallery import find as find_figures
    from empirical.predictions.hand_set.floors import hand_set_rows
    from empirical.predictions.prediction import exit_status
    from empirical.shipped import checkpoints
    from theory import ledger
    from theory.evidence import Verdict

    theorems, drawings, paths = ledger.find([]), find_figures([]), checkpoints.shipped()
    figures: list[Path] = []
    with Progress(console=Console(stderr=True), transient=True) as bar:
        proving = bar.add_task("proving", total=len(theorems))
        drawing_ = bar.add_task("drawing", total=len(drawings))
        checking = bar.add_task("checking", total=len(paths) + 1)
        judgements = []
        for judgement in ledger.judge_all(theorems):
            judgements.append(judgement)
            bar.advance(proving)
        for drawing in drawings:
            for suffix, data in drawing.render(drawing.rows()).items():
                figures.append(out / "figures" / f"{drawing.name}.{suffix}")
                write_bytes(figures[-1], data)
            bar.advance(drawing_)
        predictions = {"hand-set": list(hand_set_rows())}
        bar.advance(checking)
        for name, rows in checkpoints.predictions(paths):
            predictions[name] = rows
            bar.advance(checking)

    everything = [row for rows in predictions.values() for row in rows]
    console = Console()
    console.print(ledger_table.overview(judgements))
    for name, rows in predictions.items():
        title = f"{name}: of {len(rows)} predictions, each kind's nearest to failing"
        console.print(prediction_table.table(title, prediction_table.closest(rows)))
        console.print()
    console.print(ledger_table.summary(judgements), soft_wrap=True)
    console.print(prediction_table.summary(everything), soft_wrap=True)
    if missing := checkpoints.left_out():
        console.print(
            f"{len(missing)} shipped models are not checked: their weights are in the repository, "
            "not in the package",
            soft_wrap=True,
        )
    console.print(f"{len(figures)} files drawn in {out / 'figures'}", soft_wrap=True)
    if json:
        write_json(
            json,
            {
                "ledger": [ledger_table.row(judgement) for judgement in judgements],
                "predictions": [
                    {"checkpoint": name} | row.to_json()
                    for name, rows in predictions.items()
                    for row in rows
                ],
                "figures": [str(path) for path in figures],
            },
        )
    verdicts = {judgement.verdict for judgement in judgements}
    if not all(judgement.as_expected for judgement in judgements):
        raise typer.Exit(3 if Verdict.UNDECIDED in verdicts else 1)
    raise typer.Exit(exit_status(everything))
