"""``ropeproof construct``: verdicts, files that answer as the reference does, refusals."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from constructions.catalogue import every_construction
from constructions.gptj import gptj_weights
from empirical.cli import app
from empirical.files import checkpoint, network_file
from empirical.models.gptj import GPTJ
from tests.constructions import specifications
from theory.refusal import Refusal

AS_GPTJ = {"previous_token", "information_retrieval", "reflexive", "retrieval"}


def run(*arguments: object) -> tuple[int, str]:
    asked = ["construct", *map(str, arguments)]
    result = CliRunner().invoke(app, asked, catch_exceptions=False)
    return result.exit_code, result.output


@pytest.mark.parametrize("name", every_construction())
def test_written_network_answers_as_the_reference(name: str, tmp_path: Path) -> None:
    status, output = run(name, "--length", 7, "--out", tmp_path)
    assert status == 0
    assert "PROVED" in output
    verdict = json.loads((tmp_path / "verdict.json").read_text())
    assert verdict["verdict"] == "PROVED"
    network = every_construction()[name].for_length(7)
    generator = np.random.default_rng(7)
    inputs = [generator.integers(0, network.vocabulary, 7) for _ in range(200)]
    inputs.append(network.hardest_input(7))
    if name in AS_GPTJ:
        trained = checkpoint.read(tmp_path)
        model = GPTJ(trained.config)
        model.load_state_dict({k: torch.from_numpy(v) for k, v in trained.weights.items()})
        with torch.no_grad():
            answers = model.eval()(torch.tensor(np.array(inputs))).argmax(-1).tolist()
        specification = getattr(specifications, name)
        for tokens, given in zip(inputs, answers, strict=True):
            right = specification(network, tokens.tolist())
            assert all(g == r for g, r in zip(given, right, strict=True) if r is not None)
    else:
        stored = network_file.read(tmp_path)
        assert stored.beta == verdict["beta"]
        assert stored.construction == name
        for tokens in inputs:
            expected = network.run(tokens, stored.beta)
            np.testing.assert_array_equal(stored.run(tokens), expected)


def test_hand_set_retrieval_holds_against_the_theory(tmp_path: Path) -> None:
    """A positive control: ``ropeproof check`` reads the directory and violates nothing."""
    assert run("retrieval", "--length", 12, "--out", tmp_path)[0] == 0
    result = CliRunner().invoke(app, ["check", str(tmp_path)], catch_exceptions=False)
    assert result.exit_code == 0, result.output


def test_which_constructions_are_gptj_models() -> None:
    fits = {
        name
        for name, kind in every_construction().items()
        if gptj_weights(kind.for_length(7), 1.0) is not None
    }
    assert fits == AS_GPTJ


def test_too_warm_is_refuted_with_the_input(tmp_path: Path) -> None:
    status, output = run("index", "--length", 17, "--beta", 11.7584, "--out", tmp_path)
    assert status == 1
    assert "REFUTED" in output
    verdict = json.loads((tmp_path / "verdict.json").read_text())
    stored = network_file.read(tmp_path)
    assert stored.run(np.array(verdict["failing input"]))[-1] == verdict["its answer"]
    assert verdict["its answer"] != verdict["right answer"]
    assert run("index", "--length", 17, "--beta", 11.7585)[0] == 0


@pytest.mark.parametrize("name", ["index", "retrieval", "previous_token", "induction"])
def test_verdict_turns_at_the_exact_temperature(name: str, tmp_path: Path) -> None:
    length = 17
    network = every_construction()[name].for_length(length)
    beta = float(network.certified_beta(length).mid())
    written = tmp_path / "verdict.json"
    above = run(name, "--length", length, "--beta", beta * (1 + 1e-9))
    below = run(name, "--length", length, "--beta", beta * (1 - 1e-9), "--json", written)
    assert (above[0], below[0]) == (0, 1)
    verdict = json.loads(written.read_text())
    witness = np.array(verdict["failing input"])
    assert network.run(witness, beta * (1 + 1e-9))[-1] == verdict["right answer"]
    assert network.run(witness, beta * (1 - 1e-9))[-1] == verdict["its answer"]
    assert verdict["its answer"] != verdict["right answer"]
    specified = getattr(specifications, name)(network, witness.tolist())[-1]
    assert specified == verdict["right answer"]


def test_between_the_two_temperatures_nothing_is_said() -> None:
    status, output = run("multihop_letter", "--length", 17, "--beta", 2.0)
    assert status == 3
    assert "UNDECIDED" in output


def test_table_is_written(tmp_path: Path) -> None:
    status, output = run("--table", tmp_path / "prices.json")
    assert status == 0
    assert "previous_token" in output
    rows = json.loads((tmp_path / "prices.json").read_text())
    (index,) = [r for r in rows if r["construction"] == "index" and r["length"] == 1025]
    assert index["beta over law"] == pytest.approx(1.0000199, abs=1e-7)
    ladders = {(r["base"], r["channels"]) for r in rows if r["construction"] == "previous_token"}
    assert ladders == {(b, d) for b in (1e4, 5e5, 1e6) for d in (64, 128, 256)}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "no construction is named"),
        (("index",), "--length is required for index"),
        (("compass", "--length", 4), "no construction is called 'compass'"),
        (("index", "--length", 1), "give a length of at least 2"),
        (("induction", "--length", 3), "give a length of at least 4"),
        (("index", "--length", 5, "--beta", "inf"), "is not finite and positive"),
        (("index", "--length", 5, "--beta", "-1"), "is not finite and positive"),
        (("index", "--length", 5, "--beta", "0"), "is not finite and positive"),
        (("index", "--length", 10**6), "give at most"),
    ],
)
def test_bad_input_is_refused(arguments: tuple[object, ...], sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        run(*arguments)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="cannot read"):
        network_file.read(tmp_path)
    run("index", "--length", 3, "--out", tmp_path)
    file = tmp_path / network_file.FILE
    whole = file.read_bytes()
    file.write_bytes(whole[:-8])
    with pytest.raises(Refusal):
        network_file.read(tmp_path)
    file.write_bytes(whole.replace(b"ropeproof-network-1", b"ropeproof-network-9"))
    with pytest.raises(Refusal, match="not of the format"):
        network_file.read(tmp_path)
    file.write_bytes(whole.replace(b"head.0.angles", b"head.7.angles"))
    with pytest.raises(Refusal, match="does not describe"):
        network_file.read(tmp_path)
