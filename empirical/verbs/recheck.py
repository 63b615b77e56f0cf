"""``ropeproof recheck``: prove a written certificate again."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from empirical import completion
from empirical.files.atomic import write_json
from empirical.shipped.checkpoints import directory_named
from theory.refusal import Refusal


def command(
    file: Annotated[Path, typer.Argument(help="A certificate that `certify --out` wrote.")],
    directory: Annotated[
        Path,
        typer.Argument(
            parser=directory_named,
            autocompletion=completion.models,
            help="The checkpoint directory it speaks of.",
        ),
    ],
    spec: Annotated[
        Path | None, typer.Option(help="Also: the certificate is of this specification.")
    ] = None,
    kernel: Annotated[
        bool, typer.Option("--kernel", help="Let the proof kernel of Coq show it.")
    ] = False,
    kernel_numbers: Annotated[
        str,
        typer.Option(help="It computes with Floats, or with fewer axioms Bigints or Integers."),
    ] = "Floats",
    kernel_seconds: Annotated[
        float, typer.Option(help="The most that it may take for one file.")
    ] = 900,
    kernel_files: Annotated[
        Path | None, typer.Option(help="Also write what it reads to this folder.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Also write the outcome here.")] = None,
) -> None:
    """Show every claim of a certificate again, with code that shares nothing with the search.

    With --kernel, the proof kernel of Coq shows what is claimed of a model of one layer, or of two
    on induction, but for accuracies, and the theorem is printed in words and in Coq. With --spec,
    a certificate whose specification is not that of the file is rejected: it is of other inputs.
    Exit 0 if all of it holds, 1 if a claim is not shown, 2 if a file is not what it should be.
    """
    if kernel and spec is not None:
        raise Refusal("the kernel is asked about tasks: give --spec without --kernel")
    if kernel:
        reason = _asked(file, directory, kernel_numbers, kernel_seconds, kernel_files)
    else:
        reason = _checked(file, directory, spec)
        typer.echo(f"rejected: {reason}" if reason else f"{file.name} holds for {directory.name}")
    if json:
        write_json(json, {"file": file.name, "holds": not reason, "reason": reason})
    if reason:
        raise typer.Exit(1)


def _checked(file: Path, directory: Path, spec: Path | None) -> str:
    """Why the checker does not show a certificate; empty if it does."""
    from empirical.certificates.specified.reading import read_specification
    from empirical.recheck.certificate import Specified
    from empirical.recheck.check import recheck
    from empirical.recheck.failures import Malformed, Rejected

    meant = None if spec is None else read_specification(spec)

    with Progress(console=Console(stderr=True), transient=True) as bar:
        running = bar.add_task("rechecking", total=None)
        try:
            claims = recheck(
                file,
                directory,
                lambda done, total: bar.update(running, completed=done, total=total),
            ).claims
        except Malformed as malformed:
            raise Refusal(str(malformed)) from malformed
        except Rejected as rejected:
            return str(rejected)
    if meant is None:
        return ""
    of_this = isinstance(claims, Specified) and claims.specification.document == meant.document
    return "" if of_this else f"{file}: its specification is not that of {spec}"


def _asked(file: Path, directory: Path, numbers: str, seconds: float, keep: Path | None) -> str:
    """Why the kernel does not show a certificate; empty if it does."""
    from empirical.display.kernel_proof import ask
    from empirical.recheck.certificate import read_certificate
    from empirical.recheck.failures import Malformed

    try:
        certificate = read_certificate(file)
    except Malformed as malformed:
        raise Refusal(str(malformed)) from malformed
    return ask(
        certificate, directory, Console(), numbers=numbers, seconds=seconds, keep=keep
    ).obstacle
