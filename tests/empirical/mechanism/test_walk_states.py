"""A stream of the idealised model is recognised, and one that is a layer late is not."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from empirical.heads.executed import residual_streams
from empirical.mechanism import walk_states
from empirical.mechanism.walk_states import WalkStates
from empirical.models.config import GPTJConfig
from empirical.models.gptj import GPTJ
from empirical.tasks.dataset import Dataset
from empirical.tasks.number import NumberTask
from tests.empirical import small_models, solvers

ENTRIES = (*"abc", *range(1, 17))
TASK = NumberTask(ENTRIES)
SIZE = len(ENTRIES)
READABLE = GPTJConfig(SIZE, n_embd=SIZE, n_layer=6, n_head=1, rotary_dim=2, n_inner=1)


def readable() -> GPTJ:
    """A model whose residual stream holds tokens as unit vectors."""
    weights = small_models.weights(READABLE)
    units = np.eye(SIZE, dtype="f4")
    ones, zeros = np.ones(SIZE, dtype="f4"), np.zeros(SIZE, dtype="f4")
    known = {"lm_head.weight": units, "lm_head.bias": zeros}
    norm = {"transformer.ln_f.weight": ones, "transformer.ln_f.bias": zeros}
    return GPTJ.of(READABLE, weights | known | norm)


def index(tokens: list[int]) -> list[int]:
    """One layer of Index: an integer that finds a letter becomes it."""
    after = list(tokens)
    for place, token in enumerate(tokens):
        jump = ENTRIES[token]
        if isinstance(jump, int) and isinstance(ENTRIES[tokens[place - jump]], str):
            after[place] = tokens[place - jump]
    return after


def streams(ids: np.ndarray, idle: int) -> Iterator[np.ndarray]:
    """Six layers of the idealised model, the first ``idle`` of which do nothing."""
    held = [list(tokens) for tokens in ids.tolist()]
    yield np.eye(SIZE, dtype="f4")[held]
    for layer in range(6):
        held = held if layer < idle else [index(tokens) for tokens in held]
        yield np.eye(SIZE, dtype="f4")[held]


@pytest.mark.parametrize("idle", [0, 1])
def test_the_idealised_model_is_told_from_one_that_is_a_layer_late(
    idle: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, _ = Dataset(TASK, 0).batch("test", 0, 40)
    monkeypatch.setattr(walk_states, "residual_streams", lambda model, ids: streams(ids, idle))
    walks = WalkStates.of(readable(), TASK, ids)
    rows = walks.answers_held()
    assert [(row.depth, row.remaining, row.stops) for row in rows] == [
        (depth, remaining, 50 - 10 * remaining) for depth in range(7) for remaining in range(1, 5)
    ]
    chance = [row.held for row in rows if row.expected == 0]
    late = [row.stops - row.held for row in rows if row.expected]
    # An integer reads as the first of the letters: every third answer by chance.
    assert 0 < sum(chance) < 0.5 * sum(row.stops for row in rows if row.expected == 0)
    assert (sum(late) == 0) == (idle == 0)


def test_letters_are_copied_only_when_they_have_arrived(monkeypatch: pytest.MonkeyPatch) -> None:
    ids, _ = Dataset(TASK, 0).batch("test", 0, 200)
    ids = ids[
        [ENTRIES[tokens[solvers.number(ENTRIES, tokens)[-1]]] != "a" for tokens in ids.tolist()]
    ]
    monkeypatch.setattr(walk_states, "residual_streams", lambda model, ids: streams(ids, 0))
    rows = WalkStates.of(readable(), TASK, ids).copies()
    assert [(row.layer, row.remaining) for row in rows] == [
        (layer, remaining) for layer in range(6) for remaining in range(2, 5)
    ]
    assert all(row.copied == row.ready and row.anticipated == 0 for row in rows)
    assert [row.ready > 0 for row in rows if row.layer == row.remaining - 1] == [True] * 3
    assert [row.early > 0 for row in rows if row.layer < row.remaining - 1] == [True] * 6

    def hasty(model: GPTJ, ids: np.ndarray) -> Iterator[np.ndarray]:
        first, _, *later = streams(ids, 0)
        yield from (first, later[0], *later)

    monkeypatch.setattr(walk_states, "residual_streams", hasty)
    assert any(row.anticipated for row in WalkStates.of(readable(), TASK, ids).copies())


def test_what_is_held_is_read_by_the_models_own_head() -> None:
    config = GPTJConfig(SIZE, n_embd=8, n_layer=2, n_head=1, rotary_dim=8)
    model = GPTJ.of(config, small_models.weights(config, 3))
    ids, _ = Dataset(TASK, 0).batch("test", 0, 20)
    walks = WalkStates.of(model, TASK, ids)
    with torch.inference_mode():
        read = model(torch.from_numpy(ids))[..., :3].argmax(dim=-1).tolist()
    seen = []
    for number, tokens in enumerate(ids.tolist()):
        walk = solvers.number(ENTRIES, tokens)
        for stop, place in enumerate(walk):
            seen.append(read[number][place] == tokens[walk[-1]])
            assert walks.remaining[number, stop] == len(walk) - 1 - stop
            assert walks.holds[2, number, stop] == seen[-1]
    assert 0 < sum(seen) < len(seen)
    assert len(list(residual_streams(model, ids))) == len(walks.holds) == 3
