"""The bounds on softmax weights, against softmaxes."""

import math
from collections.abc import Callable

import pytest
from flint import arb, ctx, fmpq
from hypothesis import given
from hypothesis import strategies as st

from theory.predictors.softmax import dispersion_bound, softmax_weight_bounds
from theory.refusal import Refusal


def test_softmax_bounds_hold_the_exact_value() -> None:
    with ctx.workprec(300):
        weight = 1 / (1 + 4 * (arb(-2) / 3).exp())
        share = arb(2).exp() / (6 + arb(2).exp())
    assert softmax_weight_bounds(arb(fmpq(1, 3)), 5, arb(2)).overlaps(weight)
    assert dispersion_bound(arb(2), 7).overlaps(share)
    assert dispersion_bound(arb(0), 7).overlaps(arb(fmpq(1, 7)))
    assert not dispersion_bound(arb(2), 8).overlaps(share)
    wide = softmax_weight_bounds(arb(1, 0.5), 5, arb(2))
    for lead in (0.5, 1.0, 1.5):
        assert wide.contains(softmax_weight_bounds(arb(lead), 5, arb(2)).mid())


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=8), st.floats(0, 5))
def test_softmax_bounds_bound_a_softmax(logits: list[float], beta: float) -> None:
    total = sum(math.exp(beta * x) for x in logits)
    first, largest = math.exp(beta * logits[0]) / total, math.exp(beta * max(logits)) / total
    lead = min((logits[0] - x for x in logits[1:]), default=0.0)
    width = beta * (max(logits) - min(logits))
    size = len(logits)
    assert softmax_weight_bounds(arb(lead), size, arb(beta)) <= first + 1e-12
    assert dispersion_bound(arb(width), size) >= largest - 1e-12


BAD: dict[str, Callable[[], object]] = {
    "negative beta": lambda: softmax_weight_bounds(arb(1), 5, arb(-1)),
    "NaN beta": lambda: softmax_weight_bounds(arb(1), 5, arb.nan()),
    "no position": lambda: softmax_weight_bounds(arb(1), 0, arb(1)),
    "negative width": lambda: dispersion_bound(arb(-1), 5),
    "no position, width": lambda: dispersion_bound(arb(1), 0),
}


@pytest.mark.parametrize("name", BAD)
def test_unusable_questions_are_refused(name: str) -> None:
    with pytest.raises(Refusal, match=r": "):
        BAD[name]()
