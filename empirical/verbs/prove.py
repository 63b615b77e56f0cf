"""``ropeproof prove``: judge the sentences of the ledger."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from empirical import completion
from empirical.files.atomic import write_json, write_text
from empirical.files.text_file import read_text
from theory.refusal import Refusal


def command(
    names: Annotated[
        list[str] | None,
        typer.Argument(autocompletion=completion.sentences, help="Sentences; default: all."),
    ] = None,
    only_list: Annotated[
        bool, typer.Option("--list", help="List the sentences and judge none.")
    ] = False,
    json: Annotated[Path | None, typer.Option(help="Also write the rows here.")] = None,
    tightness: Annotated[bool, typer.Option(help="Show how tight each inequality is.")] = False,
    trust: Annotated[
        list[Path] | None,
        typer.Option(help="Rewrite the rows or counts of this page, such as theory/TRUST.md."),
    ] = None,
    kernel: Annotated[
        bool, typer.Option("--kernel", help="Compile the scripts for Coq's kernel on this machine.")
    ] = False,
) -> None:
    """Judge sentences of the ledger: verdict, by what, what is trusted, false variants refuted.

    Exit status: 0 every sentence has its expected verdict and its false variants are refuted, 3 one
    is undecided or --kernel finds no coqc, 1 otherwise.
    """
    from empirical.display import ledger_table
    from theory import ledger
    from theory.kernel import coqc
    from theory.trust import rewrite

    pages = trust or []
    if pages and names:
        raise Refusal(f"{pages[0]} has rows for the whole ledger: name no sentence with --trust")
    texts = {page: _page(page) for page in pages}
    theorems = ledger.find(names or [])
    if only_list:
        for theorem in theorems:
            typer.echo(f"{theorem.name}\n    {theorem.statement}")
        return
    progress = Console(stderr=True)
    if kernel:
        compiling = ledger.compile_scripts(theorems)
        for _ in track(compiling, "compiling", len(theorems), console=progress, transient=True):
            pass
    judging = ledger.judge_all(theorems, kernel=kernel)
    judgements = list(
        track(judging, "proving", total=len(theorems), console=progress, transient=True)
    )
    console = Console()
    console.print(ledger_table.table(judgements, tightness=tightness))
    console.print(f"\n{ledger_table.summary(judgements)}", soft_wrap=True)
    if cure := ledger_table.cure(judgements):
        console.print(cure, soft_wrap=True)
    if json:
        write_json(json, [ledger_table.row(judgement) for judgement in judgements])
    for page, text in texts.items():
        write_text(page, rewrite(text, judgements))
    if kernel and coqc.installed() is None:
        progress.print(f"coqc was not found: on Debian, {coqc.INSTALL}", soft_wrap=True)
        raise typer.Exit(3)
    raise typer.Exit(ledger_table.exit_status(judgements))


def _page(path: Path) -> str:
    """Returns the text of a page that has a place for what is generated."""
    from theory.trust import places

    text = read_text(path, "name the page whose rows are to be rewritten")
    try:
        places(text)
    except Refusal as refusal:
        raise Refusal(f"{path}: {refusal}") from refusal
    return text
