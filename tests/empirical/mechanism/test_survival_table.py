"""The table of ``ropeproof survival`` is read as it was written, and refused for another model."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from empirical.figures import nope_planes
from empirical.figures.parts import survival
from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint, TaskRecord
from empirical.mechanism import peak_survival, survival_table
from empirical.mechanism.peak_survival import PeakSurvival
from empirical.mechanism.survival_table import SurvivalTable
from empirical.models.config import GPTJConfig
from empirical.predictions import (
    accuracy_falls_as_forecast,
    floor_in_front_le_planes,
    peaks_kept_as_forecast,
)
from empirical.predictions.prediction import PredictionOutcome
from empirical.predictions.subject import Subject
from empirical.training.evaluation import Count
from empirical.verbs import survival as verb
from tests.empirical import small_models
from theory.refusal import Refusal

ENTRIES = (*"abc", *range(1, 17))
CONFIG = GPTJConfig(19, n_embd=8, n_layer=2, n_head=2, rotary_dim=2, n_inner=4)
COUNTS = {"20": {"correct": 9, "total": 10}, "30": {"correct": 4, "total": 10}}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(peak_survival, "TOKENS", 100)
    task = TaskRecord("number", ENTRIES, (17,))
    manifest = {"seed": 1, "accuracy": COUNTS}
    checkpoint.write(tmp_path / "run", CONFIG, small_models.weights(CONFIG), task, manifest)
    return tmp_path / "run"


def test_the_verb_measures_once_and_writes_every_row(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    verb.command([run], lengths="20,30", inputs=24, json=run / "rows.json")
    written = (run / survival_table.TABLE).read_bytes()
    rows = json.loads((run / "rows.json").read_text())
    assert len(rows) == 2 * 2 * 4
    assert all(row["lengths"] == [20, 30] and len(row["measured_kept"]) == 2 for row in rows)
    assert "forecast" in capsys.readouterr().out

    def never(*_: object) -> None:
        raise AssertionError

    with monkeypatch.context() as patched:
        patched.setattr(survival_table, "record", never)
        verb.command([run], lengths="20,30", inputs=24)
    verb.command([run], lengths="20", inputs=24)
    assert (run / survival_table.TABLE).read_bytes() != written


def test_what_is_read_is_what_was_measured(run: Path) -> None:
    model = checkpoint.read(run)
    steps: list[tuple[int, int]] = []
    table = survival_table.record(model, (20, 30), 24, lambda *step: steps.append(step))
    assert steps == [(n, 16) for n in range(1, 17)]
    assert (table.task, table.rotary_dim, table.inputs) == ("number", 2, 24)
    assert table.accuracy == {20: Count(9, 10), 30: Count(4, 10)}
    assert table.accuracy_failure == 30
    read = survival_table.read(run)
    assert read is not None
    assert read.rows == table.rows
    (run / checkpoint.WEIGHTS).unlink()  # the manifest says whose table it is
    assert survival_table.read(run) is not None


def test_a_table_of_other_weights_is_refused(run: Path) -> None:
    survival_table.record(checkpoint.read(run), (20,), 24)
    other = small_models.weights(CONFIG, 1)
    checkpoint.write(run, CONFIG, other, TaskRecord("number", ENTRIES, (17,)), {"seed": 1})
    with pytest.raises(Refusal, match="is of other weights: remove it"):
        survival_table.read(run)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"heads": [{}]}', "[" * 100_000])
def test_a_damaged_table_is_refused(run: Path, text: str) -> None:
    (run / survival_table.TABLE).write_text(text)
    with pytest.raises(Refusal, match="remove it and run ropeproof survival"):
        survival_table.read(run)


def test_what_is_not_finite_is_refused_and_writes_nothing(run: Path) -> None:
    model = checkpoint.read(run)
    large = {name: array * np.float32(2.0**60) for name, array in model.weights.items()}
    with pytest.raises(Refusal, match="not finite"):
        survival_table.record(replace(model, weights=large), (20,), 24)
    assert not (run / survival_table.TABLE).exists()


def test_one_hop_tasks_have_none(tmp_path: Path) -> None:
    small_models.write(tmp_path, small_models.ONE_HEAD)
    with pytest.raises(Refusal, match="name a number or letter model"):
        survival_table.record(checkpoint.read(tmp_path))


def planted(query: str = "last", layer: int = 0, **changes: Any) -> PeakSurvival:
    """A head that is forecast to fail at 60 tokens, and does."""
    row = PeakSurvival(
        layer=layer,
        head=0,
        query=query,
        queries=10,
        next_stop=9,
        floor=(1.0, 0.5, -1.0),
        peak=(2.0, 2.0, 2.0),
        bound=(3.0, 0.6, 0.2),
        forecast_kept=(1.0, 0.4, 0.1),
        forecast_weight=(0.9, 0.4, 0.1),
        forecast_failure=60,
        measured_queries=(9, 9, 9),
        measured_kept=(1.0, 0.4, 0.2),
        measured_weight=(0.9, 0.4, 0.1),
    )
    return replace(row, **changes)


def subject(*rows: PeakSurvival, right: tuple[int, ...] = (9, 4, 1)) -> Subject:
    lengths = (34, 68, 136)
    accuracy = {n: Count(count, 10) for n, count in zip(lengths, right, strict=True)}
    made = Subject(Checkpoint(Path(), CONFIG, {}, "", None, None), lengths=())
    vars(made).update(survival=SurvivalTable("number", 2, accuracy, 10, lengths, rows))
    return made


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, PredictionOutcome.PASS),
        ({"forecast_failure": None}, PredictionOutcome.FAIL),
        ({"measured_kept": (1.0, 1.0, 0.4)}, PredictionOutcome.PASS),
        ({"measured_kept": (1.0, 1.0, 1.0)}, PredictionOutcome.FAIL),
        ({"forecast_failure": None, "measured_kept": (1.0, 1.0, 1.0)}, PredictionOutcome.PASS),
        ({"forecast_failure": 20, "measured_kept": (1.0, 1.0, 0.4)}, PredictionOutcome.FAIL),
    ],
)
def test_a_head_fails_where_forecast_or_a_doubling_off(
    changes: dict[str, Any], outcome: PredictionOutcome
) -> None:
    often, seldom = planted(**changes), planted(layer=1, next_stop=3, forecast_failure=18)
    (row,) = peaks_kept_as_forecast.rows(subject(seldom, often))
    assert (row.where, row.outcome) == ("L0H0 last", outcome)


@pytest.mark.parametrize(
    ("right", "outcome"),
    [
        ((9, 4, 1), PredictionOutcome.PASS),
        ((9, 9, 4), PredictionOutcome.PASS),
        ((9, 9, 9), PredictionOutcome.FAIL),
    ],
)
def test_the_first_head_to_fail_decides(right: tuple[int, ...], outcome: PredictionOutcome) -> None:
    lasting = planted("hop 1", forecast_failure=None)
    (row,) = accuracy_falls_as_forecast.rows(subject(planted(), lasting, right=right))
    assert row.outcome is outcome
    (row,) = accuracy_falls_as_forecast.rows(subject(lasting, right=right))
    assert row.outcome is (
        PredictionOutcome.PASS
        if right == (9, 9, 9) or right == (9, 9, 4)
        else PredictionOutcome.FAIL
    )


def test_a_floor_above_its_bound_fails() -> None:
    (row,) = floor_in_front_le_planes.rows(subject(planted()))
    assert (row.where, row.outcome) == ("L0H0 last n=68", PredictionOutcome.PASS)
    assert row.measured == 0.5
    broken = planted(floor=(1.0, 0.61, -1.0))
    assert [r.outcome for r in floor_in_front_le_planes.rows(subject(broken))] == [
        PredictionOutcome.FAIL
    ]
    assert not list(floor_in_front_le_planes.rows(subject(planted(bound=None))))


def test_without_a_table_nothing_is_said() -> None:
    bare = Subject(Checkpoint(Path("none"), CONFIG, {}, "", None, None), lengths=())
    for module in (accuracy_falls_as_forecast, floor_in_front_le_planes, peaks_kept_as_forecast):
        assert not list(module.rows(bare))


def test_figures_wait_for_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survival, "recorded", lambda: [tmp_path])
    monkeypatch.setattr(nope_planes, "nope_planes", lambda: [tmp_path])
    assert not survival.ready()
    assert not nope_planes.ready()
