"""Heads whose behaviour the theory knows get the scores it says."""

from decimal import MAX_EMAX, MIN_EMIN, Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from empirical.heads.canonical import Head
from empirical.scores.content_position import ContentPositionLogits
from empirical.scores.entropy import normalised_entropy
from empirical.scores.frequency import mean_angle
from empirical.scores.purity import purity
from empirical.scores.swaps import swap_scores
from empirical.scores.table import ScoredInputs
from theory.refusal import Refusal


def head(
    seed: int, contents: int, angles: tuple[float, ...], equal: bool = False, scale: float = 1.0
) -> Head:
    """A head with random queries, and keys that are random or all equal."""
    rng = np.random.default_rng(seed)
    shape = (contents, len(angles))
    queries, keys = (rng.normal(size=shape) + 1j * rng.normal(size=shape) for _ in range(2))
    return Head(
        angles=np.array(angles),
        scale=scale,
        queries=queries,
        keys=np.repeat(keys[:1], contents, axis=0) if equal else keys,
        query_rest=np.zeros((contents, 0)),
        key_rest=np.zeros((contents, 0)),
    )


def matrix_of(head: Head) -> np.ndarray:
    return ContentPositionLogits.of(head, np.arange(len(head.queries))[None]).matrices()


seeds = st.integers(0, 1 << 20)
sizes = st.integers(3, 9)


@given(seeds, sizes)
def test_equal_keys_are_positional_and_exchanged_terms_are_one_over_cosh(
    seed: int, size: int
) -> None:
    logits = matrix_of(head(seed, size, (1.0, 0.1), equal=True))
    positional, symbolic = swap_scores(logits, temperature=1e9)
    own = np.diagonal(logits[0])[:-1]
    gaps = own[:, None] - own
    terms = 1 / np.cosh(gaps[np.triu_indices(size - 1, k=1)])
    assert positional == pytest.approx(1, abs=1e-12)
    assert symbolic == pytest.approx(terms.mean(), abs=1e-6)


@given(seeds, sizes)
def test_nope_is_symbolic_and_kept_terms_are_one_over_cosh(seed: int, size: int) -> None:
    logits = matrix_of(head(seed, size, (0.0, 0.0)))
    positional, symbolic = swap_scores(logits, temperature=1e9)
    own = np.diagonal(logits[0])[:-1]
    gaps = own[:, None] - own
    terms = 1 / np.cosh(gaps[np.triu_indices(size - 1, k=1)])
    assert symbolic == pytest.approx(1, abs=1e-12)
    assert positional == pytest.approx(terms.mean(), abs=1e-6)


@given(seeds, sizes)
def test_neither_is_perfect_without_a_reason(seed: int, size: int) -> None:
    scores = np.concatenate(swap_scores(matrix_of(head(seed, size, (1.0, 0.5))), 1e9))
    assert (scores < 1 - 1e-9).all()


@given(seeds, st.sampled_from([1.0, 30.0, 1e3, 1e5]))
def test_logits_of_any_size_give_the_exact_scores(seed: int, scale: float) -> None:
    logits = matrix_of(head(seed, 4, (1.0, 0.5), scale=scale))
    positional, symbolic = swap_scores(logits)
    with localcontext(prec=60, Emax=MAX_EMAX, Emin=MIN_EMIN):
        a = [[Decimal(float(x)) for x in row] for row in logits[0]]
        weights = [a[j][j].exp() for j in range(4)]
        d = [w / sum(weights) for w in weights]
        total = kept = exchanged = Decimal(0)
        for i, j in ((0, 1), (0, 2), (1, 2)):
            share = (abs(d[i] - d[j]) / Decimal("1e-4")).exp()
            u, v = a[j][i].exp(), a[i][j].exp()
            norm = ((u**2 + v**2) * (d[i] ** 2 + d[j] ** 2)).sqrt()
            total += share
            kept += share * (u * d[i] + v * d[j]) / norm
            exchanged += share * (u * d[j] + v * d[i]) / norm
        assert positional == pytest.approx(float(kept / total), abs=1e-9)
        assert symbolic == pytest.approx(float(exchanged / total), abs=1e-9)


def test_entropy_at_its_ends() -> None:
    assert normalised_entropy(np.full((1, 5), 7.0)) == pytest.approx(1, abs=1e-15)
    assert normalised_entropy(np.array([[1e4, 0.0, 0.0]])) == 0


def test_purity_needs_both_scores() -> None:
    assert purity(0.9, 0.1, 0.1) == "positional"
    assert purity(0.1, 0.9, 0.1) == "symbolic"
    assert purity(0.9, 0.11, 0.1) is purity(0.89, 0.1, 0.1) is None
    assert purity(0.9, 0.1, 0.05) is purity(0.9, 0.9, 0.1) is None


def test_mean_angle() -> None:
    assert mean_angle(np.array([1.0, 3.0]), np.array([1.0, 0.2])) == pytest.approx(0.4)
    assert mean_angle(np.zeros(2), np.ones(2)) is None


@pytest.mark.parametrize(
    ("keys", "temperature", "blocks", "message"),
    [
        (2, 1e-4, None, "1 parts of 1 positions cannot be swapped"),
        (5, 1e-4, 1, "1 parts of 4 positions cannot be swapped: give 2 to 4"),
        (5, 1e-4, 5, "5 parts of 4 positions cannot be swapped: give 2 to 4"),
        (5, 0.0, None, "temperature is 0.0: give a positive number"),
    ],
)
def test_what_cannot_be_swapped_is_refused(
    keys: int, temperature: float, blocks: int | None, message: str
) -> None:
    with pytest.raises(Refusal, match=message):
        swap_scores(np.zeros((1, keys, keys)), temperature, blocks)


@pytest.mark.parametrize(
    ("position", "message"), [(6, "outside"), (-2, "outside"), (1, "no hop query"), (-1, "no hop")]
)
def test_queries_that_cannot_be_scored_are_refused(position: int, message: str) -> None:
    with pytest.raises(Refusal, match=message):
        ScoredInputs(np.zeros((1, 6), dtype=np.int64), {"hop": np.array([position])})
