"""The checker: is everything shown that a certificate claims of a checkpoint?

``recheck`` takes both from disk. ``examine`` says which claims are not shown, and ``weakened``
takes these back, so that what is left is what the checker has shown.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from empirical.recheck.certificate import (
    Accuracy,
    Case,
    Certificate,
    Horizon,
    Induction,
    InductionRow,
    OneHop,
    Proof,
    Row,
    Specified,
    WalkRow,
    Walks,
    read_certificate,
)
from empirical.recheck.checkpoint import Checkpoint, Model, read_checkpoint, read_model
from empirical.recheck.failures import Rejected
from empirical.recheck.findings import Claim, Tick, Unshown, silent
from empirical.recheck.induction import check_induction
from empirical.recheck.multi_hop import check_walks
from empirical.recheck.one_hop import check_one_hop
from empirical.recheck.specified import check_specified

Kind = TypeVar("Kind", Row, InductionRow, WalkRow, Case, Horizon, Accuracy, Proof)


def recheck(file: Path, directory: Path, tick: Tick = silent) -> Certificate:
    """Show every claim of a certificate about a checkpoint directory again.

    Args:
        file: the certificate.
        directory: the checkpoint that it speaks of.
        tick: called with the number of steps done and of all steps.

    Returns:
        The certificate.

    Raises:
        Malformed: a file cannot be read as what it should be.
        Rejected: a claim is not shown.
    """
    certificate = read_certificate(file)
    specified = isinstance(certificate.claims, Specified)
    checkpoint = read_model(directory) if specified else read_checkpoint(directory)
    unshown = examine(certificate, checkpoint, tick)
    if unshown:
        more = f" ({len(unshown) - 1} more claims are not shown)" if len(unshown) > 1 else ""
        raise Rejected(f"{file}: {sentence(unshown[0])}{more}")
    return certificate


def examine(certificate: Certificate, checkpoint: Model, tick: Tick = silent) -> list[Unshown]:
    """The claims of a certificate that are not shown.

    Args:
        certificate: the certificate.
        checkpoint: that it speaks of; with its task, unless the certificate has a specification.
        tick: called with the number of steps done and of all steps.

    Raises:
        Rejected: it speaks of another checkpoint, or not of its task.
    """
    for name, sha256 in certificate.files.items():
        if sha256 != checkpoint.sha256.get(name):
            raise Rejected(f"the certificate speaks of another checkpoint: {name} differs")
    if isinstance(certificate.claims, Specified):
        return check_specified(certificate.claims, checkpoint, tick)
    if not isinstance(checkpoint, Checkpoint):
        raise Rejected("the certificate speaks of a task, the checkpoint has none")
    match certificate.claims:
        case OneHop() as claims:
            return check_one_hop(claims, checkpoint, tick)
        case Induction() as claims:
            return check_induction(claims, checkpoint, tick)
        case Walks() as claims:
            return check_walks(claims, checkpoint, tick)


def weakened(certificate: Certificate, unshown: list[Unshown]) -> Certificate:
    """A certificate that claims no more what is not shown, but what is shown instead."""
    instead = {one.claim: one.instead for one in unshown}
    match certificate.claims:
        case OneHop() as claims:
            less = replace(
                claims,
                rows=_replaced(claims.rows, instead, Row),
                horizons=_replaced(claims.horizons, instead, Horizon),
                accuracies=_replaced(claims.accuracies, instead, Accuracy),
                proofs=_replaced(claims.proofs, instead, Proof),
            )
            return replace(certificate, claims=less)
        case Induction() as claims:
            rows = _replaced(claims.rows, instead, InductionRow)
            return replace(certificate, claims=replace(claims, rows=rows))
        case Walks() as claims:
            walks = _replaced(claims.rows, instead, WalkRow)
            return replace(certificate, claims=replace(claims, rows=walks))
        case Specified() as claims:
            cases = _replaced(claims.rows, instead, Case)
            return replace(certificate, claims=replace(claims, rows=cases))


def sentence(unshown: Unshown) -> str:
    """What is not shown, and why."""
    match unshown.claim:
        case Row(query, answer):
            name = f"query {query}, answer {answer}"
        case InductionRow(previous, query, answer):
            name = f"previous {previous}, query {query}, answer {answer}"
        case WalkRow(walk):
            name = f"walk {', '.join(map(str, walk))}"
        case Case(group, query, answer):
            named = "" if answer is None else f", answer {answer}"
            name = f"group {group}, query {query}{named}"
        case Horizon(query):
            name = f"the horizon of query {query}"
        case Accuracy(length):
            name = f"the accuracy at {length} tokens"
        case Proof(query, answer, rival, length, place):
            name = (
                f"the proof for query {query}, answer {answer}, rival {rival}, length {length}, "
                f"place {place}"
            )
    return f"{name}: {unshown.reason}"


def _replaced(
    claims: tuple[Kind, ...], instead: Mapping[Claim, Claim | None], kind: type[Kind]
) -> tuple[Kind, ...]:
    """Claims with what is shown instead of those that are not shown."""
    kept = (instead.get(claim, claim) for claim in claims)
    return tuple(claim for claim in kept if isinstance(claim, kind))
