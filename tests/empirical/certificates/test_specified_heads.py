"""Specifications of models of several heads, against running every input."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from empirical.certificates.document import checked
from empirical.certificates.specified.prover import SpecifiedProver
from empirical.recheck.certificate import GroupProof, Specified, Verdict
from empirical.recheck.fields import Field
from empirical.recheck.specification import parsed_specification
from tests.attack.models import checkpoint_of
from tests.command_line import ropeproof
from tests.empirical.certificates import tiny
from tests.empirical.certificates.random_specifications import Document, drawn, for_heads
from tests.empirical.certificates.test_specified import contradictions, undecided
from tests.empirical.recheck.certificates import instead, put, quiet, write
from tests.empirical.recheck.specifications import ONE_OF, SEVERAL_HEADS, WEIGHTS
from theory.refusal import Refusal

SECONDS = 600.0
"""More than any case needs: what stays UNDECIDED is a tie."""


def drawn_document(rng: np.random.Generator, entries: tuple[object, ...], heads: int) -> Document:
    """Groups of short inputs: that of every case can be run one by one."""
    document = for_heads(rng, drawn(rng, entries), heads)
    for group in document["groups"]:
        first, last = group["lengths"]
        group["lengths"] = [first, max(first, min(last, 4))]
    return document


@pytest.mark.parametrize("heads", [2, 3])
@pytest.mark.parametrize("kind", ["plain", "sharp", "biases", "scales", "whole numbers"])
def test_no_input_contradicts_a_verdict(kind: str, heads: int, tmp_path: Path) -> None:
    rng = np.random.default_rng([91, len(kind), heads])
    for number in range(3):
        checkpoint = write(tmp_path / str(number), checkpoint_of(rng, kind, heads))
        assert checkpoint.task is not None
        document = drawn_document(rng, checkpoint.task.entries[:6], heads)
        document["tokens"] += [None] * (checkpoint.config.vocab_size - len(document["tokens"]))
        specification = parsed_specification(Field("spec.json", "", document))
        claims = SpecifiedProver(checkpoint, specification, SECONDS).certify(quiet)
        outcome = checked(claims, checkpoint.path)
        assert isinstance(outcome.certificate.claims, Specified)
        rows = outcome.certificate.claims.rows
        assert outcome.differences == ()
        assert contradictions(checkpoint, document, rows) == []
        assert undecided(checkpoint, document, rows) == 0


def test_more_than_thresholds_is_needed(tmp_path: Path) -> None:
    """Models of which some cases are shown by thresholds alone, and some by trees."""
    counts = Counter[str]()
    for seed in range(5, 8):
        checkpoint = write(tmp_path / str(seed), tiny.checkpoint("index", seed, True, 1.0, 2, 2))
        specification = parsed_specification(Field("spec.json", "", SEVERAL_HEADS))
        claims = SpecifiedProver(checkpoint, specification, SECONDS).certify(quiet)
        rows = [row for row in claims.rows if row.verdict is Verdict.PROVED]
        counts["trees"] += sum(bool(row.trees) for row in rows)
        counts["thresholds"] += sum(not row.trees for row in rows)
        assert all(isinstance(proof, GroupProof) for row in rows for proof in row.trees)
    assert min(counts["trees"], counts["thresholds"]) > 0


def test_where_time_ends_cases_are_undecided_and_the_rest_is_true(tmp_path: Path) -> None:
    checkpoint = write(tmp_path, tiny.checkpoint("index", 6, True, 1.0, 2, 2))
    specification = parsed_specification(Field("spec.json", "", SEVERAL_HEADS))
    hurried = checked(SpecifiedProver(checkpoint, specification, 0.0).certify(quiet), tmp_path)
    whole = checked(SpecifiedProver(checkpoint, specification, SECONDS).certify(quiet), tmp_path)
    assert isinstance(hurried.certificate.claims, Specified)
    assert isinstance(whole.certificate.claims, Specified)
    pairs = [*zip(hurried.certificate.claims.rows, whole.certificate.claims.rows, strict=True)]
    assert hurried.differences == ()
    assert all(one.verdict in (Verdict.UNDECIDED, two.verdict) for one, two in pairs)
    assert any(one.verdict is Verdict.UNDECIDED for one, _ in pairs)
    assert all((one.longest or 0) <= (two.longest or 9) for one, two in pairs)


def weights_of(head: int | None) -> Document:
    """A group that asks about the weight in a head."""
    asked: Document = {"weight_on": {"from_last": [1]}, "at_most": 0.9}
    asked |= {} if head is None else {"head": head}
    return WEIGHTS | {"groups": [WEIGHTS["groups"][1] | {"asked": asked}]}


REFUSED = {
    "no head": (2, weights_of(None), "groups[0]: say the head whose weight is meant, from 0"),
    "no such head": (2, weights_of(2), "groups[0]: there is no head 2: it has 2, from 0"),
    "another head than the only one": (1, weights_of(1), "groups[0]: there is no head 1"),
    "several classes": (2, ONE_OF, "groups[0]: one of several classes is certified for one head"),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_a_model_cannot_be_asked_is_refused(name: str, tmp_path: Path) -> None:
    heads, document, message = REFUSED[name]
    rotary = 6 if heads == 1 else 2
    checkpoint = write(tmp_path, tiny.checkpoint("index", 0, True, 0.4, rotary, heads))
    with pytest.raises(Refusal) as refused:
        SpecifiedProver(checkpoint, parsed_specification(Field("spec.json", "", document)))
    assert message in str(refused.value)


def test_a_head_is_named_by_its_number(tmp_path: Path) -> None:
    """The weights of two heads are different, and are those of the heads that are named."""
    checkpoint = write(tmp_path, tiny.checkpoint("index", 2, True, 0.4, 2, 2))
    refutations = []
    for head in (0, 1):
        document = put(weights_of(head), ("groups", 0, "asked", "at_most"), instead(0.3))
        specification = parsed_specification(Field("spec.json", "", document))
        claims = SpecifiedProver(checkpoint, specification).certify(quiet)
        assert contradictions(checkpoint, document, claims.rows) == []
        refutations.append([row.refutation for row in claims.rows])
    assert refutations[0] != refutations[1]


def test_the_command_takes_a_model_of_several_heads(tmp_path: Path) -> None:
    write(tmp_path / "model", tiny.checkpoint("index", 6, True, 0.4, 2, 2))
    spec, certificate = tmp_path / "spec.json", tmp_path / "certificate.json"
    assert ropeproof("spec", "new", tmp_path / "model", "--out", spec).status == 0
    ran = ropeproof("certify", tmp_path / "model", "--spec", spec, "--out", certificate)
    assert ran.status == 1
    assert ran.out.endswith("by checker\n")
    assert ropeproof("recheck", certificate, tmp_path / "model", "--spec", spec).status == 0
