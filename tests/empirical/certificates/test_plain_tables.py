"""Models of other kinds, from plain tables: max-of-K as worked example, and rounding at its worst.

Max-of-K with learned positions: the last position asks which of the K tokens is the largest. With
the last token q and the answer a > q fixed, a stands at one of the earlier places, and no place
holds a token above a.
"""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from empirical.certificates.one_layer import branch_and_bound
from empirical.certificates.one_layer.branch_and_bound import prove_or_refute
from empirical.certificates.one_layer.tables import PlainTables
from empirical.certificates.one_layer.worst_case import Allowed
from empirical.certificates.several_heads.branch_and_bound import prove_or_refute_several_heads
from empirical.recheck.certificate import Verdict
from theory.refusal import Refusal

K, TOKENS = 4, 4


def max_of_k(last: int, answer: int) -> list[Allowed]:
    """Inputs whose largest token is ``answer`` and whose last is ``last``, as products."""
    pieces = []
    for place in range(K - 1):
        piece = np.zeros((K, TOKENS), dtype=bool)
        piece[:, : answer + 1] = True
        piece[place] = np.arange(TOKENS) == answer
        piece[-1] = np.arange(TOKENS) == last
        pieces.append(piece)
    return pieces


def max_of_k_margins(
    heads: list[tuple[np.ndarray, np.ndarray]], last: int, answer: int, rival: int
) -> dict[tuple[int, ...], float]:
    """The logit difference on every input with that last token and that answer, run in float64."""
    margins = {}
    for tokens in product(range(answer + 1), repeat=K - 1):
        if answer in tokens:
            whole = (*tokens, last)
            margins[whole] = 0.0
            for scores, values in heads:
                weights = np.exp([scores[j, y] for j, y in enumerate(whole)])
                logits = weights @ values[list(whole)] / weights.sum()
                margins[whole] += logits[answer] - logits[rival]
    return margins


@given(st.integers(0, 10_000), st.floats(0.2, 4), st.integers(1, 3))
def test_max_of_k_equals_brute_force(seed: int, sharpness: float, count: int) -> None:
    rng = np.random.default_rng(seed)
    heads = [
        (
            sharpness * np.arange(TOKENS) + rng.normal(0, 0.4, (K, TOKENS)),
            np.eye(TOKENS) + rng.normal(0, 0.2, (TOKENS, TOKENS)),
        )
        for _ in range(count)
    ]
    last, answer, rival = 0, 2, int(rng.choice([0, 1, 3]))
    margins = max_of_k_margins(heads, last, answer, rival)
    tables, pieces = [PlainTables(*head) for head in heads], max_of_k(last, answer)
    decisions = [prove_or_refute_several_heads(tables, pieces, answer, rival, seconds=60.0).outcome]
    if count == 1:
        decisions.append(prove_or_refute(tables[0], pieces, answer, rival))
    for decision in decisions:
        wanted = Verdict.PROVED if min(margins.values()) > 0 else Verdict.REFUTED
        assert decision.verdict is wanted
        if decision.witness:
            assert margins[decision.witness] < 0
            assert margins[decision.witness] == pytest.approx(decision.margin)


def singles(values: list[float]) -> tuple[PlainTables, list[Allowed]]:
    """One token per place, all weights equal; class 0 gains the values, class 1 nothing."""
    table = np.array([[value, 0.0] for value in values])
    return PlainTables(np.zeros((len(values),) * 2), table), [np.eye(len(values), dtype=bool)]


TREACHEROUS = [1.0, -(2.0**-60), -1.0, 2.0**-61]
"""Floats add these to a positive number; their sum is negative."""


def test_floats_are_not_believed() -> None:
    tables, pieces = singles(TREACHEROUS)
    assert sum(TREACHEROUS) > 0
    assert prove_or_refute(tables, pieces, 0, 1).verdict is Verdict.REFUTED
    tables, pieces = singles([-value for value in TREACHEROUS])
    assert prove_or_refute(tables, pieces, 0, 1).verdict is Verdict.PROVED


def test_without_the_error_bound_they_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(branch_and_bound, "sum_error", lambda *sizes: 0.0)
    tables, pieces = singles(TREACHEROUS)
    assert prove_or_refute(tables, pieces, 0, 1).verdict is Verdict.PROVED


def test_a_tie_is_never_certified() -> None:
    tables, pieces = singles([1.0, -1.0])
    assert prove_or_refute(tables, pieces, 0, 1).verdict is Verdict.UNDECIDED
    tables, pieces = singles([0.0])
    assert prove_or_refute(tables, pieces, 0, 1).verdict is Verdict.UNDECIDED


def test_bad_tables_are_refused() -> None:
    with pytest.raises(Refusal, match="finite"):
        PlainTables(np.array([[np.nan]]), np.zeros((1, 2)))
    with pytest.raises(Refusal, match="same tokens"):
        PlainTables(np.zeros((2, 3)), np.zeros((2, 2)))
