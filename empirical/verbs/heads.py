"""``ropeproof heads``: by what every head of a model attends, and how far that carries."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from empirical.files.atomic import write_json
from empirical.shipped.checkpoints import directory_named

if TYPE_CHECKING:
    from empirical.foreign.reading import Model, Stored
    from empirical.survey.prompts import Prompts
    from empirical.survey.report import HeadReport
    from empirical.survey.table import SurveyTable
    from empirical.survey.unit import Unit


def command(
    name: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="A model's directory, a GGUF file, owner/name on the Hub, or a packaged model.",
        ),
    ],
    lengths: Annotated[str, typer.Option(help="Tokens of a prompt, such as 64,256.")] = "256",
    prompts: Annotated[int, typer.Option(min=1, help="Prompts of each length.")] = 8,
    kind: Annotated[
        str, typer.Option(help="Prompts: repeats, number, letter or blocks.")
    ] = "repeats",
    text: Annotated[
        Path | None,
        typer.Option(help="Prompts from this text, folder of texts, or JSON list of token ids."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the prompts.")] = 0,
    table: Annotated[
        Path, typer.Option(help="Measurements are saved here; interrupted runs resume.")
    ] = Path("ropeproof-out/heads.jsonl"),
    jobs: Annotated[int, typer.Option(min=1, help="Processes on this machine.")] = 1,
    scheduler: Annotated[
        str | None, typer.Option(help="Dask scheduler to work on instead, such as tcp://host:8786.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Also write the rows here.")] = None,
) -> None:
    """Report on every head of a model: what it attends to, through which planes, and how far.

    First its canonical heads are checked against its own attention, at the longest length asked:
    nothing is said of a model that fails. Exit 0 if it passes, 1 if not.
    """
    from empirical.display import prediction_table
    from empirical.foreign import reading
    from empirical.foreign.sources import model_named
    from empirical.survey.report import report
    from empirical.survey.table import SurveyTable
    from empirical.survey.unit import units

    surveyed = prediction_table.parse_lengths(lengths)
    kept = SurveyTable(table)
    stored = reading.stored_at(directory_named(str(model_named(name))))
    model = reading.read_stored(stored, max(surveyed))
    source = _prompts(stored, model, kind if text is None else text, seed, prompts, max(surveyed))
    console = Console()
    if not _passes(model, max(surveyed), console):
        raise typer.Exit(1)
    todo = units(stored, source, prompts, surveyed)
    _survey(todo, kept, jobs, scheduler)
    records = [kept.records[unit.key] for unit in todo]
    for made_of in dict.fromkeys(record["made_of"] for record in records):
        console.print(f"prompts of {made_of}", soft_wrap=True)
    heads = report(records)
    _show(stored.path.name, heads, console)
    console.print(f"measured rows in {table}", soft_wrap=True)
    if json:
        write_json(json, [head.to_json() for head in heads])


def _prompts(
    stored: "Stored", model: "Model", made_of: str | Path, seed: int, count: int, longest: int
) -> "Prompts":
    """Returns prompts of a kind, or of the user's text."""
    from empirical.survey.documents import documents
    from empirical.survey.prompts import Prompts, start_of
    from empirical.survey.unit import task_of

    if isinstance(made_of, str):
        return Prompts(made_of, seed)
    size = model.vocabulary.size
    before = len(start_of(model.vocabulary, task_of(stored.path, size)))
    own = documents(made_of, stored.tokenizer(), size, count, longest - before)
    return Prompts("own", seed, own)


def _passes(model: "Model", longest: int, console: Console) -> bool:
    """Prints the self-check, and of a model that fails it the rows that do."""
    from empirical.display import prediction_table
    from empirical.predictions.prediction import PredictionOutcome
    from empirical.survey.self_check import self_check

    checked = self_check(model, longest)
    console.print(f"{model.path}: {checked.line}", soft_wrap=True)
    if not checked.passed:
        bad = [row for row in checked.rows() if row.outcome is not PredictionOutcome.PASS]
        console.print(prediction_table.table(model.path.name, bad))
    return checked.passed


def _show(name: str, heads: "Sequence[HeadReport]", console: Console) -> None:
    """Prints for each length the summary by role, then every head."""
    from empirical.display import survey_table

    for length in sorted({head.length for head in heads}):
        found = [head for head in heads if head.length == length]
        console.print(f"\n{name} at {length} tokens, {found[0].prompts} prompts\n", soft_wrap=True)
        console.print(survey_table.summary(found))
        console.print()
        console.print(survey_table.table(found))


def _survey(todo: "list[Unit]", table: "SurveyTable", jobs: int, scheduler: str | None) -> None:
    from empirical.survey.run import survey

    with Progress(console=Console(stderr=True), transient=True) as bar:
        running = bar.add_task("measuring", total=len(todo))
        survey(todo, table, jobs=jobs, scheduler=scheduler, progress=lambda: bar.advance(running))
