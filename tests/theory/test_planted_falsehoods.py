"""False sentences that a true one's own arguments are blind to: nothing calls them proved.

Each kind was once accepted, because what the engines read was a reduction, and not the sentence.
"""

from dataclasses import replace

import pytest
import sympy as sp

from tests.theory.judged import THEOREMS
from theory import ledger
from theory.claim import Claim
from theory.evidence import Verdict
from theory.kernel import scripts
from theory.kernel.checking import check
from theory.kernel.coqc import Coq
from theory.kernel.statement import statement


def _bound_that_tightens_at_41() -> Claim:
    """Every case that was enumerated, M ≤ 40, is true."""
    claim = THEOREMS["index_gap_le_of_reach"].claim
    (M,) = claim.sizes
    later = 1 - sp.cos(2 * sp.pi / (M + 1 + sp.floor(M / 41)))
    return replace(claim, conclusion=sp.Le(claim.conclusion.lhs, later))


def _hypothesis_on_n_dropped() -> Claim:
    claim = THEOREMS["index_beta_gt_of_full_turn"].claim
    (n,) = claim.sizes
    return replace(claim, given=(sp.Ge(n, 1), *claim.given[1:]))


def _factor_outside_the_reduction_halved() -> Claim:
    claim = THEOREMS["index_floor_le_min_of_length"].claim
    theta = next(v for v in claim.variables if v.name == "theta")
    bound = claim.conclusion.rhs.subs(1 - sp.cos(theta), (1 - sp.cos(theta)) / 2)
    return replace(claim, conclusion=sp.Le(claim.conclusion.lhs, bound))


def _term_that_vanishes_up_to_six() -> Claim:
    claim = THEOREMS["variance_eq_mean_half_squared_differences"].claim
    (n,) = claim.sizes
    term = sp.Mul(*(n - size for size in range(1, 7)))
    sides = claim.conclusion.lhs, claim.conclusion.rhs + term
    return replace(claim, conclusion=sp.Eq(*sides, evaluate=False))


def _reach_one_too_far() -> Claim:
    claim = THEOREMS["retrieval_floor_pos_of_lt_horizon"].claim
    return replace(claim, given=tuple(_loosened(g) for g in claim.given))


def _loosened(given: sp.Basic) -> sp.Basic:
    return sp.Lt(given.lts, 2 * given.gts) if isinstance(given, sp.StrictLessThan) else given


PLANTED = {
    "index_gap_le_of_reach": _bound_that_tightens_at_41,
    "index_beta_gt_of_full_turn": _hypothesis_on_n_dropped,
    "index_floor_le_min_of_length": _factor_outside_the_reduction_halved,
    "variance_eq_mean_half_squared_differences": _term_that_vanishes_up_to_six,
    "retrieval_floor_pos_of_lt_horizon": _reach_one_too_far,
}


@pytest.mark.parametrize("name", PLANTED)
def test_nothing_calls_a_planted_falsehood_proved(name: str) -> None:
    planted = replace(THEOREMS[name], claim=PLANTED[name](), neighbours={})
    judgement = ledger.judge(planted)
    assert not judgement.kernel
    assert judgement.verdict not in (Verdict.PROVED, Verdict.RECORDED)
    assert not judgement.as_expected


@pytest.mark.parametrize("name", PLANTED)
def test_its_script_fails_on_a_planted_falsehood(name: str, coq: Coq) -> None:
    planted = statement(name, PLANTED[name](), "planted")
    script = scripts.path(THEOREMS[name].group, name).read_text()
    assert planted != statement(name, THEOREMS[name].claim)
    assert not check(coq, planted, script).shown
