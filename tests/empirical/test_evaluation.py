"""Right answers are counted one by one, on inputs that no size of a pass decides."""

from typing import Any

import numpy as np
import pytest
import torch

from empirical.models.config import GPTJConfig
from empirical.models.gptj import GPTJ
from empirical.tasks.index import IndexTask
from empirical.tasks.retrieval import RetrievalTask
from empirical.tasks.task import Task
from empirical.training import evaluation
from empirical.training.evaluation import Count, accuracy
from empirical.training.recipes import plan_for
from tests.empirical import solvers
from theory.refusal import Refusal

LETTERS = IndexTask(("a", "b", 1, 2))
PAIRS = RetrievalTask((("a", "b"), ("b", 1), ("b", "a"), None))
INPUTS = 300
"""More than are drawn at once."""


def random_model(dropout: float = 0.0) -> GPTJ:
    """A model whose answers depend on the whole of its input."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = GPTJ(GPTJConfig(4, 8, 2, 2, 4, resid_pdrop=dropout))
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter))
    return model


def asked(model: GPTJ, task: Task, length: int, seed: int = 0) -> tuple[Count, list[list[int]]]:
    """The count, and the inputs that the model was asked."""
    rows: list[list[int]] = []

    def record(_: object, arguments: tuple[Any, ...]) -> None:
        rows.extend(arguments[0].tolist())

    handle = model.register_forward_pre_hook(record)
    count = accuracy(model, task, length, INPUTS, seed)
    handle.remove()
    return count, rows


@pytest.mark.parametrize("task", [LETTERS, PAIRS], ids=["index", "retrieval"])
@pytest.mark.parametrize("length", [2, 7, 40])
@torch.inference_mode()
def test_count_equals_a_slow_loop(task: Task, length: int) -> None:
    model = random_model()
    count, rows = asked(model, task, length)
    right = 0
    for tokens in rows:
        logits = model(torch.tensor([tokens]))[0, -1].tolist()
        right += [logits.index(max(logits))] == getattr(solvers, task.name)(task.entries, tokens)
    assert count == Count(right, INPUTS)
    assert len(rows) == INPUTS
    assert 0 < right < INPUTS, "a model that is always right or always wrong tests little"


@pytest.mark.parametrize("at_once", [1, 50, 1 << 12])
def test_size_of_a_pass_changes_nothing(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    expected = asked(random_model(), LETTERS, 7)
    monkeypatch.setattr(evaluation, "TOKENS_AT_ONCE", {"cpu": at_once})
    assert asked(random_model(), LETTERS, 7) == expected


def test_seed_decides_the_inputs() -> None:
    model = random_model(dropout=0.5)
    assert asked(model, LETTERS, 7, seed=3) == asked(model, LETTERS, 7, seed=3)
    assert asked(model, LETTERS, 7, seed=3)[1] != asked(model, LETTERS, 7, seed=4)[1]


def test_inputs_are_not_those_of_training() -> None:
    plan = plan_for("index")
    seen = {tuple(row) for step in range(100) for row in plan.batch(step)[0].tolist()}
    rows = asked(GPTJ(plan.model), plan.task, plan.train_lengths[-1], plan.seed)[1]
    assert seen.isdisjoint(map(tuple, rows))


@pytest.mark.parametrize("length", [-1, 0, 1])
@pytest.mark.parametrize("training", [True, False])
def test_impossible_length_is_refused_and_the_mode_kept(length: int, training: bool) -> None:
    model = random_model().train(training)
    with pytest.raises(Refusal, match="ask for"):
        accuracy(model, LETTERS, length, 5, seed=0)
    assert model.training == training


def test_an_untrained_model_is_no_better_than_chance() -> None:
    plan = plan_for("index")
    letters = sum(isinstance(entry, str) for entry in plan.task.entries)
    count = accuracy(GPTJ(plan.model), plan.task, 12, 2000, seed=0)
    assert count.correct <= 2000 / letters + 5 * np.sqrt(2000 / letters)
