"""For each reason to refuse a claim about several heads, one that is false for it alone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from empirical.recheck.certificate import (
    Case,
    Certificate,
    GroupProof,
    Run,
    Specified,
    Split,
    Verdict,
    parsed_certificate,
)
from empirical.recheck.check import examine
from empirical.recheck.checkpoint import Model, read_model
from empirical.recheck.failures import Rejected
from empirical.recheck.fields import Field
from empirical.recheck.specification import parsed_specification
from tests.empirical.recheck.certificates import instead, put
from tests.empirical.recheck.specifications import ONE_OF, SEVERAL_HEADS, reasons, specified

A, B, NONE, ONE, TWO, THREE = range(6)
ONE_BACK_A, ONE_BACK_B, SOMEWHERE, BETWEEN, LAST_TWO, LAST_THREE, WEIGHT = range(7)
"""Rows of the certificate."""


@dataclass(frozen=True)
class Headed:
    """A certificate of a specification beside its model of two heads."""

    certificate: Certificate
    rows: tuple[Case, ...]
    model: Model

    def tree(self, **changed: object) -> Case:
        """The row of trees with the first of them changed."""
        row = self.rows[SOMEWHERE]
        other = replace(row.trees[0], **changed)  # type: ignore[arg-type]
        return replace(row, trees=(other, *row.trees[1:]))

    def reasons(self, at: int, claimed: Case) -> list[str]:
        """Why the certificate with one row instead is not accepted."""
        return reasons(self.certificate, self.model, at, claimed)


@pytest.fixture(scope="module")
def headed(tmp_path_factory: pytest.TempPathFactory) -> Headed:
    path = tmp_path_factory.mktemp("model")
    document = specified(path, SEVERAL_HEADS, seed=6, heads=2)
    certificate = parsed_certificate(Field("certificate.json", "", document))
    assert isinstance(certificate.claims, Specified)
    rows = certificate.claims.rows
    assert "".join(str(row.verdict)[0] for row in rows) == "PRPRRRP"
    assert rows[SOMEWHERE].trees
    model = read_model(path)
    assert model.config.heads == 2
    assert examine(certificate, model) == []
    return Headed(certificate, rows, model)


def proved(row: Case) -> Case:
    """The row, said to be PROVED."""
    return replace(row, verdict=Verdict.PROVED, refutation=None, other=None, longest=None)


FALSE: dict[str, tuple[int, Callable[[Headed], Case], str]] = {
    "a proof where an input refutes": (
        ONE_BACK_B, lambda headed: proved(headed.rows[ONE_BACK_B]), "what is asked is not shown ag",
    ),
    "a proof where the winner changes": (
        BETWEEN, lambda headed: proved(headed.rows[BETWEEN]), "what is asked is not shown again",
    ),
    "a proof where an input of one token refutes": (
        LAST_TWO, lambda headed: proved(headed.rows[LAST_TWO]), "what is asked is not shown again",
    ),
    "no trees": (
        SOMEWHERE,
        lambda headed: replace(headed.rows[SOMEWHERE], trees=()),
        "what is asked is not shown again at ",
    ),
    "an empty tree": (
        SOMEWHERE,
        lambda headed: headed.tree(nodes=(), directions=()),
        "its tree of rival",
    ),
    "an input where several are left": (
        SOMEWHERE,
        lambda headed: headed.tree(nodes=(Run(),), directions=()),
        "its tree of rival",
    ),
    "parted where one token stands": (
        SOMEWHERE,
        lambda headed: headed.tree(nodes=(Split(0), Run()), directions=()),
        "its tree of rival",
    ),
    "no place": (
        SOMEWHERE, lambda headed: headed.tree(place=None), "its tree of rival",
    ),
    "a place at which no answer stands": (
        SOMEWHERE, lambda headed: headed.tree(place=0), "its tree of rival",
    ),
    "the winner as its rival": (
        SOMEWHERE, lambda headed: headed.tree(rival=A), f"its tree of rival {A}",
    ),
    "a rival that is no class": (
        SOMEWHERE, lambda headed: headed.tree(rival=6), "its tree of rival 6",
    ),
    "a length of no input": (
        SOMEWHERE, lambda headed: headed.tree(length=5), "its tree of rival",
    ),
    "a length at which nothing is claimed": (
        SOMEWHERE,
        lambda headed: replace(headed.rows[SOMEWHERE], verdict=Verdict.UNDECIDED),
        "its tree of rival",
    ),
    "trees of a weight": (
        WEIGHT,
        lambda headed: replace(
            headed.rows[WEIGHT], trees=(GroupProof(A, 2, None, (), (Run(),)),)
        ),
        "it has trees for which its group does not ask",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FALSE))
def test_a_claim_about_several_heads_is_not_accepted_for_its_reason(
    name: str, headed: Headed
) -> None:
    at, claimed, reason = FALSE[name]
    (given,) = headed.reasons(at, claimed(headed))
    assert given.startswith(reason)


def test_a_case_that_is_not_shown_keeps_no_tree_of_what_it_does_not_claim(headed: Headed) -> None:
    changed = headed.tree(nodes=(Run(),), directions=())
    rows = (*headed.rows[:SOMEWHERE], changed, *headed.rows[SOMEWHERE + 1 :])
    assert isinstance(headed.certificate.claims, Specified)
    claims = replace(headed.certificate.claims, rows=rows)
    (unshown,) = examine(replace(headed.certificate, claims=claims), headed.model)
    assert isinstance(unshown.instead, Case)
    assert unshown.instead.trees == ()
    assert headed.reasons(SOMEWHERE, unshown.instead) == []


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (put(SEVERAL_HEADS, ("groups", 4, "asked", "head"), instead(2))["groups"], "no head 2"),
        (ONE_OF["groups"], "one of several classes is certified for one head"),
    ],
)
def test_a_specification_that_is_not_of_the_heads_is_rejected(
    groups: list[object], message: str, headed: Headed
) -> None:
    document = SEVERAL_HEADS | {"groups": groups}
    specification = parsed_specification(Field("spec.json", "", document))
    assert isinstance(headed.certificate.claims, Specified)
    claims = replace(headed.certificate.claims, specification=specification)
    with pytest.raises(Rejected, match=message):
        examine(replace(headed.certificate, claims=claims), headed.model)


def test_the_weight_of_another_head_is_another_claim(tmp_path: Path) -> None:
    """What is so of one head is not accepted of the other."""
    asked = {"weight_on": {"from_last": [1]}, "head": 0, "at_most": 0.3}
    document = SEVERAL_HEADS | {"groups": [SEVERAL_HEADS["groups"][4] | {"asked": asked}]}
    content = specified(tmp_path, document, seed=2, heads=2)
    certificate = parsed_certificate(Field("certificate.json", "", content))
    assert isinstance(certificate.claims, Specified)
    assert [row.verdict for row in certificate.claims.rows] == [Verdict.REFUTED]
    model = read_model(tmp_path)
    assert examine(certificate, model) == []
    other = put(document, ("groups", 0, "asked", "head"), instead(1))
    specification = parsed_specification(Field("spec.json", "", other))
    claims = replace(certificate.claims, specification=specification)
    (unshown,) = examine(replace(certificate, claims=claims), model)
    assert unshown.reason.startswith(("the weight of its witness is", "what is asked is so on its"))
