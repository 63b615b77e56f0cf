"""Holds what the kernel of Coq has shown of shipped models, in a table.

All models of one layer and one head, one of two heads, and one of two layers, on induction.

Showing it takes minutes to hours, so it is done once: ``python -m
empirical.shipped.kernel_table`` adds the models that the table beside this file lacks, and with
names it shows these again. An entry that is shown again and says the same keeps its seconds.
"""

import json
import os
import resource
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from empirical.certificates.document import checked, text_of
from empirical.certificates.search import CertificateRequest, search_for
from empirical.files import checkpoint
from empirical.files.atomic import write_json
from empirical.kernel_proofs.check_source import Numbers
from empirical.kernel_proofs.circuit_statement import CircuitClaims
from empirical.kernel_proofs.prove import KernelOutcome, compiler, prove
from empirical.recheck.certificate import Certificate, Induction, OneHop, Verdict
from empirical.recheck.findings import silent
from empirical.shipped import checkpoints
from theory.kernel import library
from theory.kernel.coqc import Limits

TABLE = Path(__file__).with_suffix(".json")
SECONDS = 7200.0
"""The most that the kernel may take for one file."""
FEWEST_AXIOMS = "index-1layer/Integers"
"""The rows of a model at ``SHORT`` tokens, shown with binary integers, so from the four axioms of
the real numbers alone: what the machine's numbers are does not matter to it."""
SHORT = 9
"""The least length at which index-1layer is asked each of its queries."""
TWO_HEADS = "several-heads/index-2"
CIRCUIT = "induction/circuit"
LONGEST_CIRCUIT = 8
"""Tokens up to which the kernel is asked about ``CIRCUIT``: its bounds show no row less there."""


@dataclass(frozen=True)
class Accepted:
    """What the kernel has shown of one model.

    Attributes:
        weights: sha256 of them.
        length: of the inputs of the rows, in tokens.
        searched: the longest length at which horizons were searched, in tokens; 0 if none were.
        proved: rows PROVED.
        refuted: rows REFUTED.
        horizons: queries that are answered rightly up to a length at which they can be asked.
        beyond: queries shown to fail one token beyond their horizon, be it too short to ask.
        certificate: sha256 of its text.
        statement: hash of the theorem, with the weights, tokens and definitions that it speaks of.
        library: hash of the checker.
        numbers: what the check computed with.
        coq: version of the compiler.
        assumes: how many axioms the proof rests on.
        seconds: of processor time, with the choice of hints and without the search.
    """

    weights: str
    length: int
    searched: int
    proved: int
    refuted: int
    horizons: int
    beyond: int
    certificate: str
    statement: str
    library: str
    numbers: str
    coq: str
    assumes: int
    seconds: float


def names() -> list[str]:
    """Returns the shipped one-layer, one-head models by name, and three entries that stand alone.

    These are the model of two heads, that of two layers, and the proof from the fewest axioms.
    """
    return [
        *(path.name for path in checkpoints.one_layer()),
        *(f"one-plane/{path.name}" for path in checkpoints.one_plane()),
        TWO_HEADS,
        CIRCUIT,
        FEWEST_AXIOMS,
    ]


def directory_of(name: str) -> Path:
    """The checkpoint that an entry speaks of."""
    return checkpoints.directory_named(name.removesuffix(f"/{Numbers.BINARY_INTEGERS}"))


def table() -> dict[str, Accepted]:
    """Returns what is recorded, by name."""
    entries: dict[str, Any] = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    return {name: Accepted(**entry) for name, entry in entries.items()}


def certificate_of(name: str) -> Certificate:
    """Certify what an entry speaks of; the checker verifies it.

    Args:
        name: of the entry: rows at the longest training length, and horizons; that of the fewest
            axioms has rows at ``SHORT`` tokens alone, that of two layers at ``LONGEST_CIRCUIT``.
    """
    directory = directory_of(name)
    model = checkpoint.read(directory)
    assert model.task is not None
    length = {FEWEST_AXIOMS: SHORT, CIRCUIT: LONGEST_CIRCUIT}.get(
        name, max(model.task.train_lengths)
    )
    request = CertificateRequest(length, searched_of(name) or None)
    return checked(search_for(request, model).run(silent), directory).certificate


def searched_of(name: str) -> int:
    """The longest length at which the horizons of an entry are searched; 0: none are."""
    return 0 if name in (FEWEST_AXIOMS, CIRCUIT) else checkpoints.SEARCHED


def accepted(name: str) -> tuple[Accepted, KernelOutcome]:
    """Let the kernel show all that is certified in an entry.

    Args:
        name: one of ``names``.

    Returns:
        An entry of the table, and what the kernel said; the entry holds only if there is no
        obstacle.

    Raises:
        Refusal: there is no compiler of Coq.
    """
    fewest = name == FEWEST_AXIOMS
    numbers = Numbers.BINARY_INTEGERS if fewest else Numbers.MACHINE_FLOATS
    directory = directory_of(name)
    certificate = certificate_of(name)
    claims = certificate.claims
    assert isinstance(claims, OneHop | Induction)
    started = _processor_seconds()
    proof = prove(
        certificate,
        directory,
        numbers=numbers,
        limits=Limits(seconds=SECONDS),
        processes=os.cpu_count() or 1,
    )
    seconds = _processor_seconds() - started
    verdicts = [row.verdict for row in claims.rows]
    horizons = claims.horizons if isinstance(claims, OneHop) else ()
    asked = 0 if isinstance(proof.claims, CircuitClaims) else len(proof.claims.horizons)
    entry = Accepted(
        weights=certificate.files["model.safetensors"],
        length=claims.length,
        searched=searched_of(name),
        proved=verdicts.count(Verdict.PROVED),
        refuted=verdicts.count(Verdict.REFUTED),
        horizons=asked,
        beyond=sum(horizon.beyond is not None for horizon in horizons),
        certificate=library.digest(text_of(certificate)),
        statement=proof.statement,
        library=library.closure_hash([proof.checker]),
        numbers=numbers,
        coq=compiler().version,
        assumes=len(proof.assumed),
        seconds=round(seconds, 1),
    )
    return entry, proof


def _processor_seconds() -> float:
    """Of this process, and of all below it that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main(asked: Sequence[str]) -> int:
    """Add the models that the table lacks, or show some again; it is written after each model."""
    status = 0
    for name in asked or [name for name in names() if name not in table()]:
        entry, proof = accepted(name)
        if proof.obstacle:
            status = 1
            print(f"{name}: not shown: {proof.obstacle}", flush=True)
            continue
        known = table()
        old = known.get(name)
        if old is not None and replace(old, seconds=entry.seconds) == entry:
            entry = old
        known[name] = entry
        write_json(TABLE, {name: asdict(known[name]) for name in sorted(known)})
        print(f"{name}: shown, {entry.seconds} s of processor time", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
