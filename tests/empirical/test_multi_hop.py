"""The number and letter tasks: generator and slow solver agree, and the dataset is balanced."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from empirical.tasks import dataset as datasets
from empirical.tasks import task_from_entries
from empirical.tasks.dataset import Dataset, Split
from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.task import Entry
from empirical.training.recipes import PLANS
from tests.empirical import solvers
from tests.empirical.test_tasks import assert_uniform
from theory.refusal import Refusal

NAMES = ("number", "letter")
LETTERS = "abcdef"
PAIRS = [(x, y) for x in LETTERS for y in [*LETTERS, 0, 1]]


def shipped(name: str) -> MultiHop:
    task = PLANS[name].task
    assert isinstance(task, MultiHop)
    return task


@given(st.sampled_from(NAMES), st.integers(0, 2**32), st.integers(17, 70), st.randoms())
def test_every_walk_ends_at_the_answer(name: str, seed: int, length: int, order: object) -> None:
    entries: list[Entry] = ["x", "y", *range(1, 17), None] if name == "number" else [None, *PAIRS]
    order.shuffle(entries)  # type: ignore[attr-defined]
    task = task_from_entries(name, entries)
    assert isinstance(task, MultiHop)
    inputs, answers = task.batch(np.random.default_rng(seed), 20, length)
    solve = getattr(solvers, name)
    paths, hops = task.path(inputs), task.hops(inputs)
    for tokens, answer, path, count in zip(inputs.tolist(), answers, paths, hops, strict=True):
        walk = solve(task.entries, tokens)
        assert tokens[walk[-1]] == answer
        assert len(walk) == count + 1 <= 5
        assert path.tolist() == walk + walk[-1:] * (5 - len(walk))
        assert length - 17 <= walk[-1] < length - 9
        assert all(length - 9 <= stop for stop in walk[:-1])


def test_letters_of_a_walk_stand_nowhere_else() -> None:
    task = shipped("letter")
    inputs, _ = task.batch(np.random.default_rng(1), 200, 40)
    for tokens in inputs.tolist():
        walk = solvers.letter(task.entries, tokens)
        pairs = [entry for token in tokens if isinstance(entry := task.entries[token], tuple)]
        on = {letter for stop in walk for letter in pairs[stop] if isinstance(letter, str)}
        off = {letter for place, pair in enumerate(pairs) if place not in walk for letter in pair}
        assert len(on) == len(walk)
        assert on.isdisjoint(off)


def test_integers_off_the_walk_are_uniform_up_to_the_begin() -> None:
    task = shipped("number")
    inputs, _ = task.batch(np.random.default_rng(2), 20_000, 17)
    on = (task.path(inputs)[:, :, None] == np.arange(17)).any(axis=1)
    for place in range(8, 16):
        values = [task.entries[token] for token in inputs[~on[:, place], place].tolist()]
        assert_uniform(values, place)


@pytest.mark.parametrize("name", NAMES)
def test_draws_are_uniform(name: str) -> None:
    task = shipped(name)
    inputs, answers = task.batch(np.random.default_rng(3), 20_000, 17)
    hops, path = task.hops(inputs), task.path(inputs)
    assert_uniform(hops.tolist(), 4)
    assert_uniform(answers.tolist(), task.answers.size)
    assert_uniform(path[:, -1].tolist(), 8)
    assert_uniform(path[hops == 2, 1].tolist(), 8)
    assert_uniform(map(tuple, path[hops == 3, 1:3].tolist()), 28)


@pytest.mark.parametrize("name", NAMES)
def test_the_dataset_is_balanced_and_has_its_sizes(name: str) -> None:
    data = Dataset(shipped(name), seed=5)
    sizes = {split: data.size(split) for split in datasets.SPLITS}
    assert sizes == {"train": 432_000, "validation": 2_400, "test": 45_600}
    kinds = np.zeros((5, 8, len(data.task.entries)), dtype=int)
    for split, size in sizes.items():
        seen = 0
        for inputs, answers in data.batches(split, 7_001):
            path = data.task.path(inputs)
            assert (inputs[np.arange(len(inputs)), path[:, -1]] == answers).all()
            np.add.at(kinds, (data.task.hops(inputs), path[:, -1], answers), 1)
            seen += len(inputs)
        assert seen == size
    each = 120_000 // (8 * data.task.answers.size)
    assert set(kinds[0].ravel().tolist()) == {0}
    assert set(kinds[1:, :, data.task.answers].ravel().tolist()) <= {each, each + 1}


@given(st.sampled_from(NAMES), st.integers(0, 10**6), st.integers(1, 900))
def test_a_batch_is_a_piece_of_its_split(name: str, start: int, size: int) -> None:
    data = Dataset(shipped(name), seed=0)
    split: Split = "train"
    inputs, answers = data.batch(split, start, size)
    hops = data.task.hops(inputs)
    assert (hops == np.arange(start, start + size) % 4 + 1).all()
    for at in (0, size - 1):
        one = data.batch(split, (start + at) % data.size(split), 1)
        assert np.array_equal(one[0][0], inputs[at])
        assert one[1][0] == answers[at]


def test_splits_and_seeds_differ() -> None:
    task = shipped("letter")
    parts = [
        Dataset(task, seed).batch(split, 0, 400)[0] for seed in (0, 1) for split in datasets.SPLITS
    ]
    rows = [{tuple(row) for row in part.tolist()} for part in parts]
    assert len(set.union(*rows)) == sum(map(len, rows)) == 6 * 400


@pytest.mark.parametrize(
    ("name", "tokens", "says"),
    [
        ("number", ["a", *range(1, 16)], "integers 1 to 16: list these"),
        ("number", ["a", *range(17)], "integers 1 to 16"),
        ("number", [*range(1, 17)], "needs a letter"),
        ("number", ["a", ["a", "b"], *range(1, 17)], "no other tokens"),
        ("letter", [*PAIRS, "a"], "no other tokens"),
        ("letter", PAIRS[1:], "every pair of its letters and digits"),
        ("letter", [pair for pair in PAIRS if "f" not in pair], "6 letters"),
        ("letter", [pair for pair in PAIRS if isinstance(pair[1], str)], "every pair"),
    ],
)
def test_refuses_in_a_sentence(name: str, tokens: list[object], says: str) -> None:
    with pytest.raises(Refusal, match=says):
        task_from_entries(name, tokens)


@pytest.mark.parametrize("name", NAMES)
def test_a_shorter_input_is_refused(name: str) -> None:
    with pytest.raises(Refusal, match="has 17 tokens or more: ask for 17"):
        shipped(name).batch(np.random.default_rng(0), 1, 16)
