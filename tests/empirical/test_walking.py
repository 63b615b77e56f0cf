"""The shipped networks of walks are what their manifests say, and proved as the table says."""

from pathlib import Path

import numpy as np
import pytest

from empirical.certificates.multi_hop.execution import logits
from empirical.certificates.multi_hop.network import WalkNetwork
from empirical.files import checkpoint
from empirical.recheck.checkpoint import read_checkpoint
from empirical.shipped.checkpoints import walking
from empirical.shipped.hops_table import LENGTHS, proved_walks, table
from empirical.tasks.walks_anywhere import WalksAnywhere
from empirical.training.plan import Plan
from empirical.training.provenance import data_sha256
from empirical.training.recipes import plan_for
from tests.command_line import ropeproof

STEPS = {
    "letter-2-bare": 1200,
    "letter-2-bare-plain": 1500,
    "letter-2-gptj": 1600,
    "letter-3-bare": 1600,
    "number-2-bare": 3000,
    "number-2-gptj": 2000,
}
MOST_BYTES = 6 << 20
"""Of all of them."""


def plan_of(name: str) -> Plan:
    return plan_for(f"hops-{name}", steps=STEPS[name])


def test_all_are_in_the_table_and_small() -> None:
    assert [path.name for path in walking()] == sorted(STEPS) == sorted(table())
    files = [file for path in walking() for file in path.iterdir()]
    assert sum(file.stat().st_size for file in files) < MOST_BYTES
    for path in walking():
        known = table()[path.name]
        assert known.sha256 == read_checkpoint(path).sha256["model.safetensors"]
        assert sorted(known.lengths) == sorted(LENGTHS)


@pytest.mark.parametrize("path", walking(), ids=lambda path: path.name)
def test_they_say_how_they_were_made(path: Path) -> None:
    """Two were trained before their code was committed; plan and data are known all the same."""
    found, plan = checkpoint.read(path), plan_of(path.name)
    assert found.manifest is not None
    assert found.config == plan.model
    assert found.manifest["config"] == plan.to_json()
    assert found.manifest["data_sha256"] == data_sha256(plan)


@pytest.mark.parametrize("name", ["letter-2-bare", "letter-2-bare-plain", "number-2-gptj"])
def test_the_table_is_computed_again(name: str) -> None:
    path = next(path for path in walking() if path.name == name)
    again, known = proved_walks(read_checkpoint(path), 8), table()[name].lengths[8]
    assert (again.proved, again.walks) == (known.proved, known.walks)


@pytest.mark.parametrize("path", walking(), ids=lambda path: path.name)
def test_random_and_hard_inputs_of_proved_lengths_are_right(path: Path) -> None:
    """A share of the hundred thousand of ``FOUND.md``."""
    network, task = WalkNetwork(checkpoint.read(path)), plan_of(path.name).task
    assert isinstance(task, WalksAnywhere)
    for length, known in table()[path.name].lengths.items():
        if known.proved == known.walks and length < 64:
            inputs, answers = task.drawn(np.random.default_rng(0), 500, length, 0.7)
            assert (logits(network, inputs).argmax(axis=1) == answers).all()


def test_the_verbs_certify_and_recheck(tmp_path: Path) -> None:
    file, name = tmp_path / "walks.json", "hops/number-2-bare"
    certified = ropeproof("certify", name, "--length", 4, "--out", file)
    assert certified.status == 0
    assert "length 4: 36 of 36 rows proved" in certified.out
    assert "length 4: accuracy exactly 1" in certified.out
    assert ropeproof("recheck", file, name).status == 0
    assert ropeproof("certify", name, "--length", 4, "--unchecked").status == 3
    for asked in (("--length", 2), ("--length", 4, "--horizon", 9), ("--length", 4, "--accuracy")):
        refused = ropeproof("certify", name, *asked)
        assert (refused.status, refused.out) == (2, "")
