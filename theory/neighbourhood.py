"""What the kernel says of the neighbours of a sentence that a machine makes.

A script that shows a sentence has to fail on its false neighbours. A neighbour that it shows is
true; where it says more than the sentence, the sentence can be sharpened.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from theory.kernel import library, scripts, session
from theory.kernel.coqc import Coq
from theory.kernel.names import Untranslatable
from theory.kernel.statement import propositions
from theory.ledger import Theorem
from theory.neighbours import made

PATH = Path(str(files("theory.kernel").joinpath("neighbours.json")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """The neighbours of one sentence, tried with its script.

    Attributes:
        of: The hash of their statements, of the script, and of the library that it stands on.
        rejected: On how many the script fails.
        shown: The others, by what was changed: the script shows them, so they are true.
    """

    of: str
    rejected: int
    shown: tuple[str, ...]


def stated(theorem: Theorem) -> dict[str, str]:
    """The statements of all neighbours that have one, by what was changed."""
    propositions_by_label = {}
    for label, claim in made(theorem.claim).items():
        with suppress(Untranslatable):
            propositions_by_label[label] = propositions(claim)
    return propositions_by_label


def hashed(theorem: Theorem, statements: Mapping[str, str]) -> str:
    """The hash of what is asked: of all statements, of the script, and of its library.

    Args:
        theorem: The sentence.
        statements: Those of its neighbours: see ``stated``.

    Raises:
        BrokenLibrary: If the script requires a library file that is not there.
    """
    script = scripts.path(theorem.group, theorem.name).read_text()
    required = library.closure_hash(library.required(script))
    return library.digest(script, required, *statements.values())


def explored(coq: Coq, theorem: Theorem, seconds: int = session.SECONDS) -> Neighbourhood:
    """Try the script of a true sentence on all its neighbours, ``seconds`` at most on each.

    Raises:
        Unanswered: If the kernel does not accept the script for the sentence itself.
        BrokenLibrary: If a library file that the script requires is broken.
    """
    neighbours = stated(theorem)
    script = scripts.path(theorem.group, theorem.name).read_text()
    known = propositions(theorem.claim)
    answers = session.shown(coq, script, known, list(neighbours.values()), seconds)
    held = tuple(label for label, yes in zip(neighbours, answers, strict=True) if yes)
    return Neighbourhood(
        of=hashed(theorem, neighbours), rejected=len(answers) - len(held), shown=held
    )


@cache
def recorded() -> Mapping[str, Neighbourhood]:
    """What was found when the record was made, by the name of the sentence."""
    known: dict[str, dict[str, Any]] = json.loads(PATH.read_text()) if PATH.is_file() else {}
    return {
        name: Neighbourhood(of=row["of"], rejected=row["rejected"], shown=tuple(row["shown"]))
        for name, row in known.items()
    }


def text(known: Mapping[str, Neighbourhood]) -> str:
    """The record as a file, one line a sentence."""
    lines = [
        f"{json.dumps(name)}: {json.dumps(asdict(known[name]), ensure_ascii=False)}"
        for name in sorted(known)
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"
