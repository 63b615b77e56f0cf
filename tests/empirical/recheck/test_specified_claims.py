"""For each reason to refuse a claim about a specification, one that is false for it alone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from empirical.recheck.certificate import (
    Attention,
    Case,
    Certificate,
    Refutation,
    Specified,
    Verdict,
    parsed_certificate,
)
from empirical.recheck.checkpoint import Model, read_model
from empirical.recheck.fields import Field
from empirical.recheck.tables import Block
from empirical.recheck.trees import Pair
from tests.empirical.recheck.specifications import EVERY_PART, reasons, specified

A, B, NONE, ONE, TWO, THREE = range(6)
ONE_BACK_A, ONE_BACK_B, SOMEWHERE, BETWEEN, LAST_TWO, LAST_THREE = range(6)
"""Rows of the certificate."""


@dataclass(frozen=True)
class HonestClaims:
    """A certificate of every part beside its model."""

    certificate: Certificate
    rows: tuple[Case, ...]
    model: Model

    def margin(self, winner: int, rival: int, *tokens: int) -> float:
        """One logit less another on an input, first to last, whoever's input it is."""
        block = Block(self.model)
        return float(Pair(block, tokens[-1], winner, rival).margin(block, tokens[::-1]).mid())

    def refuted(self, row: int, winner: int, rival: int, *tokens: int, by: float = 1.0) -> Case:
        """A row that is said to be REFUTED by an input, with its true margin ``by`` times."""
        margin = self.margin(winner, rival, *tokens) * by
        return replace(
            self.rows[row],
            verdict=Verdict.REFUTED,
            refutation=Refutation(rival, tokens, margin),
            longest=None,
        )

    def reasons(self, at: int, claimed: Case) -> list[str]:
        """Why the certificate with one row instead is not accepted."""
        return reasons(self.certificate, self.model, at, claimed)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> HonestClaims:
    path = tmp_path_factory.mktemp("model")
    certificate = parsed_certificate(Field("certificate.json", "", specified(path)))
    assert isinstance(certificate.claims, Specified)
    rows = certificate.claims.rows
    verdicts = [str(row.verdict) for row in rows]
    assert verdicts == ["PROVED", "REFUTED", "PROVED", "REFUTED", "REFUTED", "REFUTED"]
    return HonestClaims(certificate, rows, read_model(path))


def proved(row: Case) -> Case:
    """The row, said to be PROVED."""
    return replace(row, verdict=Verdict.PROVED, refutation=None, other=None, longest=None)


def undecided(row: Case, longest: int | None = None) -> Case:
    """The row, said to be UNDECIDED, but for inputs up to a length."""
    return replace(row, verdict=Verdict.UNDECIDED, refutation=None, other=None, longest=longest)


def between(
    honest: HonestClaims, witness: tuple[int, ...], other: tuple[int, ...], rival: int
) -> Case:
    """The row whose winner is to be the same: `a` wins on one input and not on the witness."""
    return replace(honest.refuted(BETWEEN, A, rival, *witness), winner=A, other=other)


WITNESS, OTHER, RIVAL = (B, A, B, THREE), (A, A, B, THREE), ONE
"""Of the row whose winner is to be the same: on the first `1` wins, on the second `a`."""

FALSE: dict[str, tuple[int, Callable[[HonestClaims], Case], str]] = {
    "a proof where an input refutes": (
        LAST_TWO,
        lambda honest: proved(honest.rows[LAST_TWO]),
        "what is asked is not shown again at 1 tokens",
    ),
    "two winners": (
        ONE_BACK_A,
        lambda honest: replace(honest.rows[ONE_BACK_A], winner=A),
        "it names a winner, which its group does",
    ),
    "a proof of no winner": (
        BETWEEN,
        lambda honest: replace(proved(honest.rows[BETWEEN]), winner=None),
        "it names a winner of nothing",
    ),
    "a winner of nothing": (
        BETWEEN,
        lambda honest: undecided(honest.rows[BETWEEN]),
        "it names a winner of nothing",
    ),
    "one input only": (
        BETWEEN,
        lambda honest: replace(between(honest, WITNESS, OTHER, RIVAL), other=None),
        "two inputs refute it",
    ),
    "longer than the group": (
        ONE_BACK_B,
        lambda honest: replace(honest.rows[ONE_BACK_B], longest=5),
        "its longest inputs are not of its group",
    ),
    "shorter than the group": (
        ONE_BACK_B,
        lambda honest: replace(honest.rows[ONE_BACK_B], longest=1),
        "its longest inputs are not of its group",
    ),
    "all lengths and not proved": (
        ONE_BACK_A,
        lambda honest: undecided(honest.rows[ONE_BACK_A], longest=4),
        "it is shown at all lengths",
    ),
    "a witness with a token that is not asked about": (
        ONE_BACK_B,
        lambda honest: honest.refuted(ONE_BACK_B, B, A, NONE, B, ONE),
        "its witness is not an input of its case",
    ),
    "a witness of another answer": (
        ONE_BACK_B,
        lambda honest: honest.refuted(ONE_BACK_B, B, A, A, ONE),
        "its witness is not an input of its case",
    ),
    "a witness of another last token": (
        LAST_TWO,
        lambda honest: honest.refuted(LAST_TWO, B, A, THREE),
        "its witness is not an input of its case",
    ),
    "a witness that is too long": (
        LAST_TWO,
        lambda honest: honest.refuted(LAST_TWO, B, A, TWO, TWO),
        "its witness is not an input of its case",
    ),
    "a weight that nobody asks about": (
        LAST_TWO,
        lambda honest: replace(honest.rows[LAST_TWO], refutation=Attention((TWO,), 0.5)),
        "it is refuted by a weight that its group does not ask about",
    ),
    "its own rival": (
        ONE_BACK_B,
        lambda honest: honest.refuted(ONE_BACK_B, B, B, B, ONE),
        "its rival is no other class",
    ),
    "a rival that is no class": (
        LAST_TWO,
        lambda honest: replace(honest.rows[LAST_TWO], refutation=Refutation(6, (TWO,), -0.5)),
        "its rival is no other class",
    ),
    "a witness on which it is so": (
        ONE_BACK_A,
        lambda honest: honest.refuted(ONE_BACK_A, A, B, A, ONE),
        "what is asked is so on its witness",
    ),
    "a margin that is too small": (
        LAST_TWO,
        lambda honest: honest.refuted(LAST_TWO, B, A, TWO, by=1 - 2.0**-38),
        "the margin of its witness is [-0.42516",
    ),
    "a margin that is too large": (
        LAST_TWO,
        lambda honest: honest.refuted(LAST_TWO, B, A, TWO, by=1 + 2.0**-38),
        "the margin of its witness is [-0.42516",
    ),
    "another input that is none": (
        BETWEEN,
        lambda honest: between(honest, WITNESS, (A, A, A, THREE), RIVAL),
        "its other input is not an input of its case",
    ),
    "another input on which its winner does not win": (
        BETWEEN,
        lambda honest: between(honest, WITNESS, WITNESS, RIVAL),
        "its winner does not win on its other input",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FALSE))
def test_a_claim_is_not_accepted_for_its_reason(name: str, honest: HonestClaims) -> None:
    at, claimed, reason = FALSE[name]
    (given,) = honest.reasons(at, claimed(honest))
    assert given.startswith(reason)


def test_the_same_claims_are_accepted_where_they_are_true(honest: HonestClaims) -> None:
    """What the false ones are made of: each differs from one of these in one thing."""
    assert honest.reasons(BETWEEN, between(honest, WITNESS, OTHER, RIVAL)) == []
    assert honest.reasons(LAST_TWO, honest.refuted(LAST_TWO, B, A, TWO)) == []
    assert honest.reasons(LAST_TWO, honest.refuted(LAST_TWO, B, A, TWO, by=1 + 2.0**-42)) == []
    assert honest.reasons(ONE_BACK_B, honest.refuted(ONE_BACK_B, B, A, B, ONE)) == []
    assert honest.reasons(ONE_BACK_A, undecided(honest.rows[ONE_BACK_A], longest=3)) == []


def test_an_answer_that_wins_by_less_than_is_asked_is_refuted(tmp_path: Path) -> None:
    groups = EVERY_PART["groups"]
    asked = {"wins": "answer", "by": 100}
    document = EVERY_PART | {"groups": [groups[0] | {"asked": asked}, *groups[1:]]}
    certificate = parsed_certificate(Field("certificate.json", "", specified(tmp_path, document)))
    assert isinstance(certificate.claims, Specified)
    honest = HonestClaims(certificate, certificate.claims.rows, read_model(tmp_path))
    claimed = honest.refuted(ONE_BACK_A, A, B, A, ONE)
    assert isinstance(claimed.refutation, Refutation)
    assert 0 < claimed.refutation.margin < 100
    assert honest.reasons(ONE_BACK_A, claimed) == []
