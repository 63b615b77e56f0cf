"""Evaluates sentences of the ledger; the numbers of figures come from here and nowhere else."""

from functools import cache
from typing import Any

import numpy as np
import sympy as sp
from flint import ctx
from jaxtyping import Float

from theory.binders import Least
from theory.claim import Claim
from theory.engines.balls import compiled, exact
from theory.engines.enclosure import BITS, holds, to_arb
from theory.ledger import Theorem, find


def theorem(name: str) -> Theorem:
    """Returns the sentence of this name."""
    return find([name])[0]


def value(expression: sp.Expr, **point: sp.Expr | int) -> float:
    """Returns the midpoint of the expression's ball at one exact point.

    Args:
        expression: a side of a sentence.
        point: an exact value for every symbol of the expression, by name.
    """
    values = {x: sp.sympify(point[str(x)]) for x in expression.free_symbols}
    integers = {x: int(v) for x, v in values.items() if x.is_integer}
    with ctx.workprec(BITS):
        balls = {x: to_arb(v, {}) for x, v in values.items() if x not in integers}
        return float(compiled(expression)(balls, integers).mid())


def applies(claim: Claim, **point: sp.Expr | int) -> bool:
    """Returns whether every hypothesis certainly holds at one exact point.

    Args:
        claim: a sentence.
        point: an exact value for every variable, by name.
    """
    with ctx.workprec(BITS):
        balls = {x: to_arb(sp.sympify(point[str(x)]), {}) for x in claim.variables}
        return all(holds(hypothesis, balls) for hypothesis in claim.given)


def candidates(least: Least, **point: sp.Expr | int) -> Float[np.ndarray, "..."]:
    """Returns all values over which a minimum is taken, in float64, one axis per index.

    Args:
        least: the minimum.
        point: a value for every free symbol, by name.

    Returns:
        Entry ``[a, b, …]`` has the first index at its lowest value plus ``a``, and so on.
    """
    sizes = {x: int(point[str(x)]) for x in least.free_symbols if x.is_integer}
    ends = [[int(exact(sp.sympify(e))(sizes)) for e in limit[1:]] for limit in least.limits]
    ranges = np.ix_(*(np.arange(low, high + 1) for low, high in ends))
    indices = {str(limit[0]): steps for limit, steps in zip(least.limits, ranges, strict=True)}
    free = least.function.free_symbols & least.free_symbols
    values = _function(least.function)(**indices, **{str(x): float(point[str(x)]) for x in free})
    return np.broadcast_to(values, np.broadcast_shapes(*(steps.shape for steps in ranges)))


@cache
def _function(expression: sp.Expr) -> Any:
    return sp.lambdify(sorted(expression.free_symbols, key=str), expression, "numpy")
