"""The table of a run: what it says is what each snapshot does, however often it is cut short."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from empirical import cli
from empirical.files import checkpoint
from empirical.files.checkpoint import TaskRecord
from empirical.models.config import GPTJConfig
from empirical.models.gptj import GPTJ
from empirical.scores import queries
from empirical.scores.table import ScoredInputs, score
from empirical.tasks.dataset import Dataset
from empirical.tasks.number import NumberTask
from empirical.training.evaluation import right
from empirical.training.trainer import SNAPSHOTS
from empirical.trajectories import recording, score_trajectory
from tests.empirical import small_models, solvers
from theory.refusal import Refusal

ENTRIES = (*"abc", *range(1, 17))
CONFIG = GPTJConfig(19, n_embd=8, n_layer=2, n_head=2, rotary_dim=2, n_inner=4)
STEPS = (0, 25, 1200)
SEED = 4


def weights(seed: int) -> dict[str, np.ndarray]:
    """Random parameters of a model that always says the same letter."""
    drawn = small_models.weights(CONFIG, seed)
    drawn["lm_head.bias"][seed % 3] += 100
    return drawn


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished run with three snapshots."""
    monkeypatch.setattr(recording, "SCORED", 12)
    monkeypatch.setattr(recording, "ANSWERED", 20)
    path = tmp_path / "run"
    task = TaskRecord("number", ENTRIES, (17,))
    checkpoint.write(path, CONFIG, weights(2), task, {"seed": SEED})
    (path / SNAPSHOTS).mkdir()
    for seed, step in enumerate(STEPS):
        data = safetensors.numpy.save(weights(seed))
        (path / SNAPSHOTS / f"step-{step:06d}.safetensors").write_bytes(data)
    return path


def test_the_table_says_what_each_snapshot_does(run: Path) -> None:
    recording.record(checkpoint.read(run))
    table = score_trajectory.read(run)
    assert (table.task, table.steps.tolist()) == ("number", list(STEPS))
    assert table.heads == ((0, 0), (0, 1), (1, 0), (1, 1))
    assert table.queries == ("last", "hop 1", "hop 2", "hop 3")
    asked = queries.draw(checkpoint.read(run), 12)
    ids, answers = Dataset(NumberTask(ENTRIES), SEED).batch("test", 0, 20)
    hops = np.array([len(solvers.number(ENTRIES, tokens)) - 1 for tokens in ids.tolist()])
    for n in range(3):
        model = GPTJ.of(CONFIG, weights(n))
        told = right(model, ids, answers)
        for kind in range(1, 5):
            assert table.accuracy[kind][n] == told[hops == kind].mean()
        assert 0 < told.sum() < 20
        rows = iter(score(model, asked))
        for head in range(4):
            for kind in range(4):
                row = next(rows)
                for name in score_trajectory.MEASURES:
                    measured = table.measures[name][n, head, kind]
                    assert measured == pytest.approx(getattr(row, name), rel=1e-3)
                if kind == 0:
                    shares = np.array(row.use) / sum(row.use)
                    assert np.abs(table.use[n, head] - shares).max() <= 0.5 / 200
                    for name in score_trajectory.ANGLES:
                        measured = table.angles[name][n, head]
                        assert measured == pytest.approx(getattr(row, name), rel=1e-3)


def test_a_recording_cut_short_goes_on(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained = checkpoint.read(run)
    file = recording.record(trained)
    assert file is not None
    whole = file.read_bytes()
    file.unlink()

    def cut(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recording.record(trained, cut)
    assert score_trajectory.read(run).steps.tolist() == [0, 25]
    scored = []

    def counting(model: GPTJ, asked: ScoredInputs) -> list[object]:
        scored.append(model)
        return [*score(model, asked)]

    monkeypatch.setattr(recording, "score", counting)
    recording.record(trained)
    assert file.read_bytes() == whole
    assert len(scored) == 1
    snapshot = run / SNAPSHOTS / "step-000025.safetensors"
    snapshot.write_bytes(safetensors.numpy.save(weights(7)))
    recording.record(trained)
    assert len(scored) == 2
    assert file.read_bytes() != whole
    monkeypatch.setattr(recording, "SCORED", 13)
    recording.record(trained)
    assert len(scored) == 5


def test_without_snapshots_there_is_nothing_to_record(run: Path) -> None:
    for snapshot in (run / SNAPSHOTS).iterdir():
        snapshot.unlink()
    assert recording.record(checkpoint.read(run)) is None
    with pytest.raises(Refusal, match="is missing: run ropeproof score"):
        score_trajectory.read(run)


@pytest.mark.parametrize("text", ["", "[]", '{"snapshots": [{}]}', '{"snapshots": 1}'])
def test_a_damaged_table_is_refused(run: Path, text: str) -> None:
    (run / score_trajectory.TABLE).write_text(text)
    for reading in (
        lambda: score_trajectory.read(run),
        lambda: recording.record(checkpoint.read(run)),
    ):
        with pytest.raises(Refusal, match="remove it and measure again"):
            reading()


@pytest.mark.parametrize("lost", ["accuracy", "use", "symbolic", "main_angle"])
def test_a_table_that_lacks_a_column_is_refused(run: Path, lost: str) -> None:
    file = recording.record(checkpoint.read(run))
    assert file is not None
    table = json.loads(file.read_text())
    del table["snapshots"][1][lost]
    file.write_text(json.dumps(table))
    with pytest.raises(Refusal, match="is no table"):
        score_trajectory.read(run)


def test_foreign_snapshots_are_refused(run: Path) -> None:
    model = checkpoint.read(run)
    other = small_models.weights(GPTJConfig(19, n_embd=8, n_layer=1, n_head=2, rotary_dim=2))
    (run / SNAPSHOTS / "step-000025.safetensors").write_bytes(safetensors.numpy.save(other))
    with pytest.raises(Refusal, match=r"step-000025\.safetensors"):
        recording.record(model)
    assert score_trajectory.read(run).steps.tolist() == [0]


def test_only_multi_hop_runs_have_a_table(run: Path) -> None:
    task = TaskRecord("index", ("a", 1, *[None] * 17), (3,))
    checkpoint.write(run, CONFIG, weights(0), task, {"seed": 0})
    with pytest.raises(Refusal, match="snapshots of task index"):
        recording.record(checkpoint.read(run))


def test_the_stops_are_those_of_the_walk() -> None:
    task = NumberTask(ENTRIES)
    ids, _ = Dataset(task, 0).batch("test", 0, 40)
    asked = queries.stops(task, ids)
    for row, tokens in enumerate(ids.tolist()):
        *walk, _ = solvers.number(ENTRIES, tokens)
        assert [at[row] for at in asked.queries.values()] == walk + [-1] * (4 - len(walk))


@pytest.mark.parametrize("task", ["number", "index", None])
def test_score_writes_a_row_per_head_and_query(
    run: Path,
    task: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if task != "number":
        (run / SNAPSHOTS).rename(tmp_path / "elsewhere")
        entries = ("a", 1, *[None] * 17)
        checkpoint.write(run, CONFIG, weights(0), TaskRecord("index", entries, (6,)), {})
    if task is None:
        (run / checkpoint.TASK).unlink()
    file = tmp_path / "rows.json"
    arguments = ["ropeproof", "score", run, "--inputs", 9, "--blocks", 2, "--json", file]
    monkeypatch.setattr(sys, "argv", list(map(str, arguments)))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    rows = json.loads(file.read_text())
    kinds = 4 if task == "number" else 1
    assert len(rows) == 4 * kinds
    assert {row["query"] for row in rows[:kinds]} >= {"last"}
    assert rows[0]["pure"].keys() == {"0.1", "0.05"}
    assert ("trajectory in" in capsys.readouterr().out) == (task == "number")
    assert (run / score_trajectory.TABLE).exists() == (task == "number")
