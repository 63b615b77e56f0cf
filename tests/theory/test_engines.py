"""Each engine proves a truth, refuses a falsehood, and admits ignorance."""

from dataclasses import replace

import pytest
import sympy as sp
from flint import arb, ctx, fmpq
from sympy.core.relational import Relational

from theory.binders import Least
from theory.claim import Claim, ForEach, summed
from theory.engines import enclosure, exhaustion, sampling, smt, symbolic
from theory.evidence import PROSE, Evidence, Verdict
from theory.tightness import Tightness

x, y = sp.symbols("x y", real=True)
n, j = sp.symbols("n j", integer=True)
square = Claim(conclusion=sp.Eq((x + y) ** 2, x**2 + 2 * x * y + y**2, evaluate=False))
wrong = Claim(conclusion=sp.Eq((x + y) ** 2, x**2 + y**2, evaluate=False))
touching = Claim(given=(x >= 0, x <= 1), conclusion=sp.Lt(-(x**2), 0, evaluate=False))
below = Claim(
    given=(sp.Rational(1, 10) <= x, x <= 3),
    conclusion=sp.Lt(sp.cos(x), 1 - 2 * x**2 / sp.pi**2),
)
interval = {x: (sp.Rational(1, 10), sp.Integer(3))}


def test_a_true_equation_is_proved_or_survives() -> None:
    assert symbolic.vanish(square).verdict is Verdict.PROVED
    assert smt.refute(square).verdict is Verdict.PROVED
    assert sampling.search(square).verdict is Verdict.SURVIVED


def test_a_thorough_search_draws_more() -> None:
    assert sampling.search(square).scope == f"{sampling.SAMPLES} samples"
    with sampling.thorough():
        assert sampling.search(square).scope == f"{sampling.THOROUGH} samples"
    assert sampling.search(square).scope == f"{sampling.SAMPLES} samples"


def test_a_false_equation_is_refused() -> None:
    assert symbolic.vanish(wrong).verdict is Verdict.UNDECIDED
    assert smt.refute(wrong).verdict is Verdict.REFUTED
    assert sampling.search(wrong).verdict is Verdict.REFUTED


class TestSymbolic:
    def test_hypotheses_that_are_equations_are_used(self) -> None:
        chain = Claim(given=(sp.Eq(x, y + 1),), conclusion=sp.Eq(x**2, y**2 + 2 * y + 1))
        assert symbolic.vanish(chain).verdict is Verdict.PROVED
        assert symbolic.vanish(replace(chain, given=())).verdict is Verdict.UNDECIDED

    def test_the_circle_is_used(self) -> None:
        double = Claim(conclusion=sp.Eq(sp.cos(2 * x), 1 - 2 * sp.sin(x) ** 2, evaluate=False))
        assert symbolic.vanish(double).verdict is Verdict.PROVED

    def test_a_certificate_needs_the_right_value_and_the_right_sign(self) -> None:
        product = Claim(given=(x >= 0, y >= 1), conclusion=sp.Ge(x * y, x))
        assert symbolic.certify(product, lambda a, b: a * b).verdict is Verdict.PROVED
        assert symbolic.certify(product, lambda a, b: a + b).verdict is Verdict.UNDECIDED
        assert symbolic.certify(product, lambda a, b: x * y - x).verdict is Verdict.UNDECIDED

    def test_a_strict_inequality_needs_a_positive_certificate(self) -> None:
        strict = Claim(given=(x >= 0,), conclusion=sp.Gt(x, 0))
        assert symbolic.certify(strict, lambda a: a).verdict is Verdict.UNDECIDED


class TestSmt:
    def test_a_model_of_free_sines_decides_nothing(self) -> None:
        pythagoras = Claim(conclusion=sp.Lt(sp.cos(x) + sp.sin(x), sp.Rational(3, 2)))
        false = Claim(conclusion=sp.Lt(sp.cos(x) + sp.sin(x), sp.Rational(7, 5)))
        assert smt.refute(pythagoras).verdict is Verdict.PROVED
        assert smt.refute(false).verdict is Verdict.UNDECIDED

    def test_a_model_of_integers_taken_as_reals_decides_nothing(self) -> None:
        false_of_reals = Claim(given=(sp.Gt(n, 0), sp.Lt(n, 2)), conclusion=sp.Eq(n, 1))
        assert smt.refute(false_of_reals).verdict is Verdict.UNDECIDED

    def test_exponentials_are_known_to_be_positive_only(self) -> None:
        assert smt.refute(Claim(conclusion=sp.Gt(y * sp.exp(x), -1), given=(y >= 0,))).verdict is (
            Verdict.PROVED
        )
        assert smt.refute(Claim(conclusion=sp.Gt(sp.exp(x), x))).verdict is Verdict.UNDECIDED

    def test_both_solvers_answer(self) -> None:
        evidence = smt.refute(square)
        assert evidence.verdict is Verdict.PROVED
        assert set(smt.SOLVERS) <= set(evidence.trusts)

    def test_a_solver_that_is_silent_is_not_trusted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(smt, "_ask_cvc5", lambda text: ("unknown", {}))
        evidence = smt.refute(square)
        assert evidence.verdict is Verdict.PROVED
        assert set(smt.SOLVERS) & set(evidence.trusts) == {smt.SOLVERS[0]}

    def test_solvers_that_disagree_decide_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(smt, "_ask_cvc5", lambda text: ("sat", {}))
        evidence = smt.refute(square)
        assert evidence.verdict is Verdict.UNDECIDED
        assert evidence.conflict

    def test_one_silent_solver_is_not_trusted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(smt, "_ask_cvc5", lambda text: ("unknown", {}))
        evidence = smt.refute(square)
        assert evidence.verdict is Verdict.PROVED
        assert not any("cvc5" in program for program in evidence.trusts)

    def test_an_unknown_node_raises(self) -> None:
        with pytest.raises(NotImplementedError, match="no SMT-LIB translation for log"):
            smt.question(Claim(conclusion=sp.Gt(sp.log(x), 0)))


class TestEnclosure:
    def test_a_truth_is_proved_on_its_box(self) -> None:
        evidence = enclosure.cover(below, interval)
        assert evidence.verdict is Verdict.PROVED
        assert evidence.towards(below).verdict is Verdict.PROVED

    def test_a_box_smaller_than_the_sentence_is_not_the_whole(self) -> None:
        evidence = enclosure.cover(below, {x: (sp.Integer(1), sp.Integer(2))})
        assert evidence.scope == "x in [1, 2]"
        assert evidence.towards(below).verdict is Verdict.SURVIVED

    def test_a_falsehood_is_refuted_at_a_point(self) -> None:
        false = replace(below, conclusion=sp.Lt(sp.cos(x), 1 - 3 * x**2 / sp.pi**2))
        evidence = enclosure.cover(false, interval)
        assert evidence.verdict is Verdict.REFUTED
        assert sp.N(false.gap.subs(x, sp.Rational(evidence.witness["x"]))) < 0

    def test_a_touching_point_is_undecided(self) -> None:
        box = {x: (sp.Integer(0), sp.Integer(1))}
        assert enclosure.cover(touching, box).verdict is Verdict.UNDECIDED

    def test_pieces_outside_the_hypotheses_are_not_asked(self) -> None:
        inside = Claim(given=(x >= 1,), conclusion=sp.Gt(x**3, sp.Rational(1, 2)))
        assert enclosure.cover(inside, {x: (sp.Integer(0), sp.Integer(2))}).verdict is (
            Verdict.PROVED
        )

    def test_a_witness_must_meet_the_hypotheses(self) -> None:
        false_at_two = Claim(given=(x <= 1,), conclusion=sp.Le(x**2, 1))
        assert enclosure.witness(false_at_two, {x: sp.Integer(2)}).verdict is Verdict.UNDECIDED
        assert enclosure.witness(false_at_two, {x: sp.Integer(-2)}).verdict is Verdict.REFUTED

    def test_rationals_enter_balls_exactly(self) -> None:
        with ctx.workprec(200):
            assert enclosure.to_arb(x / 10, {x: arb(1)}).contains(arb(fmpq(1, 10)))

    @pytest.mark.parametrize(
        ("term", "value"),
        [
            (sp.exp(x), 2.718281828459045),
            (sp.Max(x, 2), 2.0),
            (sp.Abs(-x), 1.0),
            (sp.sqrt(x + 1), 1.4142135623730951),
            (sp.cosh(x), 1.5430806348152437),
        ],
    )
    def test_terms_are_translated(self, term: sp.Expr, value: float) -> None:
        assert abs(enclosure.to_arb(term, {x: arb(1)}) - value) < 1e-15

    def test_an_unknown_node_raises(self) -> None:
        with pytest.raises(NotImplementedError, match="no ball for gamma"):
            enclosure.to_arb(sp.gamma(x), {x: arb(1)})


class TestSampling:
    def test_hypotheses_that_cannot_be_met_leave_it_undecided(self) -> None:
        vacuous = Claim(given=(x >= 1, x <= 0), conclusion=sp.Eq(x, x + 1, evaluate=False))
        evidence = sampling.search(vacuous)
        assert evidence.verdict is Verdict.UNDECIDED
        assert "no sample" in evidence.detail

    def test_narrow_and_linked_hypotheses_are_met(self) -> None:
        narrow = Claim(
            given=(x >= 0, x <= sp.Rational(1, 10**6), sp.Eq(y, x + 1)), conclusion=sp.Lt(y, 1)
        )
        assert sampling.search(narrow).verdict is Verdict.REFUTED

    @pytest.mark.parametrize(
        "given",
        [
            (x >= 0, sp.Eq(x, 1)),
            (x <= 3, sp.Eq(x, 1)),
            (sp.Eq(x, 1), x >= 0),
            (sp.Eq(x, 1), sp.Eq(x, 2)),
        ],
    )
    def test_a_bound_or_a_second_equation_leaves_the_equation_in_force(
        self, given: tuple[Relational, ...]
    ) -> None:
        evidence = sampling.search(Claim(given=given, conclusion=sp.Eq(x, 1, evaluate=False)))
        assert evidence.verdict is not Verdict.REFUTED
        wrong = sampling.search(Claim(given=given[:2], conclusion=sp.Lt(x, 1, evaluate=False)))
        assert (wrong.verdict is Verdict.REFUTED) == (sp.Eq(x, 2) not in given)

    def test_the_tightest_point_is_looked_at_first(self) -> None:
        nearly = Claim(conclusion=sp.Ge((x - sp.Rational(1, 3)) ** 2, sp.Rational(1, 10**40)))
        assert sampling.search(nearly).verdict is Verdict.SURVIVED
        at = Tightness({x: sp.Rational(1, 3)})
        assert sampling.search(nearly, tightest=at).verdict is Verdict.REFUTED


class TestClaim:
    @pytest.mark.parametrize("bad", [x >= 0.5, sp.Eq(x, x)])
    def test_inexact_or_collapsed_relations_are_rejected(self, bad: sp.Basic) -> None:
        with pytest.raises(ValueError, match=r"inexact|not a relation"):
            Claim(conclusion=bad)

    def test_complex_symbols_are_rejected(self) -> None:
        with pytest.raises(ValueError, match="not real"):
            Claim(conclusion=sp.Eq(sp.Symbol("z"), 1))

    def test_sums_minima_and_families_of_hypotheses_are_written_out(self) -> None:
        g = sp.IndexedBase("g", real=True)
        claim = Claim(
            given=(ForEach(sp.Ge(g[j], 0), j, sp.S.One, n),),
            conclusion=sp.Le(Least(x * j, (j, 1, n)), sp.Sum(g[j], (j, 1, n))),
        )
        at = claim.at({n: 2})
        assert at.given == (sp.Ge(g[1], 0), sp.Ge(g[2], 0))
        assert at.conclusion == sp.Le(sp.Min(x, 2 * x), g[1] + g[2])
        assert claim.sizes == (n,)

    def test_an_equation_adds_up_over_planes(self) -> None:
        added = summed(square, over=(x, y), size=n)
        assert added.reduction is square
        assert sp.expand(added.at({n: 3}).gap) == 0


class TestTowards:
    """What evidence shows of a claim depends on the sentence that the engine read."""

    whole = replace(wrong, reduction=square)

    def test_of_the_sentence_itself_it_is_what_it_is(self) -> None:
        sourced = replace(square, source="elsewhere", reduction=wrong)
        assert symbolic.vanish(square).towards(sourced).verdict is Verdict.PROVED
        assert smt.refute(wrong).towards(self.whole).verdict is Verdict.REFUTED

    def test_of_its_reduction_it_is_reduced(self) -> None:
        evidence = symbolic.vanish(square).towards(self.whole)
        assert evidence.verdict is Verdict.REDUCED
        assert evidence.trusts[-1] == PROSE

    def test_a_reduction_that_fails_does_not_refute(self) -> None:
        evidence = smt.refute(wrong).towards(replace(square, reduction=wrong))
        assert evidence.verdict is Verdict.UNDECIDED
        assert not evidence.witness
        assert "the reduction fails at" in evidence.detail

    def test_of_another_sentence_it_is_nothing(self) -> None:
        for evidence in (symbolic.vanish(square), smt.refute(wrong)):
            assert evidence.towards(touching).verdict is Verdict.UNDECIDED

    def test_a_stronger_hypothesis_makes_another_sentence(self) -> None:
        assumed = Claim(given=(x >= 0,), conclusion=sp.Ge(x**3, 0))
        proved = symbolic.certify(assumed, lambda a: a**3)
        assert proved.verdict is Verdict.PROVED
        assert proved.towards(replace(assumed, given=())).verdict is Verdict.UNDECIDED

    def test_of_no_stated_sentence_it_proves_nothing(self) -> None:
        bare = Evidence(verdict=Verdict.PROVED, trusts=())
        assert bare.towards(square).verdict is Verdict.UNDECIDED


def test_a_case_that_resists_leaves_a_finite_scope_undecided() -> None:
    survived = exhaustion.every(range(5), lambda case: case < 5, "five cases", ())
    resisted = exhaustion.every(range(5), lambda case: case != 3, "five cases", ())
    assert survived.verdict is Verdict.SURVIVED
    assert (resisted.verdict, resisted.detail) == (Verdict.UNDECIDED, "not shown at 3")
