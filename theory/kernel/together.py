"""Checks many scripts; Coq says of all that assume the same, at once, what they assume.

``Print Assumptions`` walks through every proof behind a script, down to the real numbers, which
takes longer than to compile the script. Of a tuple of proofs it walks once, and prints what each of
them assumes at most. So those are put together whose axioms the record knows, for the very same
statement, script and library. Whatever else happens, nothing is kept: such a script is asked alone
(``results.asked``). Processes that do so side by side share compiled files, which appear whole.
"""

import os
import shutil
import tempfile
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from theory.kernel import assumptions, library, record, results
from theory.kernel.checking import ROOM, accepted, certified, compile_script
from theory.kernel.coqc import USUAL, Coq, Limits, compile_file
from theory.kernel.results import Question

SECONDS = "seconds"
"""The file beside compiled ones that says how long they took."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A script that was compiled, of which nothing is shown yet.

    Attributes:
        question: The statement, the script and the aim.
        assumes: The axioms that the record knows of.
        folder: Where the compiled files are.
        seconds: How long they took.
    """

    question: Question
    assumes: tuple[str, ...]
    folder: Path
    seconds: float

    @property
    def room(self) -> tuple[Path, str]:
        """The folder and its logical name, which no other script has."""
        return self.folder, f"{ROOM}.{self.folder.name}"


def asked(coq: Coq, questions: Mapping[str, Question], limits: Limits = USUAL) -> Generator[str]:
    """Check scripts and keep what the kernel accepts.

    Args:
        coq: The compiler.
        questions: By the name of the sentence.
        limits: Time and memory of each run.

    Yields:
        Each name, once its script is compiled.

    Raises:
        BrokenLibrary: If a library file is not there or does not compile.
    """
    done: list[Compiled] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = {
            pool.submit(_compiled, coq, question, tuple(known["assumes"]), limits): name
            for name, question in questions.items()
            if results.kept(coq, question) is None
            and (known := record.found(name, question)) is not None
        }
        for future in as_completed(waiting):
            if (compiled := future.result()) is not None:
                done.append(compiled)
            yield waiting[future]
        by_axioms = groupby(sorted(done, key=_axioms), key=_axioms)
        list(pool.map(lambda some: _certify(coq, some, limits), [list(b) for _, b in by_axioms]))


def _axioms(compiled: Compiled) -> tuple[str, ...]:
    return compiled.assumes


def _compiled(
    coq: Coq, question: Question, assumes: tuple[str, ...], limits: Limits
) -> Compiled | None:
    """The compiled files of a script, kept where an interrupted run finds them again."""
    folder = library.cache_folder() / "compiled" / f"s{results.key(coq, question)[:32]}"
    with suppress(OSError, ValueError):
        return Compiled(question, assumes, folder, float((folder / SECONDS).read_text()))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        build = Path(scratch) / folder.name
        build.mkdir()
        room = (build, f"{ROOM}.{folder.name}")
        outcome = compile_script(coq, question.statement, question.script, room, limits=limits)
        if outcome.obstacle:
            return None
        (build / SECONDS).write_text(str(outcome.seconds))
        with suppress(OSError):  # another process may have put it there just now
            build.rename(folder)
    return Compiled(question, assumes, folder, outcome.seconds)


def _certify(coq: Coq, group: Sequence[Compiled], limits: Limits) -> None:
    """Keep the proofs of a group, if Coq accepts them all over the axioms that they share."""
    texts = "\n".join(f"{one.question.statement}\n{one.question.script}" for one in group)
    rooms = [*library.compiled(coq, texts), *(one.room for one in group)]
    with tempfile.TemporaryDirectory(prefix="ropeproof-kernel-") as scratch:
        file = Path(scratch) / "Certified.v"
        file.write_text(_theorem(group))
        ended = compile_file(coq, file, rooms, limits)
    assumed = () if ended.obstacle else assumptions.read(ended.output)
    if not ended.obstacle and assumed == group[0].assumes:
        for one in group:
            outcome = accepted(one.question.script, assumed, one.seconds)
            if outcome.shown:
                results.keep(coq, one.question, outcome)
    for one in group:
        shutil.rmtree(one.folder, ignore_errors=True)


def _theorem(group: Sequence[Compiled]) -> str:
    """A file that states that each script shows its statement, and asks what all assume."""
    names = [f"certified_{number}" for number in range(len(group))]
    required = [f"From {one.room[1]} Require Statement Script." for one in group]
    stated = [
        f"Definition {name} : {certified(one.question.aim, one.room[1])}."
        for name, one in zip(names, group, strict=True)
    ]
    proofs = ", ".join(names)
    lines = ["From ropeproof Require prelude.", *required, *stated]
    return "\n".join([*lines, f"Definition all := ({proofs}, I).", "Print Assumptions all.", ""])
