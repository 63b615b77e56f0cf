"""For each reason to refuse a claim about attention weights, one that is false for it alone."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from empirical.files import checkpoint
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
from tests.attack.network import Network
from tests.empirical.recheck.specifications import WEIGHTS, reasons, specified

A, B, NONE, ONE, TWO, THREE = range(6)
ANSWER_A, ANSWER_B, NEAR_TWO, NEAR_THREE, FIRST = range(5)
"""Rows of the certificate."""


@dataclass(frozen=True)
class Weighed:
    """A certificate of attention weights beside its model."""

    certificate: Certificate
    rows: tuple[Case, ...]
    model: Model
    network: Network

    def weight(self, tokens: tuple[int, ...], *places: int) -> float:
        """Of places, counted from the last token, by a forward pass."""
        weights = self.network.attention(tokens)
        return float(sum(weights[len(tokens) - 1 - place] for place in places))

    def reasons(self, at: int, claimed: Case) -> list[str]:
        """Why the certificate with one row instead is not accepted."""
        return reasons(self.certificate, self.model, at, claimed)


@pytest.fixture(scope="module")
def weighed(tmp_path_factory: pytest.TempPathFactory) -> Weighed:
    path = tmp_path_factory.mktemp("model")
    certificate = parsed_certificate(Field("certificate.json", "", specified(path, WEIGHTS)))
    assert isinstance(certificate.claims, Specified)
    rows = certificate.claims.rows
    verdicts = [str(row.verdict) for row in rows]
    assert verdicts == ["PROVED", "REFUTED", "REFUTED", "PROVED", "REFUTED"]
    return Weighed(certificate, rows, read_model(path), Network(checkpoint.read(path)))


def refuted(
    weighed: Weighed,
    row: int,
    tokens: tuple[int, ...],
    place: int | None,
    *weighed_places: int,
    more: float = 0.0,
) -> Case:
    """A row that is said to be REFUTED by an input, with the weight of places and some more."""
    weight = weighed.weight(tokens, *weighed_places) + more
    return replace(
        weighed.rows[row],
        verdict=Verdict.REFUTED,
        longest=None,
        refutation=Attention(tokens, weight, place),
    )


def proved(row: Case) -> Case:
    """The row, said to be PROVED."""
    return replace(row, verdict=Verdict.PROVED, refutation=None, longest=None)


FALSE: dict[str, tuple[int, Callable[[Weighed], Case], str]] = {
    "a proof where the answer has less": (
        ANSWER_B,
        lambda weighed: proved(weighed.rows[ANSWER_B]),
        "what is asked is not shown again at 3 tokens",
    ),
    "a proof where a place has more": (
        NEAR_TWO,
        lambda weighed: proved(weighed.rows[NEAR_TWO]),
        "what is asked is not shown again at 2 tokens",
    ),
    "a proof where a first position has less": (
        FIRST,
        lambda weighed: proved(weighed.rows[FIRST]),
        "what is asked is not shown again at 5 tokens",
    ),
    "all lengths and not proved": (
        NEAR_THREE,
        lambda weighed: replace(weighed.rows[NEAR_THREE], verdict=Verdict.UNDECIDED, longest=4),
        "it is shown at all lengths",
    ),
    "a length of no input": (
        FIRST,
        lambda weighed: replace(weighed.rows[FIRST], longest=2),
        "its longest inputs are not of its group",
    ),
    "a winner": (
        NEAR_THREE,
        lambda weighed: replace(weighed.rows[NEAR_THREE], winner=A),
        "it names a winner of which its group says nothing",
    ),
    "a rival": (
        NEAR_TWO,
        lambda weighed: replace(weighed.rows[NEAR_TWO], refutation=Refutation(A, (3, 2), -1.0)),
        "it is refuted by a rival",
    ),
    "no place of the answer": (
        ANSWER_B,
        lambda weighed: refuted(weighed, ANSWER_B, (ONE, B, ONE), None, 1),
        "its answer has a place of which its group does not ask the weight, or none",
    ),
    "a place of no answer": (
        NEAR_TWO,
        lambda weighed: refuted(weighed, NEAR_TWO, (THREE, TWO), 1, 1),
        "its answer has a place of which its group does not ask the weight, or none",
    ),
    "a place at which the answer is not": (
        ANSWER_B,
        lambda weighed: refuted(weighed, ANSWER_B, (ONE, B, ONE), 2, 2),
        "its witness is not an input of its case",
    ),
    "a place at which no answer may be": (
        ANSWER_B,
        lambda weighed: refuted(weighed, ANSWER_B, (B, ONE, ONE, ONE), 3, 3),
        "its witness is not an input of its case",
    ),
    "a token that never stands": (
        ANSWER_B,
        lambda weighed: refuted(weighed, ANSWER_B, (NONE, B, ONE), 1, 1),
        "its witness is not an input of its case",
    ),
    "another last token": (
        NEAR_TWO,
        lambda weighed: refuted(weighed, NEAR_TWO, (TWO, THREE), None, 1),
        "its witness is not an input of its case",
    ),
    "too short": (
        FIRST,
        lambda weighed: refuted(weighed, FIRST, (A, THREE), None, 1),
        "its witness is not an input of its case",
    ),
    "enough on the answer": (
        ANSWER_A,
        lambda weighed: refuted(weighed, ANSWER_A, (ONE, A, ONE), 1, 1),
        "what is asked is so on its witness",
    ),
    "little on a place": (
        NEAR_THREE,
        lambda weighed: refuted(weighed, NEAR_THREE, (ONE, THREE), None, 1),
        "what is asked is so on its witness",
    ),
    "more weight than there is": (
        NEAR_TWO,
        lambda weighed: refuted(weighed, NEAR_TWO, (THREE, TWO), None, 1, more=2.0**-39),
        "the weight of its witness is [0.987838989152",
    ),
    "less weight than there is": (
        NEAR_TWO,
        lambda weighed: refuted(weighed, NEAR_TWO, (THREE, TWO), None, 1, more=-(2.0**-39)),
        "the weight of its witness is [0.987838989152",
    ),
    "the weight of another place": (
        NEAR_TWO,
        lambda weighed: refuted(weighed, NEAR_TWO, (THREE, TWO), None, 0),
        "the weight of its witness is [0.987838989152",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FALSE))
def test_a_claim_about_weights_is_not_accepted_for_its_reason(name: str, weighed: Weighed) -> None:
    at, claimed, reason = FALSE[name]
    (why,) = weighed.reasons(at, claimed(weighed))
    assert why.startswith(reason)


def test_the_same_claims_about_weights_are_accepted_where_they_are_true(weighed: Weighed) -> None:
    """What the false ones are made of, with weights from a forward pass that shares no code."""
    of_answer = refuted(weighed, ANSWER_B, (ONE, B, ONE), 1, 1)
    assert weighed.reasons(ANSWER_B, of_answer) == []
    near = refuted(weighed, NEAR_TWO, (THREE, TWO), None, 1, more=2.0**-41)
    assert weighed.reasons(NEAR_TWO, near) == []
    last = weighed.rows[FIRST].refutation
    assert isinstance(last, Attention)
    first = refuted(weighed, FIRST, last.witness, None, len(last.witness) - 1)
    assert weighed.reasons(FIRST, first) == []


def test_two_ways_to_compute_attention_agree(weighed: Weighed) -> None:
    rng = np.random.default_rng(0)
    for length in (1, 2, 5):
        (row,) = every = rng.integers(0, 6, (1, length))
        exact = [float(weight) for weight in weighed.network.attention(tuple(row.tolist()))]
        assert weighed.network.float_attention(every)[0] == pytest.approx(exact, abs=1e-9)
