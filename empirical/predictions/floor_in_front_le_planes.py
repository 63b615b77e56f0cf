"""A head's floor on longer inputs is at most what its angles and norms allow.

If the token at a query's peak may occur again in front of a short input, the floor is at most the
peak's lead over that occurrence, ``Σ 2 r |sin(sθ/2)|``; r is the modulus of the plane's amplitude
for the token, s the distance between the two occurrences.
"""

from collections.abc import Iterator

from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject

DIGITS = 1e-3
"""Relative error of the rounded numbers in the table, of the larger of the two."""


def rows(subject: Subject) -> Iterator[Prediction]:
    """Yields one row per head and kind of query: the length whose floor is closest to its bound."""
    table = subject.survival
    for row in table.rows if table else ():
        if row.bound is not None and table is not None:
            triples = zip(row.bound, row.floor, table.lengths, strict=True)
            bound, floor, length = min(triples, key=lambda triple: triple[0] - triple[1])
            yield Prediction(
                name="floor_in_front_le_planes",
                where=f"L{row.layer}H{row.head} {row.query} n={length}",
                relation="≤",
                bound=bound,
                measured=floor,
                theorem="planes_lead_le_of_shift",
                allowance=DIGITS * max(abs(bound), abs(floor)),
                detail={"lengths": list(table.lengths), "floor": list(row.floor)},
            )
