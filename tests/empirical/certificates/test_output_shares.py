"""Shares of the output against those of every input."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from empirical.recheck.certificate import Case, Margins, Mixture, Split, Verdict
from tests.empirical.certificates import tiny
from tests.empirical.certificates.heads_network import network_of
from tests.empirical.certificates.random_specifications import Document, inputs
from tests.empirical.certificates.test_specified import certified
from tests.empirical.recheck.certificates import write
from tests.empirical.recheck.specifications import EVERY_PART

NEAR = 1e-5
"""How far, of itself, a share that is asked for is from that of the worst input."""


def asked_of(group: Document, of: str, side: str, share: float) -> Document:
    return EVERY_PART | {"groups": [group | {"asked": {"share": {"of": of, side: share}}}]}


def shares_of(path: Path, seed: int, group: Document, kind: int) -> np.ndarray:
    """The share of a class on every input of a group."""
    checkpoint = write(path, tiny.checkpoint("index", seed, True, 1.0, 6))
    document = EVERY_PART | {"groups": [group]}
    shares = []
    for length in range(group["lengths"][0], group["lengths"][1] + 1):
        answer = kind if "answer" in group else None
        every = np.array(sorted(inputs(document, 0, 3, answer, length)))
        logits = network_of(checkpoint).float_logits(every)
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares.append(weights[:, kind] / weights.sum(axis=1))
    return np.concatenate(shares)


GROUPS: dict[str, Document] = {
    "any": {"name": "any", "lengths": [1, 3], "last": [1], "others": "any"},
    "first": {
        "name": "first", "lengths": [3, 4], "last": [1], "others": "numbers", "from_first": [["a"]],
    },
    "answer": {
        "name": "answer", "lengths": [3, 3], "last": [1], "others": "any",
        "answer": {"tokens": ["b"], "at": "anywhere"},
    },
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(GROUPS))
@pytest.mark.parametrize("side", ["at_least", "at_most"])
def test_a_share_is_decided_on_both_sides_of_the_worst_input(
    name: str, side: str, tmp_path: Path
) -> None:
    """A little less than the least share is proved, a little more is refuted by an input."""
    group, of, counts = GROUPS[name], "answer" if name == "answer" else "b", Counter[str]()
    for seed in range(4):
        path = tmp_path / str(seed)
        shares = shares_of(path, seed, group, 1)
        worst = float(shares.min() if side == "at_least" else shares.max())
        easier = -1 if side == "at_least" else 1
        verdicts = []
        for sign in (easier, -easier):
            document = asked_of(group, of, side, worst * (1 + sign * NEAR))
            checkpoint = write(path, tiny.checkpoint("index", seed, True, 1.0, 6))
            outcome = certified(checkpoint, document)
            assert outcome.differences == ()
            (row,) = outcome.certificate.claims.rows
            verdicts.append(row.verdict)
            counts.update(kinds(row))
        assert verdicts == [Verdict.PROVED, Verdict.REFUTED]
    assert counts["Margins" if side == "at_least" else "Mixture"] > 0
    assert counts["Mixture" if side == "at_least" else "Margins"] == 0
    if side == "at_least":  # other inputs are worst for other classes
        assert counts["Split"] > 0


def kinds(row: Case) -> Counter[str]:
    """How many nodes of each kind show a row."""
    counts = Counter(type(node).__name__ for proof in row.shown for node in proof.nodes)
    assert {*counts} <= {one.__name__ for one in (Margins, Mixture, Split)}
    return counts
