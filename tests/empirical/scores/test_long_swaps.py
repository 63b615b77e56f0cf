"""Swap scores of long inputs are those of the whole content × position matrix."""

from dataclasses import replace

import numpy as np
import pytest

from empirical.heads.canonical import Head
from empirical.heads.tabled import TabledQuery
from empirical.scores.content_position import ContentPositionLogits
from empirical.scores.long_swaps import long_block_scores, long_swap_scores
from empirical.scores.swaps import swap_scores
from theory.refusal import Refusal


def head(sharpness: float, seed: int = 0, **change: object) -> Head:
    rng = np.random.default_rng(seed)

    def planes() -> np.ndarray:
        return rng.normal(size=(40, 3)) + 1j * rng.normal(size=(40, 3))

    drawn = Head(
        angles=rng.uniform(0, 1, 3),
        scale=sharpness,
        queries=planes(),
        keys=planes(),
        query_rest=rng.normal(size=(40, 2)),
        key_rest=rng.normal(size=(40, 2)),
    )
    return replace(drawn, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("sharpness", [0.001, 0.3, 2.0, 20.0])
@pytest.mark.parametrize("softcap", [None, 1.5])
def test_every_pair_that_counts_is_taken(sharpness: float, softcap: float | None) -> None:
    for seed in range(5):
        drawn = head(sharpness, seed, softcap=softcap)
        contents = np.random.default_rng(seed).permutation(40)[:31]
        matrix = ContentPositionLogits.of(drawn, contents[None]).matrices()
        rng = np.random.default_rng(0)
        for scores, (pos, sym) in (
            (long_swap_scores(drawn, contents, rng), swap_scores(matrix)),
            (long_block_scores(drawn, contents, 7), swap_scores(matrix, blocks=7)),
        ):
            assert scores == pytest.approx((pos[0], sym[0]), abs=1e-9)


@pytest.mark.parametrize("sharpness", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("softcap", [None, 1.5])
def test_a_tabled_query_gives_the_logits_of_the_head(
    sharpness: float, softcap: float | None
) -> None:
    drawn, contents = head(sharpness, softcap=softcap), np.arange(5, 36)
    tabled = TabledQuery.of(drawn, contents)
    rng = np.random.default_rng(1)
    keys, distances = rng.choice(contents, 99), rng.integers(0, contents.size, 99)
    wanted = drawn.at(35, keys, distances)
    assert tabled.at(35, keys, distances) == pytest.approx(wanted, rel=1e-9, abs=1e-12 * sharpness)
    beside = np.append(keys[1:], keys[0])
    assert np.abs(tabled.at(35, beside, distances) - wanted).max() > 0.1 * min(sharpness, 1.5)
    fast, slow = (
        (*long_swap_scores(asked, contents, rng), *long_block_scores(asked, contents, 7))
        for asked in (tabled, drawn)
    )
    assert fast == pytest.approx(slow, abs=1e-9)


def test_a_sample_of_pairs_comes_near() -> None:
    drawn = head(0.001)
    contents = np.arange(40)
    whole = long_swap_scores(drawn, contents, np.random.default_rng(0))
    drawn_pairs = long_swap_scores(drawn, contents, np.random.default_rng(0), 1.0, most=200)
    every = long_swap_scores(drawn, contents, np.random.default_rng(0), 1.0)
    assert drawn_pairs == pytest.approx(every, abs=1e-3)
    assert drawn_pairs != every
    assert whole != every


def test_a_peak_needs_no_sample() -> None:
    """One strong key among many: all its pairs are looked at, though all pairs are too many."""
    drawn = head(0.0)
    keys = drawn.key_rest.copy()
    keys[5] = 100.0
    drawn = replace(drawn, scale=1.0, key_rest=keys, query_rest=np.ones_like(keys))
    contents = np.arange(40)
    few = long_swap_scores(drawn, contents, np.random.default_rng(0), most=45)
    assert few == long_swap_scores(drawn, contents, np.random.default_rng(1))


def test_nothing_to_swap_is_refused() -> None:
    with pytest.raises(Refusal, match="at least 2"):
        long_swap_scores(head(1.0), np.arange(2), np.random.default_rng(0))
    with pytest.raises(Refusal, match="give 2 to 3"):
        long_block_scores(head(1.0), np.arange(4), 4)
