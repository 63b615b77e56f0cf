"""What this machine's kernel has said, kept by the hash of everything that it depends on."""

import json
from dataclasses import dataclass
from pathlib import Path

from theory.kernel import library
from theory.kernel.checking import Aim, Outcome, accepted, certified, check
from theory.kernel.coqc import USUAL, Coq, Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A statement and a script, and what the script is to show of it.

    Attributes:
        statement: The text of ``Statement.v``.
        script: The text of ``Script.v``.
        aim: Whether the sentence is to be proved or its negation.
    """

    statement: str
    script: str
    aim: Aim

    @property
    def hashes(self) -> dict[str, str]:
        """The hashes of the statement, of the script, and of the library files it stands on.

        Raises:
            BrokenLibrary: If the script requires a file that is not there.
        """
        files = library.required(f"{self.statement}\n{self.script}")
        return {
            "statement": library.digest(self.statement),
            "script": library.digest(self.script),
            "library": library.closure_hash(files),
        }


def kept(coq: Coq, question: Question) -> Outcome | None:
    """The proof that this machine has accepted of this very question, if it has.

    Raises:
        BrokenLibrary: If the script requires a library file that is not there.
    """
    try:
        entry = json.loads(_place(coq, question).read_text())
        assumed, seconds = tuple(map(str, entry["assumed"])), float(entry["seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    outcome = accepted(question.script, assumed, seconds)
    return outcome if outcome.shown else None


def asked(coq: Coq, question: Question, limits: Limits = USUAL) -> Outcome:
    """What the kernel says, now or when it was last asked; only proofs are kept.

    Raises:
        BrokenLibrary: If a library file is not there or does not compile.
    """
    if (known := kept(coq, question)) is not None:
        return known
    outcome = check(coq, question.statement, question.script, question.aim, limits=limits)
    if outcome.shown:
        keep(coq, question, outcome)
    return outcome


def keep(coq: Coq, question: Question, outcome: Outcome) -> None:
    """Keep a proof that was accepted just now."""
    place = _place(coq, question)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps({"assumed": outcome.assumed, "seconds": outcome.seconds}))


def key(coq: Coq, question: Question) -> str:
    """The hash of everything that an answer depends on."""
    return library.digest(coq.version, certified(question.aim), *question.hashes.values())


def _place(coq: Coq, question: Question) -> Path:
    return library.cache_folder() / "results" / f"{key(coq, question)}.json"
