"""The tests against shuffled contents: uniform where the hypothesis holds, small where not."""

import numpy as np
import pytest
from scipy.stats import kstest

from empirical.heads.canonical import Head
from empirical.scores.shuffles import shuffle_tests

KEYS, TRIALS = 40, 150


def head(keys: np.ndarray, angle: float) -> Head:
    """A head of one plane whose queries are all one."""
    rest = np.zeros((len(keys), 0))
    return Head(np.array([angle]), 1.0, np.ones((len(keys), 1), complex), keys[:, None], rest, rest)


def p_values(keys: np.ndarray, angle: float, seed: int) -> tuple[float, float]:
    rng = np.random.default_rng((seed, 7))
    return shuffle_tests(head(keys, angle), np.arange(len(keys)), rng)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_contents_alone(scale: float) -> None:
    """Of a head that does not turn contents decide, and places have no part."""
    rng = np.random.default_rng(0)
    p_values_of_trials = np.array(
        [p_values(scale * rng.normal(size=KEYS) + 0j, 0.0, seed) for seed in range(TRIALS)]
    )
    assert (p_values_of_trials[:, 1] == 1 / 200).all()
    assert (p_values_of_trials[:, 0] < 0.05).mean() < 0.12
    assert kstest(p_values_of_trials[:, 0], "uniform", alternative="greater").pvalue > 1e-3


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_places_alone(scale: float) -> None:
    """Of contents that are all the same places decide, and contents have no part."""
    rng = np.random.default_rng(1)
    angles = rng.uniform(0.1, 3, TRIALS)
    p_values_of_trials = np.array(
        [p_values(np.full(KEYS, scale + 0j), angle, seed) for seed, angle in enumerate(angles)]
    )
    assert (p_values_of_trials[:, 0] == 1 / 200).all()
    assert (p_values_of_trials[:, 1] < 0.05).mean() < 0.12
    assert kstest(p_values_of_trials[:, 1], "uniform", alternative="greater").pvalue > 1e-3


def test_nothing_at_all() -> None:
    """Of random contents on a plane that turns fast neither has a part that moves with it."""
    rng = np.random.default_rng(2)
    p_values_of_trials = np.array([p_values(random_keys(rng), 2.5, seed) for seed in range(TRIALS)])
    assert ((p_values_of_trials < 0.05).mean(axis=0) < 0.12).all()


def random_keys(rng: np.random.Generator) -> np.ndarray:
    keys: np.ndarray = rng.normal(size=KEYS) + 1j * rng.normal(size=KEYS)
    return keys


def test_equal_logits_are_no_evidence() -> None:
    assert p_values(np.zeros(KEYS, complex), 1.0, 0) == (1.0, 1.0)
