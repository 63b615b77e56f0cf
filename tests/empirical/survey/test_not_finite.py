"""What is not finite is no row of a table: the model is refused by name."""

from pathlib import Path

import pytest

from empirical.survey.run import keep
from empirical.survey.table import SurveyTable
from empirical.survey.unit import task_of
from theory.refusal import Refusal


def test_what_is_not_finite_is_refused_and_what_is_finite_kept(tmp_path: Path) -> None:
    table = SurveyTable(tmp_path / "kept.jsonl")
    for number in (float("nan"), float("inf")):
        with pytest.raises(Refusal, match="some/model is not finite: the weights are damaged"):
            keep({"key": "k", "score": number}, table, "some/model")
    assert not (tmp_path / "kept.jsonl").exists()
    keep({"key": "k", "score": 1.0}, table, "some/model")
    assert table.records["k"]["score"] == 1


def test_a_task_file_that_is_a_loop_is_refused(tmp_path: Path) -> None:
    assert task_of(tmp_path, 40) is None
    (tmp_path / "task.json").symlink_to(tmp_path / "task.json")
    with pytest.raises(Refusal, match=r"task\.json"):
        task_of(tmp_path, 40)
