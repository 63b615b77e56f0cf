"""``ropeproof prove``: judge the sentences of the ledger."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from empirical.files.atomic import write_json, write_text
from theory.refusal import Refusal


def command(
    names: Annotated[list[str] | None, typer.Argument(help="Sentences; default: all.")] = None,
    json: Annotated[Path | None, typer.Option(help="Also write the rows here.")] = None,
    tightness: Annotated[bool, typer.Option(help="Show how tight each inequality is.")] = False,
    trust: Annotated[
        Path | None, typer.Option(help="Rewrite the rows of this page, such as theory/TRUST.md.")
    ] = None,
) -> None:
    """Judge sentences of the ledger: verdict, scope, what is trusted, false variants rejected.

    Exit status: 0 every sentence has its expected verdict and rejects its false variants, 3 one is
    undecided, 1 otherwise.
    """
    from empirical.display import ledger_table
    from theory import ledger
    from theory.trust import rewrite

    theorems = ledger.find(names or [])
    if trust and names:
        raise Refusal(f"{trust} has rows for the whole ledger: name no sentence with --trust")
    if trust and not trust.is_file():
        raise Refusal(f"{trust} is not a file: name the page whose rows are to be rewritten")
    progress = Console(stderr=True)
    judging = ledger.judge_all(theorems)
    judgements = list(
        track(judging, "proving", total=len(theorems), console=progress, transient=True)
    )
    console = Console()
    console.print(ledger_table.table(judgements, tightness=tightness))
    console.print(f"\n{ledger_table.summary(judgements)}", soft_wrap=True)
    if json:
        write_json(json, [ledger_table.row(judgement) for judgement in judgements])
    if trust:
        write_text(trust, rewrite(trust.read_text(), judgements))
    raise typer.Exit(ledger_table.exit_status(judgements))
