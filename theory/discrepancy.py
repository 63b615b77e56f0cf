"""The gap between the best logit and the next, for one-plane heads (urrutia2026heads, Def. 3.1).

Distances are in positions, angles in radians per position. *Peak* is the largest
gap over valid inputs, *floor* the smallest; only the floor promises anything.
"""

import sympy as sp

from theory.binders import Least


def index_gap(reach: sp.Expr, angle: sp.Expr) -> sp.Expr:
    """``g(M) = min over 1 ≤ t ≤ M of 1 − cos tθ``: the gap when rivals stand up to ``M`` away."""
    t = sp.Symbol("t", integer=True)
    return Least(1 - sp.cos(t * angle), (t, 1, reach))


def index_reach(length: sp.Expr, offset: sp.Expr) -> sp.Expr:
    """How far the farthest rival stands from the token ``offset`` back, among ``length`` tokens."""
    return sp.Max(offset, length - 1 - offset)


def retrieval_gap(
    length: sp.Expr, letters: sp.Expr, angle: sp.Expr, target: sp.Expr, shift: sp.Expr
) -> sp.Expr:
    """The gap when the match stands ``target`` back and every rival is ``shift`` letters off.

    The distances other than ``s`` are ``(s + t) mod n`` for ``1 ≤ t ≤ n − 1``.
    """
    t = sp.Symbol("t", integer=True)
    rival = sp.cos(2 * sp.pi * shift / letters + sp.Mod(target + t, length) * angle)
    return Least(sp.cos(target * angle) - rival, (t, 1, length - 1))


def retrieval_floor(length: sp.Expr, letters: sp.Expr, angle: sp.Expr) -> sp.Expr:
    """The least gap over all proper inputs: every match position, every rival, every letter."""
    s, k = sp.symbols("s k", integer=True)
    inner = retrieval_gap(length, letters, angle, s, k)
    return Least(inner.function, *inner.limits, (s, 0, length - 1), (k, 1, letters - 1))
