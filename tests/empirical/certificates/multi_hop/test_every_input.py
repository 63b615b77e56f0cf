"""A share of the million: no verdict is contradicted by running every input."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from empirical.certificates.multi_hop import execution
from empirical.certificates.multi_hop.network import WalkNetwork
from empirical.certificates.multi_hop.prover import MultiHopProver
from empirical.recheck.certificate import Verdict
from tests.empirical.certificates.multi_hop import every_input, networks


@pytest.mark.parametrize(
    ("kind", "bare", "lengths"),
    [
        ("letter-2-hops", True, (3, 5)),
        ("letter-2-hops", False, (3, 5)),
    ],
)
def test_half_trained_networks(
    kind: str, bare: bool, lengths: tuple[int, ...], tmp_path: Path
) -> None:
    snapshots = every_input.half_trained(kind, tmp_path / "run", bare=bare, steps=120, seed=0)
    total: Counter[str] = Counter()
    for snapshot in snapshots:
        for length in lengths:
            total += every_input.compare(snapshot, length)[0]
    assert total["PROVED"] > 10
    assert total["REFUTED"] > 10
    assert total["right"] >= total["PROVED"]


@pytest.mark.parametrize("kind", ["letter-1-to-3-hops", "number-3-hops"])
def test_drawn_networks_are_not_contradicted(kind: str) -> None:
    length = networks.task(kind).HOPS + 1
    every_input.compare(networks.drawn(kind, 0), length)


@pytest.mark.parametrize("kind", networks.KINDS)
def test_the_network_is_executed_as_the_model_class_does(kind: str) -> None:
    checkpoint = networks.drawn(kind, 7)
    prover = MultiHopProver(checkpoint)
    inputs = prover.task.drawn(np.random.default_rng(0), 30, 6, 0.5)[0]
    leads = execution.logits(WalkNetwork(checkpoint), inputs)
    run = every_input.margins(networks.model(checkpoint), inputs, 1)
    rest = np.delete(leads, 1, axis=1).max(axis=1)
    assert leads[:, 1] - rest == pytest.approx(run, rel=1e-9, abs=1e-9)
    for tokens, row in zip(inputs[:3].tolist(), leads[:3], strict=True):
        ball = execution.margin(WalkNetwork(checkpoint), tuple(tokens), 1, 0)
        assert float(ball.mid()) == pytest.approx(row[1] - row[0], rel=1e-9, abs=1e-9)


def test_what_is_not_finite_proves_nothing() -> None:
    checkpoint = networks.drawn("letter-2-hops", 0)
    weights = {name: array * np.float32(2.0**120) for name, array in checkpoint.weights.items()}
    rows = MultiHopProver(networks.replaced(checkpoint, weights)).decide(4)
    assert not any(row.verdict is Verdict.PROVED for row in rows)
