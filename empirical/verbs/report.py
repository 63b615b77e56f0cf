"""``ropeproof report``: everything on one self-contained page."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from empirical.files.atomic import write_json, write_text


def command(
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("ropeproof-out"),
    json: Annotated[Path | None, typer.Option(help="Also write all rows here.")] = None,
) -> None:
    """Write one self-contained HTML page of the ledger, constructions, certificates, predictions.

    Exit status: 0 every sentence ended as expected and every prediction holds, 3 something is
    undecided, 1 otherwise.
    """
    from empirical.display import ledger_table
    from empirical.figures.gallery import find as find_figures
    from empirical.report import page, page_data
    from empirical.shipped.checkpoints import shipped
    from theory import ledger

    theorems, drawings, paths = ledger.find([]), find_figures([]), shipped()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        proving = bar.add_task("proving", total=len(theorems))
        other = bar.add_task("checking and drawing", total=2 * len(paths) + len(drawings))
        judgements = []
        for judgement in ledger.judge_all(theorems):
            judgements.append(judgement)
            bar.advance(proving)

        def tick() -> None:
            bar.advance(other)

        certificates = list(page_data.certified(tick))
        predictions = list(page_data.predictions(tick))
        figures = list(page_data.figures(drawings, tick))
    constructions = list(page_data.constructions())
    html = page.render(
        summary=ledger_table.summary(judgements),
        sentences=page_data.sentences(judgements),
        graph=page_data.dependencies(judgements, constructions, predictions),
        constructions=constructions,
        certificates=certificates,
        predictions=predictions,
        figures=figures,
    )
    write_text(out / "report.html", html)
    typer.echo(out / "report.html")
    if json:
        rows = [ledger_table.row(judgement) for judgement in judgements]
        write_json(json, {"ledger": rows, "certificates": certificates, "predictions": predictions})
    binding = [row for entry in predictions for row in entry["rows"] if not row["observation"]]
    raise typer.Exit(ledger_table.exit_status(judgements) or _exit_status(binding))


def _exit_status(predictions: list[dict[str, Any]]) -> int:
    verdicts = {row["verdict"] for row in predictions}
    if "FAIL" in verdicts:
        return 1
    return 3 if "UNDECIDED" in verdicts else 0
