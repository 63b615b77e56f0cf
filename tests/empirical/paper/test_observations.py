"""What the paper tells of trained models is what their records say, counted here a second time."""

import json
from pathlib import Path

import pytest

from empirical.paper.number import Number
from empirical.predictions.angle_eq_published import PUBLISHED as ANGLES
from empirical.shipped.checkpoints import shipped

pytestmark = pytest.mark.xdist_group("paper")

RECORDED = [path for path in shipped() if (path / "trajectory.json").exists()]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_angles_within_a_factor_are_those_of_the_trajectory(
    path: Path, numbers: dict[str, Number]
) -> None:
    table = json.loads((path / "trajectory.json").read_text())
    pairs = [*zip(table["snapshots"][-1]["main_angle"], ANGLES[table["task"]], strict=True)]
    close = sum(0.5 <= found / said <= 2 for found, said in pairs)
    key = f"controlled.angle_eq_published.{path.name}"
    assert numbers[key].text == f"{close} of {len(pairs)}"


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_accuracy_at_length_is_that_of_the_manifest(path: Path, numbers: dict[str, Number]) -> None:
    count = json.loads((path / "manifest.json").read_text())["accuracy"]["850"]
    text = numbers[f"controlled.accuracy_by_length_as_published.{path.name}"].text
    verdict, share, _, _ = text.split()
    assert share == f"{count['correct'] / count['total']:.3g}"
    assert verdict in ("PASS:", "FAIL:", "UNDECIDED:")


def test_rows_that_hold_are_counted(numbers: dict[str, Number]) -> None:
    single = [n.text for key, n in numbers.items() if key.startswith("induction.") and " " in key]
    assert len(single) == int(numbers["induction.rows"].text) > 20
    held = sum(text.startswith("PASS") for text in single)
    assert 0 < held == int(numbers["induction.held"].text)
    assert int(numbers["controlled.held"].text) < int(numbers["controlled.rows"].text)


def test_what_could_not_be_measured_shows_no_number(numbers: dict[str, Number]) -> None:
    assert not any("nan" in number.text for number in numbers.values())
