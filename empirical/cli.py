"""The command line: every module of ``empirical.verbs`` is a command, named like its module.

Exit status: 0 success, 1 a violation or an unexpected result, 2 bad input, 3 something is
undecided, 130 interrupted, 141 the reader of a pipe closed it.
"""

import contextlib
import functools
import importlib
import importlib.metadata
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from empirical import verbs
from empirical.files.atomic import refuse_unless_file, refuse_unless_folder
from theory.refusal import Refusal
from theory.user_cache import user_cache

PURPOSES = {
    "Theory": ("prove", "discrepancy", "construct", "plot"),
    "Your model": ("heads", "worst", "certify", "spec", "recheck", "compare", "check", "score"),
    "Training": ("train", "claims", "survival", "mechanism", "induction"),
    "Documents": ("report", "paper", "verify"),
}
"""The commands by what they are for, in the order of the help."""
OUT_IS_A_FILE = ("certify", "spec", "induction")
"""The commands whose ``--out`` names a file, and not a folder."""
RESUMED = ("heads", "claims", "score", "train")
"""The commands that go on where they were interrupted."""

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
CLOSED = 141
"""The exit status where the reader closed the pipe: 128 and the number of SIGPIPE."""
silence = contextlib.ExitStack()
"""The redirection of ``--quiet``, which ends with the command."""


def _ready(verb: str, function: Callable[..., None]) -> Callable[..., None]:
    """Returns a command that begins no work whose result it could not write.

    Interrupted, it says what it leaves.
    """

    @functools.wraps(function)
    def command(**given: object) -> None:
        for option in ("json", "table", "out"):
            path = given.get(option)
            if not isinstance(path, Path):
                continue
            if option != "out" or verb in OUT_IS_A_FILE:
                refuse_unless_file(path)
            else:
                refuse_unless_folder(path)
        try:
            function(**given)
        except KeyboardInterrupt:
            left = "nothing is half-written"
            if verb in RESUMED:
                left = "what is done is saved, and the same command goes on from there"
            sys.stderr.write(f"ropeproof: interrupted; {left}\n")
            raise typer.Exit(130) from None

    return command


app = typer.Typer(
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def _paragraphs(docstring: str) -> str:
    """Returns a docstring with each paragraph on one line, so that the help can wrap it."""
    return "\n\n".join(" ".join(part.split()) for part in docstring.split("\n\n"))


for purpose, names in PURPOSES.items():
    for name in names:
        module = importlib.import_module(f"{verbs.__name__}.{name}")
        text = _paragraphs(module.command.__doc__)
        app.command(name, help=text, rich_help_panel=purpose)(_ready(name, module.command))


def _print_version(requested: bool) -> bool:
    if requested:
        typer.echo(f"ropeproof {importlib.metadata.version('ropeproof')}")
        raise typer.Exit
    return requested


@app.callback(epilog=" ".join(__doc__.split("\n\n")[1].split()))
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


class _UntilClosed(io.FileIO):
    """Standard output until its reader, such as ``head``, closes the pipe; that ends the command.

    Else ``rich`` would end it with status 1, which says that something is violated.
    """

    def write(self, data: object, /) -> int:
        """Write to the reader.

        Raises:
            SystemExit: there is none any more; the status is a shell's for a closed pipe.
        """
        try:
            return super().write(data)  # type: ignore[arg-type]
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            raise SystemExit(CLOSED) from None


def _until_closed(terminal: io.TextIOWrapper) -> io.TextIOWrapper:
    """Returns standard output as a stream that ends the command when its reader is gone."""
    raw = io.BufferedWriter(_UntilClosed(terminal.fileno(), "w", closefd=False))
    return io.TextIOWrapper(
        raw, terminal.encoding, terminal.errors, line_buffering=terminal.isatty()
    )


def _quiet_first(arguments: list[str]) -> list[str]:
    """Returns the arguments with ``--quiet`` before the command, wherever it stood."""
    others = [argument for argument in arguments if argument != "--quiet"]
    return ["--quiet"] * (len(others) < len(arguments)) + others


def main() -> None:
    """Run the command line; bad input becomes one sentence on standard error and exit status 2."""
    if sys.stdout is sys.__stdout__ and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = _until_closed(sys.stdout)
    # The engine that draws samples would else leave a folder where the command is run.
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(user_cache() / "hypothesis"))
    try:
        with silence:
            app(_quiet_first(sys.argv[1:]) or ["--help"])
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
    finally:
        sys.stdout.flush()


if __name__ == "__main__":
    main()
