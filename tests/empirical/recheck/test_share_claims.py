"""For each reason to refuse a claim about an output share, one that is false for it alone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flint import arb, ctx

from empirical.files import checkpoint
from empirical.recheck.certificate import (
    Attention,
    Case,
    Certificate,
    Margins,
    Mixture,
    MixtureProof,
    Specified,
    Split,
    Verdict,
    parsed_certificate,
)
from empirical.recheck.checkpoint import Model, read_model
from empirical.recheck.failures import Malformed
from empirical.recheck.fields import Field
from empirical.recheck.specification import parsed_specification
from tests.attack.network import Network
from tests.empirical.recheck.certificates import Document, instead, put
from tests.empirical.recheck.specifications import SHARES, reasons, specified

A, B, NONE, ONE, TWO, THREE = range(6)
LEAST, MOST, ANSWER_A, ANSWER_B = range(4)
"""Rows of the certificate."""


@dataclass(frozen=True)
class Outputs:
    """A certificate of output shares beside its model."""

    certificate: Certificate
    rows: tuple[Case, ...]
    model: Model
    network: Network

    def share(self, kind: int, tokens: tuple[int, ...]) -> float:
        """Of a class on an input, by a forward pass."""
        with ctx.workprec(192):
            logits = self.network.logits(tokens)
            whole = sum(((logit - logits[kind]).exp() for logit in logits), arb(0))
            return float(1 / whole)

    def refuted(self, row: int, kind: int, *tokens: int, more: float = 0.0) -> Case:
        """A row that is said to be REFUTED by an input, with the share of a class and some more."""
        refutation = Attention(tokens, self.share(kind, tokens) + more)
        return replace(
            self.rows[row], verdict=Verdict.REFUTED, refutation=refutation, shown=(), longest=None
        )

    def leaf(self, row: int, **changed: object) -> Case:
        """A row with its first proof changed."""
        proofs = self.rows[row].shown
        other = replace(proofs[0], **changed)  # type: ignore[arg-type]
        return replace(self.rows[row], shown=(other, *proofs[1:]))

    def margins(self, change: Callable[[float], float]) -> Case:
        """The first row with all its margins changed."""
        (node,) = self.rows[LEAST].shown[0].nodes
        assert isinstance(node, Margins)
        return self.leaf(LEAST, nodes=(Margins(tuple(map(change, node.margins))),))

    def reasons(self, at: int, claimed: Case) -> list[str]:
        """Why the certificate with one row instead is not accepted."""
        return reasons(self.certificate, self.model, at, claimed)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    path = tmp_path_factory.mktemp("model")
    document = specified(path, SHARES, seed=7)
    certificate = parsed_certificate(Field("certificate.json", "", document))
    assert isinstance(certificate.claims, Specified)
    rows = certificate.claims.rows
    assert [str(row.verdict) for row in rows] == ["PROVED", "PROVED", "PROVED", "REFUTED"]
    assert rows[ANSWER_B].longest == 3
    return Outputs(certificate, rows, read_model(path), Network(checkpoint.read(path)))


UNSHOWN = "what is asked is not shown again at "

FALSE: dict[str, tuple[int, Callable[[Outputs], Case], str]] = {
    "margins that are too large to be so": (
        LEAST, lambda outputs: outputs.margins(lambda margin: margin + 1), UNSHOWN,
    ),
    "margins that are too small to do": (
        LEAST, lambda outputs: outputs.margins(lambda margin: margin - 9), UNSHOWN,
    ),
    "a mean that is not far enough above": (
        MOST,
        lambda outputs: outputs.leaf(MOST, nodes=(Mixture((1.0, 0.0, 0.0, 0.0, 0.0)),)),
        UNSHOWN,
    ),
    "shares where margins are expected": (
        LEAST,
        lambda outputs: outputs.leaf(LEAST, nodes=(Mixture((1.0,) * 5),)),
        "a proof has margins where shares are expected, or the other way round",
    ),
    "margins where shares are expected": (
        MOST,
        lambda outputs: outputs.leaf(MOST, nodes=(Margins((1.0,) * 5),)),
        "a proof has margins where shares are expected, or the other way round",
    ),
    "a class too few": (
        MOST,
        lambda outputs: outputs.leaf(MOST, nodes=(Mixture((1.0,) * 4),)),
        "a proof has not one number for each other class",
    ),
    "a rival": (
        MOST,
        lambda outputs: outputs.leaf(MOST, rival=A),
        "a proof names a rival where a share is asked for",
    ),
    "no proof": (MOST, lambda outputs: replace(outputs.rows[MOST], shown=()), UNSHOWN),
    "one place of two": (
        ANSWER_A,
        lambda outputs: replace(
            outputs.rows[ANSWER_A],
            shown=tuple(replace(proof, lengths=(n, n), place=1)
                        for proof in outputs.rows[ANSWER_A].shown
                        for n in range(proof.lengths[0], proof.lengths[1] + 1)),
        ),
        UNSHOWN,
    ),
    "a place of no answer": (
        ANSWER_A,
        lambda outputs: outputs.leaf(ANSWER_A, place=0),
        "a proof is of a place at which no answer stands",
    ),
    "parts of an answer anywhere": (
        ANSWER_A,
        lambda outputs: outputs.leaf(
            ANSWER_A, nodes=(Split(1), *outputs.rows[ANSWER_A].shown[0].nodes)
        ),
        "a proof parts inputs and does not say where the answer stands",
    ),
    "lengths at which nothing is claimed": (
        ANSWER_B,
        lambda outputs: outputs.leaf(ANSWER_B, lengths=(3, 4)),
        "a proof is of lengths at which nothing is claimed",
    ),
    "a proof where an input refutes": (
        ANSWER_B,
        lambda outputs: replace(
            outputs.rows[ANSWER_B], verdict=Verdict.PROVED, refutation=None, longest=None
        ),
        "what is asked is not shown again at 4 tokens",
    ),
    "a winner": (
        LEAST,
        lambda outputs: replace(outputs.rows[LEAST], winner=A),
        "it names a winner of which its group says nothing",
    ),
    "a witness on which it is so": (
        LEAST,
        lambda outputs: outputs.refuted(LEAST, A, A, ONE),
        "what is asked is so on its witness",
    ),
    "a witness of another case": (
        LEAST,
        lambda outputs: outputs.refuted(LEAST, A, A, TWO),
        "its witness is not an input of its case",
    ),
    "the share of another class": (
        ANSWER_B,
        lambda outputs: replace(
            outputs.rows[ANSWER_B],
            refutation=Attention(witness(outputs), outputs.share(A, witness(outputs))),
        ),
        "the share on its witness is [0.1",
    ),
    "a share that is too large": (
        ANSWER_B,
        lambda outputs: replace(
            outputs.rows[ANSWER_B],
            refutation=Attention(
                witness(outputs), outputs.share(B, witness(outputs)) + 2.0**-39
            ),
        ),
        "the share on its witness is [0.1",
    ),
    "a place": (
        ANSWER_B,
        lambda outputs: replace(
            outputs.rows[ANSWER_B],
            refutation=Attention(witness(outputs), outputs.share(B, witness(outputs)), 1),
        ),
        "its answer has a place of which its group does not ask the weight, or none",
    ),
}  # fmt: skip


def witness(outputs: Outputs) -> tuple[int, ...]:
    """The input that refutes the last row."""
    refutation = outputs.rows[ANSWER_B].refutation
    assert isinstance(refutation, Attention)
    return refutation.witness


@pytest.mark.parametrize("name", sorted(FALSE))
def test_a_claim_about_a_share_is_not_accepted_for_its_reason(name: str, outputs: Outputs) -> None:
    at, claimed, reason = FALSE[name]
    (given,) = outputs.reasons(at, claimed(outputs))
    assert given.startswith(reason)


def test_the_same_claims_about_shares_are_accepted_where_they_are_true(outputs: Outputs) -> None:
    """What the false ones are made of, with shares from a forward pass that shares no code."""
    by_network = Attention(witness(outputs), outputs.share(B, witness(outputs)) + 2.0**-42)
    stated = replace(outputs.rows[ANSWER_B], refutation=by_network)
    assert outputs.reasons(ANSWER_B, stated) == []
    assert outputs.reasons(LEAST, outputs.margins(lambda margin: margin - 2.0**-30)) == []
    by_place = tuple(
        replace(proof, lengths=(length, length), place=place)
        for proof in outputs.rows[ANSWER_A].shown
        for length in range(proof.lengths[0], proof.lengths[1] + 1)
        for place in (1, 2)
    )
    assert outputs.reasons(ANSWER_A, replace(outputs.rows[ANSWER_A], shown=by_place)) == []


WRONG: dict[str, tuple[Document, str]] = {
    "all": ({"of": "a", "at_least": 1}, "asked.share.at_least: a share above 0 and below 1"),
    "nothing": ({"of": "a", "at_most": 0}, "asked.share.at_most: a share above 0 and below 1"),
    "two sides": ({"of": "a", "at_most": 0.5, "at_least": 0.1}, "asked.share: one of at_least"),
    "no side": ({"of": "a"}, "asked.share: one of at_least and at_most is expected here"),
    "no answer": ({"of": "answer", "at_most": 0.5}, "asked.share.of: the group has no answer"),
    "no token": ({"of": "z", "at_most": 0.5}, "asked.share.of: 'z' is not one of the tokens"),
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_a_wrong_share_is_refused_where_it_is_wrong(name: str) -> None:
    share, message = WRONG[name]
    document = put(SHARES, ("groups", 0, "asked", "share"), instead(share))
    with pytest.raises(Malformed) as refused:
        parsed_specification(Field("spec.json", "", document))
    assert f"groups[0].{message}" in str(refused.value)


def test_a_proof_of_margins_has_no_place_in_a_set_of_classes(tmp_path: Path) -> None:
    asked = {"wins": {"one_of": ["a", "b"]}}
    document = put(SHARES, ("groups", 0, "asked"), instead(asked))
    certificate = parsed_certificate(
        Field("certificate.json", "", specified(tmp_path, document, seed=7))
    )
    assert isinstance(certificate.claims, Specified)
    proof = MixtureProof(None, (2, 2), (Margins((1.0,)),))
    row = replace(
        certificate.claims.rows[0], verdict=Verdict.UNDECIDED, longest=2, refutation=None,
        shown=(proof,),
    )  # fmt: skip
    (reason,) = reasons(certificate, read_model(tmp_path), 0, row)
    assert reason == "a proof has margins where shares are expected"
