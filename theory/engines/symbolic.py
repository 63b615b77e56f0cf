"""Proof by rewriting: a gap whose normal form is zero, or a certificate of its sign.

The normal form is a polynomial in the symbols, sines, cosines and exponentials, reduced
by sin² + cos² = 1. A quotient is put over a common denominator, which is dropped: where
a proof divides, a second engine stands behind it.
"""

from collections.abc import Callable

import sympy as sp

from theory.claim import Claim, gap
from theory.evidence import Evidence, Verdict

TRUSTS = (f"sympy {sp.__version__}",)


def vanish(claim: Claim) -> Evidence:
    """Prove an equation: its gap is zero, given the equations among its hypotheses.

    A residue other than zero decides nothing.
    """
    residue = normal(claim.gap, *(gap(g) for g in claim.given if isinstance(g, sp.Eq)))
    proved = isinstance(claim.conclusion, sp.Eq) and residue == 0
    return Evidence(
        verdict=Verdict.PROVED if proved else Verdict.UNDECIDED,
        trusts=TRUSTS,
        of=claim,
        detail="" if proved else f"residue {residue}",
    )


def certify(claim: Claim, certificate: Callable[..., sp.Expr]) -> Evidence:
    """Prove an inequality: its gap equals an expression whose sign is plain to see.

    Args:
        claim: An inequality whose hypotheses are inequalities.
        certificate: Takes one non-negative symbol per hypothesis (its gap; positive
            if the hypothesis is strict) and returns the expression.
    """
    hypotheses = {
        sp.Dummy(f"h{i}", positive=True)
        if isinstance(g, sp.StrictLessThan | sp.StrictGreaterThan)
        else sp.Dummy(f"h{i}", nonnegative=True): gap(g)
        for i, g in enumerate(claim.given)
    }
    expression = certificate(*hypotheses)
    strict = isinstance(claim.conclusion, sp.StrictLessThan | sp.StrictGreaterThan)
    signed = expression.is_positive if strict else expression.is_nonnegative
    residue = normal(claim.gap - expression.subs(hypotheses))
    proved = not isinstance(claim.conclusion, sp.Eq) and bool(signed) and residue == 0
    return Evidence(
        verdict=Verdict.PROVED if proved else Verdict.UNDECIDED,
        trusts=TRUSTS,
        of=claim,
        detail="" if proved else f"residue {residue}, sign of the certificate {signed}",
    )


def normal(e: sp.Expr, *zeros: sp.Expr) -> sp.Expr:
    """The normal form of the numerator of ``e``, modulo what the ``zeros`` generate."""
    numerators = [
        sp.fraction(sp.together(sp.expand_trig(sp.expand(part))))[0] for part in (e, *zeros)
    ]
    parts = [sp.expand(n) for n in numerators]
    if parts[0] == 0:
        return sp.S.Zero
    waves = set[sp.Expr]().union(*(part.atoms(sp.sin, sp.cos) for part in parts))
    angles = sorted({wave.args[0] for wave in waves}, key=str)
    circles = [sp.sin(x) ** 2 + sp.cos(x) ** 2 - 1 for x in angles]
    exponentials = set[sp.Expr]().union(*(part.atoms(sp.exp) for part in parts))
    symbols = set[sp.Expr]().union(*(part.free_symbols for part in parts))
    atoms = [
        *(f(x) for x in angles for f in (sp.sin, sp.cos)),
        *sorted(exponentials, key=str),
        *sorted(symbols, key=str),
    ]
    names = {atom: sp.Dummy(str(atom)) for atom in atoms}
    polynomial, *ideal = (part.subs(names) for part in (*parts, *circles))
    if not ideal:
        return parts[0]
    if zeros:
        ideal = list(sp.groebner(ideal, *names.values(), order="grevlex").exprs)
    residue = sp.reduced(polynomial, ideal, *names.values(), order="grevlex")[1]
    return residue.subs({name: atom for atom, name in names.items()})
