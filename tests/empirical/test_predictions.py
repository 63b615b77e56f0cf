"""Predictions hold on what is shipped, and fail on what is broken."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from empirical.display import prediction_table
from empirical.files import checkpoint
from empirical.heads import gptj
from empirical.heads.canonical import Head
from empirical.predictions import logit_eq_canonical, predict
from empirical.predictions.hand_set.floors import hand_set_rows
from empirical.predictions.prediction import Prediction, PredictionOutcome, exit_status
from empirical.predictions.subject import Subject
from empirical.shipped.checkpoints import shipped
from empirical.verbs import construct
from theory import ledger


def _subject(path: Path) -> Subject:
    return replace(Subject.of(checkpoint.read(path), (32, 64)), inputs=300)


def _failed(subject: Subject) -> set[str]:
    return {row.name for row in predict(subject) if row.outcome is PredictionOutcome.FAIL}


ONE_LAYER = [path for path in shipped() if checkpoint.read(path).config.n_layer == 1]
DEEP = [path for path in shipped() if path not in ONE_LAYER]


@pytest.mark.parametrize("path", ONE_LAYER, ids=lambda p: p.name)
def test_every_prediction_holds_on_a_shipped_checkpoint(path: Path) -> None:
    rows = list(predict(_subject(path)))
    assert {row.outcome for row in rows} == {PredictionOutcome.PASS}
    assert rows[0].name == "logit_eq_canonical"


@pytest.mark.parametrize("path", DEEP, ids=lambda p: p.name)
def test_every_head_of_a_deep_model_is_its_canonical_one(path: Path) -> None:
    rows = list(logit_eq_canonical.rows(_subject(path)))
    assert len(rows) >= 12
    assert {row.outcome for row in rows} == {PredictionOutcome.PASS}


def test_every_task_is_shipped_and_learned() -> None:
    tasks = set()
    for path in shipped():
        model = checkpoint.read(path)
        assert model.task is not None
        assert model.manifest is not None
        tasks.add(model.task.name)
        for length in model.task.train_lengths:
            count = model.manifest["accuracy"][str(length)]
            assert count["correct"] >= 0.999 * count["total"]
    assert tasks == {"index", "retrieval", "number", "letter"}


@pytest.mark.parametrize("path", ONE_LAYER, ids=lambda p: p.name)
def test_wrong_angles_are_noticed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = gptj.heads

    def doubled(*arguments: Any) -> list[Head]:
        return [replace(head, angles=2 * head.angles) for head in right(*arguments)]

    monkeypatch.setattr(gptj, "heads", doubled)
    assert "logit_eq_canonical" in _failed(_subject(path))


def test_a_floor_too_high_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = _subject(shipped()[0])
    raised = [
        replace(
            m, possible=replace(m.possible, floor=m.possible.floor + 9, peak=m.possible.peak - 9)
        )
        for m in subject.measurements
    ]
    vars(subject)["measurements"] = tuple(raised)
    assert {"gap_ge_floor", "gap_le_peak", "floor_le_planes", "weight_ge_of_floor"} <= (
        _failed(subject)
    )


def test_a_manifest_that_boasts_is_noticed() -> None:
    subject = _subject(shipped()[0])
    manifest = dict(subject.checkpoint.manifest or {})
    manifest["accuracy"] = {"64": {"correct": 9_000, "total": 10_000}}
    boasting = replace(subject, checkpoint=replace(subject.checkpoint, manifest=manifest))
    assert "accuracy_p_value" in _failed(boasting)


def test_a_checkpoint_without_a_task_is_still_checked_against_its_canonical_form() -> None:
    subject = _subject(shipped()[0])
    bare = replace(subject, checkpoint=replace(subject.checkpoint, task=None))
    assert [row.name for row in predict(bare)] == ["logit_eq_canonical"]


@pytest.mark.parametrize("name", ["previous_token", "information_retrieval", "retrieval"])
def test_a_hand_set_directory_is_read_like_any_other(name: str, tmp_path: Path) -> None:
    construct.command(name, length=12, out=tmp_path / name)
    rows = list(predict(_subject(tmp_path / name)))
    assert rows[0].name == "logit_eq_canonical"
    assert {row.outcome for row in rows} == {PredictionOutcome.PASS}
    assert (len(rows) > 1) == (name == "retrieval")


def test_hand_set_heads_meet_their_bounds() -> None:
    rows = list(hand_set_rows())
    assert len(rows) == 4
    assert {row.outcome for row in rows} == {PredictionOutcome.PASS}


def test_bounds_name_sentences_of_the_ledger() -> None:
    rows = [*hand_set_rows(), *predict(_subject(shipped()[0]))]
    ledger.find([row.theorem for row in rows if row.theorem])


def test_a_measurement_that_is_no_number_decides_nothing() -> None:
    row = Prediction(name="x", where="", relation="≤", bound=1.0, measured=np.nan, theorem="")
    assert row.outcome is PredictionOutcome.UNDECIDED


def test_an_observation_of_others_binds_nobody() -> None:
    row = Prediction(
        name="x", where="", relation="≤", bound=0.0, measured=1.0, theorem="", observation="key"
    )
    assert row.outcome is PredictionOutcome.FAIL
    broken = replace(row, observation="")
    open_ = replace(broken, measured=math.nan)
    held = replace(broken, measured=-1.0)
    assert exit_status([row, held]) == 0
    assert exit_status([open_, held]) == 3
    assert exit_status([open_, broken, row]) == 1
    assert prediction_table.summary([row, broken, held]) == (
        "2 predictions: 1 PASS, 1 FAIL; 1 published observations: 1 NOT REPRODUCED"
    )


def test_what_is_not_finite_is_null_in_json() -> None:
    nan, inf = float("nan"), float("inf")
    row = Prediction(
        name="a",
        where="L0H0",
        relation="≤",
        bound=inf,
        measured=nan,
        theorem="",
        interval=(-inf, 1.0),
        detail={"inputs": [{"gap": nan, "floor": 2.0}]},
    ).to_json()
    assert (row["bound"], row["measured"], row["interval"]) == (None, None, [None, 1.0])
    assert row["detail"] == {"inputs": [{"gap": None, "floor": 2.0}]}
