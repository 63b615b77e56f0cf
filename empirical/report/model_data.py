"""Collects what the report of a user's model shows, as plain data for its template."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from empirical.certificates.document import checked
from empirical.certificates.search import CertificateRequest, search_for
from empirical.display.witness import witness_line
from empirical.figures.parts import behaviour_plane
from empirical.files import checkpoint, network_file
from empirical.foreign.reading import stored_at
from empirical.recheck.certificate import Claims, OneHop, Specified, Verdict
from empirical.report.checked_model import checked_model, is_ours
from empirical.report.head_grids import grids
from empirical.report.page_data import element, entry_text, failing_beyond, predicted
from empirical.survey.measured_heads import PROMPTS, Tick, measured_heads
from empirical.survey.report import ROLES, HeadReport
from empirical.survey.table import SurveyTable
from empirical.tasks.task import Entry
from theory.refusal import Refusal

STRONGEST = 6
"""Heads of a role that are named."""

Step = Callable[[str], Tick]


@dataclass(frozen=True)
class ModelParts:
    """What is shown of one model.

    Attributes:
        name: of its directory or file.
        path: where it lies.
        certificate: rows by query and a failing input, or ``reason`` why there is none.
        predictions: rows and counts of verdicts.
        heads: roles, grids, a picture and what was measured, or ``reason``.
    """

    name: str
    path: str
    certificate: dict[str, Any]
    predictions: dict[str, Any]
    heads: dict[str, Any]


def parts_of(path: Path, table: SurveyTable, step: Step) -> ModelParts:
    """Check, certify and survey a model.

    Args:
        path: its directory or file.
        table: keeps what is measured of heads; an interrupted report resumes.
        step: called with the name of each step, returns what is called with its progress.

    Raises:
        Refusal: the model cannot be read.
    """
    step("checking")
    rows = predicted(path.name, list(checked_model(path, None).rows))
    return ModelParts(
        name=path.name,
        path=str(path.resolve()),
        certificate=_certificate(path, step),
        predictions=rows,
        heads=_heads(path, table, step),
    )


def _certificate(path: Path, step: Step) -> dict[str, Any]:
    """What the checker shows of a model on all inputs of its longest training length."""
    if (path / network_file.FILE).exists() or not is_ours(path):
        return {"reason": "only trained models of the kinds that ropeproof train makes have one"}
    try:
        model = checkpoint.read(path)
        if model.task is None:
            raise Refusal("no task.json says what is asked of it")
        length = max(model.task.train_lengths)
        one_head = (model.config.n_layer, model.config.n_head) == (1, 1)
        search = search_for(CertificateRequest(length, 2 * length if one_head else None), model)
        evidence = checked(search.run(step("certifying")), path, step("checking certificates"))
    except Refusal as refusal:
        return {"reason": str(refusal)}
    claims = evidence.certificate.claims
    assert not isinstance(claims, Specified)
    verdicts = [row.verdict for row in claims.rows]
    refuted = [row for row in claims.rows if row.refutation is not None]
    return {
        "sha256": model.sha256,
        "length": claims.length,
        "rows": len(verdicts),
        "counts": {verdict.value: verdicts.count(verdict) for verdict in Verdict},
        "queries": _by_query(claims, search.entries),
        "witness": witness_line(refuted[0], search.entries) if refuted else "",
        "earliest": _earliest(claims),
    }


def _by_query(claims: Claims, entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Verdicts and horizon of each query."""
    assert not isinstance(claims, Specified)
    horizons = {h.query: h for h in claims.horizons} if isinstance(claims, OneHop) else {}
    queries = []
    for query in dict.fromkeys(row.query for row in claims.rows):
        mine = [row.verdict for row in claims.rows if row.query == query]
        horizon = horizons.get(query)
        beyond = failing_beyond(entries, horizon) if horizon else None
        queries.append(
            {
                "query": entry_text(entries[query]),
                "rows": len(mine),
                "proved": mine.count(Verdict.PROVED),
                "refuted": mine.count(Verdict.REFUTED),
                "horizon": f"{'' if beyond else '≥ '}{horizon.longest}" if horizon else "",
                "beyond": beyond,
            }
        )
    return queries


def _earliest(claims: Claims) -> int | None:
    """The shortest length at which an input is known that the model gets wrong."""
    assert not isinstance(claims, Specified)
    lengths = [claims.length] if any(row.refutation for row in claims.rows) else []
    if isinstance(claims, OneHop):
        lengths += [h.longest + 1 for h in claims.horizons if h.beyond and h.beyond.refutation]
    return min(lengths, default=None)


def _heads(path: Path, table: SurveyTable, step: Step) -> dict[str, Any]:
    """Roles of the heads and a grid for each measure, as ``ropeproof heads`` measures them."""
    if (path / network_file.FILE).exists():
        return {"reason": "heads of hand-set networks are drawn by ropeproof construct"}
    stored = stored_at(path)
    try:
        measured = measured_heads(stored, table, step=step)
    except Refusal as refusal:
        return {"reason": str(refusal)}
    return {
        "self_check": measured.self_check,
        "made_of": measured.made_of,
        "fingerprint": stored.fingerprint,
        "count": len(measured.heads),
        "prompts": PROMPTS,
        "roles": [_role(role, measured.heads) for role in ROLES],
        "grids": grids(measured.heads),
        "plane": _plane(measured.heads, stored.fingerprint),
    }


def _plane(heads: Sequence[HeadReport], fingerprint: str) -> dict[str, str] | None:
    """The heads in the plane of the two scores, if they have both."""
    scored = behaviour_plane.rows(heads)
    if not scored:
        return None
    svg = element(behaviour_plane.picture(scored), f"heads-{fingerprint[:12]}")
    return {"svg": svg, "title": behaviour_plane.conclusion(scored)}


def _role(role: str, heads: Sequence[HeadReport]) -> dict[str, Any]:
    """How many heads have a role, and the strongest of them."""
    having = [head for head in heads if role in head.labels]
    strongest = sorted(having, key=lambda head: -head.means[ROLES[role]].value)[:STRONGEST]
    return {
        "role": role,
        "count": len(having),
        "strongest": [
            f"L{head.layer}H{head.head} {head.means[ROLES[role]].value:.2f}" for head in strongest
        ],
    }
