"""``ropeproof discrepancy``: what it prints and writes, and what it refuses."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from flint import arb
from typer.testing import CliRunner

from empirical.cli import app
from theory.angle import Angle
from theory.engines import diophantine
from theory.predictors.index import index_floor
from theory.refusal import Refusal

GOOGOL = 10**100


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["discrepancy", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_one_plane_at_a_googol_is_certified(tmp_path: Path) -> None:
    file = tmp_path / "numbers.json"
    output = run("--angle", "0.0027", "--length", "1e100", "--json", str(file))
    assert "exact" in output
    numbers = json.loads(file.read_text())
    assert numbers["length"] == GOOGOL
    floor, peak = numbers["floor"], numbers["peak"]
    assert (floor["reach"], peak["reach"]) == (GOOGOL - 1, GOOGOL // 2)
    angle = Angle.of_radians(0.0027)
    for row in (floor, peak):
        gap = diophantine.index_gap(angle, row["reach"])
        assert arb(row["gap"]).contains(gap.value)
        assert row["distance"] == gap.distance == row["convergents"][-1][1]
        assert not arb(row["gap"]) > arb(row["bound"])
    # A neighbour: the numbers of half the length are others.
    assert not arb(floor["gap"]).overlaps(arb(peak["gap"]))


def test_several_planes_are_scanned(tmp_path: Path) -> None:
    file = tmp_path / "numbers.json"
    planes = ["--angle", "1", "--angle", "pi/8", "--angle", "rope:10000,128,5"]
    weights = ["--weight", "0.5", "--weight", "1/3", "--weight", "2"]
    run(*planes, *weights, "--length", "3000", "--json", str(file))
    numbers = json.loads(file.read_text())
    angles = [Angle.parse(text) for text in planes[1::2]]
    floor = index_floor(angles, [arb(weight) for weight in (0.5, arb(1) / 3, 2)], 3000)
    assert numbers["floor"]["exact"]
    assert arb(numbers["floor"]["gap"]).overlaps(floor)
    assert numbers["weights"] == ["1/2", "1/3", "2"]


def test_beyond_a_scan_it_says_that_the_value_is_an_upper_bound(tmp_path: Path) -> None:
    file = tmp_path / "numbers.json"
    output = run("--angle", "1", "--angle", "0.1", "--length", "1e30", "--json", str(file))
    assert "at most" in output
    assert "upper bound" in output
    row = json.loads(file.read_text())["floor"]
    assert not row["exact"]
    assert 1 <= row["distance"] < 10**30
    assert arb(row["gap"]) < arb(row["bound"])


@pytest.mark.parametrize(
    ("text", "length"), [("17", 17), (" 1.5e3", 1500), ("1E2", 100), ("2e+0", 2), ("25.0", 25)]
)
def test_lengths_are_exact_integers(text: str, length: int, tmp_path: Path) -> None:
    file = tmp_path / "numbers.json"
    run("--angle", "1", "--length", text, "--json", str(file))
    assert json.loads(file.read_text())["length"] == length


@pytest.mark.parametrize(
    "arguments",
    [
        *(("--angle", "1", "--length", bad) for bad in ("0", "1", "-3", "2.5", "nan", "inf")),
        *(
            ("--angle", "1", "--length", bad)
            for bad in ("", "1e9999", "1e99999", "9" * 5000, "1_0")
        ),
        *(("--angle", bad, "--length", "9") for bad in ("nan", "x", "1/0", "rope:10000,8,4")),
        *(("--angle", "1", "--length", "9", "--weight", bad) for bad in ("-1", "nan", "1/0", "w")),
        ("--angle", "1", "--angle", "2", "--weight", "1", "--length", "9"),
    ],
    ids=lambda arguments: "-".join(arguments)[-24:],
)
def test_bad_input_is_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises(Refusal, match=r": "):
        run(*arguments)


def test_bad_input_is_one_sentence_and_status_2() -> None:
    command = [sys.executable, "-m", "empirical.cli", "discrepancy", "--angle", "1", "--length"]
    done = subprocess.run([*command, "0"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ropeproof: the length '0'")
    assert done.stderr.count("\n") == 1
