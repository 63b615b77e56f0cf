"""``ropeproof check`` reads hand-set networks from their own file, and sees what is wrong there."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from constructions.attention import Layer
from constructions.catalogue import every_construction
from constructions.gptj import gptj_weights
from constructions.index import Index
from empirical.cli import app
from empirical.files import network_export, network_file
from empirical.files.network_file import Stored
from empirical.predictions.hand_set import stored_network
from empirical.predictions.prediction import PredictionOutcome
from theory.refusal import Refusal

LENGTH = 7
NATIVE = [
    n
    for n, kind in every_construction().items()
    if gptj_weights(kind.for_length(LENGTH), 1.0) is None
]


def stored(path: Path, name: str = "index", share: float = 1.01) -> Stored:
    network = every_construction()[name].for_length(LENGTH)
    network_export.write(path, network, LENGTH, share * float(network.certified_beta(LENGTH).mid()))
    return network_file.read(path)


def failing(network: Stored, lengths: list[int] | None = None) -> set[str]:
    rows = list(stored_network.rows(network, lengths))
    return {row.name for row in rows if row.outcome is not PredictionOutcome.PASS}


@pytest.mark.parametrize("name", NATIVE)
def test_every_native_network_holds_against_the_theory(name: str, tmp_path: Path) -> None:
    stored(tmp_path, name)
    result = CliRunner().invoke(app, ["check", str(tmp_path)], catch_exceptions=False)
    assert result.exit_code == 0, result.output


def test_too_warm_is_seen(tmp_path: Path) -> None:
    assert failing(stored(tmp_path, share=0.999)) == {
        "temperature_le_certified",
        "hardest_input_wrong",
    }
    result = CliRunner().invoke(app, ["check", str(tmp_path)], catch_exceptions=False)
    assert result.exit_code == 1


def test_longer_than_meant_is_seen(tmp_path: Path) -> None:
    assert "temperature_le_certified" in failing(stored(tmp_path), [LENGTH + 1])


def test_a_length_that_no_temperature_serves_is_seen(tmp_path: Path) -> None:
    network, report = stored(tmp_path, "partial_induction"), tmp_path / "rows.json"
    assert "temperature_le_certified" in failing(network, [60])
    asked = ["check", str(tmp_path), "--lengths", "60", "--json", str(report)]
    assert CliRunner().invoke(app, asked, catch_exceptions=False).exit_code == 1
    assert report.exists()


def test_other_weights_are_seen(tmp_path: Path) -> None:
    network = stored(tmp_path)
    (block,) = network.blocks
    (head,) = block.layer.heads
    other = replace(head, angles=np.array([0.5]))
    changed = replace(network, blocks=(replace(block, layer=Layer((other,), residual=True)),))
    assert {"weights_off", "index_floor"} <= failing(changed)


def test_what_the_settings_do_not_make_is_refused(tmp_path: Path) -> None:
    network = stored(tmp_path)
    for wrong, sentence in (
        (replace(network, construction="compass"), "no construction is called 'compass': "),
        (replace(network, settings={"letters": 3}), "does not have the settings"),
        (replace(network, settings={**network.settings, "letters": 9}), "do not have the shapes"),
    ):
        with pytest.raises(Refusal, match=sentence):
            failing(wrong)


def test_the_floor_is_that_of_the_file(tmp_path: Path) -> None:
    network = stored(tmp_path)
    (measured, _) = [r for r in stored_network.rows(network) if r.name == "index_floor"]
    assert measured.measured == pytest.approx(1 - np.cos(2 * np.pi / LENGTH), abs=1e-13)
    assert Index.for_length(LENGTH).angle == 2 * np.pi / LENGTH
