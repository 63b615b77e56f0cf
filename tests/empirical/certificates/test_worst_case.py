"""Quick bounds never lie above exact ones, and blocks change nothing."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from empirical.certificates.one_layer import worst_case
from empirical.certificates.one_layer.prover import Prover
from empirical.certificates.one_layer.tables import PlainTables
from empirical.certificates.one_layer.worst_case import (
    Bounds,
    Weights,
    bounds_at,
    forms,
    least_terms,
    open_pairs,
    quick_terms,
    sweep,
)
from empirical.tasks.task import Domain
from tests.empirical.certificates import tiny

seeds = st.integers(0, 10_000)


def prover_of(seed: int) -> Prover:
    return Prover(tiny.checkpoint(("index", "retrieval")[seed % 2], seed, True, 0.3, 6))


@given(seeds, st.integers(1, 7), st.floats(-3, 3), st.floats(0.1, 40))
def test_quick_terms_bound_exact_ones(seed: int, tokens: int, shift: float, spread: float) -> None:
    rng = np.random.default_rng(seed)
    weights = np.exp(-spread * rng.random((9, 8)))
    values = rng.normal(shift, 1, (11, 8))
    admissible = rng.permutation(8)[:tokens]
    exact = least_terms(weights, values, admissible)
    slow = (weights[None] * values[:, None])[:, :, admissible].min(axis=2)
    assert (exact == slow).all()
    quick = quick_terms(values, admissible)(weights)
    assert (quick <= exact).all()
    if tokens == 1:
        assert (quick == exact).all()


def test_the_first_token_alone_is_no_bound() -> None:
    weights, values = np.array([[0.1, 1.0]]), np.array([[-2.0, -1.0]])
    alone = weights[:, 0] * values[0, 0]
    assert least_terms(weights, values, np.arange(2))[0] < alone
    assert quick_terms(values, np.arange(2))(weights)[0] < alone


def test_pruned_pairs_are_settled_and_lengths_covered() -> None:
    pruned = 0
    for seed in range(30):
        prover = prover_of(seed)
        for domain in prover.domains(200):
            tables = prover.model.tables(domain.query)
            pairs = prover.pairs(tables, domain)
            exact = list(sweep(tables, domain, pairs, 200))
            least = np.hstack([bounds.least for bounds in exact])
            error = np.hstack([bounds.error for bounds in exact])
            covered: list[int] = []
            for lengths, unsettled in open_pairs(tables, domain, pairs, 200):
                columns = np.array(lengths) - 2
                settled = ~unsettled
                assert (least[settled][:, columns] > error[settled][:, columns]).all()
                pruned += int(settled.sum())
                covered += lengths
            assert covered == list(range(2, 201))
            largest, slack = bounds_at(tables, domain, pairs, 40)
            at = least[:, 38] / error[:, 38]  # units differ by powers of two
            sure = largest / slack
            assert ((sure > 1) == (at > 1)).all()
            assert (sure <= at + 1 + 1e-9 * np.abs(at)).all()
            np.testing.assert_allclose(sure[sure <= 1], at[sure <= 1], rtol=1e-9)
    assert pruned > 100


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    prover = prover_of(3)
    domain = prover.domains(150)[0]
    tables = prover.model.tables(domain.query)
    pairs = prover.pairs(tables, domain)
    whole = certainty(sweep(tables, domain, pairs, 150))
    for block, first in ((64, 1), (1024, 7)):
        monkeypatch.setattr(worst_case, "BLOCK", block)
        monkeypatch.setattr(worst_case, "FIRST", first)
        parts = list(sweep(tables, domain, pairs, 150))
        assert len(parts) > 4
        np.testing.assert_allclose(certainty(parts), whole, rtol=1e-9)
        assert (Weights.of(tables, 0, 150).mantissas > 0.7).all()


def certainty(bounds: Iterable[Bounds]) -> np.ndarray:
    """Bounds in units of their errors, whatever the units of a block."""
    return np.hstack([part.least / part.error for part in bounds])


def test_tokens_that_may_not_stand_blur_nothing() -> None:
    """However heavy they are; an admissible token does."""
    scores, values = np.zeros((9, 4)), np.array([[1.0, 0.0], [0.5, 0.0], [0.3, 0.0], [0.2, 0.0]])
    bounds = []
    for heavy in (None, 3, 2):
        scores[:] = -300.0
        if heavy is not None:
            scores[:, heavy] = 300.0
        tables = PlainTables(np.vstack([scores, np.full((1, 4), 300.0)]), values)
        domain = Domain(1, np.array([0]), range(1, 9), np.array([1, 2]))
        pairs = forms(tables, np.array([0]), np.array([1]))
        bounds.append(certainty(sweep(tables, domain, pairs, 9))[0, -1])
    assert bounds[0] == bounds[1] > 1e9
    assert abs(bounds[2]) < 1
