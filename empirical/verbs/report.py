"""``ropeproof report``: a self-contained page of everything shipped, or of a user's models."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from empirical import completion
from empirical.files.atomic import write_json, write_text
from empirical.shipped.checkpoints import model_path


def command(
    models: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL]...",
            autocompletion=completion.models,
            help="Models as heads takes them; default: the ledger and the shipped models.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("ropeproof-out"),
    json: Annotated[Path | None, typer.Option(help="Also write all rows here.")] = None,
) -> None:
    """Write one self-contained HTML page: of the ledger and the shipped models, or of your models.

    Of your models it shows certificates, predictions and heads; what is measured of heads is kept
    in the folder, and an interrupted report resumes. Exit status: 0 every sentence ended as
    expected and every prediction holds, 3 something is undecided, 1 otherwise, as where a model is
    wrong on an input of the length that it is certified for.
    """
    if models:
        _of_models(models, out, json)
    else:
        _of_everything(out, json)


def _of_models(names: list[str], out: Path, json: Path | None) -> None:
    from dataclasses import asdict

    from empirical.report import page
    from empirical.report.model_data import parts_of
    from empirical.survey.table import SurveyTable

    paths = [model_path(name) for name in names]
    with Progress(console=Console(stderr=True), transient=True) as bar:

        def step(title: str) -> Callable[[int, int], None]:
            for task in bar.task_ids:
                bar.remove_task(task)
            running = bar.add_task(title, total=None)
            return lambda done, total: bar.update(running, completed=done, total=total)

        table = SurveyTable(out / "heads.jsonl")
        models = [parts_of(path, table, step) for path in paths]
    write_text(out / "report.html", page.render_models(models))
    typer.echo(out / "report.html")
    if json:
        write_json(json, [asdict(model) for model in models])
    statuses = [_exit_status(model.predictions["rows"]) for model in models]
    counts = [model.certificate.get("counts", {}) for model in models]
    refuted = any(count.get("REFUTED") for count in counts)
    undecided = 3 * any(count.get("UNDECIDED") for count in counts)
    raise typer.Exit(1 if refuted or 1 in statuses else max([*statuses, undecided]))


def _of_everything(out: Path, json: Path | None) -> None:
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
        overview=page_data.overview(judgements, certificates, predictions),
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
        ledger_rows = [ledger_table.row(judgement) for judgement in judgements]
        write_json(
            json, {"ledger": ledger_rows, "certificates": certificates, "predictions": predictions}
        )
    rows = [row for entry in predictions for row in entry["rows"]]
    raise typer.Exit(ledger_table.exit_status(judgements) or _exit_status(rows))


def _exit_status(predictions: list[dict[str, Any]]) -> int:
    """0 if every prediction holds, 1 if one fails, else 3; published observations bind no model."""
    verdicts = {row["verdict"] for row in predictions if not row["observation"]}
    if "FAIL" in verdicts:
        return 1
    return 3 if "UNDECIDED" in verdicts else 0
