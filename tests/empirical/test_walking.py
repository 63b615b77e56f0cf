"""The shipped networks of walks are what their manifests say, and proved as the table says."""

from pathlib import Path

import pytest

from empirical.files import checkpoint
from empirical.recheck.checkpoint import read_checkpoint
from empirical.shipped import hops_horizon, hops_table
from empirical.shipped.checkpoints import walking
from empirical.shipped.hops_table import LENGTHS, proved_walks, table
from empirical.training.plan import Plan
from empirical.training.provenance import data_sha256
from empirical.training.recipes import plan_for
from tests.command_line import ropeproof
from tests.empirical.certificates.multi_hop.shipped_inputs import drawn_leads, proved_lengths

STEPS = {"letter-2-bare": 1200, "letter-2-bare-plain": 1500}
"""Of runs that had others than their recipe has by now."""
MOST_BYTES = 6 << 20
"""Of all of them."""


def plan_of(name: str) -> Plan:
    return plan_for(f"hops-{name}", steps=STEPS.get(name))


def test_all_are_in_the_table_and_small() -> None:
    assert [path.name for path in walking()] == sorted(table())
    files = [file for path in walking() for file in path.iterdir()]
    assert sum(file.stat().st_size for file in files) < MOST_BYTES
    for path in walking():
        known = table()[path.name]
        assert known.sha256 == read_checkpoint(path).sha256["model.safetensors"]
        assert sorted(known.lengths) == sorted(LENGTHS)


@pytest.mark.parametrize("path", walking(), ids=lambda path: path.name)
def test_they_say_how_they_were_made(path: Path) -> None:
    """Some were trained before their code was committed; plan and data are known all the same."""
    model, plan = checkpoint.read(path), plan_of(path.name)
    assert model.manifest is not None
    assert model.config == plan.model
    assert model.manifest["config"] == plan.to_json()
    assert model.manifest["data_sha256"] == data_sha256(plan)


@pytest.mark.parametrize("name", ["letter-2-bare", "letter-2-bare-plain", "number-3-bare"])
def test_the_table_is_computed_again(name: str) -> None:
    path = next(path for path in walking() if path.name == name)
    known = table()[name].lengths[8]
    assert proved_walks(path, 8) == (known.proved, known.walks)


def test_the_page_shows_the_tables() -> None:
    page = Path(hops_table.__file__).parents[1] / "FOUND.md"
    on_page = page.read_text().split("\n")
    lines = [*hops_table.page(), *hops_horizon.page(), *hops_horizon.page_of_floors()]
    assert [line for line in lines if line not in on_page] == []


@pytest.mark.parametrize("path", walking(), ids=lambda path: path.name)
def test_random_and_hard_inputs_of_proved_lengths_are_right(path: Path) -> None:
    """A share of the hundred thousand of ``FOUND.md``."""
    for length in proved_lengths(path.name):
        if length < 64:
            assert drawn_leads(checkpoint.read(path), length, 500, seed=0).min() > 0


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
