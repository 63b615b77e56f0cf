"""Try the script of a sentence, or make the record anew: see ``theory/ADDING.md``."""

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from theory import ledger, neighbourhood
from theory.evidence import Verdict
from theory.kernel import coqc, record, results, scripts, session, together
from theory.kernel.checking import Aim, Outcome, check
from theory.kernel.coqc import Coq
from theory.kernel.library import BrokenLibrary
from theory.kernel.names import Untranslatable
from theory.kernel.session import Unanswered
from theory.kernel.statement import statement
from theory.ledger import Theorem
from theory.refusal import Refusal


def main() -> int:
    """Try scripts; 0 if all show their sentences, 2 if there is nothing to try, else 1."""
    arguments = _parser().parse_args()
    try:
        if arguments.record:
            return _record(ledger.find(arguments.names), _coq(), whole=not arguments.names)
        if not arguments.names:
            raise Refusal("no sentence is named: give the name of one")
        theorems = ledger.find(arguments.names)
        if arguments.neighbours:
            return _explored(theorems, _coq(), arguments.seconds or session.SECONDS)
        outcomes = [_tried(theorem, arguments) for theorem in theorems]
    except (Refusal, BrokenLibrary, Untranslatable, Unanswered) as refused:
        print(f"theory.kernel: {refused}", file=sys.stderr)
        return 2
    return 0 if all(outcomes) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m theory.kernel", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a sentence of the ledger")
    parser.add_argument("--show", action="store_true", help="print the statement, try nothing")
    parser.add_argument("--neighbour", metavar="LABEL", help="change the sentence to this one")
    parser.add_argument(
        "--neighbours",
        action="store_true",
        help="try the scripts on the neighbours that a machine makes, and record what they show",
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="build here and leave the files")
    parser.add_argument(
        "--seconds",
        type=int,
        help=f"time limit of one file, {coqc.USUAL.seconds:.0f}, or neighbour, {session.SECONDS}",
    )
    parser.add_argument(
        "--record",
        action="store_true",
        help="check the scripts of these sentences, or all, and write what was accepted",
    )
    return parser


def _coq() -> Coq:
    coq = coqc.installed()
    if coq is None:
        raise Refusal(f"coqc was not found: on Debian, {coqc.INSTALL}")
    return coq


def _tried(theorem: Theorem, arguments: argparse.Namespace) -> bool:
    """Try one script, or show its statement; whether there is nothing to complain of."""
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
    outcome = check(
        _coq(),
        text,
        path.read_text(),
        Aim.HOLDS if label else theorem.aim,
        limits=coqc.Limits(seconds=arguments.seconds or coqc.USUAL.seconds),
        keep=arguments.keep,
    )
    _say(f"{theorem.name} [{label}]" if label else theorem.name, outcome)
    return outcome.shown


def _say(name: str, outcome: Outcome) -> None:
    verdict = "shown" if outcome.shown else f"not shown: {outcome.obstacle}"
    print(f"{outcome.seconds:7.2f} s  {name}: {verdict}", flush=True)


def _record(theorems: Sequence[Theorem], coq: Coq, *, whole: bool) -> int:
    """Write what the kernel accepts of these sentences; other lines stay unless all are asked."""
    known = {} if whole else dict(record.entries())
    asked = ledger.questions(theorems)
    for name in together.asked(coq, asked):
        print(f"           {name}: compiled", flush=True)
    complete = True
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = pool.map(lambda one: results.asked(coq, one), asked.values())
        for (name, one), outcome in zip(asked.items(), outcomes, strict=True):
            _say(name, outcome)
            known.pop(name, None)
            complete = complete and outcome.shown
            if outcome.shown:
                known[name] = record.entry(coq, one, outcome)
    record.PATH.write_text(record.text(known))
    return 0 if complete else 1


def _explored(theorems: Sequence[Theorem], coq: Coq, seconds: int) -> int:
    """Try and record the neighbours of these sentences, each as soon as it is tried."""
    for theorem in theorems:
        if theorem.expected is Verdict.REFUTED:
            raise Refusal(f"{theorem.name} is false: its script shows no neighbour of it")
        neighbours = neighbourhood.explored(coq, theorem, seconds)
        print(
            f"{theorem.name}: fails on {neighbours.rejected}; shows {list(neighbours.shown)}",
            flush=True,
        )
        known = {**neighbourhood.recorded(), theorem.name: neighbours}
        neighbourhood.PATH.write_text(neighbourhood.text(known))
        neighbourhood.recorded.cache_clear()
    return 0


if __name__ == "__main__":
    sys.exit(main())
