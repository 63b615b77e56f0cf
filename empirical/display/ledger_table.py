"""Formats a judged ledger: rows for machines, tables for the terminal."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from theory.evidence import Evidence, Verdict
from theory.ledger import Judgement

COLOURS = {
    Verdict.PROVED: "green",
    Verdict.SURVIVED: "cyan",
    Verdict.REFUTED: "magenta",
    Verdict.UNDECIDED: "yellow",
}


def row(judgement: Judgement) -> dict[str, Any]:
    """Returns one judged sentence as JSON: claim, verdict, scope, trust, witness and engines."""
    theorem = judgement.theorem
    deciding = judgement.deciding
    tightness = theorem.tightness
    return {
        "name": theorem.name,
        "group": theorem.group,
        "statement": theorem.statement,
        "formula": str(theorem.claim),
        "source": theorem.claim.source,
        "expected": theorem.expected.value,
        "verdict": judgement.verdict.value,
        "scope": deciding[0].scope if deciding else "",
        "trusts": list(dict.fromkeys(t for e in deciding for t in e.trusts)),
        "witness": dict(deciding[0].witness) if deciding else {},
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
    lines.add_column("where", style="dim")
    for judgement in judgements:
        data = row(judgement)
        style = COLOURS[judgement.verdict] if judgement.as_expected else "bold red"
        where = data["scope"]
        if data["witness"]:
            where = ", ".join(f"{x} = {value}" for x, value in data["witness"].items())
            where += f"\n→ {data['replaced_by']}" if data["replaced_by"] else ""
        lines.add_row(Text(data["verdict"], style=style), data["name"], where)
    return lines


def _notes(data: dict[str, Any], tightness: bool) -> dict[str, str]:
    def values(point: dict[str, str]) -> str:
        return ", ".join(f"{x} = {value}" for x, value in point.items())

    rejected = list(data["neighbours"].values())
    best = data["tightness"]
    solvers = data["engines"].get("decide")
    notes = {
        "where": values(data["witness"]) or data["scope"],
        "trusts": ", ".join(data["trusts"]),
        "solvers": solvers["detail"] if solvers else "",
        "replaced by": data["replaced_by"],
        "false variants rejected": f"{sum(rejected)} of {len(rejected)}",
        "tightness": f"ratio {best['ratio']} at {values(best['at'])}" if best and tightness else "",
    }
    return {label: value for label, value in notes.items() if value}


def summary(judgements: Sequence[Judgement]) -> str:
    """Returns one line: the number of sentences by verdict, and of false variants rejected."""
    counts = {
        verdict: sum(j.verdict is verdict for j in judgements)
        for verdict in Verdict
        if any(j.verdict is verdict for j in judgements)
    }
    rejected = [value for j in judgements for value in j.rejected.values()]
    unexpected = [j.theorem.name for j in judgements if not j.as_expected]
    verdicts = ", ".join(f"{count} {verdict.value}" for verdict, count in counts.items())
    sentences = f"{len(judgements)} sentence{'' if len(judgements) == 1 else 's'}"
    variants = f"false variants rejected: {sum(rejected)} of {len(rejected)}"
    surprises = f"; not as expected: {', '.join(unexpected)}" if unexpected else ""
    return f"{sentences}: {verdicts}; {variants}{surprises}"


def exit_status(judgements: Sequence[Judgement]) -> int:
    """Returns 0 if every sentence ended as expected, else 3 if one is undecided, else 1."""
    if all(judgement.as_expected for judgement in judgements):
        return 0
    undecided = any(judgement.verdict is Verdict.UNDECIDED for judgement in judgements)
    return 3 if undecided else 1


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "verdict": evidence.verdict.value,
        "scope": evidence.scope,
        "trusts": list(evidence.trusts),
        "detail": evidence.detail,
        "witness": dict(evidence.witness),
        "whole": evidence.whole,
        "conflict": evidence.conflict,
    }
