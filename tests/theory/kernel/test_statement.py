"""Statements are generated for every sentence, and refused where a meaning was not decided."""

import pytest
import sympy as sp

from tests.theory.judged import THEOREMS
from theory.claim import Claim, ForEach
from theory.kernel.names import Untranslatable
from theory.kernel.statement import propositions, statement

x, y = sp.symbols("x y", real=True)
n, j = sp.symbols("n j", integer=True)
f = sp.IndexedBase("f", real=True)


@pytest.mark.parametrize("name", THEOREMS)
def test_every_sentence_and_every_neighbour_has_a_statement(name: str) -> None:
    theorem = THEOREMS[name]
    for claim in (theorem.claim, *theorem.neighbours.values()):
        text = statement(name, claim)
        assert "Definition sentence" in text
        assert "Definition sense" in text


def _says(*given: sp.Basic, conclusion: sp.Basic) -> list[str]:
    text = propositions(Claim(given=given, conclusion=conclusion))
    return [" ".join(part.split()) for part in text.split("\n\n")]


def test_a_statement_quantifies_and_says_what_its_terms_need() -> None:
    sentence, sense = _says(sp.Ge(n, 1), conclusion=sp.Gt(x / n, sp.log(y)))
    assert sentence == (
        "Definition sentence : Prop := "
        "forall (n : Z) (x : R) (y : R), (n >= 1)%Z -> x / IZR n > ln y."
    )
    assert sense == (
        "Definition sense : Prop := "
        "(forall (n : Z) (x : R) (y : R), (n >= 1)%Z -> IZR n <> 0 /\\ 0 < y)."
    )


def test_a_need_inside_a_sum_is_quantified_over_its_range() -> None:
    _, sense = _says(conclusion=sp.Ge(sp.Sum(1 / f[j], (j, 1, n)), 0))
    assert "(1 <= n + 1)%Z /\\ (forall j : Z, (1 <= j <= n)%Z -> f j <> 0)" in sense


def test_a_hypothesis_may_use_only_those_before_it() -> None:
    _, sense = _says(sp.Ge(1 / x, 1), sp.Gt(x, 0), conclusion=sp.Ge(y, 0))
    assert sense == "Definition sense : Prop := (forall (x : R) (y : R), x <> 0)."


def test_a_hypothesis_for_each_index_is_quantified() -> None:
    each = ForEach(sp.Ge(f[j], 0), j, sp.S.One, n)
    sentence, _ = _says(each, conclusion=sp.Ge(f[1], 0))
    assert "(forall j : Z, (1 <= j <= n)%Z -> f j >= 0) -> f 1%Z >= 0." in sentence


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (-sp.Mod(n, 2) * x, "- x * IZR (n mod 2)"),
        (sp.exp(-x * y), "exp (- x * y)"),
        (sp.cos(-sp.Mod(n, 2)), "cos (IZR (n mod 2))"),
        (x ** (n - n + 2), "x ^ 2"),
        (x / -y, "- (x / y)"),
        (-(x**2), "- x ^ 2"),
        ((-x) ** 3, "- x ^ 3"),
        ((x - y) ** 2, "(x - y) ^ 2"),
        (x - (y - x * y), "x * y + x - y"),
        (-x / (x * y + 1) ** 2, "- (x / (x * y + 1) ^ 2)"),
        (sp.sqrt(x + 1), "sqrt (x + 1)"),
        (sp.exp(-4 * x), "exp ((-4) * x)"),
        (sp.ceiling(x), "IZR (- Int_part (- x))"),
    ],
)
def test_terms_keep_their_grouping(term: sp.Expr, text: str) -> None:
    sentence, _ = _says(conclusion=sp.Ge(term, y**5))
    assert f"{text} >=" in sentence or text.replace("IZR ", "") in sentence


@pytest.mark.parametrize(
    ("conclusion", "reason"),
    [
        (sp.Ge(sp.gamma(x), 0), "no real term for gamma"),
        (sp.Ge(x ** sp.Rational(1, 3), 0), "no power"),
        (sp.Ne(x, y), "no relation"),
        (sp.Ge(sp.Sum(f[j], (j, 1, x)), 0), "no integer term"),
        (sp.Ge(sp.Symbol("p", positive=True), 1), "carries more"),
        (sp.Ge(sp.Symbol("q", real=True, rational=True), 0), "carries more"),
        (sp.Ge(sp.Symbol("x", integer=True) + x, 0), "two symbols"),
        (sp.Ge(sp.Symbol("f", real=True) + f[1], 0), "a number and an indexed family"),
        (sp.Ge(sp.IndexedBase("g", positive=True)[1], 1), "carries more"),
        (sp.Ge(f[1] + f[1, 2], 0), "two numbers of indices"),
        (sp.Ge(sp.Sum(f[j], (j, 1, j)), 0), "depends on j itself"),
        (sp.Ge(sp.Piecewise((1, x > 0), (2, True)), y), "a case by"),
    ],
)
def test_what_was_not_decided_is_refused(conclusion: sp.Basic, reason: str) -> None:
    with pytest.raises(Untranslatable, match=reason):
        propositions(Claim(conclusion=conclusion))


def test_names_that_coq_has_taken_are_changed() -> None:
    sentence, _ = _says(conclusion=sp.Ge(sp.Symbol("IZR", real=True), sp.Symbol("λ'", real=True)))
    assert "IZR_ >= x__" in sentence
