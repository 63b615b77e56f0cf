"""``ropeproof recheck``: prove a written certificate again."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

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
    """Prove every claim of a certificate again, with code that shares nothing with the prover.

    Exit 0 if all of it holds, 1 if it is rejected; the reason is printed.
    """
    from empirical.recheck.one_head import recheck
    from empirical.recheck.tables import Rejected

    if not file.is_file():
        raise Refusal(f"{file} is not a file: name what `ropeproof certify --out` wrote")
    if not directory.is_dir():
        raise Refusal(f"{directory} is not a directory: name the checkpoint of the certificate")
    reason = ""
    try:
        with Console(stderr=True).status("rechecking"):
            recheck(file, directory)
    except Rejected as rejected:
        reason = str(rejected)
    if json:
        write_json(json, {"file": file.name, "holds": not reason, "reason": reason})
    typer.echo(f"rejected: {reason}" if reason else f"{file.name} holds for {directory.name}")
    if reason:
        raise typer.Exit(1)
