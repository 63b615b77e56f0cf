"""Figures of training runs: they say what the tables say, and wait until there are tables."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from empirical.figures.gallery import find, gallery
from empirical.figures.parts import runs
from empirical.models.config import GPTJConfig
from empirical.scores.purity import purity
from empirical.trajectories import score_trajectory
from theory.refusal import Refusal

FIGURES = ("frequency_use", "layer_angles", "layer_scores", "learning")
LAYERS, STEPS = 12, (0, 100, 150)
CONFIG = GPTJConfig(19, n_embd=8, n_layer=LAYERS, n_head=1, rotary_dim=6)


def table(task: str) -> dict[str, Any]:
    """A table of random numbers, whose scores are often pure."""
    rng = np.random.default_rng(ord(task[0]))

    def snapshot(step: int) -> dict[str, Any]:
        positional, symbolic, entropy = rng.choice([0.01, 0.07, 0.93, 0.99], (3, LAYERS, 2))
        mean, main = rng.uniform(1e-4, 1, (2, LAYERS))
        return {
            "step": step,
            "sha256": "",
            "accuracy": {str(hops): [int(rng.integers(9)), 8] for hops in (1, 2)},
            "positional": positional.tolist(),
            "symbolic": symbolic.tolist(),
            "entropy": entropy.tolist(),
            "mean_angle": [None, *mean[1:].tolist()],
            "main_angle": main.tolist(),
            "use": rng.integers(60, size=(LAYERS, 4)).tolist(),
        }

    return {
        "task": task,
        "config": CONFIG.to_json(),
        "queries": ["last", "hop 1"],
        "heads": [[layer, 0] for layer in range(LAYERS)],
        "snapshots": [snapshot(step) for step in STEPS],
    }


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two runs of each task, of which the first is drawn, and one that has none."""
    names = ("letter-b", "number-a", "other", "letter-a", "number-b")
    for name in names:
        (tmp_path / name).mkdir()
        task, _, which = name.partition("-")
        if which:
            rows = table(task)["snapshots"]
            text = json.dumps(table(task) | {"snapshots": rows if which == "a" else rows[:1]})
            (tmp_path / name / score_trajectory.TABLE).write_text(text)
    monkeypatch.setattr(runs, "recorded", lambda: sorted(tmp_path.iterdir()))
    return tmp_path


def test_they_are_drawn_once_every_task_has_a_run(shipped: Path) -> None:
    assert set(FIGURES) <= {drawing.name for drawing in find([])}
    for which in "ab":
        (shipped / f"number-{which}" / score_trajectory.TABLE).unlink()
    assert not set(FIGURES) & {drawing.name for drawing in find([])}
    for drawing in find(list(FIGURES)):
        with pytest.raises(Refusal, match="no shipped checkpoint has a trajectory of the number"):
            drawing.rows()


@pytest.mark.parametrize("name", FIGURES)
def test_the_same_rows_give_the_same_bytes(name: str, shipped: Path) -> None:
    drawing = gallery()[name]
    rows = drawing.rows()
    read_back = json.loads(json.dumps(drawing.rows(), allow_nan=False))
    assert drawing.render(rows) == drawing.render(read_back)


def test_learning_counts_pure_heads(shipped: Path) -> None:
    rows = gallery()["learning"].rows()
    assert [(row["task"], row["step"]) for row in rows] == [
        (task, step) for task in ("number", "letter") for step in STEPS
    ]
    kinds = set()
    for row in rows:
        snapshot = table(row["task"])["snapshots"][STEPS.index(row["step"])]
        assert row["accuracy"] == [snapshot["accuracy"][hops][0] / 8 for hops in "12"]
        for gamma, pure in zip((0.1, 0.05), row["pure"], strict=True):
            pairs = zip(snapshot["positional"], snapshot["symbolic"], strict=True)
            assert pure == [purity(p[0], s[0], gamma) for p, s in pairs]
            kinds |= {(gamma, kind) for kind in pure}
    assert len(kinds) == 6


def test_layer_scores_are_those_of_the_last_token(shipped: Path) -> None:
    rows = gallery()["layer_scores"].rows()
    assert len(rows) == 2 * len(STEPS) * LAYERS
    for row in rows:
        snapshot = table(row["task"])["snapshots"][STEPS.index(row["step"])]
        for behaviour in ("positional", "symbolic"):
            assert row[behaviour] == snapshot[behaviour][row["layer"]][0]


def test_layer_angles_are_those_of_the_last_token_or_none(shipped: Path) -> None:
    rows = gallery()["layer_angles"].rows()
    assert len(rows) == 2 * len(STEPS) * LAYERS
    for row in rows:
        snapshot = table(row["task"])["snapshots"][STEPS.index(row["step"])]
        assert row["angle"] == snapshot["mean_angle"][row["layer"]]
        assert row["entropy"] == snapshot["entropy"][row["layer"]][0]
    assert {row["layer"] for row in rows if row["angle"] is None} == {0}


def test_frequency_use_is_that_of_the_last_snapshot(shipped: Path) -> None:
    rows = gallery()["frequency_use"].rows()
    assert len(rows) == 2 * LAYERS
    for row in rows:
        snapshot = table(row["task"])["snapshots"][-1]
        assert row["use"] == [share / 200 for share in snapshot["use"][row["layer"]]]
        assert row["angles"] == pytest.approx([1, 10000 ** (-2 / 6), 10000 ** (-4 / 6), 0])
        assert row["main_angle"] == snapshot["main_angle"][row["layer"]]
        assert row["mean_angle"] == snapshot["mean_angle"][row["layer"]]
    assert (rows[0]["published"], rows[LAYERS]["published"]) == (1.0, 0.0866)
