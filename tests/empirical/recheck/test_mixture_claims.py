"""For each reason to refuse a claim about several classes, one that is false for it alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from empirical.recheck.certificate import (
    Attention,
    Case,
    Certificate,
    Mixture,
    MixtureProof,
    Refutation,
    Specified,
    Split,
    Verdict,
    parsed_certificate,
)
from empirical.recheck.checkpoint import Model, read_model
from empirical.recheck.failures import Malformed
from empirical.recheck.fields import Field
from empirical.recheck.tables import Block
from empirical.recheck.trees import Pair
from tests.empirical.recheck.certificates import Document, instead, put
from tests.empirical.recheck.specifications import EVERY_PART, ONE_OF, reasons, specified

A, B, NONE, ONE, TWO, THREE = range(6)
NUMBERS, LETTERS, BUT_A = range(3)
"""Rows of the certificate."""
MIXED, PARTED = 0, 1
"""Proofs of the first row: of shares of two classes, and of a tree."""


@dataclass(frozen=True)
class Shared:
    """A certificate of sets of classes beside its model."""

    certificate: Certificate
    rows: tuple[Case, ...]
    model: Model

    def refuted(self, rival: int, kinds: tuple[int, ...], *tokens: int, by: float = 1.0) -> Case:
        """The first row, said to be REFUTED by an input, with the lead of classes ``by`` times."""
        block = Block(self.model)
        pairs = (Pair(block, tokens[-1], kind, rival) for kind in kinds)
        margin = max(float(pair.margin(block, tokens[::-1]).mid()) for pair in pairs)
        return replace(self.rows[NUMBERS], refutation=Refutation(rival, tokens, margin * by))

    def proof(self, at: int, **changed: object) -> Case:
        """The first row with one proof changed."""
        proofs = self.rows[NUMBERS].shown
        other = replace(proofs[at], **changed)  # type: ignore[arg-type]
        return replace(self.rows[NUMBERS], shown=(*proofs[:at], other, *proofs[at + 1 :]))

    def nodes(self, *nodes: Split | Mixture) -> Case:
        """The first row with another tree."""
        return self.proof(PARTED, nodes=nodes)

    def letters(self, first: MixtureProof) -> Case:
        """The second row with another first proof."""
        row = self.rows[LETTERS]
        return replace(row, shown=(first, *row.shown[1:]))

    def reasons(self, at: int, claimed: Case) -> list[str]:
        """Why the certificate with one row instead is not accepted."""
        return reasons(self.certificate, self.model, at, claimed)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    path = tmp_path_factory.mktemp("model")
    document = specified(path, ONE_OF, seed=1, strength=1.0)
    certificate = parsed_certificate(Field("certificate.json", "", document))
    assert isinstance(certificate.claims, Specified)
    rows = certificate.claims.rows
    assert [str(row.verdict) for row in rows] == ["REFUTED", "PROVED", "PROVED"]
    proofs = rows[NUMBERS].shown
    assert [len(proofs[at].nodes) for at in (MIXED, PARTED)] == [1, 6]
    assert all(0 < share < 1 for share in leaf(proofs[MIXED]).shares)
    return Shared(certificate, rows, read_model(path))


def leaf(proof: MixtureProof) -> Mixture:
    node = proof.nodes[-1]
    assert isinstance(node, Mixture)
    return node


OURS, THEIRS = Mixture((1.0, 0.0)), Mixture((0.0, 1.0))
"""Of the classes of the first row."""
UNSHOWN = "what is asked is not shown again at 2 tokens"

FALSE: dict[str, tuple[int, Callable[[Shared], Case], str]] = {
    "one class alone where two are needed": (
        NUMBERS, lambda shared: shared.proof(MIXED, nodes=(OURS,)), UNSHOWN,
    ),
    "the other class alone": (
        NUMBERS, lambda shared: shared.proof(MIXED, nodes=(THEIRS,)), UNSHOWN,
    ),
    "a tree without its parts": (
        NUMBERS, lambda shared: shared.nodes(THEIRS), UNSHOWN,
    ),
    "another class on one part": (
        NUMBERS, lambda shared: shared.nodes(Split(1), *[THEIRS] * 5), UNSHOWN,
    ),
    "a part too few": (
        NUMBERS, lambda shared: shared.nodes(Split(1), *[THEIRS] * 4), UNSHOWN,
    ),
    "a part too many": (
        NUMBERS, lambda shared: shared.nodes(Split(1), *[THEIRS] * 4, OURS, OURS), UNSHOWN,
    ),
    "parted where one token stands": (
        NUMBERS, lambda shared: shared.nodes(Split(0), *[THEIRS] * 4, OURS), UNSHOWN,
    ),
    "a rival less": (
        NUMBERS,
        lambda shared: replace(shared.rows[NUMBERS], shown=shared.rows[NUMBERS].shown[1:]),
        UNSHOWN,
    ),
    "no proof": (LETTERS, lambda shared: replace(shared.rows[LETTERS], shown=()), UNSHOWN),
    "a rival of the set": (
        NUMBERS,
        lambda shared: shared.proof(MIXED, rival=ONE),
        "the rival of a proof is no class outside",
    ),
    "a rival that is no class": (
        NUMBERS,
        lambda shared: shared.proof(MIXED, rival=6),
        "the rival of a proof is no class outside",
    ),
    "a share too many": (
        NUMBERS,
        lambda shared: shared.proof(MIXED, nodes=(Mixture((0.5, 0.5, 0.5)),)),
        "a proof has not one share for each class",
    ),
    "lengths of which nothing is claimed": (
        NUMBERS,
        lambda shared: shared.proof(MIXED, lengths=(2, 3)),
        "a proof is of lengths at which nothing is claimed",
    ),
    "lengths of no input": (
        NUMBERS,
        lambda shared: shared.proof(MIXED, lengths=(1, 2)),
        "a proof is of lengths that its group has not",
    ),
    "parted where lengths are not alike": (
        LETTERS,
        lambda shared: shared.letters(MixtureProof(None, (2, 3), (Split(2), *[THEIRS] * 5))),
        "a proof of several lengths parts their inputs where they are not alike",
    ),
    "another class on parts of several lengths": (
        LETTERS,
        lambda shared: shared.letters(MixtureProof(None, (2, 3), (Split(1), *[OURS] * 5))),
        "what is asked is not shown again at 3 tokens",
    ),
    "a proof where an input refutes": (
        NUMBERS,
        lambda shared: replace(
            shared.rows[NUMBERS], verdict=Verdict.PROVED, longest=None, refutation=None
        ),
        "what is asked is not shown again at 3 tokens",
    ),
    "a winner": (
        LETTERS,
        lambda shared: replace(shared.rows[LETTERS], winner=A),
        "it names a winner, which its group does",
    ),
    "a weight": (
        NUMBERS,
        lambda shared: replace(shared.rows[NUMBERS], refutation=Attention((A, A, THREE), 0.5)),
        "it is refuted by a weight",
    ),
    "a witness of another last token": (
        NUMBERS,
        lambda shared: shared.refuted(A, (ONE, TWO), A, A, TWO),
        "its witness is not an input of its case",
    ),
    "its own class as rival": (
        NUMBERS,
        lambda shared: shared.refuted(ONE, (TWO,), A, A, THREE),
        "its rival is no class outside",
    ),
    "a witness on which a class is ahead": (
        NUMBERS,
        lambda shared: shared.refuted(NONE, (ONE, TWO), A, A, THREE),
        "what is asked is so on its witness",
    ),
    "the margin of the worse class": (
        NUMBERS,
        lambda shared: shared.refuted(A, (ONE,), A, A, THREE),
        "the margin of its witness is [-0.0809989",
    ),
    "a margin that is too small": (
        NUMBERS,
        lambda shared: shared.refuted(A, (ONE, TWO), A, A, THREE, by=1 - 2.0**-38),
        "the margin of its witness is [-0.0809989",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FALSE))
def test_a_claim_about_several_classes_is_not_accepted_for_its_reason(
    name: str, shared: Shared
) -> None:
    at, claimed, reason = FALSE[name]
    (given,) = shared.reasons(at, claimed(shared))
    assert given.startswith(reason)


def test_the_same_claims_about_several_classes_are_accepted_where_they_are_true(
    shared: Shared,
) -> None:
    """What the false ones are made of: each differs from one of these in one thing."""
    assert shared.reasons(NUMBERS, shared.nodes(Split(1), *[THEIRS] * 4, OURS)) == []
    assert shared.reasons(NUMBERS, shared.refuted(A, (ONE, TWO), A, A, THREE)) == []
    several = MixtureProof(None, (2, 3), (Split(1), *[THEIRS] * 5))
    assert shared.rows[LETTERS].shown[0].lengths == several.lengths
    assert shared.reasons(LETTERS, shared.letters(several)) == []
    larger = Mixture(tuple(8 * share for share in leaf(shared.rows[NUMBERS].shown[MIXED]).shares))
    assert shared.reasons(NUMBERS, shared.proof(MIXED, nodes=(larger,))) == []


def test_proofs_stand_only_where_one_of_several_classes_is_asked_for(tmp_path: Path) -> None:
    certificate = parsed_certificate(Field("certificate.json", "", specified(tmp_path, EVERY_PART)))
    assert isinstance(certificate.claims, Specified)
    proof = MixtureProof(A, (2, 2), (Mixture((1.0,)),))
    claimed = replace(certificate.claims.rows[0], shown=(proof,))
    (reason,) = reasons(certificate, read_model(tmp_path), 0, claimed)
    assert reason == "it has proofs for which its group does not ask"


def test_a_margin_is_asked_of_the_best_class(tmp_path: Path) -> None:
    """A set wins by as much as is asked, or an input shows by how much less."""
    verdicts = []
    for by in (0.01, 2.0):
        document = put(ONE_OF, ("groups", LETTERS, "asked", "by"), instead(by))
        rows = specified(tmp_path, document, seed=1, strength=1.0)["claims"]["rows"]
        verdicts.append(rows[LETTERS]["verdict"])
    assert verdicts == ["PROVED", "REFUTED"]
    assert 0 < rows[LETTERS]["margin"] < 2.0


def malformed() -> Iterator[tuple[str, Document]]:
    """Proofs of another form."""
    proof: Document = {"rival": 1, "lengths": [2, 2], "nodes": [{"shares": [1.0, 0.0]}]}
    yield "no class has a share", proof | {"nodes": [{"shares": [0.0, 0.0]}]}
    yield "-1 is not between", proof | {"nodes": [{"shares": [-1, 2]}]}
    yield "a first and a last length", proof | {"lengths": [3, 2]}
    yield "a first and a last length", proof | {"lengths": [3]}
    yield "2 is not between 0 and 1", proof | {"nodes": [{"split": 2}]}
    yield "the field 'shares' is missing", proof | {"nodes": [{}]}


@pytest.mark.parametrize(("message", "proof"), [*malformed()])
def test_a_proof_of_another_form_is_not_read(message: str, proof: Document) -> None:
    with pytest.raises(Malformed, match=message):
        MixtureProof.parsed(Field("certificate.json", "claims.rows[0].shown[0]", proof))
