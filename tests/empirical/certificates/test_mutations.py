"""A prover with a mistake in it is found out by running every input."""

import numpy as np
import pytest

from empirical.certificates.one_layer.branch_and_bound import prove_or_refute
from empirical.certificates.one_layer.prover import Prover
from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.recheck.certificate import Verdict
from empirical.shipped.checkpoints import shipped
from tests.empirical.certificates import tiny

LENGTH = 4


def wrong_rows(provers: list[Prover], brute: list[dict[tuple[int, int], float]]) -> int:
    """Rows whose verdict is not what running every input says."""
    wrong = 0
    for prover, margins in zip(provers, brute, strict=True):
        for domain in prover.domains(LENGTH):
            for row in prover.rows(domain.query, LENGTH):
                positive = margins[row.query, row.answer] > 0
                wrong += row.verdict is not (Verdict.PROVED if positive else Verdict.REFUTED)
    return wrong


@pytest.fixture(scope="module")
def brute() -> list[dict[tuple[int, int], float]]:
    return [tiny.worst_margins(model, LENGTH) for model in models()]


def models() -> list[Checkpoint]:
    return [tiny.checkpoint("index", seed, True, 0.4, 6) for seed in range(12)]


def test_without_a_mistake_none_is_wrong(brute: list[dict[tuple[int, int], float]]) -> None:
    assert wrong_rows([Prover(model) for model in models()], brute) == 0


def test_direct_part_with_the_wrong_sign(brute: list[dict[tuple[int, int], float]]) -> None:
    provers = [Prover(model) for model in models()]
    for prover in provers:
        prover.model.direct_linear = prover.model.direct_linear * -1
    assert wrong_rows(provers, brute) > 0


def test_bias_forgotten(brute: list[dict[tuple[int, int], float]]) -> None:
    provers = [Prover(model) for model in models()]
    for prover in provers:
        prover.model.bias = [ball * 0 for ball in prover.model.bias]
    assert wrong_rows(provers, brute) > 0


def test_angles_turned_backwards(brute: list[dict[tuple[int, int], float]]) -> None:
    provers = [Prover(model) for model in models()]
    for prover in provers:
        turns = prover.model.turns
        prover.model.turns = type(turns)([-angle for angle in turns.angles])
    assert wrong_rows(provers, brute) > 0


@pytest.mark.parametrize(("own_place_free", "verdict"), [(False, "PROVED"), (True, "REFUTED")])
def test_answers_own_place_left_free(own_place_free: bool, verdict: str) -> None:
    path = next(path for path in shipped() if path.name == "index-1layer")
    prover = Prover(checkpoint.read(path))
    domain = next(d for d in prover.domains(20) if d.distances.start == 3)
    piece = np.zeros((20, prover.classes), dtype=bool)
    piece[1:, domain.others] = True
    piece[0] = np.arange(prover.classes) == domain.query
    if not own_place_free:
        piece[3] = np.arange(prover.classes) == domain.answers[0]
    answer, rival = domain.answers[:2].tolist()
    assert (
        prove_or_refute(prover.model.tables(domain.query), [piece], answer, rival).verdict
        == verdict
    )
