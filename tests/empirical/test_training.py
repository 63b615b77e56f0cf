"""A run ends in the same bytes however often it is interrupted, and learns what it should."""

import json
import math
import os
import platform
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor

from empirical.files import checkpoint
from empirical.models.config import GPTJConfig
from empirical.models.gptj import GPTJ
from empirical.tasks.index import IndexTask
from empirical.training import evaluation, recipes, trainer
from empirical.training.evaluation import Count
from empirical.training.provenance import data_sha256
from empirical.training.trainer import SNAPSHOTS, STATE, train
from tests.empirical import solvers
from tests.empirical.training_runs import PLAN, TASK, WALKS, Killed, run
from theory.refusal import Refusal


def test_resumed_run_ends_in_the_same_bytes(tmp_path: Path) -> None:
    whole = run(tmp_path / "whole")
    torch.manual_seed(99)  # whatever the process has drawn before
    for step in (2, 7, 12):  # before a saving, after one, and before the end is written
        with pytest.raises(Killed):
            run(tmp_path / "broken", until=step)
        assert (tmp_path / "broken" / STATE).exists()
    rest = run(tmp_path / "broken")
    assert rest == whole[10:]
    for name in ("model.safetensors", "config.json", "task.json"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "broken" / name).read_bytes()
    manifests = [
        json.loads((tmp_path / name / "manifest.json").read_text()) for name in ("whole", "broken")
    ]
    for manifest in manifests:
        del manifest["seconds"]
    assert manifests[0] == manifests[1]
    assert not (tmp_path / "broken" / STATE).exists()


def test_the_rest_of_the_process_keeps_its_random_numbers(tmp_path: Path) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    run(tmp_path)
    assert torch.equal(torch.rand(3), expected)


def test_other_seed_other_weights(tmp_path: Path) -> None:
    run(tmp_path / "a")
    run(tmp_path / "b", replace(PLAN, seed=1))
    first, second = (checkpoint.read(tmp_path / name) for name in ("a", "b"))
    assert first.sha256 != second.sha256
    assert data_sha256(PLAN) != data_sha256(replace(PLAN, seed=1))


def test_manifest_says_how_it_was_made(tmp_path: Path) -> None:
    run(tmp_path)
    model = checkpoint.read(tmp_path)
    assert model.manifest is not None
    assert model.manifest["config"] == json.loads(json.dumps(PLAN.to_json()))
    assert model.manifest["data_sha256"] == data_sha256(PLAN)
    assert model.manifest["accuracy"].keys() == {"3", "4", "8", "16", "64"}
    assert all(count["total"] == 20 for count in model.manifest["accuracy"].values())
    assert model.task == checkpoint.TaskRecord("index", TASK.entries, (3, 4))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"learning_rate": 0.0}, "learning_rate is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"train_lengths": ()}, "train_lengths is empty"),
        ({"learning_rate": math.inf}, "learning_rate is inf"),
        ({"learning_rate": math.nan}, "learning_rate is nan"),
        ({"seed": 2**63}, "seed is 9"),
        ({"train_lengths": (3, 1)}, "no offset of the index task reaches back inside 1"),
        ({"train_lengths": (3, 0)}, "no offset of the index task reaches back inside 0"),
        ({"task": IndexTask(("a", 1))}, "4 token ids and the index task 2"),
    ],
)
def test_impossible_plan_is_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(Refusal, match=says):
        replace(PLAN, **change)  # type: ignore[arg-type]


def test_the_rate_rises_and_falls() -> None:
    rates = [PLAN.rate(step) / PLAN.learning_rate for step in range(PLAN.steps)]
    assert max(rates) == 1
    assert all(0 < rate <= 1 for rate in rates)
    assert sorted(rates, reverse=True)[1:] == rates[1:]


def test_the_rate_is_a_straight_rise_then_a_straight_fall() -> None:
    plan = replace(PLAN, steps=16, learning_rate=30.0)
    assert [plan.rate(step) for step in range(16)] == pytest.approx([15, *range(30, 0, -2)])


def test_a_shipped_plan_is_changed_where_asked() -> None:
    plan = recipes.plan_for("number", steps=60, half=True, rotary_dim=32)
    assert (plan.model.n_embd, plan.model.rotary_dim, plan.half) == (128, 32, True)
    assert plan.snapshots == (0, 50)
    plan = recipes.plan_for("index", steps=7, seed=3, width=16)
    assert (plan.steps, plan.seed, plan.model.n_embd, plan.model.rotary_dim) == (7, 3, 16, 16)
    assert recipes.plan_for("index") == recipes.PLANS["index"]
    with pytest.raises(Refusal, match="choose one of index, retrieval, index-full"):
        recipes.plan_for("sorting")
    with pytest.raises(Refusal, match="even number"):
        recipes.plan_for("index", width=7)


class Solver(GPTJ):
    """Answers the task by the slow solver, shifted by a number of token ids."""

    shift = 0

    def forward(self, ids: Tensor, last_only: bool = False) -> Tensor:
        """Logits that name the (shifted) answer."""
        assert last_only
        assert not self.training
        answers = [solvers.index(TASK.entries, tokens)[0] + self.shift for tokens in ids.tolist()]
        return torch.nn.functional.one_hot(torch.tensor(answers), 4)[:, None].float()


@pytest.mark.parametrize("at_once", [1, 50, 1 << 17])
def test_accuracy_counts_every_input(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(evaluation, "TOKENS_AT_ONCE", {"cpu": at_once})
    model = Solver(PLAN.model)
    assert evaluation.accuracy(model, TASK, 7, 23, seed=0) == Count(23, 23)
    assert model.training, "the mode is kept"
    model.shift = 1
    assert evaluation.accuracy(model, TASK, 7, 23, seed=0) == Count(0, 23)


def test_index_is_learned(tmp_path: Path) -> None:
    plan = replace(recipes.plan_for("index", steps=250), batch_size=128)
    counts = train(plan, tmp_path, evaluation_inputs=500)
    assert all(counts[length].correct > 0.95 * 500 for length in plan.train_lengths)
    assert trainer.BEYOND[-1] * 32 in counts


def test_manifest_names_no_machine(tmp_path: Path) -> None:
    run(tmp_path)
    text = (tmp_path / "manifest.json").read_text()
    assert all(
        word not in text
        for word in (str(tmp_path), os.getcwd(), str(Path.home()), "/", platform.node())
    )
    manifest = json.loads(text)
    assert manifest["seed"] == PLAN.seed
    assert manifest["steps"] == PLAN.steps
    assert manifest["versions"].keys() == {"python", "ropeproof", "torch", "numpy", "safetensors"}


def weights(file: Path) -> dict[str, Tensor]:
    """The tensors of a file."""
    return safetensors.torch.load_file(file)


def test_snapshots_are_the_weights_on_the_way(tmp_path: Path) -> None:
    run(tmp_path / "whole", WALKS)
    kept = {file.name: weights(file) for file in (tmp_path / "whole" / SNAPSHOTS).iterdir()}
    assert sorted(kept) == [f"step-{step:06d}.safetensors" for step in (0, 2, 6)]
    last = weights(tmp_path / "whole" / "model.safetensors")
    name = "transformer.h.1.attn.q_proj.weight"
    assert torch.equal(kept["step-000006.safetensors"][name], last[name])
    assert not torch.equal(kept["step-000002.safetensors"][name], last[name])
    with pytest.raises(Killed):
        run(tmp_path / "broken", WALKS, until=3)
    run(tmp_path / "broken", WALKS)
    for file in (tmp_path / "whole" / SNAPSHOTS).iterdir():
        assert file.read_bytes() == (tmp_path / "broken" / SNAPSHOTS / file.name).read_bytes()


def test_hops_are_counted_apart(tmp_path: Path) -> None:
    reports = run(tmp_path, WALKS)
    for report in reports:
        assert {hops: count.total for hops, count in report.by_hops.items()} == dict.fromkeys(
            range(1, 5), 2
        )
        right = sum(count.correct for count in report.by_hops.values())
        assert right == report.accuracy * 8
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["accuracy"].keys() == {"17", *map(str, trainer.LONGER)}
    assert {kind["total"] for kind in manifest["accuracy_by_hops"].values()} == {5}


def test_half_is_what_is_measured_and_stored(tmp_path: Path) -> None:
    run(tmp_path / "half", replace(WALKS, half=True))
    run(tmp_path / "whole", WALKS)
    half, whole = (weights(tmp_path / name / "model.safetensors") for name in ("half", "whole"))
    for name, tensor in whole.items():
        assert half[name].dtype == torch.float16
        assert torch.equal(half[name], tensor.half())
    assert checkpoint.read(tmp_path / "half").weights["lm_head.weight"].dtype == "float32"


def test_the_loss_falls(tmp_path: Path) -> None:
    plan = replace(PLAN, model=GPTJConfig(4, 8, 1, 1, 8), steps=60, batch_size=16)
    losses = [report.loss for report in run(tmp_path, plan)]
    assert losses[0] == pytest.approx(math.log(4), abs=0.1)
    assert sum(losses[-10:]) < 0.9 * sum(losses[:10])


def test_a_run_that_diverges_writes_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="holds NaN or infinite numbers"):
        run(tmp_path, replace(PLAN, learning_rate=1e30))
    assert os.listdir(tmp_path) == [STATE]
