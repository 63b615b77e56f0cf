"""The plugin passes what is true, fails what is not, and says why."""

import subprocess
import sys
from pathlib import Path

import pytest

from empirical.pytest_plugin import Facts
from empirical.shipped.checkpoints import shipped
from theory.refusal import Refusal

INDEX = next(path for path in shipped() if path.name == "index-1layer")


def test_a_certified_length_passes_and_one_beyond_the_horizon_shows_its_input() -> None:
    Facts().certified(INDEX, length=12)
    with pytest.raises(pytest.fail.Exception) as failed:
        Facts().certified(INDEX, length=61)
    reason, tokens = str(failed.value).split("\n")
    assert "query 3" in reason
    assert "is right, by" in reason
    assert len(tokens.split()) == 61
    assert tokens.endswith(" 3")


def test_a_head_is_pure_or_its_scores_are_shown() -> None:
    Facts().pure(INDEX, "0.0", "positional", gamma=0.3, inputs=40)
    with pytest.raises(pytest.fail.Exception, match=r"not purely symbolic.*positional 0\.8"):
        Facts().pure(INDEX, "0.0", "symbolic", inputs=40)


def test_predictions_hold_or_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    Facts().obeys(INDEX, lengths=(12,))
    monkeypatch.setattr("empirical.predictions.subject.Subject.rounding", -1e3)
    with pytest.raises(pytest.fail.Exception, match=r"gap_ge_floor L0H0 n=12: FAIL"):
        Facts().obeys(INDEX, lengths=(12,))


def test_a_sentence_is_proved() -> None:
    Facts().proved("weight_ge_of_floor")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("9.9", "symbolic"), "no head"),
        (("0.0", "semantic"), "semantic"),
        (("0.0", "symbolic", 0.7), "γ is 0.7"),
    ],
)
def test_bad_input_is_refused(arguments: tuple[str, str], message: str) -> None:
    with pytest.raises(Refusal, match=message):
        Facts().pure(INDEX, *arguments, inputs=2)


def test_in_a_run_of_pytest_the_reason_is_printed_and_torch_not_imported(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        "import sys\n\n"
        "def test_light(ropeproof):\n    assert not {'torch', 'sympy'} & sys.modules.keys()\n\n"
        f"def test_long(ropeproof):\n    ropeproof.certified({str(INDEX)!r}, length=61)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "empirical.pytest_plugin", str(tmp_path)],
        capture_output=True,
        text=True,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(Path.cwd())},
    )
    assert "1 failed, 1 passed" in ran.stdout
    assert "is right, by" in ran.stdout
    assert "prover.rows" not in ran.stdout  # the reason, not the way to it
