"""Many statements against one script, in one run of Coq: loading its libraries takes longest.

Each statement is loaded as a module, and the script after it as another; a script that fails
leaves nothing behind. The first statement is one that the script is known to show, and the answer
counts only if it is shown here too.
"""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from theory.kernel import library
from theory.kernel.coqc import Coq, Limits, mapped, run_within

SECONDS = 60
"""For one statement, if nothing else is asked; what takes longer counts as not shown."""
_REQUIRE = re.compile(r"^From \w+ Require .*\.$", re.MULTILINE)
_STATEMENT = "From ledger Require Import Statement."
_FAILED = "The command has indeed failed with message:"
_SHOWN = "Error: The command has not failed!"


class Unanswered(ValueError):
    """A run that did not speak of every statement, or not of the one that is known."""


def shown(
    coq: Coq, script: str, known: str, others: Sequence[str], seconds: int = SECONDS
) -> list[bool]:
    """Whether a script shows each of some statements.

    Args:
        coq: The compiler.
        script: A script that shows ``known``.
        known: The propositions of a statement: definitions of ``sentence`` and ``sense``.
        others: The propositions of other statements.
        seconds: The time limit of one statement.

    Raises:
        Unanswered: If Coq does not say of each, or does not accept the script for ``known``.
        BrokenLibrary: If a library file that the script requires is broken.
    """
    with tempfile.TemporaryDirectory(prefix="ropeproof-kernel-") as scratch:
        folder = Path(scratch)
        for place, propositions in enumerate([known, *others]):
            _write(folder, place, propositions, script)
        printed = _run(coq, folder, script, 1 + len(others), seconds)
    lines = [line.removeprefix("Coq < ") for line in printed.splitlines()]
    answers = [line == _SHOWN for line in lines if line == _FAILED or line.startswith("Error:")]
    errors = {line for line in lines if line.startswith("Error:")}
    if len(answers) != 1 + len(others) or errors - {_SHOWN}:
        raise Unanswered(f"{len(answers)} answers to {1 + len(others)} statements: {printed}")
    if not answers[0]:
        raise Unanswered(f"the script does not show the statement that it is known to: {printed}")
    return answers[1:]


def _write(folder: Path, place: int, propositions: str, script: str) -> None:
    """One file with a statement, and one with the script for it."""
    statement = f"Module Statement{place}.\n{propositions}End Statement{place}.\n"
    (folder / f"S{place}.v").write_text(statement)
    certified = f"Statement{place}.sentence /\\ Statement{place}.sense := conj holds makes_sense"
    (folder / f"N{place}.v").write_text(
        f"Module Script{place}.\nImport Statement{place}.\n{_REQUIRE.sub('', script)}\n"
        f"Definition certified : {certified}.\nEnd Script{place}.\n"
    )


def _run(coq: Coq, folder: Path, script: str, count: int, seconds: int) -> str:
    requirements = _REQUIRE.findall(script.replace(_STATEMENT, ""))
    lines = ["From ropeproof Require Import prelude.", *requirements]
    for place in range(count):
        lines += [f'Load "S{place}".', f'Fail Timeout {seconds} Load "N{place}".']
    dialogue = folder / "dialogue.v"
    dialogue.write_text("\n".join(lines) + "\n")
    toplevel = str(Path(coq.path).with_name("coqtop"))
    rooms = library.compiled(coq, f"From ropeproof Require prelude.\n{script}")
    limits = Limits(seconds=60 + seconds * count)
    return run_within([toplevel, "-q", *mapped(rooms)], folder, limits, dialogue).output
