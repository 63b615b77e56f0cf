"""Generators and slow solvers agree; draws are uniform over exactly the stated inputs."""

import json
import math
from collections import Counter
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from empirical.tasks import task_from_entries, tasks
from empirical.tasks.index import IndexTask
from empirical.tasks.index_and_retrieval import IndexAndRetrieval
from empirical.tasks.induction import InductionTask
from empirical.tasks.largest import LargestTask
from empirical.tasks.letter import LetterTask
from empirical.tasks.letter_walk import ThreeHopLetter, TwoHopLetter, UpToThreeHopLetter
from empirical.tasks.markov import Markov
from empirical.tasks.number import NumberTask
from empirical.tasks.number_walk import ThreeHopNumber, TwoHopNumber
from empirical.tasks.python_source import PythonSource
from empirical.tasks.retrieval import RetrievalTask
from empirical.tasks.segments import Segments
from empirical.tasks.task import Entry, OneHop, Task
from tests.empirical import solvers
from tests.empirical.strategies import any_task
from theory.refusal import Refusal

seeds = st.integers(0, 2**32)


def drawn(task: Task, seed: int, size: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    return task.batch(np.random.default_rng(seed), size, length)


@given(any_task, seeds, st.integers(1, 12))
def test_every_drawn_input_has_its_answer_and_no_other(
    named: tuple[str, list[Entry]], seed: int, length: int
) -> None:
    task = task_from_entries(*named)
    assert isinstance(task, OneHop)
    domains = task.domains(length)
    if not domains:
        with pytest.raises(Refusal, match=r"ask for"):
            drawn(task, seed, 1, length)
        return
    inputs, answers = drawn(task, seed, 20, length)
    assert inputs.shape == (20, length)
    solve = getattr(solvers, task.name)
    for tokens, answer in zip(inputs.tolist(), answers.tolist(), strict=True):
        assert solve(task.entries, tokens) == [answer]
        assert all(task.entries[token] is not None for token in tokens)


@given(any_task, seeds, st.integers(2, 8))
def test_drawn_inputs_lie_in_the_domain_of_their_query(
    named: tuple[str, list[Entry]], seed: int, length: int
) -> None:
    task = task_from_entries(*named)
    assert isinstance(task, OneHop)
    domains = {domain.query: domain for domain in task.domains(length)}
    assume(domains)
    for tokens, answer in zip(*drawn(task, seed, 20, length), strict=True):
        domain = domains[int(tokens[-1])]
        backwards = tokens[::-1]
        places = [place for place in domain.distances if backwards[place] == answer]
        assert answer in domain.answers
        assert any(
            np.isin(np.delete(backwards, [0, place]), domain.others).all() for place in places
        )


@given(any_task, seeds, st.integers(8, 12))
def test_same_seed_same_inputs(named: tuple[str, list[Entry]], seed: int, length: int) -> None:
    task = task_from_entries(*named)
    first, second = drawn(task, seed, 5, length), drawn(task, seed, 5, length)
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])


def assert_uniform(values: Iterable[object], support: int) -> None:
    """Each of ``support`` values occurs equally often, up to five standard deviations."""
    counts = Counter(values)
    total = counts.total()
    mean = total / support
    deviation = math.sqrt(mean * (1 - 1 / support))
    assert len(counts) == support
    assert all(abs(count - mean) <= 5 * deviation for count in counts.values()), counts


def test_index_draws_are_uniform() -> None:
    task = IndexTask(("a", 3, None, "b", 1, "c", 2, 0, 9))
    inputs, answers = drawn(task, 1, 20_000, 6)
    queries = [task.entries[token] for token in inputs[:, -1].tolist()]
    assert_uniform(zip(queries, answers.tolist(), strict=True), 9)  # 9 letters-and-offsets in reach
    for place in range(1, 6):
        elsewhere = [query != place for query in queries]
        assert_uniform(inputs[elsewhere, 5 - place].tolist(), 8)


def test_retrieval_draws_are_uniform() -> None:
    task = RetrievalTask((("b", 1), ("a", "b"), None, ("c", "a"), ("a", "c"), ("a", 7), ("a", "a")))
    inputs, answers = drawn(task, 2, 40_000, 5)
    queries = inputs[:, -1]
    assert_uniform(queries.tolist(), 3)
    for query, matches in ((1, [0]), (3, [1, 4, 5, 6]), (4, [3])):
        rows, targets = inputs[queries == query, :-1], answers[queries == query]
        assert_uniform(targets.tolist(), len(matches))
        places = (rows == targets[:, None]).argmax(axis=1)
        assert_uniform(places.tolist(), 4)
        assert_uniform(rows[rows != targets[:, None]].tolist(), 6 - len(matches))


def test_both_one_hop_tasks_are_asked_over_one_vocabulary() -> None:
    entries = ("a", "b", 1, 2, ("c", "d"), ("d", 1), ("d", "c"), None)
    task = IndexAndRetrieval(entries)
    inputs, answers = drawn(task, 0, 2000, 6)
    asked = np.isin(inputs[:, -1], [2, 3])
    assert_uniform(asked.tolist(), 2)
    for tokens, answer, index in zip(inputs.tolist(), answers.tolist(), asked, strict=True):
        solve = solvers.index if index else solvers.retrieval
        assert solve(entries, tokens) == [answer]
        other = task.retrieval if index else task.index
        assert not set(tokens) & set(other.tokens.tolist())
    for missing in (entries[:4], entries[4:]):
        with pytest.raises(Refusal):
            IndexAndRetrieval(missing)


def test_of_several_numbers_the_largest_is_asked_each_as_often() -> None:
    inputs, answers = drawn(LargestTask(tuple(range(8))), seed=4, size=40_000, length=3)
    assert [max(numbers) for numbers in inputs.tolist()] == answers.tolist()
    seen = Counter(map(tuple, inputs.tolist()))
    chances = {
        numbers: sum(1 / 8 / (ceiling + 1) ** 3 for ceiling in range(max(numbers), 8))
        for numbers in [(0, 0, 0), (0, 1, 0), (7, 7, 7), (2, 5, 1)]
    }
    for numbers, chance in chances.items():
        expected = 40_000 * chance
        assert abs(seen[numbers] - expected) < 5 * math.sqrt(expected)
    for entries in ((), (1, 2), (0, 2), (0, "a")):
        with pytest.raises(Refusal, match="from 0 on"):
            LargestTask(entries)
    with pytest.raises(Refusal, match="0 tokens"):
        drawn(LargestTask((0, 1)), seed=0, size=1, length=0)


@given(any_task)
def test_a_task_is_found_again_from_its_json(named: tuple[str, list[Entry]]) -> None:
    task = task_from_entries(*named)
    tokens = json.loads(json.dumps(task.entries))
    assert task_from_entries(task.name, tokens) == task


def test_the_folder_is_walked() -> None:
    assert tasks() == {
        "index": IndexTask,
        "index-and-retrieval": IndexAndRetrieval,
        "induction": InductionTask,
        "largest": LargestTask,
        "letter": LetterTask,
        "letter-1-to-3-hops": UpToThreeHopLetter,
        "letter-2-hops": TwoHopLetter,
        "letter-3-hops": ThreeHopLetter,
        "markov": Markov,
        "number": NumberTask,
        "number-2-hops": TwoHopNumber,
        "number-3-hops": ThreeHopNumber,
        "python": PythonSource,
        "retrieval": RetrievalTask,
        "segments": Segments,
    }


@pytest.mark.parametrize(
    ("name", "tokens", "says"),
    [
        (
            "sorting",
            ["a", 1],
            "no task is called 'sorting': choose one of index, index-and-retrieval, induction,",
        ),
        ("task", ["a", 1], "no task is called"),
        ("index", ["a", 1.5], "1.5 is not"),
        ("index", ["a", True], "True is not"),
        ("index", ["a", {}], "is not"),
        ("index", ["a", ["a"]], "is not"),
        ("index", ["a", ["a", True]], "is not"),
        ("index", ["a", "a", 1], "lists 'a' twice"),
        ("index", ["a", ["a", "b"], 1], "no other tokens"),
        ("index", ["", 1], "no other tokens"),
        ("index", ["a", 1, -1], "none below 0"),
        ("index", ["a", 0], "needs a letter and a positive offset"),
        ("index", [1, 2], "needs a letter and a positive offset"),
        ("retrieval", [["a", "b"], "b"], "no other tokens"),
        ("retrieval", [["a", "b"], ["a", 1]], "ends in another letter"),
        ("retrieval", [["a", "a"]], "ends in another letter"),
        ("retrieval", [], "ends in another letter"),
    ],
)
def test_refuses_in_a_sentence(name: str, tokens: list[object], says: str) -> None:
    with pytest.raises(Refusal, match=says):
        task_from_entries(name, tokens)
