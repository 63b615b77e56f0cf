"""Formats a judged ledger: rows for machines, tables for the terminal."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from theory.evidence import Evidence, Verb, Verdict
from theory.kernel import coqc
from theory.ledger import Judgement

COLOURS = {
    Verdict.PROVED: "green",
    Verdict.RECORDED: "blue",
    Verdict.REDUCED: "cyan",
    Verdict.SURVIVED: "cyan",
    Verdict.REFUTED: "magenta",
    Verdict.UNDECIDED: "yellow",
}


def row(judgement: Judgement) -> dict[str, Any]:
    """Returns one judged sentence as JSON: claim, verdict, scope, trust, witness and engines."""
    theorem = judgement.theorem
    tightness = theorem.tightness
    return {
        "name": theorem.name,
        "group": theorem.group,
        "statement": theorem.statement,
        "formula": str(theorem.claim),
        "source": theorem.claim.source,
        "expected": theorem.expected.value,
        "verdict": judgement.verdict.value,
        "scope": theorem.claim.scope,
        "by": [verb.value for verb in _deciding(judgement)],
        "kernel": judgement.kernel,
        "trusts": list(judgement.trusts),
        "witness": dict(judgement.witness),
        "cites": list(theorem.cites),
        "fallen": list(judgement.fallen),
        "replaced_by": theorem.replaced_by,
        "seconds": round(sum(judgement.seconds.values()), 4),
        "engines": {
            verb.value: _evidence(evidence) | {"seconds": round(judgement.seconds[verb], 4)}
            for verb, evidence in judgement.evidence.items()
        },
        "neighbours": dict(judgement.rejected),
        "tightness": {
            "ratio": str(tightness.ratio),
            "at": {str(x): str(value) for x, value in tightness.at.items()},
        }
        if tightness
        else None,
    }


def table(judgements: Iterable[Judgement], *, tightness: bool = False) -> Table:
    """Returns each sentence with its verdict, where it holds and what is trusted.

    Args:
        judgements: the judged sentences.
        tightness: also show how close the two sides of an inequality come, and where.
    """
    lines = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 1, 0))
    lines.add_column("verdict")
    lines.add_column("sentence", ratio=1)
    lines.add_column("seconds", justify="right")
    for judgement in judgements:
        data = row(judgement)
        verdict = Text(data["verdict"], style=COLOURS[judgement.verdict])
        if not judgement.as_expected:
            verdict.append(f"\nexpected\n{data['expected']}", style="bold red")
        text = Text(data["name"], style="bold")
        text.append(f"\n{data['statement']}", style="not bold")
        for label, value in _notes(data, tightness).items():
            text.append(f"\n{label} ", style="not bold dim italic")
            text.append(value, style="not bold dim")
        lines.add_row(verdict, text, f"{data['seconds']:.2f}")
    return lines


def overview(judgements: Iterable[Judgement]) -> Table:
    """Returns one line per sentence; a refuted one has its witness and its replacement below."""
    lines = Table(box=None, pad_edge=False, header_style="bold")
    lines.add_column("verdict")
    lines.add_column("sentence", overflow="fold")
    lines.add_column("by, or where it fails", style="dim")
    for judgement in judgements:
        data = row(judgement)
        style = COLOURS[judgement.verdict] if judgement.as_expected else "bold red"
        by = f"by {', '.join(data['by'])}"
        if data["witness"]:
            by = ", ".join(f"{x} = {value}" for x, value in data["witness"].items())
            by += f"\n→ {data['replaced_by']}" if data["replaced_by"] else ""
        lines.add_row(Text(data["verdict"], style=style), data["name"], by)
    return lines


def _notes(data: dict[str, Any], tightness: bool) -> dict[str, str]:
    def values(point: dict[str, str]) -> str:
        return ", ".join(f"{x} = {value}" for x, value in point.items())

    rejected = list(data["neighbours"].values())
    best = data["tightness"]
    kernel = data["engines"].get("kernel")
    notes = {
        "fails at" if data["witness"] else "for": values(data["witness"]) or data["scope"],
        "by": ", ".join(data["by"]),
        "trusts": ", ".join(data["trusts"]),
        "kernel": kernel["detail"] if kernel else "",
        "fallen with": ", ".join(data["fallen"]),
        "replaced by": data["replaced_by"],
        "false variants refuted": f"{sum(rejected)} of {len(rejected)}",
        "tightness": f"ratio {best['ratio']} at {values(best['at'])}" if best and tightness else "",
    }
    return {label: value for label, value in notes.items() if value}


def summary(judgements: Sequence[Judgement]) -> str:
    """Returns one line: the number of sentences by verdict, and of false variants refuted."""
    counts = {
        verdict: sum(j.verdict is verdict for j in judgements)
        for verdict in Verdict
        if any(j.verdict is verdict for j in judgements)
    }
    rejected = [value for j in judgements for value in j.rejected.values()]
    unexpected = [j.theorem.name for j in judgements if not j.as_expected]
    verdicts = ", ".join(f"{count} {verdict.value}" for verdict, count in counts.items())
    sentences = f"{len(judgements)} sentence{'' if len(judgements) == 1 else 's'}"
    variants = f"false variants refuted: {sum(rejected)} of {len(rejected)}"
    surprises = f"; not as expected: {', '.join(unexpected)}" if unexpected else ""
    return f"{sentences}: {verdicts}; {variants}{surprises}"


def exit_status(judgements: Sequence[Judgement]) -> int:
    """Returns 0 if every sentence ended as expected, else 3 if one is undecided, else 1."""
    if all(judgement.as_expected for judgement in judgements):
        return 0
    return 3 if any(judgement.undecided for judgement in judgements) else 1


def cure(judgements: Iterable[Judgement]) -> str:
    """What turns RECORDED into PROVED on this machine, if there is something to turn."""
    if not any(judgement.verdict is Verdict.RECORDED for judgement in judgements):
        return ""
    install = "" if coqc.installed() else f"{coqc.INSTALL} && "
    return (
        "RECORDED: Coq's kernel accepted the proof where the record was made, not on this machine; "
        f"to check it here: {install}ropeproof prove --kernel"
    )


def _deciding(judgement: Judgement) -> list[Verb]:
    """The verbs behind the verdict, the kernel first."""
    verbs = sorted(judgement.evidence, key=lambda verb: verb is not Verb.KERNEL)
    return [v for v in verbs if judgement.evidence[v].verdict is judgement.verdict]


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "verdict": evidence.verdict.value,
        "statement": str(evidence.of or ""),
        "scope": evidence.scope,
        "trusts": list(evidence.trusts),
        "detail": evidence.detail,
        "witness": dict(evidence.witness),
        "negation": evidence.negation,
        "conflict": evidence.conflict,
    }
