"""The command line: every module of ``empirical.verbs`` is a command, named like its module.

Exit status: 0 success, 1 a violation or an unexpected result, 2 bad input, 3 something is
undecided, 130 interrupted.
"""

import contextlib
import importlib
import importlib.metadata
import os
import pkgutil
import sys
from typing import Annotated

import typer

from empirical import verbs
from theory.refusal import Refusal

EXTRAS = {
    "torch": "models",
    "scipy": "models",
    "matplotlib": "models",
    "jinja2": "models",
    "transformers": "hf",
    "typst": "paper",
    "distributed": "scale",
}
"""By package that only some commands need, the extra that installs it."""
silence = contextlib.ExitStack()
"""The redirection of ``--quiet``, which ends with the command."""
app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


def _paragraphs(docstring: str) -> str:
    """Returns a docstring with each paragraph on one line, so that the help can wrap it."""
    return "\n\n".join(" ".join(part.split()) for part in docstring.split("\n\n"))


for info in pkgutil.iter_modules(verbs.__path__):
    module = importlib.import_module(f"{verbs.__name__}.{info.name}")
    app.command(info.name, help=_paragraphs(module.command.__doc__))(module.command)


def _print_version(requested: bool) -> bool:
    if requested:
        typer.echo(f"ropeproof {importlib.metadata.version('ropeproof')}")
        raise typer.Exit
    return requested


@app.callback(epilog=__doc__.split("\n\n")[1])
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print errors only; use the exit status.")
    ] = False,
) -> None:
    """Machine-checked theory of RoPE attention heads."""
    if quiet:
        nowhere = silence.enter_context(open(os.devnull, "w"))  # noqa: SIM115
        silence.enter_context(contextlib.redirect_stdout(nowhere))
        os.environ["TTY_INTERACTIVE"] = "0"  # rich then draws no progress bars


def main() -> None:
    """Run the command line; bad input becomes one sentence on standard error and exit status 2."""
    try:
        with silence:
            app()
    except Refusal as refusal:
        sys.stderr.write(f"ropeproof: {refusal}\n")
        sys.exit(2)
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        sys.stderr.write(
            f"ropeproof: this command needs {error.name}, which is not installed: "
            f"run pip install 'ropeproof[{EXTRAS[error.name]}]'\n"
        )
        sys.exit(2)
    except BrokenPipeError:  # the reader, such as ``head``, closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
