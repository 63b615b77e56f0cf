"""``ropeproof recheck``: prove a written certificate again."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from empirical.files.atomic import write_json
from empirical.shipped.checkpoints import directory_named
from theory.refusal import Refusal


def command(
    file: Annotated[Path, typer.Argument(help="A certificate that `certify --out` wrote.")],
    directory: Annotated[
        Path, typer.Argument(parser=directory_named, help="The checkpoint directory it speaks of.")
    ],
    json: Annotated[Path | None, typer.Option(help="Also write the outcome here.")] = None,
) -> None:
    """Show every claim of a certificate again, with code that shares nothing with the search.

    Exit 0 if all of it holds, 1 if a claim is not shown, 2 if a file is not what it should be.
    """
    from empirical.recheck.check import recheck
    from empirical.recheck.failures import Malformed, Rejected

    reason = ""
    with Progress(console=Console(stderr=True), transient=True) as bar:
        running = bar.add_task("rechecking", total=None)
        try:
            recheck(
                file,
                directory,
                lambda done, total: bar.update(running, completed=done, total=total),
            )
        except Malformed as malformed:
            raise Refusal(str(malformed)) from malformed
        except Rejected as rejected:
            reason = str(rejected)
    if json:
        write_json(json, {"file": file.name, "holds": not reason, "reason": reason})
    typer.echo(f"rejected: {reason}" if reason else f"{file.name} holds for {directory.name}")
    if reason:
        raise typer.Exit(1)
