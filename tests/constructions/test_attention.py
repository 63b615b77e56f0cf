"""The reference layer agrees with its slow twin and keeps the promises of RoPE."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import Float

from constructions.attention import HeadWeights, Layer, attend, logits, rotate, weights
from tests.constructions import slow_attention

Case = tuple[Layer, Float[np.ndarray, "positions width"]]


# Layers are built inside the tests, not in a strategy: beartype draws from ``random`` to check a
# tuple, and Hypothesis forbids that inside a strategy.
SEEDS = st.integers(0, 2**32 - 1)


def random_case(seed: int) -> Case:
    """One to three heads of different sizes, some of their planes NoPE, and an input."""
    generator = np.random.default_rng(seed)
    length, width, heads = generator.integers(1, [9, 7, 4])

    def head() -> HeadWeights:
        planes, inner = generator.integers(1, [4, 5])
        return HeadWeights(
            angles=generator.uniform(0, math.pi, planes) * generator.integers(0, 2, planes),
            query=generator.normal(size=(width, 2 * planes)),
            key=generator.normal(size=(width, 2 * planes)),
            value=generator.normal(size=(width, inner)),
            output=generator.normal(size=(inner, width)),
        )

    layer = Layer(tuple(head() for _ in range(heads)), residual=bool(generator.integers(2)))
    return layer, generator.normal(size=(length, width))


@given(SEEDS, st.sampled_from([0.3, 1.0, 4.0, math.inf]))
def test_layer_agrees_with_the_slow_twin(seed: int, beta: float) -> None:
    layer, x = random_case(seed)
    slow = slow_attention.attend(layer, x.tolist(), beta)
    np.testing.assert_allclose(attend(layer, x, beta), slow, rtol=1e-12, atol=1e-11)


@given(SEEDS, st.sampled_from([0.3, 4.0, math.inf]), st.integers(1, 4))
def test_many_inputs_at_once_are_each_alone(seed: int, beta: float, number: int) -> None:
    layer, x = random_case(seed)
    inputs = np.random.default_rng(seed + 1).normal(size=(number, *x.shape))
    alone = [attend(layer, one, beta) for one in inputs]
    np.testing.assert_allclose(attend(layer, inputs, beta), alone, rtol=1e-12, atol=1e-11)


@given(SEEDS, st.integers(1, 40))
def test_common_shift_changes_no_logit(seed: int, shift: int) -> None:
    layer, x = random_case(seed)
    shifted = np.concatenate([np.ones((shift, x.shape[1])), x])
    for head in layer.heads:
        late = logits(head, shifted)[shift:, shift:]
        np.testing.assert_allclose(late, logits(head, x), rtol=1e-12, atol=1e-11)


@given(SEEDS, st.sampled_from([1.0, math.inf]), st.data())
def test_later_position_changes_nothing_earlier(
    seed: int, beta: float, data: st.DataObject
) -> None:
    layer, x = random_case(seed)
    changed = data.draw(st.integers(0, len(x) - 1))
    other = x.copy()
    other[changed:] += 1.0
    before, after = attend(layer, x, beta), attend(layer, other, beta)
    np.testing.assert_allclose(after[:changed], before[:changed], rtol=1e-12, atol=1e-12)


@given(SEEDS, st.floats(0.01, 10))
def test_weights_are_a_distribution_over_the_past(seed: int, beta: float) -> None:
    layer, x = random_case(seed)
    for head in layer.heads:
        shares = weights(logits(head, x), beta)
        assert (shares >= 0).all()
        assert (np.triu(shares, 1) == 0).all()
        np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-14)


def test_rotation_is_counter_clockwise_by_plane() -> None:
    turned = rotate(
        np.array([[1.0, 0.0, 0.0, 1.0, 5.0, 7.0]]), np.array([0.3, 0.2, 0.0]), np.array([2])
    )
    expected = [math.cos(0.6), math.sin(0.6), -math.sin(0.4), math.cos(0.4), 5.0, 7.0]
    np.testing.assert_allclose(turned, [expected], rtol=1e-15)


def test_hard_attention_shares_equally_among_exact_ties() -> None:
    ties = np.array([[1.0, 2.0, 2.0, 2.0 - 1e-15, -math.inf]])
    assert weights(ties, math.inf).tolist() == [[0.0, 0.5, 0.5, 0.0, 0.0]]
