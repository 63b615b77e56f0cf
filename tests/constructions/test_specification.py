"""With hard attention every construction is its specification."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructions.attention import logits
from constructions.catalogue import every_construction
from constructions.construction import Construction
from constructions.index import Index
from constructions.reflexive import Reflexive
from constructions.retrieval import Retrieval
from tests.constructions import strategies
from tests.constructions.comparison import all_inputs, mismatches


@pytest.mark.parametrize(
    ("letters", "integers", "length"), [(2, 1, 1), (2, 2, 2), (3, 3, 3), (2, 4, 4), (2, 3, 5)]
)
def test_index_is_right_on_every_input(letters: int, integers: int, length: int) -> None:
    construction = Index(letters, integers, angle=2 * math.pi / length)
    assert mismatches(construction, all_inputs(construction, length)) == 0


@pytest.mark.parametrize(("letters", "digits", "length"), [(2, 1, 4), (2, 2, 3), (3, 1, 3)])
def test_retrieval_is_right_on_every_proper_input(letters: int, digits: int, length: int) -> None:
    below = 0.999 * (2 * math.pi / letters) / (2 * length - 3)
    construction = Retrieval(letters, digits, angle=below)
    assert mismatches(construction, all_inputs(construction, length)) == 0


@pytest.mark.parametrize("beta", [0.1, math.inf])
def test_reflexive_is_right_on_every_input(beta: float) -> None:
    assert mismatches(Reflexive(4), all_inputs(Reflexive(4), 5), beta) == 0


@pytest.mark.parametrize("name", every_construction())
@given(data=st.data())
def test_construction_is_right_on_long_random_inputs(name: str, data: st.DataObject) -> None:
    construction, tokens = data.draw(getattr(strategies, name)())
    assert mismatches(construction, [tokens]) == 0


@given(strategies.index())
def test_index_logit_is_the_cosine_of_distance_minus_jump(case: tuple[Index, list[int]]) -> None:
    construction, tokens = case
    observed = first_logits(construction, tokens)
    for i, token in enumerate(tokens):
        jump = max(token - construction.letters, 0)
        for j in range(i + 1):
            expected = math.cos((i - j - jump) * construction.angle)
            assert observed[i][j] == pytest.approx(expected, abs=1e-12)


@given(strategies.retrieval())
def test_retrieval_logit_is_the_cosine_of_letter_difference_and_distance(
    case: tuple[Retrieval, list[int]],
) -> None:
    construction, tokens = case
    query = tokens[-1]
    sought = query % 8 if query < 64 else (query - 64) // 8
    observed = first_logits(construction, tokens)[-1]
    for j, key in enumerate(tokens):
        difference = (key % 64) // 8 - sought
        turn = difference * 2 * math.pi / 8 + (len(tokens) - 1 - j) * construction.angle
        assert observed[j] == pytest.approx(math.cos(turn), abs=1e-12)


def first_logits(construction: Construction, tokens: list[int]) -> list[list[float]]:
    (head,) = construction.layer.heads
    observed: list[list[float]] = logits(head, construction.embed(np.array(tokens))).tolist()
    return observed
