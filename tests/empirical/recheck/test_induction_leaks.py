"""Scores over all distances lie between their bounds, and not between less."""

from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from flint import arb, ctx

from empirical.recheck import induction_leaks
from empirical.recheck.checkpoint import read_checkpoint
from empirical.recheck.float_tables import attention_weights
from empirical.recheck.floats import Bounds, middle_and_radius
from empirical.recheck.induction_leaks import Keys, Leaks
from empirical.recheck.induction_paths import Ending
from empirical.recheck.induction_tables import Circuit
from empirical.recheck.tables import dot, turned
from tests.empirical.certificates import planted
from tests.empirical.recheck.certificates import write

LENGTH = 5


@pytest.fixture
def leaks(tmp_path: Path) -> Leaks:
    """Of a circuit in which a plane turns slowly: its rows count as they stand."""
    write(tmp_path, planted.circuit(4, 0, 0.05))
    leaks = Leaks(Circuit(read_checkpoint(tmp_path)), LENGTH)
    leaks.circuit.angles = [angle / 16 for angle in leaks.circuit.angles]
    leaks.turning = leaks.turning / 16
    assert leaks.still.all()
    return leaks


def keys_of(leaks: Leaks, rows: Bounds) -> Keys:
    return Keys(middle_and_radius(rows), leaks.planes(rows.size))


def around(rng: np.random.Generator, shape: tuple[int, ...], radius: float) -> Bounds:
    middle = rng.normal(size=shape)
    return Bounds(middle - radius, middle + radius)


def ends(rng: np.random.Generator, bounds: Bounds) -> np.ndarray:
    """Rows at the ends of their bounds, drawn."""
    low = rng.integers(2, size=bounds.low.shape) == 0
    return np.where(low, bounds.low, bounds.high)


def outside(leaks: Leaks, query: np.ndarray, key: np.ndarray, bounds: Bounds) -> bool:
    """Whether a score at some distance is certainly not between the bounds of one pair."""
    with ctx.workprec(200):
        row, other = [arb(x) for x in query.tolist()], [arb(x) for x in key.tolist()]
        scores = [dot(turned(row, leaks.circuit.angles, t), other) for t in range(LENGTH)]
        low, high = arb(float(bounds.low)), arb(float(bounds.high))
        return any(bool(score < low) or bool(score > high) for score in scores)


def violations(leaks: Leaks, radius: float, counted: float) -> int:
    """Of drawn rows at the ends of bounds, those whose score is outside its own.

    Args:
        leaks: what bounds the scores.
        radius: of the rows.
        counted: the share of the keys' radius that is counted.
    """
    rng = np.random.default_rng(0)
    total = 0
    for _ in range(200):
        query, rows = around(rng, (leaks.width,), radius), around(rng, (3, leaks.width), radius)
        keys = keys_of(leaks, rows)
        keys = replace(keys, rows=replace(keys.rows, radius=counted * keys.rows.radius))
        bounds = leaks.everywhere(query, keys)
        drawn = ends(rng, query), ends(rng, rows)
        total += sum(outside(leaks, drawn[0], drawn[1][i], bounds[i]) for i in range(3))
    return total


def test_scores_lie_between_their_bounds(leaks: Leaks) -> None:
    leaks.turning = 1e-9 * leaks.turning
    leaks.circuit.angles = [angle * arb("1e-9") for angle in leaks.circuit.angles]
    assert violations(leaks, 0.1, 1.0) == 0
    assert violations(leaks, 0.1, 0.0) > 0


def test_a_plane_that_turns_is_counted(leaks: Leaks) -> None:
    assert violations(leaks, 0.0, 1.0) == 0
    leaks.turning = 0.0 * leaks.turning
    assert violations(leaks, 0.0, 1.0) > 0


def cancelling(rng: np.random.Generator, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows whose product is next to nothing beside its terms."""
    query, key = rng.normal(size=(2, width))
    query[1::2][: width // 2], key[1::2] = query[::2][: width // 2], -key[::2][: len(key[1::2])]
    return query, key + rng.normal(size=width) * 2.0**-50


def test_rounding_is_counted(leaks: Leaks, monkeypatch: pytest.MonkeyPatch) -> None:
    leaks.turning = 0.0 * leaks.turning
    leaks.circuit.angles = [arb(0) for _ in leaks.circuit.angles]

    def missed() -> int:
        rng, total = np.random.default_rng(1), 0
        for _ in range(100):
            query, key = cancelling(rng, leaks.width)
            rows = Keys(middle_and_radius(Bounds(key, key)), leaks.planes(np.abs(key)))
            rows = replace(rows, rows=replace(rows.rows, radius=0.0 * rows.rows.radius))
            total += outside(leaks, query, key, leaks.everywhere(Bounds(query, query), rows))
        return total

    assert missed() == 0
    exact = lambda bounds: replace(  # noqa: E731
        middle_and_radius(bounds), radius=np.zeros_like(bounds.low)
    )
    monkeypatch.setattr(induction_leaks, "middle_and_radius", exact)
    assert missed() == 0
    monkeypatch.setattr(induction_leaks, "UNIT", 0.0)
    assert missed() > 0


def test_weights_are_those_of_every_context_that_an_input_has(leaks: Leaks) -> None:
    """Up to one factor they are those of all contexts; what no input has may be zero."""
    previous, query, answer = 0, 1, 2
    own = Ending(leaks, previous, query)._weights([answer]).values
    every = attention_weights(
        leaks.queries.row(context(leaks, previous, query)), leaks.keys, leaks.turns, LENGTH
    ).values[::-1]
    factors = []
    for start in product(range(leaks.tokens), repeat=LENGTH - 2):
        tokens = (*start, previous, query)
        occurrences = [i for i in range(LENGTH - 2) if tokens[i] == query]
        if len(occurrences) == 1 and tokens[occurrences[0] + 1] == answer:
            contexts = [leaks.tokens * leaks.tokens + tokens[0]]
            contexts += [context(leaks, *pair) for pair in pairwise(tokens)]
            places = range(LENGTH), contexts
            factors.append(own[places] / every[places])
    assert len(factors) > 5
    assert np.ptp(factors) <= 1e-9 * np.max(factors)
    unanswered = context(leaks, query, 3)
    assert not own[:, unanswered].any()
    assert every[:, unanswered].all()


def context(leaks: Leaks, before: int, token: int) -> int:
    """The number of a context."""
    return before * leaks.tokens + token
