"""Numbers of problems of others: fixed strings, and the largest of several numbers."""

from collections.abc import Iterator

import sympy as sp

from empirical.paper.number import Number
from empirical.paper.numbers import Ledger
from empirical.recheck.certificate import Verdict
from empirical.shipped.published_problems import FREE, STRINGS, read, share

PLACES = 5


def numbers(ledger: Ledger) -> Iterator[Number]:
    """Yields ``overwhelmed.*``, and ``largest.K.*`` for each K."""
    strings, rows = read()
    source = "what is decided of fixed strings"
    lengths = [row.free or 0 for row in strings if row.verdict == Verdict.REFUTED]
    for key, value in {
        "free": FREE,
        "strings": len(STRINGS),
        "cases": len(strings),
        "decided": sum(row.verdict != Verdict.UNDECIDED for row in strings),
        "deaf": sum(row.verdict == Verdict.PROVED for row in strings),
        "beyond": max(lengths) + 1,
    }.items():
        yield Number.count(f"overwhelmed.{key}", value, source)
    for row in rows:
        name, source = f"largest.{row.numbers}", f"what is decided of {row.model}"
        yield Number.count(f"{name}.numbers", row.numbers, source)
        yield Number.count(f"{name}.cases", row.cases, source)
        yield Number.count(f"{name}.proved", row.proved, source)
        certified = sp.Rational(share(row).numerator, share(row).denominator)
        yield Number.rounded(f"{name}.certified", certified, PLACES, source)
        if row.right is not None:
            counted = sp.Rational(row.right, row.inputs)
            yield Number.rounded(f"{name}.counted", counted, PLACES, source)
