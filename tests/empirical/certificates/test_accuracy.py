"""Certified accuracy holds what running every input gives, and what torch gives on draws."""

from collections import Counter
from functools import cache
from itertools import islice, product
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from empirical.certificates.accuracy.bounds import accuracy, of_query
from empirical.certificates.one_layer.prover import Prover
from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.models.config import GPTJConfig
from empirical.shipped.checkpoints import shipped
from empirical.tasks import task_from_entries
from empirical.training.plan import Plan
from empirical.training.trainer import train
from tests.empirical import small_models
from tests.empirical.certificates import tiny

CLEAR = 1e-9
"""Margins above this in size have the sign that float64 gives them."""
SHIPPED = {path.name: path for path in shipped()}
models = st.tuples(
    st.sampled_from(sorted(tiny.TASKS)),
    st.integers(0, 10_000),
    st.booleans(),
    st.sampled_from([0.4, 1.5]),
    st.sampled_from([2, 6]),
)
seen: Counter[str] = Counter()


@cache
def brute(
    model: tuple[str, int, bool, float, int], length: int
) -> dict[tuple[int, int], tuple[float, float]]:
    return every_input(tiny.checkpoint(*model), length)


@torch.inference_mode()
def every_input(checkpoint: Checkpoint, length: int) -> dict[tuple[int, int], tuple[float, float]]:
    """Share of inputs surely right and perhaps right, by query and answer."""
    run = tiny.model(checkpoint)
    shares = {}
    for domain in Prover(checkpoint).domains(length):
        for answer in domain.answers.tolist():
            placed = []
            for place in (d for d in domain.distances if d < length):
                choices = [domain.others.tolist()] * length
                choices[length - 1 - place], choices[-1] = [answer], [domain.query]
                placed.append(list(product(*choices)))
            logits = run(torch.tensor([x for one in placed for x in one]), last_only=True)[:, 0]
            others = logits.clone()
            others[:, answer] = -torch.inf
            margins = logits[:, answer] - others.max(dim=1).values
            sure, perhaps = (float((margins > m).double().mean()) for m in (CLEAR, -CLEAR))
            shares[domain.query, answer] = sure, perhaps
    return shares


@settings(max_examples=20)
@given(models, st.integers(2, 4))
def check(model: tuple[str, int, bool, float, int], length: int) -> None:
    prover = Prover(tiny.checkpoint(*model))
    shares = brute(model, length)
    for domain in prover.domains(length):
        for part in of_query(prover, domain, length):
            sure, perhaps = shares[part.query, part.answer]
            assert part.accuracy.lower <= perhaps
            assert part.accuracy.upper >= sure
            seen["all"] += 1
            seen["failing"] += perhaps < 1
            seen["from above"] += part.accuracy.upper < 1
            seen["close"] += perhaps < 1 and part.accuracy.upper - part.accuracy.lower < 0.02


def test_bounds_hold_every_input() -> None:
    check()
    assert seen["failing"] > 20
    assert seen["from above"] > seen["failing"] / 2
    assert seen["close"] > seen["failing"] / 8


@pytest.mark.parametrize("task", sorted(tiny.TASKS))
def test_bounds_hold_every_input_of_trained_models(task: str, tmp_path: Path) -> None:
    entries = tuple(entry for entry in tiny.TASKS[task] if entry is not None)
    config = GPTJConfig(len(entries), n_embd=8, n_layer=1, n_head=1, rotary_dim=8, n_inner=4)
    right, widths = [], []
    for steps in (5, 60):
        made = task_from_entries(task, entries)
        plan = Plan(made, config, train_lengths=(3, 4), steps=steps, batch_size=32)
        train(plan, tmp_path / str(steps), evaluation_inputs=10)
        model = checkpoint.read(tmp_path / str(steps))
        prover, shares = Prover(model), every_input(model, 5)
        for domain in prover.domains(5):
            for part in of_query(prover, domain, 5):
                sure, perhaps = shares[part.query, part.answer]
                assert part.accuracy.lower <= perhaps
                assert part.accuracy.upper >= sure
                widths.append(part.accuracy.upper - part.accuracy.lower)
        right.append(np.mean([perhaps for _, perhaps in shares.values()]))
    assert 0 < right[0] < right[1]
    assert np.median(widths) < 0.05


def test_whole_task_is_the_mean_over_what_is_drawn() -> None:
    model = ("index", 3, True, 1.5, 6)
    shares = brute(model, 4)
    bounds = accuracy(Prover(tiny.checkpoint(*model)), 4, lambda done, total: None)
    queries = sorted({query for query, _ in shares})
    assert bounds["queries"].keys() == set(map(str, queries))
    by_query = [
        np.mean([s for (q, _), s in shares.items() if q == query], axis=0) for query in queries
    ]
    sure, perhaps = np.mean(by_query, axis=0)
    assert bounds["lower"] <= perhaps
    assert bounds["upper"] >= sure


def test_nothing_fails_where_it_is_proved() -> None:
    prover = Prover(checkpoint.read(SHIPPED["index-1layer"]))
    bounds = accuracy(prover, 60, lambda done, total: None)
    assert (bounds["lower"], bounds["upper"], bounds["parts"]) == (1.0, 1.0, [])


@torch.inference_mode()
def test_draws_fall_between_the_bounds() -> None:
    prover = Prover(checkpoint.read(SHIPPED["index-1layer"]))
    run = small_models.ours(SHIPPED["index-1layer"])
    length, size = 144, 2000
    domain = prover.domains(length)[0]
    parts = list(islice(of_query(prover, domain, length), 3))
    lower = float(np.mean([part.accuracy.lower for part in parts]))
    upper = float(np.mean([part.accuracy.upper for part in parts]))
    assert 0 < upper - lower < 0.01
    rng = np.random.default_rng(0)
    inputs = rng.choice(domain.others, (size, length))
    answers = rng.choice([part.answer for part in parts], size)
    inputs[:, -1], inputs[:, -1 - domain.distances.start] = domain.query, answers
    logits = run(torch.from_numpy(inputs), last_only=True)[:, 0]
    right = float((logits.argmax(dim=1).numpy() == answers).mean())
    noise = 4 * np.sqrt(upper * (1 - lower) / size)
    assert lower - noise <= right <= upper + noise
