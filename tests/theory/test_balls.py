"""Terms compiled to balls say what the same terms say when they are written out."""

import random
from dataclasses import replace
from functools import reduce
from operator import add, mul

import pytest
import sympy as sp
from flint import arb, ctx, fmpq

from tests.theory.judged import THEOREMS
from theory.behaviour import MeanOverPermutations
from theory.binders import Least
from theory.engines import enclosure
from theory.engines.balls import compiled, exact, free_reals
from theory.evidence import Verdict

SENTENCES = {
    "mean_permutations_eq_mean_pairs": {"n": 3},
    "partial_induction_floor_ge_of_published_angle": {"n": 3, "A": 3},
    "index_margin_eq_of_integer_query": {"n": 4, "i": 2},
    "index_peak_le_of_length": {"n": 5, "i": 1},
    "planes_gap_le_of_reach": {"M": 2, "m": 2},
    "margin_eq_of_norm_and_bias": {"n": 2, "d": 2},
    "abs_score_le_norm_mul_norm": {"m": 2},
    "index_query_gap_eq_of_reach": {"n": 5, "i": 3},
}
n, t, j = sp.symbols("n t j", integer=True)
x = sp.Symbol("x", real=True)
y = sp.IndexedBase("y", real=True)


def slow(e: sp.Basic, at: dict[sp.Expr, arb]) -> arb:
    """The ball of a term that is written out, one node after the other."""
    match e:
        case sp.Rational():
            return arb(fmpq(int(e.p), int(e.q)))
        case sp.Symbol() | sp.Indexed():
            return at[e]
        case sp.pi:
            return arb.pi()
        case sp.Add() | sp.Mul():
            fold = add if isinstance(e, sp.Add) else mul
            return reduce(fold, (slow(part, at) for part in e.args))
        case sp.Min() | sp.Max():
            fold = arb.min if isinstance(e, sp.Min) else arb.max
            return reduce(fold, (slow(part, at) for part in e.args))
        case sp.Pow(base=base, exp=sp.Integer() as power):
            whole = reduce(mul, [slow(base, at)] * abs(int(power)))
            return whole if power > 0 else 1 / whole
        case sp.Pow(base=base, exp=power) if abs(power) == sp.S.Half:
            root = slow(base, at).sqrt()
            return root if power > 0 else 1 / root
        case sp.cos():
            return slow(e.args[0], at).cos()
        case sp.sin():
            return slow(e.args[0], at).sin()
        case sp.exp():
            return slow(e.args[0], at).exp()
        case sp.Abs():
            return abs(slow(e.args[0], at))
    raise NotImplementedError(e)


@pytest.mark.parametrize("name", SENTENCES)
def test_a_sentence_is_evaluated_as_it_is_when_written_out(name: str) -> None:
    claim = THEOREMS[name].claim
    sizes = {symbol: SENTENCES[name].get(symbol.name, 2) for symbol in claim.sizes}
    written = claim.at(sizes)
    draws = random.Random(name)
    with ctx.workprec(enclosure.BITS):
        for scale in (1, 8):
            read = sorted(set(free_reals(claim.conclusion, sizes)), key=str)
            at = {real: arb(draws.uniform(0.1, scale)) for real in read}
            for side, plain in zip(claim.conclusion.args, written.conclusion.args, strict=True):
                assert {s for s in plain.free_symbols if s in at or s.is_Indexed} <= set(read)
                difference = compiled(side)(at, sizes) - slow(plain, at)
                assert difference.contains(0)
                assert difference.rad() < 1e-15


@pytest.mark.parametrize("name", SENTENCES)
def test_a_sentence_is_written_out_as_sympy_does_it(name: str) -> None:
    claim = THEOREMS[name].claim
    sizes = {symbol: SENTENCES[name].get(symbol.name, 2) for symbol in claim.sizes}
    draws = random.Random(name)
    at = {real: arb(draws.uniform(0.1, 8)) for real in free_reals(claim.conclusion, sizes)}
    with ctx.workprec(enclosure.BITS):
        pairs = zip(claim.conclusion.args, claim.at(sizes).conclusion.args, strict=True)
        for side, ours in pairs:
            difference = slow(side.subs(sizes).doit(), at) - slow(ours, at)
            assert difference.contains(0)
            assert difference.rad() < 1e-15


def test_these_sentences_hold_every_kind_of_range() -> None:
    claims = [THEOREMS[name].claim for name in SENTENCES]
    kinds = {
        kind for claim in claims for kind in map(type, sp.preorder_traversal(claim.conclusion))
    }
    assert {sp.Sum, Least, MeanOverPermutations, sp.Mod, sp.ceiling, sp.Max} <= kinds


def test_ranges_may_depend_on_each_other() -> None:
    total = sp.Sum(t * j * y[t, n - j], (t, 1, j), (j, 1, n))
    at = {y[a, b]: arb(10 * a + b) for a in range(1, 4) for b in range(4)}
    expected = sum(a * b * (10 * a + 3 - b) for b in range(1, 4) for a in range(1, b + 1))
    assert compiled(total)(at, {n: 3}) == expected
    assert set(free_reals(total, {n: 2})) == {y[1, 1], y[1, 0], y[2, 0]}


def test_of_nothing_there_is_a_sum_and_no_least() -> None:
    assert compiled(sp.Sum(x, (t, 1, n)))({x: arb(3)}, {n: 0}) == 0
    with pytest.raises(NotImplementedError, match="least of nothing"):
        compiled(Least(x * t, (t, 1, n)))({x: arb(3)}, {n: 0})


@pytest.mark.parametrize("exponent", [sp.S.Half, -sp.S.Half, n / 2, x])
def test_a_power_that_is_no_fraction_has_no_exact_number(exponent: sp.Expr) -> None:
    with pytest.raises(NotImplementedError):
        exact(n**exponent)({n: 4})


def test_integers_are_exact() -> None:
    assert exact(sp.floor(n / 3 - sp.Rational(1, 2)) + sp.Mod(-n, 5))({n: 10}) == 2
    assert exact(sp.Mod(sp.floor(n / 3**t), 3))({n: 2**70, t: 40}) == 2**70 // 3**40 % 3
    assert exact(sp.ceiling(n / 2) * sp.Max(n, 3))({n: 2**70 + 1}) == (2**69 + 1) * (2**70 + 1)


def test_what_has_no_translation_raises() -> None:
    for term in (sp.gamma(x), x ** sp.Rational(1, 3), sp.floor(x), sp.Float(0.5)):
        with pytest.raises(NotImplementedError):
            compiled(term)({x: arb(1)}, {})


def test_a_witness_is_held_against_hypotheses_for_each_index() -> None:
    claim = THEOREMS["weight_ge_of_floor"].claim
    beta, floor = sp.symbols("beta lambda", real=True)
    g = sp.IndexedBase("g", real=True)
    point = {claim.sizes[0]: sp.Integer(3), beta: sp.S.One, floor: sp.S.One, g[1]: sp.S.One}
    point[g[2]] = sp.S.Zero
    without = replace(claim, given=claim.given[:-1])
    assert enclosure.witness(claim, point).verdict is Verdict.UNDECIDED
    assert enclosure.witness(without, point).verdict is Verdict.REFUTED
