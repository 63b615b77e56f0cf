"""Breaking a definition or a sentence on purpose is noticed by the ledger."""

import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import sympy as sp

from theory import discrepancy, ledger, rotary
from theory.claim import Claim
from theory.evidence import Verdict
from theory.ledger import Theorem

HOLDS = {Verdict.PROVED, Verdict.RECORDED}
"""Where no proof kernel is installed, its proofs were checked elsewhere."""


def _verdict_with(theorem: Theorem, claim: Claim) -> Verdict:
    return ledger.judge(replace(theorem, claim=claim, neighbours={})).verdict


@pytest.fixture
def reread() -> Iterator[Callable[[str], Theorem]]:
    """Import a theorem afresh, so that it is stated over definitions as they are now."""
    names: list[str] = []

    def read(name: str) -> Theorem:
        (theorem,) = ledger.find([name])
        names.append(f"theory.theorems.{theorem.group}.{name}")
        sys.modules.pop(names[-1])
        (theorem,) = ledger.find([name])
        return theorem

    yield read
    for name in names:
        sys.modules.pop(name, None)
        importlib.import_module(name)


def _clockwise(angle: sp.Expr) -> sp.Matrix:
    c, s = sp.cos(angle), sp.sin(angle)
    return sp.Matrix([[c, s], [-s, c]])


def _sheared(angle: sp.Expr) -> sp.Matrix:
    c, s = sp.cos(angle), sp.sin(angle)
    return sp.Matrix([[c, s], [s, c]])


@pytest.mark.parametrize(
    ("name", "mutant"),
    [
        ("score_eq_sum_cos", _clockwise),
        ("norm_rotation_eq_norm", _sheared),
        ("score_eq_of_offset", _sheared),
    ],
)
def test_a_sign_flipped_in_rope_is_noticed(
    name: str,
    mutant: Callable[[sp.Expr], sp.Matrix],
    reread: Callable[[str], Theorem],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert ledger.judge(reread(name)).verdict in HOLDS
    monkeypatch.setattr(rotary, "rotation", mutant)
    assert ledger.judge(reread(name)).verdict not in HOLDS


def test_a_rival_forgotten_is_noticed(
    reread: Callable[[str], Theorem], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = discrepancy.index_gap
    fewer = lambda reach, angle: whole(sp.Max(reach - 1, 1), angle)  # noqa: E731
    monkeypatch.setattr(discrepancy, "index_gap", fewer)
    theorem = reread("index_gap_le_of_reach")
    assert ledger.judge(theorem).verdict not in HOLDS


def test_the_sharp_bound_with_m_for_m_plus_one_is_noticed() -> None:
    """At M = 1 it is false, and at every other M it is no longer attained."""
    (theorem,) = ledger.find(["index_gap_le_of_reach"])
    module = importlib.import_module("theory.theorems.discrepancy.index_gap_le_of_reach")
    mutant = module.sentence(sp.S.Zero)
    assert _verdict_with(theorem, mutant) not in HOLDS
    assert theorem.tightness is not None
    size = mutant.sizes[0]
    for point in theorem.tightness.points(mutant, {size: (2, 9)}):
        instance = mutant.at({size: int(point[size])})
        angle = point[next(v for v in instance.variables)]
        slack = instance.gap.subs(next(iter(instance.variables)), angle)
        assert sp.N(slack) > 1e-6
