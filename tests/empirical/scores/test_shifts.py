"""The test of weights on repeated tokens: its arithmetic, its level, what it tells apart."""

import numpy as np
import pytest

from empirical.scores.repeats import earlier_of, followers_of, repeats
from empirical.scores.shifts import INSIDE, ShiftTest
from empirical.survey.report import FALSE

LENGTH = 120
ROWS = np.arange(1, LENGTH)


def prompt(rng: np.random.Generator) -> np.ndarray:
    """A segment that comes again after gaps that vary."""
    drawn: np.ndarray = repeats(rng, 1, LENGTH, np.arange(400), 20)[0]
    return drawn


def normed(mass: np.ndarray, rows: np.ndarray = ROWS) -> np.ndarray:
    """Attention weights of positive numbers."""
    mass = mass * (np.arange(mass.shape[1]) <= rows[:, None])
    weights: np.ndarray = mass / mass.sum(axis=1, keepdims=True)
    return weights


@pytest.mark.parametrize("seed", range(4))
def test_it_is_what_loops_say(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.choice(np.arange(1, LENGTH), 40, replace=False))
    targets = followers_of(prompt(rng), rows)
    weights = normed(rng.random((40, LENGTH)), rows)
    test = ShiftTest.of(np.random.default_rng(9), rows, targets)
    assert test is not None
    as_large, tried = 1, 1
    pairs = [(row, rows[row] - key) for row in range(40) for key in np.flatnonzero(targets[row])]
    for step in range(1, 40):
        gain, inside = 0.0, 0
        for row, distance in pairs:
            moved = (row + step) % 40
            if rows[moved] >= distance:
                inside += 1
                gain += weights[moved, rows[moved] - distance]
                gain -= weights[row, rows[row] - distance]
        if inside >= INSIDE * len(pairs):
            tried += 1
            as_large += gain >= 0
    assert test.p_value(weights) == pytest.approx(as_large / tried)


def decaying() -> np.ndarray:
    return normed(np.exp(-(ROWS[:, None] - np.arange(LENGTH)) / 7.0))


def resting() -> np.ndarray:
    mass = np.ones((ROWS.size, LENGTH))
    mass[:, 0] = 300
    return normed(mass)


@pytest.mark.parametrize("weights", [decaying(), resting()], ids=["decaying", "resting"])
def test_heads_that_know_no_tokens_pass_no_more_often_than_said(weights: np.ndarray) -> None:
    """Over 200 prompts of each kind: distances alone, and the first token."""
    passed = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        noisy = normed(weights * rng.lognormal(0, 1, weights.shape))
        test = ShiftTest.of(rng, ROWS, followers_of(prompt(rng), ROWS))
        assert test is not None
        passed += test.p_value(noisy) <= FALSE
    assert passed <= 20  # 10 expected at most; more than 20 has probability 0.001


@pytest.mark.parametrize("share", [0.05, 0.9])
def test_a_head_that_matches_is_found_and_told_from_one_that_matches_otherwise(
    share: float,
) -> None:
    """The false variant is the other kind of match: what followed, and the occurrence itself."""
    rng = np.random.default_rng(1)
    ids = prompt(rng)
    followed, earlier = followers_of(ids, ROWS), earlier_of(ids, ROWS)
    for own, other in ((followed, earlier), (earlier, followed)):
        matched = normed(own + 1e-9)
        some = np.asarray(own.any(axis=1))[:, None]
        weights = np.where(some, share * matched + (1 - share) * decaying(), decaying())
        own_test, other_test = (ShiftTest.of(rng, ROWS, keys) for keys in (own, other))
        assert own_test is not None
        assert other_test is not None
        assert own_test.p_value(weights) <= FALSE
        assert other_test.p_value(weights) > FALSE


def test_without_repeats_there_is_no_test() -> None:
    targets = followers_of(np.arange(LENGTH), ROWS)
    assert ShiftTest.of(np.random.default_rng(0), ROWS, targets) is None
