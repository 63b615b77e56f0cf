"""Floats are as near to the real numbers as they say."""

import numpy as np
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st

from empirical.certificates.arithmetic.rounding import EXP_ERROR, TINY, exp
from empirical.certificates.one_layer.gptj import OneLayerModel
from empirical.certificates.one_layer.tables import Turns
from tests.empirical.certificates import tiny


@given(st.floats(-800, 1))
def test_exp_is_within_its_error(x: float) -> None:
    with ctx.workprec(200):
        true = arb(x).exp()
        computed = arb(float(exp(np.array([x]))[0]))
        assert abs(computed - true) <= max(true * EXP_ERROR, arb(32 * TINY))


@given(st.integers(0, 10**9), st.floats(0, 7))
def test_turns_are_within_their_error(start: int, angle: float) -> None:
    turns = Turns([arb(angle)])
    rows = turns.block(start, start + 3)
    with ctx.workprec(200):
        for distance, (cos, sin) in enumerate(rows.tolist(), start=start):
            true_sin, true_cos = (arb(angle) * distance).sin_cos()
            assert abs(true_cos - cos) <= Turns.ERROR
            assert abs(true_sin - sin) <= Turns.ERROR


def test_float_tables_enclose_the_balls() -> None:
    for seed in range(20):
        checkpoint = tiny.checkpoint("index", seed, True, 1.5, 2 + 4 * (seed % 2))
        model = OneLayerModel(checkpoint)
        for query in range(3):
            tables = model.tables(query)
            scores = tables.scores(0, 1100)
            for token in range(checkpoint.config.vocab_size):
                for place in (0, 1, 7, 1023, 1024, 1099):
                    true = tables.score_balls(place)[token]
                    assert abs(true - float(scores[place, token])) <= tables.score_error
                    assert scores[place, token] <= 1
                for kind in range(checkpoint.config.vocab_size):
                    gap = tables.linear_ball(token, kind) - float(tables.linear[token, kind])
                    assert abs(gap) <= tables.linear_error
                    gap = tables.bias_ball(kind) - float(tables.bias[kind])
                    assert abs(gap) <= tables.bias_error
                norm = sum((x * x for x in tables.slant_balls(token)), arb(0)).sqrt()
                assert abs(norm - float(tables.norms[token])) <= tables.slant_error
            assert 0 < tables.score_error < 1e-12
            assert 0 < tables.linear_error < 1e-13
            assert 0 < tables.slant_error < 1e-13
