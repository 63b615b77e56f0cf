"""The shipped checkpoints are what their manifests say."""

from importlib.resources import files
from pathlib import Path

import pytest
import torch

from empirical import checkpoint, evaluation
from empirical.plans import PLANS
from empirical.provenance import data_sha256
from empirical.tasks import task_from_entries
from tests.empirical import small_models

FOLDER = Path(str(files("empirical"))) / "checkpoints"
SHIPPED = sorted(path.name for path in FOLDER.iterdir())


@pytest.fixture(params=SHIPPED)
def directory(request: pytest.FixtureRequest) -> Path:
    return FOLDER / str(request.param)


def test_every_task_has_one() -> None:
    assert SHIPPED == ["index-1layer", "retrieval-1layer"]


def test_it_is_small_and_says_how_it_was_made(directory: Path) -> None:
    assert sum(file.stat().st_size for file in directory.iterdir()) < 1 << 20
    found = checkpoint.read(directory)
    assert found.task is not None
    assert found.manifest is not None
    plan = PLANS[found.task.name]
    assert task_from_entries(found.task.name, found.task.entries) == plan.task
    assert found.config == plan.model
    assert found.manifest["config"] == plan.to_json()
    assert found.manifest["data_sha256"] == data_sha256(plan)
    counts = found.manifest["accuracy"]
    for length in plan.train_lengths:
        assert counts[str(length)]["total"] == 10_000
        assert counts[str(length)]["correct"] >= 9_990


@pytest.mark.parametrize("length", [10, 32, 128])
def test_the_recorded_accuracy_is_measured_again(directory: Path, length: int) -> None:
    found = checkpoint.read(directory)
    assert found.task is not None
    assert found.manifest is not None
    plan = PLANS[found.task.name]
    count = evaluation.accuracy(small_models.ours(directory), plan.task, length, 10_000, plan.seed)
    # Rounding on another machine may tip an input that is nearly undecided.
    assert abs(count.correct - found.manifest["accuracy"][str(length)]["correct"]) <= 2


@torch.inference_mode()
def test_transformers_computes_the_same(directory: Path) -> None:
    ours, theirs = small_models.ours(directory), small_models.theirs(directory)
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(ours.config.vocab_size, (4, 64), generator=generator)
    assert torch.allclose(ours(ids), theirs(ids).logits, atol=1e-4)
