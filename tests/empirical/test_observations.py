"""What others observed, held against runs that show it and against neighbours that do not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from empirical.files.checkpoint import Checkpoint
from empirical.mechanism.peaks import Peaks
from empirical.mechanism.walk_states import WalkStates
from empirical.models.config import GPTJConfig
from empirical.models.gptj import GPTJ
from empirical.predictions import (
    accuracy_by_length_as_published,
    angle_eq_published,
    answer_moves_one_stop_per_layer,
    attention_peaks_at_next_stop,
    heads_pure_at_accuracy,
    hops_learned_as_published,
    layers_lean_as_published,
)
from empirical.predictions.prediction import Prediction, PredictionOutcome
from empirical.predictions.subject import Subject
from empirical.tasks.task import Task
from empirical.training.evaluation import Count
from empirical.training.recipes import PLANS
from empirical.trajectories.score_trajectory import ScoreTrajectory
from tests.empirical.controlled_runs import LAYERS, run

PASS, FAIL, UNDECIDED = PredictionOutcome.PASS, PredictionOutcome.FAIL, PredictionOutcome.UNDECIDED


def rows(
    module: ModuleType,
    trajectory: ScoreTrajectory | None,
    task: Task | None = None,
    manifest: dict[str, Any] | None = None,
) -> list[Prediction]:
    """What is said of a checkpoint of which only this is known."""
    config = GPTJConfig(1, n_embd=2, n_layer=1, n_head=1, rotary_dim=2)
    subject = Subject(Checkpoint(Path(), config, {}, "", None, manifest), lengths=())
    vars(subject).update(trajectory=trajectory, task=task)
    predictions: Iterator[Prediction] = module.rows(subject)
    return list(predictions)


def outcomes(module: ModuleType, trajectory: ScoreTrajectory) -> set[PredictionOutcome]:
    predictions = rows(module, trajectory)
    assert all(row.observation == "urrutia2026heads" and not row.theorem for row in predictions)
    return {row.outcome for row in predictions}


OF_RUNS = (
    angle_eq_published,
    heads_pure_at_accuracy,
    hops_learned_as_published,
    layers_lean_as_published,
)


@pytest.mark.parametrize("module", OF_RUNS)
@pytest.mark.parametrize("task", ["number", "letter"])
def test_a_run_as_published_passes(module: ModuleType, task: str) -> None:
    assert outcomes(module, run(task)) == {PASS}
    assert rows(module, None) == []


def test_one_head_that_is_not_pure_is_counted() -> None:
    right = run("letter")
    scores = right.measures["symbolic"].copy()
    scores[1:, 5] = 0.93
    mixed = replace(right, measures=right.measures | {"symbolic": scores})
    by_place = {row.where: row for row in rows(heads_pure_at_accuracy, mixed)}
    assert by_place["γ=0.1 step 100"].outcome is PASS
    assert by_place["γ=0.05 step 100"].measured == pytest.approx(11 / 12)
    assert by_place["γ=0.05 step 100"].outcome is FAIL
    assert by_place["γ=0.05 step 100"].detail["L5H0"] is None


def test_tasks_are_not_taken_for_each_other() -> None:
    swapped = {"number": "letter", "letter": "number"}
    for module in (angle_eq_published, hops_learned_as_published, layers_lean_as_published):
        for task, other in swapped.items():
            assert FAIL in outcomes(module, replace(run(task), task=other))


def test_hops_out_of_order_fail_and_unlearned_ones_decide_nothing() -> None:
    right = run("number")
    turned = replace(right, accuracy={h: right.accuracy[5 - h] for h in right.accuracy})
    spread, order = rows(hops_learned_as_published, turned)
    assert (spread.outcome, order.outcome) == (PASS, FAIL)
    never = replace(right, accuracy=right.accuracy | {4: np.full(5, 0.9)})
    assert outcomes(hops_learned_as_published, never) == {UNDECIDED}
    relapsed = right.accuracy[1].copy()
    relapsed[3] = 0.5
    back = replace(right, accuracy=right.accuracy | {1: relapsed})
    assert rows(hops_learned_as_published, back)[0].detail["1 hops"] == 400


def test_an_angle_half_as_large_passes_and_a_smaller_one_fails() -> None:
    right = run("letter")
    for factor, outcome in ((0.51, PASS), (0.49, FAIL), (1.99, PASS), (2.01, FAIL), (0.0, FAIL)):
        angles = {"main_angle": right.angles["main_angle"] * factor}
        assert outcomes(angle_eq_published, replace(right, angles=angles)) == {outcome}


@pytest.mark.parametrize(
    ("task", "correct", "outcome"),
    [
        ("letter", 99, PASS),
        ("letter", 92, UNDECIDED),
        ("letter", 50, FAIL),
        ("number", 3, PASS),
        ("number", 50, UNDECIDED),
        ("number", 99, FAIL),
        ("index", 99, None),
    ],
)
def test_accuracy_is_held_with_its_interval(
    task: str, correct: int, outcome: PredictionOutcome | None
) -> None:
    manifest = {"accuracy": {"850": {"correct": correct, "total": 100}}}
    predictions = rows(accuracy_by_length_as_published, None, PLANS[task].task, manifest)
    assert [row.outcome for row in predictions] == ([outcome] if outcome else [])


def walking(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, value: object) -> Any:
    """The rows of a twelve-layer model whose mechanism is read as ``value``."""
    task = PLANS["letter"].task
    config = GPTJConfig(len(task.entries), n_embd=2, n_layer=LAYERS, n_head=1, rotary_dim=2)
    subject = Subject(Checkpoint(Path(), config, {}, "", None, None), lengths=())
    ids, _ = task.batch(np.random.default_rng(0), 4, 17)
    vars(subject).update(task=task, model=GPTJ(config), walks=ids)
    monkeypatch.setattr(module, name, value)
    return list(module.rows(subject))


@pytest.mark.parametrize(("best", "outcome"), [(99, PASS), (92, UNDECIDED), (50, FAIL)])
def test_the_layer_that_peaks_most_often_counts(
    best: int, outcome: PredictionOutcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    peaks = [Peaks(layer, 0, "last", 100, best if layer == 3 else 40, 0, 0) for layer in range(5)]
    module = attention_peaks_at_next_stop
    (row,) = walking(monkeypatch, module, "peaks", lambda *_: peaks)
    assert (row.where, row.outcome) == ("L3H0 last", outcome)
    assert row.detail["L0H0"]["elsewhere"] == 60


@pytest.mark.parametrize(
    ("depths", "outcome"),
    [((1, 2, 3, 4), PASS), ((4, 5, 6, 7), PASS), ((1, 2, 4, 5), FAIL), ((2, 2, 2, 2), FAIL)],
)
def test_one_layer_per_stop(
    depths: tuple[int, ...], outcome: PredictionOutcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    remaining = np.arange(4, -1, -1)[None, :]
    after = np.array([*depths[::-1], 0])
    walks = WalkStates(remaining, np.arange(LAYERS + 1)[:, None, None] >= after[None, None, :])
    module = answer_moves_one_stop_per_layer
    (row,) = walking(monkeypatch, module, "WalkStates", SimpleNamespace(of=lambda *_: walks))
    assert row.outcome is outcome
    assert row.detail["4 hops before the end"] == f"after {depths[3]} layers"


def test_an_answer_that_never_comes_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    walks = WalkStates(np.array([[1, 0]]), np.zeros((LAYERS + 1, 1, 2), dtype=bool))
    module = answer_moves_one_stop_per_layer
    (row,) = walking(monkeypatch, module, "WalkStates", SimpleNamespace(of=lambda *_: walks))
    assert row.outcome is UNDECIDED


def test_the_interval_is_exact() -> None:
    tail = 0.025 ** (1 / 10)
    assert Count(0, 10).interval(0.95) == pytest.approx((0.0, 1 - tail))
    assert Count(10, 10).interval(0.95) == pytest.approx((tail, 1.0))
