"""Shipped checkpoints: proofs up to the horizon, and beyond it an input that torch gets wrong."""

from pathlib import Path

import numpy as np
import pytest
import torch

from empirical.certificates.one_layer.prover import Prover
from empirical.files import checkpoint
from empirical.recheck.certificate import Verdict
from empirical.shipped.checkpoints import shipped
from tests.empirical import small_models

SHIPPED = {path.name: path for path in shipped()}
HORIZONS = {1: 101, 2: 178, 3: 60, 4: 104, 5: 106, 6: 107, 7: 120, 8: 109}
"""Of the Index checkpoint, by offset."""


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("index-1layer", 1),
        ("retrieval-1layer", 1),
        ("index-full", 6),
        ("retrieval-full", 20),
        ("index-full-half", 6),
        ("retrieval-full-half", 20),
    ],
)
@torch.inference_mode()
def test_horizon_is_tight(name: str, step: int) -> None:
    prover = Prover(checkpoint.read(SHIPPED[name]))
    model = small_models.theirs(SHIPPED[name])
    longest = 200
    for domain in prover.domains(longest)[::step]:
        reach = prover.reach(domain.query, longest)
        rows = prover.rows(domain.query, reach.longest)
        assert {row.verdict for row in rows} == {Verdict.PROVED}
        row = reach.beyond
        assert row is not None
        assert row.verdict is Verdict.REFUTED
        assert row.length == reach.longest + 1
        assert row.witness is not None
        assert row.margin is not None
        logits = model(torch.tensor([row.witness])).logits[0, -1].double()
        assert int(logits.argmax()) != row.answer
        assert float(logits[row.answer] - logits[row.rival]) == pytest.approx(row.margin, abs=1e-3)
        if name == "index-1layer":
            assert HORIZONS[int(str(prover.task.entries[domain.query]))] == reach.longest


@torch.inference_mode()
def test_proved_lengths_hold_on_bad_inputs() -> None:
    path: Path = SHIPPED["index-1layer"]
    prover = Prover(checkpoint.read(path))
    model = small_models.ours(path)
    rng = np.random.default_rng(0)
    for domain in prover.domains(60):
        row = prover.reach(domain.query, 200).beyond
        assert row is not None
        assert row.witness is not None
        for length in (20, 40, 60):
            inputs = np.tile(np.array(row.witness[-length:]), (200, 1))
            changed = rng.random(inputs.shape) < 0.1
            changed[:, -1] = changed[:, -1 - row.distance] = False
            inputs[changed] = rng.choice(domain.others, int(changed.sum()))
            answers = model(torch.from_numpy(inputs), last_only=True)[:, 0].argmax(dim=1)
            assert (answers == row.answer).all()
