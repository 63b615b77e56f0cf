"""Computes the price of length as a table: critical temperatures beside their growth laws."""

import math
from collections.abc import Iterator
from fractions import Fraction

from constructions.ladder import rope_ladder
from constructions.previous_token import previous_token_beta
from theory.angle import Angle
from theory.predictors.index import index_critical_beta
from theory.predictors.retrieval import retrieval_critical_beta

Row = dict[str, str | int | float]

LENGTHS = (5, 9, 17, 33, 65, 129, 257, 513, 1025)
LADDER_LENGTHS = (17, 65, 257)
LETTERS = 8
BASES, CHANNELS = (1e4, 5e5, 1e6), (64, 128, 256)
WEIGHTS = (Fraction(1, 2), Fraction(99, 100))


def rows() -> Iterator[Row]:
    """Yields one row per construction and length; ``beta`` is exact to the printed digits.

    ``index`` is at its best angle ``2π/n``, for an integer query, beside ``n²/(8π)``;
    ``retrieval`` without position, beside ``log(n - 1)/(1 - cos ω)`` with ω = 2π/8;
    ``previous_token`` on whole ladders, for the stated weight of the previous token.
    """
    for n in LENGTHS:
        index = index_critical_beta([Angle.of_turns(Fraction(1, n))], [1], n, 1)
        yield _row("index", n, float(index.mid()), n**2 / (8 * math.pi))
    for n in LENGTHS:
        retrieval = retrieval_critical_beta(LETTERS, [Angle.of_radians(0)], [1], n)
        law = math.log(n - 1) / (1 - math.cos(2 * math.pi / LETTERS))
        yield _row("retrieval", n, float(retrieval.mid()), law)
    for base in BASES:
        for channels in CHANNELS:
            ladder = rope_ladder(base, channels)
            for n in LADDER_LENGTHS:
                for weight in WEIGHTS:
                    yield {
                        "construction": "previous_token",
                        "base": base,
                        "channels": channels,
                        "length": n,
                        "weight": float(weight),
                        "beta": float(previous_token_beta(ladder, n, weight).mid()),
                    }


def _row(name: str, length: int, beta: float, law: float) -> Row:
    return {
        "construction": name,
        "length": length,
        "beta": beta,
        "law": law,
        "beta over law": beta / law,
    }
