"""Holds what is certified of a model against every input, and forges what was refuted."""

from dataclasses import replace
from typing import Any

from empirical.files.checkpoint import Checkpoint
from empirical.recheck.certificate import Case, Specified, Verdict
from empirical.recheck.check import examine
from empirical.recheck.checkpoint import read_model
from tests.empirical.certificates.test_specified import certified, contradictions, undecided


def refuted_rows(read: Checkpoint, document: dict[str, Any]) -> list[Case]:
    """The refuted rows of a specification, which the checker refuses if they are called proved.

    No verdict is contradicted by an input, and none is open that is clear.
    """
    outcome = certified(read, document)
    assert outcome.differences == ()
    claims = outcome.certificate.claims
    assert isinstance(claims, Specified)
    assert contradictions(read, document, claims.rows) == []
    assert undecided(read, document, claims.rows) == 0
    forgery_rows = [
        replace(row, verdict=Verdict.PROVED, longest=None, refutation=None, other=None)
        if row.verdict is Verdict.REFUTED
        else row
        for row in claims.rows
    ]
    false = replace(outcome.certificate, claims=replace(claims, rows=tuple(forgery_rows)))
    forged = [row for row, was in zip(forgery_rows, claims.rows, strict=True) if row is not was]
    assert [one.claim for one in examine(false, read_model(read.path))] == forged
    return forged
