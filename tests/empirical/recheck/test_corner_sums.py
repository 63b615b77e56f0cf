"""What floats show of a leaf, balls show: bounds of random models at all scales."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from flint import arb, ctx

from empirical.files import checkpoint
from empirical.recheck.certificate import Leaf, Within
from empirical.recheck.checkpoint import read_checkpoint
from empirical.recheck.corner_sums import (
    FACTOR_ERROR,
    ends_of_shifts,
    factors_at,
    positive_at_corners,
)
from empirical.recheck.float_tables import FloatTables, Weights
from empirical.recheck.tables import Block
from empirical.recheck.trees import Pair, Piece, corners
from tests.attack.models import KINDS, checkpoint_of

LENGTH = 3


@dataclass(frozen=True)
class Leaves:
    """A leaf of a random model, with what floats and balls say of it."""

    pair: Pair
    piece: Piece
    leaf: Leaf
    direction: tuple[int, ...] | None
    box: Within | None

    @property
    def in_floats(self) -> bool:
        """Do floats show its bound?"""
        at = corners(self.box, self.pair.block.config.heads)
        return self.pair._positive_in_floats(self.piece, self.leaf, self.direction, at)

    @property
    def in_balls(self) -> bool:
        """Is its bound positive at every corner?"""
        pair = self.pair
        alone = Pair(pair.block, pair.query, pair.answer, pair.rival)
        return alone._leaf(self.piece, self.leaf, self.direction, self.box)


def random_leaf(path: Path, number: int) -> Leaves:
    """A leaf of a model of one to three heads, whose multipliers are near what decides it."""
    rng = np.random.default_rng([44, number])
    heads = int(rng.integers(1, 4))
    model = checkpoint_of(rng, str(rng.choice(sorted(KINDS))), heads)
    assert model.task is not None
    checkpoint.write(path, model.config, model.weights, model.task, {})
    block = Block(read_checkpoint(path))
    tokens = block.config.tokens
    query, answer, rival = (int(token) for token in rng.permutation(tokens)[:3])
    pair = Pair(block, query, answer, rival, floats=FloatTables(block))
    some = tuple(np.flatnonzero(rng.random(tokens) < 0.5).tolist()) or (0,)
    piece = ((query,), *[some] * (LENGTH - 1))
    direction = tuple(rng.integers(0, tokens, LENGTH).tolist()) if rng.random() < 0.5 else None
    with ctx.workprec(block.precision):
        forms = pair._forms(block, direction)
        least = [min(float(form.mid()) for form in of_head) for of_head in forms]
    about = [average - sum(least) / heads for average in least[1:]]
    leaf = Leaf(tuple(float(x) for x in np.array(about) + 0.1 * rng.normal(size=heads - 1)))
    low = 2.0 ** rng.integers(-30, 30, heads - 1)
    high = low * 2.0 ** rng.integers(0, 4, heads - 1)
    boxed = heads > 1 and rng.random() < 0.6
    box = Within(tuple(low.tolist()), tuple(high.tolist())) if boxed else None
    return Leaves(pair, piece, leaf, direction, box)


def test_what_floats_show_of_a_leaf_balls_show(tmp_path: Path) -> None:
    both = neither = floats_alone = 0
    for number in range(150):
        leaf = random_leaf(tmp_path, number)
        in_floats, in_balls = leaf.in_floats, leaf.in_balls
        both += in_floats and in_balls
        neither += not (in_floats or in_balls)
        # Norms of sums may show more in balls; floats alone are a fault.
        floats_alone += in_floats and not in_balls
    assert floats_alone == 0
    assert min(both, neither) > 25


def weights(peak: float, error: float = 2.0**-44) -> Weights:
    """Two tokens at two places, the second token a third of the first's weight."""
    return Weights(np.array([[1.0, 0.25], [1.0, 0.25]]), np.full(2, error), peak)


def test_heads_are_compared_in_units_of_the_query_s_own_weight() -> None:
    """A head whose floats are in units of a larger peak counts more."""
    one, two = weights(0.0), weights(float(np.log(8.0)))
    own = [arb(0), arb(0)]
    factors = factors_at([one, two], own, [(1.0, 1.0), (1.0, 0.125)])
    assert factors is not None
    assert factors == pytest.approx(np.array([[1 / 8, 1.0], [1.0, 1.0]]))
    forms = np.array([[3.0, 3.0], [-1.0, -1.0]])
    piece = ((0,), (0, 1))
    assert positive_at_corners([one, two], forms, factors[1:], piece)
    assert not positive_at_corners([one, two], forms, factors, piece)


def test_only_tokens_of_the_piece_count() -> None:
    factors, forms = np.array([[1.0]]), np.array([[1.0, -9.0]])
    assert positive_at_corners([weights(0.0)], forms, factors, ((0,), (0,)))
    assert not positive_at_corners([weights(0.0)], forms, factors, ((0,), (0, 1)))


@pytest.mark.parametrize("gain", [0.5, 2.0])
def test_a_margin_within_the_error_of_a_factor_is_not_shown(gain: float) -> None:
    both = [weights(0.0, error=0.0)] * 2
    factors = factors_at(both, [arb(0), arb(0)], [(1.0, 1.0)])
    assert factors is not None
    above = gain * FACTOR_ERROR
    forms = np.array([[1.0 + 2 * above, 1.0 + 2 * above], [-1.0, -1.0]])
    positive = positive_at_corners(both, forms, factors, ((0,), (0,)))
    assert positive == (gain > 1.05)


@pytest.mark.parametrize(
    ("peak", "ratio"), [(float("nan"), 1.0), (0.0, float("inf")), (0.0, float("nan"))]
)
def test_factors_that_are_no_numbers_show_nothing(peak: float, ratio: float) -> None:
    with np.errstate(all="ignore"):
        factors = factors_at([weights(0.0), weights(peak)], [arb(0), arb(0)], [(1.0, ratio)])
    assert factors is None


def test_a_head_too_light_for_floats_is_no_fault() -> None:
    factors = factors_at([weights(0.0), weights(0.0)], [arb(0), arb(2000)], [(1.0, 1.0)])
    assert factors is not None
    assert factors == pytest.approx(np.array([[1.0, 0.0]]), rel=1e-12, abs=0)


def test_shifts_add_up_to_nothing_or_more() -> None:
    rng = np.random.default_rng(7)
    for _ in range(200):
        multipliers = rng.normal(size=7) * 2.0 ** rng.integers(-60, 60, 7)
        shifts = ends_of_shifts(multipliers.tolist())
        with ctx.workprec(4096):
            assert sum(map(arb, shifts.tolist()), arb(0)) >= 0
