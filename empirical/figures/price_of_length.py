"""The price of length: the inverse temperature from which soft heads are right on all inputs.

Index at the best angle for each length, and Retrieval without position. Temperatures are
exact; the laws are those of the sentences that bound them.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from constructions.prices import LENGTHS, LETTERS
from empirical.figures.parts.sentences import theorem, value
from empirical.figures.parts.style import BLUE, DASHED, INK, VERMILLION, WIDTH, Rows, note
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
    figure.set_size_inches(WIDTH, 3.2)
    prices, ratio = figure.subplots(1, 2, width_ratios=(1.25, 1))
    column = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    n = column["length"]
    prices.plot(n, column["index"], "o-", color=VERMILLION, markersize=3.5)
    prices.plot(n, column["index_needs"], color=INK, linestyle=DASHED, linewidth=0.9)
    prices.plot(n, column["retrieval"], "s-", color=BLUE, markersize=3.5)
    prices.set(xscale="log", yscale="log", xlabel="length n (tokens)")
    prices.set_ylabel("critical inverse temperature β")
    prices.set_title("(a)  what length costs")
    note(prices, "Index, best angle", (12, 700), (100, column["index"][n == 129][0] * 0.62))
    note(prices, "n²/(8π): needed at any angle", (40, 2.2), (17, 289 / (8 * math.pi)))
    note(prices, f"Retrieval, {LETTERS} letters,\nno position", (230, 5.5), color=BLUE)
    ratio.axhline(1, color=INK, linestyle=DASHED, linewidth=0.9)
    ratio.plot(n, column["index"] / column["index_needs"], "o-", color=VERMILLION, markersize=3.5)
    enough = column["index_suffices"] / column["index_needs"]
    ratio.plot(n, enough, color=VERMILLION, linewidth=0.8, linestyle=(0, (1, 2)))
    ratio.set(xscale="log", xlabel="length n (tokens)", ylabel="β over n²/(8π)", ylim=(0.98, 2.7))
    ratio.set_title("(b)  Index relative to its law")
    note(ratio, "n²/10: enough", (60, float(enough[0]) - 0.12), color=VERMILLION)
    note(ratio, "exact, at θ = 2π/n", (9, 1.12), color=VERMILLION)
    for axes in (prices, ratio):
        axes.set_xticks([10, 100, 1000])
        axes.xaxis.set_major_formatter(ScalarFormatter())
