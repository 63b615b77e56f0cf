"""Index costs a temperature close to n²/(8π), Retrieval without position only a logarithm.

The inverse temperature from which soft heads are right on all inputs: Index at the best angle for
each length, and Retrieval without position. Temperatures are exact; the laws are those of the
sentences that bound them.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from constructions.prices import LENGTHS, LETTERS
from empirical.figures.parts.colours import INK, POSITIONAL, SYMBOLIC
from empirical.figures.parts.sentences import theorem, value
from empirical.figures.parts.style import DASHED, WIDTH, Rows, note
from theory.angle import Angle
from theory.predictors.index import index_critical_beta
from theory.predictors.retrieval import retrieval_critical_beta

SHORTEST = 6
"""Tokens, the first length drawn; ``index_beta_gt_of_length`` holds from 3 on."""


def rows() -> Rows:
    """Returns one row per length: critical temperatures, and their bounds from below and above."""
    least = theorem("index_beta_gt_of_length").claim.conclusion.rhs
    enough = theorem("index_rival_sum_lt_of_beta_ge").claim.given[-1]
    assert isinstance(enough, sp.Ge)
    return [
        {
            "length": n,
            "index": float(index_critical_beta([Angle.of_turns(Fraction(1, n))], [1], n, 1).mid()),
            "index_needs": value(least, n=n),
            "index_suffices": value(enough.rhs, n=n),
            "retrieval": float(
                retrieval_critical_beta(LETTERS, [Angle.of_radians(0)], [1], n).mid()
            ),
            "logarithm": math.log(n - 1),
        }
        for n in (SHORTEST, *LENGTHS[1:])
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw the prices on the left, Index relative to its law on the right."""
    figure.set_size_inches(WIDTH, 2.8)
    prices, ratio = figure.subplots(1, 2, width_ratios=(1.25, 1))
    column = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    n = column["length"]
    prices.plot(n, column["index"], "o-", color=POSITIONAL, markersize=3.5)
    prices.plot(n, column["index_needs"], color=INK, linestyle=DASHED, linewidth=0.9)
    prices.plot(n, column["retrieval"], "s-", color=SYMBOLIC, markersize=3.5)
    prices.set(xscale="log", yscale="log", xlabel="length n (tokens)")
    prices.set_ylabel("critical inverse temperature β")
    prices.set_title("(a)  what length costs")
    note(prices, "Index, best angle", (12, 700), (100, column["index"][n == 129][0] * 0.62))
    note(prices, "n²/(8π): needed at any angle", (40, 1.3), (17, 289 / (8 * math.pi)))
    note(prices, f"Retrieval, {LETTERS} letters,\nno position", (230, 4.2), color=SYMBOLIC)
    _excess(ratio, column)
    for axes in (prices, ratio):
        axes.set_xticks([10, 100, 1000])
        axes.xaxis.set_major_formatter(ScalarFormatter())


def _excess(axes: Axes, column: dict[str, np.ndarray]) -> None:
    """Draw by which share the price, and what is enough for it, are above the law."""
    n = column["length"]
    exact, enough = (
        column[name] / column["index_needs"] - 1 for name in ("index", "index_suffices")
    )
    axes.plot(n, exact, "o-", color=POSITIONAL, markersize=3.5)
    axes.plot(n, enough, color=POSITIONAL, linewidth=0.8, linestyle=(0, (1, 2)))
    axes.set(xscale="log", yscale="log", xlabel="length n (tokens)", ylabel="share above n²/(8π)")
    axes.set_ylim(1e-5, 5)
    axes.set_title("(b)  Index: excess over its law")
    note(axes, "n²/10: enough", (60, float(enough[0]) * 0.75), color=POSITIONAL, va="top")
    note(axes, "exact,\nat θ = 2π/n", (60, 2.5e-3), color=POSITIONAL)
