"""The kernel's evidence for a sentence of the ledger."""

from theory.claim import Claim
from theory.evidence import Evidence, Verdict
from theory.kernel import coqc, record, results, scripts
from theory.kernel.checking import Aim, Outcome
from theory.kernel.coqc import Coq
from theory.kernel.library import BrokenLibrary
from theory.kernel.names import Untranslatable
from theory.kernel.results import Question
from theory.kernel.statement import statement

TRANSLATOR = "our translator to Coq and prelude.v"
NOT_HERE = "checked by Coq {version} where the record was made, not on this machine; {cure}"


def question(group: str, name: str, claim: Claim, aim: Aim) -> Question | None:
    """What the kernel is asked of a sentence, if a script stands beside it.

    Raises:
        Untranslatable: If the sentence has no statement.
    """
    path = scripts.path(group, name)
    if not path.is_file():
        return None
    return Question(statement=statement(name, claim), script=path.read_text(), aim=aim)


def evidence(group: str, name: str, claim: Claim, aim: Aim, *, run: bool) -> Evidence | None:
    """What the kernel says of a sentence; None if no script stands beside it.

    Args:
        group: The folder of the sentence.
        name: Its name.
        claim: The sentence.
        aim: Whether it is to be proved or refuted.
        run: Whether ``coqc`` may be started; if not, only what it said before counts.

    Returns:
        PROVED, or REFUTED for a proved negation, if this machine's kernel has accepted the
        script; else RECORDED, if the record has this statement and script; else UNDECIDED.
    """
    coq = coqc.installed()
    try:
        asked = question(group, name, claim, aim)
        if asked is None:
            return None
        outcome = None
        if coq is not None:
            outcome = results.asked(coq, asked) if run else results.kept(coq, asked)
        if coq is not None and outcome is not None:
            return _from_outcome(claim, coq, aim, outcome)
        return _from_record(claim, name, asked, coq)
    except (Untranslatable, BrokenLibrary) as obstacle:
        return Evidence(verdict=Verdict.UNDECIDED, trusts=(), of=claim, detail=str(obstacle))


def _from_outcome(claim: Claim, coq: Coq, aim: Aim, outcome: Outcome) -> Evidence:
    if not outcome.shown:
        return Evidence(
            verdict=Verdict.UNDECIDED,
            trusts=_trusts(coq.version, outcome.assumed),
            of=claim,
            detail=f"the kernel does not accept the script: {outcome.obstacle}",
        )
    return Evidence(
        verdict=Verdict.PROVED if aim is Aim.HOLDS else Verdict.REFUTED,
        trusts=_trusts(coq.version, outcome.assumed),
        of=claim,
        negation=aim is Aim.FAILS,
    )


def _from_record(claim: Claim, name: str, asked: Question, coq: Coq | None) -> Evidence:
    cure = f"on Debian, {coqc.INSTALL}" if coq is None else f"ropeproof prove --kernel {name}"
    known = record.found(name, asked)
    if known is None:
        detail = f"the record has no proof of this statement by this script; {cure}"
        return Evidence(verdict=Verdict.UNDECIDED, trusts=(), of=claim, detail=detail)
    return Evidence(
        verdict=Verdict.RECORDED,
        trusts=("the record", *_trusts(known["coq"], tuple(known["assumes"]))),
        of=claim,
        detail=NOT_HERE.format(version=known["coq"], cure=cure),
        negation=asked.aim is Aim.FAILS,
    )


def _trusts(version: str, assumed: tuple[str, ...]) -> tuple[str, ...]:
    axioms = ", ".join(name.rpartition(".")[2] for name in assumed)
    return (f"Coq {version}", TRANSLATOR, *([f"the axioms {axioms}"] if axioms else []))
