"""``ropeproof heads``: to what every head of a model attends, what for, and how far."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from empirical.files.atomic import write_json
from empirical.shipped.checkpoints import model_path

if TYPE_CHECKING:
    from empirical.display.survey_table import Listing
    from empirical.foreign.reading import Stored
    from empirical.survey.prompts import Prompts
    from empirical.survey.report import HeadReport
    from empirical.survey.table import SurveyTable
    from empirical.survey.unit import Unit


ModelName = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A model's directory, a GGUF file, owner/name on the Hub, or a packaged model.",
    ),
]
PromptLengths = Annotated[str, typer.Option(help="Tokens of a prompt, such as 64,256.")]
PromptCount = Annotated[int, typer.Option(min=1, help="Prompts of each length.")]
PromptKind = Annotated[str, typer.Option(help="Prompts: repeats, number, letter or blocks.")]
OwnText = Annotated[
    Path | None,
    typer.Option(help="Prompts from this text, folder of texts, or JSON list of token ids."),
]
RemovedOn = Annotated[
    int, typer.Option(min=0, help="Prompts of the first length on which every head is removed.")
]
Seed = Annotated[int, typer.Option(min=0, help="Of the prompts.")]
OnlyRole = Annotated[str | None, typer.Option(help="List heads of this role only.")]
SortedBy = Annotated[str | None, typer.Option(help="List heads by this column, the largest first.")]
AtMost = Annotated[int | None, typer.Option(min=1, help="List so many heads at most.")]
TableFile = Annotated[
    Path, typer.Option(help="Measurements are saved here; interrupted runs resume.")
]
PageFolder = Annotated[
    Path | None,
    typer.Option(help="Write heads.html, heads.csv, heads.json and pictures into this folder."),
]
Processes = Annotated[int, typer.Option(min=1, help="Processes on this machine.")]
DaskScheduler = Annotated[
    str | None, typer.Option(help="Dask scheduler to work on instead, such as tcp://host:8786.")
]
RowsFile = Annotated[Path | None, typer.Option(help="Also write the rows here.")]


def command(
    name: ModelName,
    lengths: PromptLengths = "256",
    prompts: PromptCount = 8,
    kind: PromptKind = "repeats",
    text: OwnText = None,
    causes: RemovedOn = 2,
    seed: Seed = 0,
    only: OnlyRole = None,
    sort: SortedBy = None,
    top: AtMost = None,
    table: TableFile = Path("ropeproof-out/heads.jsonl"),
    out: PageFolder = None,
    jobs: Processes = 1,
    scheduler: DaskScheduler = None,
    json: RowsFile = None,
) -> None:
    """Report on every head of a model: what it attends to, through which planes, and how far.

    First its canonical heads are checked against its own attention, at the longest length asked:
    nothing is said of a model that fails. Exit 0 if it passes, 1 if not.
    """
    from empirical.display import prediction_table, survey_table
    from empirical.foreign.reading import stored_at
    from empirical.survey.cause_unit import removal_records
    from empirical.survey.report import report
    from empirical.survey.table import SurveyTable
    from empirical.survey.unit import units

    surveyed = prediction_table.parse_lengths(lengths)
    listed = survey_table.Listing.asked(only, sort, top)
    workers = Workers(SurveyTable(table), jobs, scheduler)
    stored = stored_at(model_path(name))
    console = Console()
    if not passes(stored, max(surveyed), workers.table, console):
        raise typer.Exit(1)
    source = _prompts(stored, kind if text is None else text, seed, prompts, max(surveyed))
    records = workers.records("measuring heads", units(stored, source, prompts, surveyed))
    removed = removal_records(stored, source, min(causes, prompts), surveyed, workers.records)
    heads = report(records, removed)
    _show(stored.path.name, heads, records, listed, console)
    if len(surveyed) > 1:
        _show_along(stored, heads, console)
    console.print(f"measured rows in {table}", soft_wrap=True)
    _write(json, out, stored, heads, records, console)


@dataclass(frozen=True)
class Workers:
    """Who measures units, and where records are kept.

    Attributes:
        table: keeps records.
        jobs: processes of this machine.
        scheduler: address of a Dask scheduler to work on instead.
    """

    table: "SurveyTable"
    jobs: int = 1
    scheduler: str | None = None

    def records(self, title: str, todo: "Sequence[Unit]") -> list[dict[str, Any]]:
        """The records of units, measured where the table lacks them; a bar shows how far it is."""
        from empirical.survey.run import survey

        with Progress(console=Console(stderr=True), transient=True) as bar:
            running = bar.add_task(title, total=len(todo))
            survey(
                todo,
                self.table,
                jobs=self.jobs,
                scheduler=self.scheduler,
                progress=lambda: bar.advance(running),
            )
        return [self.table.records[unit.key] for unit in todo]


def _prompts(
    stored: "Stored", made_of: str | Path, seed: int, count: int, longest: int
) -> "Prompts":
    """Returns prompts of a kind, or of the user's text."""
    from empirical.survey.documents import documents
    from empirical.survey.prompts import Prompts, start_of
    from empirical.survey.unit import opened

    if isinstance(made_of, str):
        return Prompts(made_of, seed)
    model, task = opened(stored.path, stored.fingerprint, longest)
    before = len(start_of(model.vocabulary, task))
    size = model.vocabulary.size
    own = documents(made_of, stored.tokenizer(), size, count, longest - before)
    return Prompts("own", seed, own)


def passes(stored: "Stored", longest: int, table: "SurveyTable", console: Console) -> bool:
    """Prints the self-check, and of a model that fails it the rows that do.

    One that passed is not checked again.
    """
    from empirical.display import prediction_table
    from empirical.predictions.prediction import PredictionOutcome
    from empirical.survey.self_check import self_check, self_check_key
    from empirical.survey.unit import opened

    key = self_check_key(stored.fingerprint, stored.configuration, longest)
    if key not in table.records:
        checked = self_check(opened(stored.path, stored.fingerprint, longest)[0], longest)
        if not checked.passed:
            console.print(f"{stored.path}: {checked.line}", soft_wrap=True)
            bad = [row for row in checked.rows() if row.outcome is not PredictionOutcome.PASS]
            console.print(prediction_table.table(stored.path.name, bad))
            return False
        table.append({"key": key, "self_check": checked.line})
    console.print(f"{stored.path.name}: {table.records[key]['self_check']}", soft_wrap=True)
    return True


def _show(
    name: str,
    heads: "Sequence[HeadReport]",
    records: "Sequence[dict[str, Any]]",
    listed: "Listing",
    console: Console,
) -> None:
    """Prints what prompts are made of, and for each length the summary by role and the listing."""
    from empirical.display import survey_table

    for made_of in dict.fromkeys(record["made_of"] for record in records):
        console.print(f"prompts of {made_of}", soft_wrap=True)
    for length in sorted({head.length for head in heads}):
        of_length = [head for head in heads if head.length == length]
        console.print(
            f"\n{name} at {length} tokens, {of_length[0].prompts} prompts, {len(of_length)} heads"
        )
        console.print(survey_table.summary(of_length))
        for sentence in (survey_table.needed(of_length), survey_table.untold(of_length)):
            if sentence:
                console.print(sentence, soft_wrap=True)
        if listed.any:
            console.print()
            console.print(survey_table.table(listed.of(of_length)))
    if not listed.any:
        console.print("every head: --top N, --only ROLE, --sort COLUMN, or a page: --out FOLDER")


def _show_along(stored: "Stored", heads: "Sequence[HeadReport]", console: Console) -> None:
    """Prints how heads that are symbolic on the shortest prompts fare on longer ones."""
    from empirical.display import survey_table
    from empirical.foreign.reading import windows
    from empirical.survey.symbolic_lengths import by_length, symbolic_heads

    rows = by_length(symbolic_heads(heads, windows(stored)))
    if not rows:
        console.print("\nno head that sees every token is symbolic at the shortest length")
        return
    console.print(
        f"\nheads that are symbolic at {rows[0].length} tokens and see every token: medians of "
        "their symbolic scores, of the lead of the last token's target, and of the floor that "
        "their own angles leave it; kept where no arrangement of the prompt takes it",
        soft_wrap=True,
    )
    console.print(survey_table.along_lengths(rows))


def _write(
    json: Path | None,
    out: Path | None,
    stored: "Stored",
    heads: "Sequence[HeadReport]",
    records: "Sequence[dict[str, Any]]",
    console: Console,
) -> None:
    """Writes the rows, and the page, the table and the pictures of all heads, where asked."""
    from empirical.figures.parts import head_grids
    from empirical.files.atomic import write_bytes, write_text
    from empirical.report import heads_page
    from empirical.survey.export import rows_as_csv

    if json:
        write_json(json, [head.to_json() for head in heads])
    if not out:
        return
    about = {"model": str(stored.path.resolve()), "fingerprint": stored.fingerprint}
    write_json(out / "heads.json", about | {"heads": [head.to_json() for head in heads]})
    write_text(out / "heads.csv", rows_as_csv(about, heads))
    made_of = dict.fromkeys(record["made_of"] for record in records)
    write_text(out / "heads.html", heads_page.render(about, list(made_of), heads))
    for suffix, data in head_grids.pictures(heads).items():
        write_bytes(out / f"heads.{suffix}", data)
    console.print(f"page, table and pictures in {out}", soft_wrap=True)
