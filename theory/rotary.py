"""The rotary rotation and the score it gives, in symbols (su2021roformer)."""

import sympy as sp


def rotation(angle: sp.Expr) -> sp.Matrix:
    """The 2 × 2 matrix that turns the plane counter-clockwise by ``angle`` radians."""
    c, s = sp.cos(angle), sp.sin(angle)
    return sp.Matrix([[c, -s], [s, c]])


def score(query: sp.Matrix, key: sp.Matrix, angle: sp.Expr) -> sp.Expr:
    """One plane's share of a logit: the key against the query turned by ``angle`` radians.

    With ``angle = θ·(i − j)`` this is the logit of query position ``i`` and key position ``j``.
    """
    return key.dot(rotation(angle) * query)
