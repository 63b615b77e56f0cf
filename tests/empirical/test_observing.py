"""The observations of a run: what they say of a snapshot is what slow loops say of it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from empirical.files import checkpoint
from empirical.files.checkpoint import TaskRecord
from empirical.heads.executed import heads_on
from empirical.heads.silenced import WAYS
from empirical.models.config import GPTJConfig
from empirical.models.gptj import GPTJ
from empirical.tasks.dataset import Dataset
from empirical.tasks.number import NumberTask
from empirical.training.evaluation import accuracy, right
from empirical.training.trainer import SNAPSHOTS
from empirical.trajectories import observing, snapshot_table
from tests.empirical import small_models, solvers
from theory.refusal import Refusal

ENTRIES = (*"abc", *range(1, 17))
CONFIG = GPTJConfig(19, n_embd=8, n_layer=2, n_head=2, rotary_dim=2, n_inner=4)
TASK, SEED = NumberTask(ENTRIES), 4
STEPS = (0, 10, 20, 25)


def model(seed: int) -> dict[str, np.ndarray]:
    return small_models.weights(CONFIG, seed)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished run with snapshots, of which all but one are observed and two have heads."""
    for name, value in {
        "EVERY": 10,
        "HEADS_EVERY": 20,
        "LENGTHS": (17, 20),
        "TOKENS": 17 * 24,
        "FEWEST": 1,
        "ANSWERED": 20,
        "WITHOUT_INPUTS": 12,
        "KEPT_LENGTHS": (18, 24),
        "KEPT_INPUTS": 8,
    }.items():
        monkeypatch.setattr(observing, name, value)
    path = tmp_path / "run"
    record = TaskRecord("number", ENTRIES, (17,))
    checkpoint.write(path, CONFIG, model(9), record, {"seed": SEED})
    (path / SNAPSHOTS).mkdir()
    for seed, step in enumerate(STEPS):
        file = path / SNAPSHOTS / f"step-{step:06d}.safetensors"
        file.write_bytes(safetensors.numpy.save(model(seed)))
    return path


def test_each_number_is_that_of_its_snapshot(run: Path) -> None:
    table = observing.record(checkpoint.read(run))
    assert table is not None
    document = snapshot_table.load(table)
    assert document is not None
    rows = document["snapshots"]
    assert [row["step"] for row in rows] == [0, 10, 20]
    assert ["leads" in row for row in rows] == [True, False, True]
    ids, answers = Dataset(TASK, SEED).batch("test", 0, 20)
    hops = np.array([len(solvers.number(ENTRIES, tokens)) - 1 for tokens in ids.tolist()])
    for seed, row in enumerate(rows):
        gptj = GPTJ.of(CONFIG, model(seed))
        told = right(gptj, ids, answers)
        for kind in range(1, 5):
            assert row["accuracy"][str(kind)] == [told[hops == kind].sum(), 5]
        for n, inputs in ((17, 24), (20, 20)):
            count = accuracy(gptj, TASK, n, inputs, SEED)
            assert row["lengths"][str(n)] == [count.correct, count.total]


def test_a_head_that_writes_nothing_is_not_missed(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observing, "WITHOUT_INPUTS", 200)
    weights = model(2)
    weights["transformer.h.1.attn.out_proj.weight"][:, :4] = 0
    gptj = GPTJ.of(CONFIG, weights)
    row = observing.answers(gptj, TASK, SEED)
    ids, answers = Dataset(TASK, SEED).batch("test", 0, 200)
    whole = right(gptj, ids, answers)
    hops = np.array([len(solvers.number(ENTRIES, tokens)) - 1 for tokens in ids.tolist()])
    expected = [int(whole[hops == kind].sum()) for kind in range(1, 5)]
    assert [row["without"][way][2] for way in WAYS] == [expected] * 3
    assert any(row["without"][way][n] != expected for way in WAYS for n in (0, 1, 3))


def test_leads_are_those_of_a_loop_over_logits(run: Path) -> None:
    gptj = GPTJ.of(CONFIG, model(1))
    document = observing.heads(gptj, TASK, SEED)
    ids, _ = Dataset(TASK, SEED).batch("test", 0, 12)
    for (layer, number, head), row in zip(heads_on(gptj, ids), document["leads"], strict=True):
        assert (row["layer"], row["head"]) == (layer, number)
        leads, norms = [], []
        for n in range(12):
            here = 17 * n + np.arange(17)
            logits = head.at(int(here[-1]), here, np.arange(16, -1, -1))
            second, first = np.sort(logits)[-2:]
            leads.append(first - second)
            products = head.amplitudes(int(here[-1]), here[[logits.argmax()]])[0]
            rest = head.query_rest[here[-1]] @ head.key_rest[here[logits.argmax()]]
            norms.append(np.abs(products).sum() + head.scale * abs(rest))
        assert row["last"]["lead"] == pytest.approx(np.median(leads), rel=1e-3)
        assert row["last"]["least_lead"] == pytest.approx(np.quantile(leads, 0.05), rel=1e-3)
        assert row["last"]["norm"] == pytest.approx(np.median(norms), rel=1e-3)
    assert {row["query"] for row in document["kept"]} == {"last", "hop 1", "hop 2", "hop 3"}
    assert all(len(row["measured_kept"]) == 2 for row in document["kept"])


def test_observations_cut_short_go_on(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = checkpoint.read(run)
    file = observing.record(model)
    assert file is not None
    whole = file.read_bytes()
    file.unlink()

    def cut(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        observing.record(model, cut)
    half = snapshot_table.load(file)
    assert half is not None
    assert [row["step"] for row in half["snapshots"]] == [0, 10]
    observe, observed = observing.heads, []

    def counted(*arguments: Any) -> dict[str, Any]:
        observed.append(1)
        return observe(*arguments)

    monkeypatch.setattr(observing, "heads", counted)
    observing.record(model)
    assert len(observed) == 1, "the first snapshot is not observed again"
    assert whole == file.read_bytes()


def test_a_task_without_hops_has_no_observations(run: Path) -> None:
    tokens = ("a", "b", *range(1, 18))
    record = TaskRecord("index", tokens, (17,))
    checkpoint.write(run, CONFIG, model(9), record, {"seed": SEED})
    with pytest.raises(Refusal, match="multi-hop"):
        observing.record(checkpoint.read(run))
