"""On models whose inputs can all be run, every verdict is what running them says."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from empirical.certificates.one_layer.prover import Prover, Row
from empirical.recheck.certificate import Verdict
from tests.empirical.certificates import tiny

CLEAR = 1e-9
"""Margins above this in size have the sign that float64 gives them."""

models = st.tuples(
    st.sampled_from(sorted(tiny.TASKS)),
    st.integers(0, 10_000),
    st.booleans(),
    st.sampled_from([0.1, 0.4, 1.5]),
    st.sampled_from([2, 6]),
)
seen: Counter[tuple[str, bool, Verdict]] = Counter()


def rows_of(
    task: str, seed: int, biases: bool, strength: float, rotary: int, length: int
) -> list[Row]:
    prover = Prover(tiny.checkpoint(task, seed, biases, strength, rotary))
    return [row for domain in prover.domains(length) for row in prover.rows(domain.query, length)]


@settings(max_examples=200)
@given(models, st.integers(2, 5))
def check(model: tuple[str, int, bool, float, int], length: int) -> None:
    checkpoint = tiny.checkpoint(*model)
    brute = tiny.worst_margins(checkpoint, length)
    rows = rows_of(*model, length)
    assert {(row.query, row.answer) for row in rows} == set(brute)
    for row in rows:
        worst = brute[row.query, row.answer]
        if abs(worst) < CLEAR:
            continue
        assert row.verdict is (Verdict.PROVED if worst > 0 else Verdict.REFUTED)
        seen[model[0], model[2], row.verdict] += 1
        if row.verdict is Verdict.PROVED:
            assert (row.rival, row.witness, row.margin) == (None, None, None)
            continue
        assert row.witness is not None
        assert row.rival is not None
        assert row.margin is not None
        assert len(row.witness) == length
        assert row.witness[-1] == row.query
        assert row.witness[-1 - row.distance] == row.answer
        domain = tiny.domain_of(checkpoint, row.query, length)
        others = [t for j, t in enumerate(row.witness[:-1]) if j != length - 1 - row.distance]
        assert set(others) <= set(domain.others.tolist())
        assert row.distance in domain.distances
        measured = tiny.margin(checkpoint, row.witness, row.answer, row.rival)
        assert measured == pytest.approx(row.margin, abs=CLEAR)
        assert row.margin < 0


def test_verdicts_equal_brute_force() -> None:
    check()
    for task in tiny.TASKS:
        for biases in (False, True):
            for verdict in (Verdict.PROVED, Verdict.REFUTED):
                assert seen[task, biases, verdict] > 15, "one kind of row is hardly tested"


@pytest.mark.parametrize("biases", [False, True])
@pytest.mark.parametrize("task", sorted(tiny.TASKS))
def test_horizons_equal_brute_force(task: str, biases: bool) -> None:
    longest = 5
    for seed in range(25):
        checkpoint = tiny.checkpoint(task, seed, biases, 0.4, 6)
        prover = Prover(checkpoint)
        brute = {n: tiny.worst_margins(checkpoint, n) for n in range(2, longest + 1)}
        for domain in prover.domains(longest):
            worst = {
                n: min(margin for (query, _), margin in margins.items() if query == domain.query)
                for n, margins in brute.items()
                if any(query == domain.query for query, _ in margins)
            }
            failing = [n for n, margin in worst.items() if margin < 0]
            reach = prover.reach(domain.query, longest)
            assert reach.longest == (min(failing) - 1 if failing else longest)
            assert (reach.beyond is None) == (not failing)


@settings(max_examples=10)
@given(models)
def test_longest_brute_force(model: tuple[str, int, bool, float, int]) -> None:
    brute = tiny.worst_margins(tiny.checkpoint(*model), 6)
    for row in rows_of(*model, length=6):
        worst = brute[row.query, row.answer]
        assert row.verdict is (Verdict.PROVED if worst > 0 else Verdict.REFUTED)
