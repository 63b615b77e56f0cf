"""The shipped checkpoints are what their manifests say."""

from pathlib import Path

import numpy as np
import pytest
import torch

from empirical.certificates.induction.prover import InductionProver
from empirical.files import checkpoint
from empirical.mechanism.ablation import ablate
from empirical.predictions import predict
from empirical.predictions.subject import Subject
from empirical.recheck.certificate import Verdict
from empirical.shipped.checkpoints import circuits, predictions, shipped
from empirical.tasks.dataset import Dataset
from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.task import OneHop
from empirical.training import evaluation
from empirical.training.recipes import plan_for
from empirical.trajectories import observation_table
from tests.empirical import small_models
from tests.empirical.manifests import assert_made_by

RUNS = {
    "index-1layer": plan_for("index"),
    "retrieval-1layer": plan_for("retrieval"),
    "index-full": plan_for("index-full"),
    "retrieval-full": plan_for("retrieval-full"),
    "index-full-half": plan_for("index-full", rotary_dim=64),
    "retrieval-full-half": plan_for("retrieval-full", rotary_dim=64),
    **{
        f"{task}-seed{seed}": plan_for(task, seed=seed, half=True)
        for task in ("number", "letter")
        for seed in range(3)
    },
}
"""The run behind each shipped directory."""
CIRCUITS = {
    "circuit": plan_for("induction-circuit"),
    "circuit-helped": plan_for("induction-circuit-helped"),
}
SHIPPED = {path.name: path for path in shipped()}
ONE_HOP = [name for name, plan in RUNS.items() if isinstance(plan.task, OneHop)]
MULTI_HOP = [name for name, plan in RUNS.items() if isinstance(plan.task, MultiHop)]


@pytest.fixture(params=RUNS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_run_is_shipped_and_nothing_else() -> None:
    assert sorted(RUNS) == sorted(SHIPPED)


def test_it_is_small_and_says_how_it_was_made(name: str) -> None:
    directory, plan = SHIPPED[name], RUNS[name]
    assert sum(file.stat().st_size for file in directory.iterdir()) < 10 << 20
    model = checkpoint.read(directory)
    assert_made_by(model, plan)
    assert model.manifest is not None
    counts = model.manifest["accuracy"]
    for length in plan.train_lengths:
        assert counts[str(length)]["total"] == 10_000
        assert counts[str(length)]["correct"] >= 9_990


def test_predictions_in_processes_are_those_made_one_by_one() -> None:
    paths = [SHIPPED[name] for name in ("index-1layer", "retrieval-1layer")]
    for path, (name, rows) in zip(paths, predictions(paths), strict=True):
        assert name == path.name
        alone = list(predict(Subject.of(checkpoint.read(path))))
        assert [(r.name, r.where, r.outcome) for r in rows] == [
            (r.name, r.where, r.outcome) for r in alone
        ]
        assert [r.measured for r in rows] == pytest.approx([r.measured for r in alone], abs=1e-4)


def test_circuits_say_how_they_were_made() -> None:
    assert [path.name for path in circuits()] == sorted(CIRCUITS)
    for path in circuits():
        plan, circuit = CIRCUITS[path.name], checkpoint.read(path)
        assert sum(file.stat().st_size for file in path.iterdir()) < 200 << 10
        assert_made_by(circuit, plan)
        assert circuit.manifest is not None
        for count in circuit.manifest["accuracy"].values():
            assert count["correct"] == count["total"] > 0


@pytest.mark.parametrize("path", circuits(), ids=lambda path: path.name)
def test_circuits_are_proved_right_on_every_input(path: Path) -> None:
    prover = InductionProver(checkpoint.read(path))
    for length, share in ((8, 1.0), (32, 0.99), (128, 0.5)):
        contexts = prover.contexts(length)
        groups = [g for end in ((0, 1), (7, 3), (9, 14)) for g in prover.groups(contexts, *end)]
        proved = sum(group.verdict is Verdict.PROVED for group in groups)
        assert len(groups) == 45
        assert proved >= share * len(groups)


@pytest.mark.parametrize("name", ONE_HOP)
@pytest.mark.parametrize("length", [10, 32, 128])
def test_the_recorded_accuracy_is_measured_again(name: str, length: int) -> None:
    model, plan = small_models.ours(SHIPPED[name]), RUNS[name]
    count = evaluation.accuracy(model, plan.task, length, 10_000, plan.seed)
    recorded = (checkpoint.read(SHIPPED[name]).manifest or {})["accuracy"][str(length)]
    # Rounding on another machine may tip an input that is nearly undecided.
    assert abs(count.correct - recorded["correct"]) <= 2


@pytest.mark.parametrize("name", MULTI_HOP)
def test_every_number_of_hops_is_answered(name: str) -> None:
    task, manifest = RUNS[name].task, checkpoint.read(SHIPPED[name]).manifest or {}
    assert isinstance(task, MultiHop)
    for count in manifest["accuracy_by_hops"].values():
        assert count["total"] == 2_500
        assert count["correct"] >= 0.999 * count["total"]
    model = small_models.ours(SHIPPED[name])
    counts = evaluation.accuracy_by_hops(model, task, 400, RUNS[name].seed)
    assert all(count.correct >= 99 and count.total == 100 for count in counts.values())


@torch.inference_mode()
def test_transformers_computes_the_same(name: str) -> None:
    directory = SHIPPED[name]
    ours, theirs = small_models.ours(directory), small_models.theirs(directory)
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(ours.config.vocab_size, (4, 64), generator=generator)
    assert torch.allclose(ours(ids), theirs(ids).logits, atol=1e-4)


@pytest.mark.parametrize("name", ["number-seed1", "letter-seed0"])
def test_what_was_observed_at_the_last_step_is_measured_again(name: str) -> None:
    task, last = RUNS[name].task, observation_table.read(SHIPPED[name]).rows[-1]
    assert isinstance(task, MultiHop)
    model = small_models.ours(SHIPPED[name])
    # Observed before the weights were rounded to float16, and on another machine.
    inputs = observation_table.read(SHIPPED[name]).without_inputs
    ids, answers = Dataset(task, RUNS[name].seed).batch("test", 0, inputs)
    row = next(ablate(model, ids, answers, task.hops(ids)))
    right = [count.correct for count in row.counts.values()]
    assert (row.layer, row.head, row.way) == (0, 0, "zero")
    assert np.abs(np.subtract(right, last.without["zero"][0])).max() <= 2
    count, recorded = evaluation.accuracy(model, task, 34, 200, 7), last.lengths[34]
    low, high = count.interval(0.9999)
    assert low <= recorded.correct / recorded.total <= high
