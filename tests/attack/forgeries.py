"""Attack the checker: ``python -m tests.attack.forgeries --models N [--out FILE --resume]``.

Each model is drawn, searched, and what was found is handed to the checker: as it is, which is to be
accepted whole, and changed into claims that are false, each sealed again, which are to be refused.
False is a claim that every input of the row contradicts, or that contradicts itself. Exit 1 if an
honest certificate was refused or a false one accepted.
"""

import argparse
import json
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from empirical.recheck.certificate import parsed_certificate, seal
from empirical.recheck.check import examine, sentence
from empirical.recheck.checkpoint import Model
from empirical.recheck.failures import Malformed, Rejected
from empirical.recheck.fields import Field
from tests.attack.claims import false_claims
from tests.attack.subjects import SUBJECTS, Subject
from tests.empirical.recheck.certificates import Document

FAULTS = ("honest refused", "false accepted", "crash")


def main() -> int:
    """Attack with the models that are missing."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.attack.forgeries", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--models", type=int, default=len(SUBJECTS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", default=[*SUBJECTS], choices=[*SUBJECTS])
    parser.add_argument("--out", type=Path, help="a file of counts, one line per model")
    parser.add_argument("--resume", action="store_true", help="go on with that file")
    asked = parser.parse_args()
    lines = _read(asked.out) if asked.resume and asked.out else []
    if asked.out and not asked.resume:
        asked.out.write_text("")
    for number in range(len(lines), asked.models):
        kind = asked.kinds[number % len(asked.kinds)]
        counts = attacked(kind, np.random.default_rng([asked.seed, number]))
        line = {"part": "certificates", "seed": asked.seed, "model": number, "kind": kind}
        lines.append(line | {"counts": dict(sorted(counts.items()))})
        if asked.out:
            with asked.out.open("a") as stream:
                stream.write(json.dumps(lines[-1]) + "\n")
    whole: Counter[str] = sum((Counter(line["counts"]) for line in lines), Counter())
    print(dict(sorted(whole.items())))
    return int(any(whole[name] for name in FAULTS))


def attacked(kind: str, rng: np.random.Generator) -> Counter[str]:
    """The counts of one model; an exception is a fault like any other."""
    counts: Counter[str] = Counter(models=1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            subject = SUBJECTS[kind](rng, Path(folder))
            if subject is not None:
                counts += _of_subject(kind, subject, rng)
    except Exception:
        traceback.print_exc()
        counts["crash"] += 1
    return counts


def _of_subject(kind: str, subject: Subject, rng: np.random.Generator) -> Counter[str]:
    """What the checker says of an honest certificate and of false ones."""
    counts: Counter[str] = Counter(honest=1, rows=len(subject.document["claims"]["rows"]))
    answer = outcome(subject.document, subject.read)
    counts["honest refused"] += answer != "accepted"
    if answer != "accepted":
        print(f"{kind}: an honest certificate is refused: {answer}", flush=True)
    for name, forged in _one_of_each(false_claims(subject, rng), rng):
        answer = outcome(forged, subject.read)
        counts["false"] += 1
        counts[name] += 1
        counts["false accepted"] += answer == "accepted"
        if answer == "accepted":
            print(f"{kind}: accepted is {name}: {json.dumps(forged)}", flush=True)
    return counts


def _one_of_each(
    forgeries: Iterable[tuple[str, Document]], rng: np.random.Generator
) -> list[tuple[str, Document]]:
    """One false certificate of each kind: more models are worth more than more of the same."""
    kinds: dict[str, list[Document]] = {}
    for name, forged in forgeries:
        kinds.setdefault(name, []).append(forged)
    return [(name, some[rng.integers(len(some))]) for name, some in kinds.items()]


def outcome(document: Document, read: Model) -> str:
    """What the checker says of a document that is sealed again."""
    content = {name: value for name, value in document.items() if name != "seal"}
    sealed: dict[str, Any] = {**content, "seal": seal(content)}
    try:
        unshown = examine(parsed_certificate(Field("document", "", sealed)), read)
    except Malformed as malformed:
        return f"malformed: {malformed}"
    except Rejected as rejected:
        return f"rejected: {rejected}"
    return f"unshown: {sentence(unshown[0])}" if unshown else "accepted"


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


if __name__ == "__main__":
    sys.exit(main())
