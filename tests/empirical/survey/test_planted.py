"""Heads planted in random models are found for what they are, and no other head is."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from empirical.foreign.reading import Model
from empirical.foreign.vocabulary import Vocabulary
from empirical.survey.interval import Interval
from empirical.survey.measure import measure
from empirical.survey.prompts import Prompts
from empirical.survey.report import HeadReport, report
from empirical.tasks.index import IndexTask
from empirical.tasks.retrieval import RetrievalTask
from empirical.tasks.task import Task
from tests.empirical.survey import planting
from tests.empirical.survey.planting import CODES, SECOND, TOKEN

LENGTH, PROMPTS = 72, 4
VOCABULARY = Vocabulary.unknown(CODES)


def surveyed(model: Model, kind: str, task: Task | None) -> tuple[list[HeadReport], np.ndarray]:
    """The reports, and the prompts they are of."""
    prompts = Prompts(kind)
    drawn = prompts.draw(0, PROMPTS, LENGTH, VOCABULARY, task)
    answers = prompts.answers(drawn, VOCABULARY, task)
    rows = [
        {"prompt": number} | row.to_json()
        for number, ids in enumerate(drawn)
        for row in measure(model, ids, 0, None if answers is None else int(answers[number]))
    ]
    return report(json.loads(json.dumps([{"length": LENGTH, "rows": rows}]))), drawn


def labels(reports: list[HeadReport]) -> dict[tuple[int, int], set[str]]:
    """What each head is, but for pure symbols: random heads whose planes hardly turn are that."""
    by_head = {(row.layer, row.head): set(row.labels) - {"symbolic"} for row in reports}
    return {place: names for place, names in by_head.items() if names}


@pytest.mark.parametrize("model_type", ["llama", "qwen3", "gpt_neox", "gptj"])
def test_the_induction_circuit_is_found(model_type: str) -> None:
    model = planting.random_model(model_type, seed=0)
    assert labels(surveyed(model, "repeats", None)[0]) == {}
    previous = planting.positional(model, dict.fromkeys(range(CODES), 1), 60.0)
    planting.plant(model, 0, 1, *previous, writes=SECOND)
    match = planting.symbolic(model, TOKEN, SECOND, 400.0)
    planting.plant(model, 1, 2, *match, writes=TOKEN)
    reports, _ = surveyed(model, "repeats", None)
    assert labels(reports) == {(0, 1): {"positional", "previous token"}, (1, 2): {"induction"}}
    by_place = {(row.layer, row.head): row for row in reports}
    assert "symbolic" in by_place[1, 2].labels
    assert by_place[0, 1].offset[0] == 1
    assert by_place[0, 1].averages["fixed_fixed"] > 0.99


@pytest.mark.parametrize("model_type", ["qwen3", "gptj"])
def test_index_is_found_with_its_offsets(model_type: str) -> None:
    task = IndexTask((*"abcd", *range(1, 9)))
    model = planting.random_model(model_type, seed=1)
    query, key = planting.positional(
        model, dict(zip(range(CODES), [0] * 4 + [*range(1, 9)], strict=True)), 60.0
    )
    planting.plant(model, 0, 2, query, key)
    reports, drawn = surveyed(model, "number", task)
    by_head = labels(reports)
    assert by_head == {(0, 2): {"positional", "answers"}}
    offsets = drawn[:, -1] - 3
    for ids, offset in zip(drawn, offsets, strict=True):
        (row,) = [row for row in measure(model, ids, 0) if (row.layer, row.head) == (0, 2)]
        assert row.outlook.offset == offset


@pytest.mark.parametrize("model_type", ["llama", "gpt_neox"])
def test_retrieval_is_found_with_its_answers(model_type: str) -> None:
    pairs = [(a, b) for a in "abc" for b in (*"abc", 1)]
    task = RetrievalTask(tuple(pairs))
    model = planting.random_model(model_type, seed=2)
    letters = dict(zip("abc", range(3), strict=True))
    with torch.no_grad():
        embedding = model.module.get_input_embeddings().weight
        embedding[:, planting.TOKEN] = 0
        for token, (first, second) in enumerate(pairs):
            embedding[token, TOKEN][letters[first]] = 1
            embedding[token, SECOND][letters.get(str(second), 4)] = 1
    match = planting.symbolic(model, SECOND, TOKEN, 400.0)
    planting.plant(model, 0, 3, *match)
    reports, drawn = surveyed(model, "letter", task)
    assert labels(reports) == {(0, 3): {"answers"}}
    (planted,) = [row for row in reports if (row.layer, row.head) == (0, 3)]
    assert planted.labels == ["symbolic", "answers"]
    for ids in drawn:
        (row,) = [row for row in measure(model, ids, 0) if (row.layer, row.head) == (0, 3)]
        asked, answer = pairs[ids[-1]][1], pairs[ids[-1 - row.outlook.offset]][0]
        assert asked == answer


def test_every_planted_role_is_found_and_no_other() -> None:
    """Of one family; ``tests/benchmarks/planted_roles.py`` looks at all of them."""
    discoveries = planting.discoveries("gemma2", seed=0, layers=2, prompts=4)
    assert discoveries.recovered == discoveries.planted == len(planting.ROLES)
    assert discoveries.false == ()


def test_a_lucky_score_is_no_role() -> None:
    """A head whose contents have no part is not symbolic, however its scores fall."""
    one, none = Interval(1.0, None, None), Interval(0.0, None, None)
    row = HeadReport(
        layer=0, head=0, length=72, prompts=4, shares={}, tests={"token_symbolic": 0.001}, use=[],
        means={"token_positional": none, "token_symbolic": one}, biases={}, averages={},
        offset=(1, 4), lost=None, floor={}, peak={}, top_bounds={}, profile={}, lags=[], effects={},
    )  # fmt: skip
    assert row.labels == ["symbolic"]
    by_chance = replace(row, tests={"token_symbolic": 0.2})
    assert by_chance.labels == []
    assert by_chance.untold == ["symbolic"]
