"""Runs are measured as their definitions say; hand-set circuits pass, shuffled ones fail."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from empirical.heads.executed import residual_streams
from empirical.induction import collection, hand_set, probe
from empirical.induction.change_point import bump, change_point
from empirical.induction.collection import Collection, principal_components
from empirical.induction.measures import MeasuredModel, shuffled
from empirical.induction.probe import Probe
from empirical.induction.roles import induction_head, learned, previous_token_head
from empirical.induction.trajectory import InductionTrajectory, of_run
from empirical.predictions.induction import predict
from empirical.predictions.prediction import PredictionOutcome
from empirical.scores.ablation import ablated_losses, losses
from empirical.scores.repeats import followers
from empirical.tasks.segments import Segments
from empirical.training import trainer
from empirical.training.plan import Plan
from empirical.training.recipes import PLANS
from tests.command_line import ropeproof
from tests.empirical import small_models
from theory.refusal import Refusal

LANGUAGE = Segments((*"abcdefghijklmnop", *"ABCDEFGHIJKLMNOP"))
SHAPE = replace(PLANS["induction-2"].model, n_embd=16, n_head=2, rotary_dim=4)


@pytest.fixture(autouse=True)
def few_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "TEXTS", 96)
    monkeypatch.setattr(probe, "INPUTS", 8)


@pytest.fixture(scope="module")
def circuits() -> list[InductionTrajectory]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probe, "TEXTS", 96)
        patch.setattr(probe, "INPUTS", 8)
        patch.setattr(hand_set, "SNAPSHOTS", 7)
        return list(hand_set.hand_set(LANGUAGE, 48, range(1)))


def a_model(seed: int = 0) -> MeasuredModel:
    return MeasuredModel(SHAPE, small_models.weights(SHAPE, seed), Probe(LANGUAGE, 48))


def test_probe_repeats_are_what_they_say() -> None:
    asked = Probe(LANGUAGE, 48).repeats
    letters = LANGUAGE.letters
    for kind, inputs in asked.items():
        same = followers(inputs.ids if kind == "matching" else letters[inputs.ids])
        assert (inputs.targets <= same).all()
        assert inputs.targets.any()
    for kind in ("translated", "patterned"):
        queries = asked[kind].targets.any(axis=2)
        assert not followers(asked[kind].ids)[queries].any()
    # Translated repeats change case between segments only, patterned ones at every second letter.
    changes = {
        kind: float(np.mean(np.diff(np.isin(asked[kind].ids, LANGUAGE.upper), axis=1)))
        for kind in ("translated", "patterned")
    }
    assert changes["translated"] < 0.1 < 0.4 < changes["patterned"]


def test_frozen_patterns_change_what_a_cut_head_takes_with_it() -> None:
    model = a_model()
    text = model.probe.text[:8]
    executed = model.executed()
    whole, ablated = losses(executed, text), ablated_losses(executed, text)

    # A head of the last layer can as well be cut out of the weights; one of the first cannot,
    # as the patterns above would move.
    for layer, preserved in ((1, True), (0, False)):
        cut = {name: np.array(w) for name, w in model.weights.items()}
        cut[f"transformer.h.{layer}.attn.out_proj.weight"][:, 8:] = 0
        without = losses(replace(model, weights=cut).executed(), text)
        assert np.allclose(ablated[layer, 1], without, atol=1e-4) == preserved
        assert not np.allclose(ablated[layer, 1], whole, atol=1e-4)


def test_patterns_are_the_models_own() -> None:
    model = a_model(1)
    ids = model.probe.text[:4, :-1]
    executed = model.executed()
    for layer, stream in zip(range(2), residual_streams(executed, ids), strict=False):
        block = executed.transformer.blocks[layer]
        normed = block.ln_1(torch.from_numpy(stream))
        values = block.attn.split(block.attn.v_proj(normed)).detach().numpy().astype("f8")
        read = np.concatenate(
            [model.patterns(ids)[layer][head] @ values[:, head] for head in range(2)], axis=2
        )
        output = np.asarray(model.weights[f"transformer.h.{layer}.attn.out_proj.weight"])
        expected = block.attn(normed, False).detach().numpy()
        np.testing.assert_allclose(read @ output.T, expected, atol=1e-4)


def test_shuffled_weights_are_the_same_numbers_elsewhere() -> None:
    weights = a_model().weights
    moved = shuffled(weights, 0)
    for name, array in weights.items():
        np.testing.assert_array_equal(np.sort(moved[name], axis=None), np.sort(array, axis=None))
        assert bool((moved[name] != array).any()) == ("_proj.weight" in name)


@pytest.mark.parametrize(("middle", "softness"), [(200.0, 15.0), (333.0, 40.0), (455.0, 4.0)])
def test_a_planted_change_is_found_within_its_error(middle: float, softness: float) -> None:
    steps = np.arange(0.0, 601, 20)
    rng = np.random.default_rng(0)
    clean = 0.1 + 0.7 / (1 + np.exp(-(steps - middle) / softness))
    change = change_point(steps, clean + rng.normal(0, 0.01, steps.size))
    assert abs(change.middle - middle) <= 4 * change.error
    assert change.error < 10
    assert change.height == pytest.approx(0.7, abs=0.1)


def test_no_change_is_no_change_point() -> None:
    steps = np.arange(0.0, 601, 20)
    assert np.isnan(change_point(steps, np.ones_like(steps)).middle)


def test_hand_set_circuits_pass_and_shuffled_ones_fail(circuits: list[InductionTrajectory]) -> None:
    alone = "smearing_brings_the_change_forward"  # one seed of each cannot be significant
    rows = [row for row in predict(circuits) if row.name != alone]
    assert [row.name for row in rows if row.outcome is not PredictionOutcome.PASS] == []
    assert {row.where.split(",")[0].split()[0] for row in rows} == {
        "induction-1",
        "induction-1-smeared",
        "induction-2",
        "induction-3",
    }
    assert all(learned(run) for run in circuits if run.name != "induction-1")
    moved = predict([run.of_shuffled() for run in circuits])
    passed = {row.name for row in moved if row.outcome is PredictionOutcome.PASS}
    assert passed <= {"one_layer_does_not_learn", "one_layer_does_not_match"}
    two = next(run for run in circuits if run.name == "induction-2")
    assert (previous_token_head(two), induction_head(two)) == ((0, 0), (1, 0))


def test_a_loss_that_only_flattens_has_no_bump(circuits: list[InductionTrajectory]) -> None:
    two = next(run for run in circuits if run.name == "induction-2")
    change = change_point(two.steps, two.in_context)
    assert bump(two, change) > 2
    assert bump(replace(two, loss=np.exp(-two.steps)), change) <= 1


def test_a_collection_is_read_as_written(
    circuits: list[InductionTrajectory], tmp_path: Path
) -> None:
    places = np.arange(14.0).reshape(7, 2)
    written = Collection(circuits[:1], circuits[1:2], {("induction-1", 0): places}, (0.7, 0.2))
    collection.write(tmp_path / "some.jsonl", written)
    read = collection.read(tmp_path / "some.jsonl")
    assert [run.to_json() for run in read.trained] == [circuits[0].to_json()]
    assert [run.to_json() for run in read.hand_set] == [circuits[1].to_json()]
    np.testing.assert_array_equal(read.components["induction-1", 0], places)
    assert read.explained == (0.7, 0.2)
    lines = (tmp_path / "some.jsonl").read_text().splitlines()
    for damaged in ("", "[]", lines[0] + "\n{}", lines[1]):
        (tmp_path / "damaged.jsonl").write_text(damaged)
        with pytest.raises(Refusal, match="no trajectories"):
            collection.read(tmp_path / "damaged.jsonl")


def test_principal_components_are_those_of_the_covariance() -> None:
    rng = np.random.default_rng(0)
    parts = {("a", seed): rng.normal(size=(6, 5)) * [5, 3, 1, 1, 1] for seed in range(2)}
    components, explained = principal_components(parts)
    rows = np.concatenate(list(parts.values()))
    values = np.linalg.eigvalsh(np.cov(rows.T))[::-1]
    np.testing.assert_allclose(explained, values[:2] / values.sum())
    together = np.concatenate(list(components.values()))
    np.testing.assert_allclose(together.var(axis=0, ddof=1), values[:2])
    assert abs(np.corrcoef(together.T)[0, 1]) < 1e-9


def a_plan(name: str) -> Plan:
    """Three steps of a small model, on 48 tokens."""
    plan = PLANS[name]
    model = replace(SHAPE, vocab_size=plan.model.vocab_size)
    return replace(plan, model=model, train_lengths=(48,), steps=3, batch_size=2, snapshots=(0, 3))


def test_components_are_of_one_language(tmp_path: Path) -> None:
    names = ("induction-2", "induction-2-markov")
    for name in names:
        trainer.train(a_plan(name), tmp_path / name, evaluation_inputs=10)
    directories = [tmp_path / name for name in names]
    trained = [of_run(directory) for directory in directories]
    assert [run.name for run in trained] == list(names)
    collected = collection.of_runs(directories, trained, [])
    assert collected.components.keys() == {("induction-2", 0)}


def test_a_run_is_measured_once(tmp_path: Path) -> None:
    plan = a_plan("induction-2")
    trainer.train(plan, tmp_path / "run", evaluation_inputs=10)
    told: list[float] = []
    trajectory = of_run(tmp_path / "run", told.append)
    assert (trajectory.name, trajectory.seed, trajectory.steps.tolist()) == (
        "induction-2",
        0,
        [0, 3],
    )
    assert told == [0.5, 1.0]
    assert collection.single_losses(tmp_path / "run").shape == (2, 24 * 48)
    again = of_run(tmp_path / "run", told.append)
    assert again.to_json() == trajectory.to_json()
    assert told == [0.5, 1.0]
    for part in (tmp_path / "run" / "snapshots").iterdir():
        part.unlink()
    (tmp_path / "run" / "trajectory.json").unlink()
    with pytest.raises(Refusal, match="no run of a language with snapshots"):
        of_run(tmp_path / "run")
    with pytest.raises(Refusal, match="not a directory"):
        of_run(tmp_path / "nowhere")


def test_a_run_whose_measures_are_not_finite_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    run = tmp_path / "run"
    trainer.train(a_plan("induction-2"), run, evaluation_inputs=10)
    snapshot = min((run / "snapshots").iterdir())
    weights = load_file(snapshot)
    save_file({name: array * np.float32(2.0**60) for name, array in weights.items()}, snapshot)
    files = sorted(run.iterdir())
    with np.errstate(all="ignore"), pytest.raises(Refusal, match="are not finite"):
        of_run(run)
    assert sorted(run.iterdir()) == files


def test_shipped_trajectories_are_shown(
    tmp_path: Path,
) -> None:
    ran = ropeproof("induction", "--json", tmp_path / "rows.json")
    assert ran.status == 0
    rows = json.loads((tmp_path / "rows.json").read_bytes())
    assert len(rows) == 3
    assert "induction-1, 5 seeds" in {row["where"] for row in rows["trained"]}
    assert "hand-set" in ran.out


def test_bad_runs_are_refused_in_a_sentence(
    tmp_path: Path,
) -> None:
    ran = ropeproof("induction", tmp_path / "nowhere")
    assert ran.status == 2
    assert "ropeproof: " in ran.err
