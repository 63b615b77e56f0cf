"""``ropeproof check``: hold trained checkpoints against the theory, and report on every head."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, track

from empirical.files.atomic import write_json
from empirical.shipped.checkpoints import directory_named

if TYPE_CHECKING:
    from empirical.survey.table import SurveyTable
    from empirical.survey.unit import Unit


def command(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            parser=directory_named, help="Checkpoints or folders of them; else all shipped ones."
        ),
    ] = None,
    lengths: Annotated[
        str | None,
        typer.Option(help="Input lengths, such as 32,64; by default what the directory says."),
    ] = None,
    prompts: Annotated[
        int, typer.Option(min=0, help="Report on every head, over so many prompts per length.")
    ] = 0,
    kind: Annotated[
        str, typer.Option(help="Prompts: repeats, number, letter or blocks.")
    ] = "repeats",
    text: Annotated[
        Path | None, typer.Option(help="Prompts from this file: text, or a JSON list of ids.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the prompts.")] = 0,
    table: Annotated[
        Path, typer.Option(help="What is measured is kept here; a run cut short goes on.")
    ] = Path("ropeproof-out/heads.jsonl"),
    jobs: Annotated[int, typer.Option(min=1, help="Processes on this machine.")] = 1,
    scheduler: Annotated[
        str | None, typer.Option(help="Dask scheduler to work on instead, such as tcp://host:8786.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Also write the rows here.")] = None,
) -> None:
    """Measure a model's heads and hold them against the theorems for their own angles and norms.

    A model of another family is first checked against its own attention; with --prompts every head
    of any model is reported on. Exit 0 iff every prediction holds, 1 if one is violated, 3 if one
    is undecided. What others observed on their own models binds none: such a row may fail.
    """
    from empirical.display import prediction_table, survey_table
    from empirical.files import checkpoint, network_file
    from empirical.foreign import reading
    from empirical.models.config import GPTJConfig
    from empirical.models.one_plane import OnePlaneConfig
    from empirical.models.smeared import SmearedConfig
    from empirical.predictions import predict
    from empirical.predictions.hand_set import stored_network
    from empirical.predictions.prediction import Prediction, PredictionOutcome, exit_status
    from empirical.predictions.subject import Subject
    from empirical.shipped.checkpoints import shipped
    from empirical.survey import self_check
    from empirical.survey.prompts import Prompts, of_file
    from empirical.survey.report import report
    from empirical.survey.table import SurveyTable
    from empirical.survey.unit import units
    from theory.refusal import Refusal

    kinds = (GPTJConfig, OnePlaneConfig, SmearedConfig)
    types = {kind.FIXED["model_type"] for kind in kinds}
    asked = prediction_table.parse_lengths(lengths) if lengths else None
    surveyed = asked or (64, 256)
    kept = SurveyTable(table) if prompts else None
    models = [model for path in paths or shipped() for model in checkpoint.within(path)]
    todo: dict[Path, list[Unit]] = {}
    twins: dict[str, list[Path]] = {}

    def rows_of(path: Path) -> Iterator[Prediction]:
        if (path / network_file.FILE).exists():
            if prompts:
                raise Refusal(f"{path} holds a hand-set network: check it without --prompts")
            yield from stored_network.rows(network_file.read(path), asked)
            return
        own = reading.model_type(path) in types
        if prompts or not own:
            model = reading.read(path, max(surveyed))
            twins.setdefault(model.fingerprint, []).append(path)
            checked = list(self_check.rows(model))
            yield from checked
            if prompts and all(row.outcome is PredictionOutcome.PASS for row in checked):
                source = of_file(text, path, model.module.config.vocab_size) if text else None
                drawn = Prompts("own" if text else kind, seed, source)
                todo[path] = units(model, drawn, prompts, surveyed)
        if own:
            yield from predict(Subject.of(checkpoint.read(path, *kinds), asked))

    # One model at a time; nothing is shown or written before all have been read, and a bar that
    # is no terminal's would leave an empty line before a refusal.
    errors = Console(stderr=True)
    quiet = not errors.is_terminal
    rows = {
        path: list(rows_of(path))
        for path in track(models, "checking", console=errors, transient=True, disable=quiet)
    }
    console = Console()
    for path, predictions in rows.items():
        console.print(prediction_table.table(path.name, predictions))
    for same in twins.values():
        if len(same) > 1:
            console.print(f"the same weights: {', '.join(map(str, same))}", soft_wrap=True)
    everything = [row for predictions in rows.values() for row in predictions]
    written = [
        {"checkpoint": path.name} | row.to_json()
        for path, predictions in rows.items()
        for row in predictions
    ]
    console.print(prediction_table.summary(everything), soft_wrap=True)
    if kept is not None:
        _survey(todo, kept, jobs, scheduler)
        for path, asked_units in todo.items():
            heads = report(kept.records[unit.key] for unit in asked_units)
            console.print(survey_table.table(path.name, heads))
            written += [{"checkpoint": path.name} | head.to_json() for head in heads]
        console.print(f"measured rows in {table}", soft_wrap=True)
    if json:
        write_json(json, written)
    raise typer.Exit(exit_status(everything))


def _survey(
    todo: "dict[Path, list[Unit]]", table: "SurveyTable", jobs: int, scheduler: str | None
) -> None:
    from empirical.survey.run import survey

    every = [unit for of_path in todo.values() for unit in of_path]
    with Progress(console=Console(stderr=True), transient=True) as bar:
        running = bar.add_task("measuring", total=len(every))
        survey(every, table, jobs=jobs, scheduler=scheduler, progress=lambda: bar.advance(running))
