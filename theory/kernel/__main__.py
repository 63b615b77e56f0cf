"""``python -m theory.kernel NAME``: try the script of a sentence; see ``theory/ADDING.md``."""

import argparse
import sys
from pathlib import Path

from theory import ledger
from theory.evidence import Verdict
from theory.kernel import coqc, scripts
from theory.kernel.checking import Aim, check
from theory.kernel.library import BrokenLibrary
from theory.kernel.names import Untranslatable
from theory.kernel.statement import statement
from theory.ledger import Theorem
from theory.refusal import Refusal


def main() -> int:
    """Try scripts; 0 if all show their sentences, 2 if there is nothing to try, else 1."""
    arguments = _parser().parse_args()
    try:
        outcomes = [_tried(theorem, arguments) for theorem in ledger.find(arguments.names)]
    except (Refusal, BrokenLibrary, Untranslatable) as refused:
        print(f"theory.kernel: {refused}", file=sys.stderr)
        return 2
    return 0 if all(outcomes) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m theory.kernel", description=__doc__)
    parser.add_argument("names", nargs="+", metavar="NAME", help="a sentence of the ledger")
    parser.add_argument("--show", action="store_true", help="print the statement, try nothing")
    parser.add_argument("--neighbour", metavar="LABEL", help="change the sentence to this one")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="build here and leave the files")
    parser.add_argument("--seconds", type=float, default=300, help="time limit of one file")
    return parser


def _tried(theorem: Theorem, arguments: argparse.Namespace) -> bool:
    label = arguments.neighbour or ""
    if label and label not in theorem.neighbours:
        known = ", ".join(theorem.neighbours)
        raise Refusal(f"{theorem.name} has no neighbour {label!r}; it has {known}")
    claim = theorem.neighbours[label] if label else theorem.claim
    text = statement(theorem.name, claim, label)
    if arguments.show:
        print(text, end="")
        return True
    path = scripts.path(theorem.group, theorem.name)
    if not path.is_file():
        raise Refusal(f"{theorem.name} has no script: write {path}")
    coq = coqc.installed()
    if coq is None:
        raise Refusal(f"coqc was not found: on Debian, {coqc.INSTALL}")
    aim = Aim.FAILS if theorem.expected is Verdict.REFUTED and not label else Aim.HOLDS
    outcome = check(
        coq,
        text,
        path.read_text(),
        aim,
        limits=coqc.Limits(seconds=arguments.seconds),
        keep=arguments.keep,
    )
    said = "shown" if outcome.shown else f"not shown: {outcome.obstacle}"
    changed = f" [{label}]" if label else ""
    print(f"{outcome.seconds:7.2f} s  {theorem.name}{changed}: {said}", flush=True)
    return outcome.shown


if __name__ == "__main__":
    sys.exit(main())
