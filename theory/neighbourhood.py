"""What the kernel and the samples say of the neighbours of a sentence that a machine makes.

A script that shows a sentence has to fail on its false neighbours. A neighbour that it shows is
true, and if it says more than the sentence, the sentence can be sharpened. One that has a
counterexample and a proof is a contradiction.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from theory import ledger
from theory.claim import Claim
from theory.engines import sampling
from theory.evidence import Evidence, Verb, Verdict
from theory.kernel import library, scripts, session
from theory.kernel.coqc import Coq
from theory.kernel.statement import propositions
from theory.ledger import Theorem
from theory.neighbours import SPARED, made

PATH = Path(str(files("theory").joinpath("neighbours.json")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """The neighbours of one sentence, and who rejected them.

    Attributes:
        of: The hash of their statements, of the script, and of the library that it stands on.
        shown: Those that the script shows: they are true.
        refuted: Those with a counterexample; the script fails on each that is not also ``shown``.
        open: The others: the script fails, and no counterexample was found.
    """

    of: str
    shown: tuple[str, ...]
    refuted: tuple[str, ...]
    open: tuple[str, ...]

    @property
    def contradictions(self) -> tuple[str, ...]:
        """Those with a proof and a counterexample."""
        return tuple(label for label in self.refuted if label in self.shown)


def asked(theorem: Theorem) -> str:
    """The hash of what is asked: of all statements, of the script, and of its library."""
    script = scripts.path(theorem.group, theorem.name).read_text()
    statements = [propositions(claim) for claim in made(theorem.claim).values()]
    return library.digest(script, library.closure_hash(library.required(script)), *statements)


def explored(theorem: Theorem, coq: Coq) -> Neighbourhood:
    """Try the script of a sentence on all its neighbours, and search each for a counterexample.

    Raises:
        Unanswered: If the kernel does not accept the script for the sentence itself.
        BrokenLibrary: If a library file that the script requires is broken.
    """
    neighbours = made(theorem.claim)
    script = scripts.path(theorem.group, theorem.name).read_text()
    statements = [propositions(claim) for claim in neighbours.values()]
    answers = session.shown(coq, script, propositions(theorem.claim), statements)
    shown = tuple(label for label, yes in zip(neighbours, answers, strict=True) if yes)
    refuted = tuple(label for label, claim in neighbours.items() if is_refuted(theorem, claim))
    return Neighbourhood(
        of=asked(theorem),
        shown=shown,
        refuted=refuted,
        open=tuple(label for label in neighbours if label not in (*shown, *refuted)),
    )


def is_refuted(theorem: Theorem, neighbour: Claim) -> bool:
    """Whether the theorem's own attack, or one at larger sizes, finds a counterexample."""
    larger = dict.fromkeys(neighbour.sizes, (SPARED + 1, SPARED + 3))
    attacks: tuple[Callable[[], Evidence], ...] = (
        lambda: ledger.argue(theorem, Verb.SAMPLE, neighbour),
        lambda: sampling.search(neighbour, larger),
    )
    for attack in attacks:
        try:
            if attack().verdict is Verdict.REFUTED:
                return True
        except NotImplementedError:  # a minimum over nothing has no ball
            continue
    return False


@cache
def recorded() -> Mapping[str, Neighbourhood]:
    """What was found when the record was made, by the name of the sentence."""
    known: dict[str, dict[str, Any]] = json.loads(PATH.read_text()) if PATH.is_file() else {}
    return {
        name: Neighbourhood(
            of=found["of"],
            **{key: tuple(found[key]) for key in ("shown", "refuted", "open")},
        )
        for name, found in known.items()
    }


def text(found: Mapping[str, Neighbourhood]) -> str:
    """The record as a file."""
    rows = {
        name: {
            "of": one.of,
            "shown": list(one.shown),
            "refuted": list(one.refuted),
            "open": list(one.open),
        }
        for name, one in sorted(found.items())
    }
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"
