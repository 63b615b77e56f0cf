"""A head's floor on longer inputs is at most what its own angles and norms allow.

Where the token of a query's peak may come again in front of a short input, the floor is at most the
lead over it, ``Σ 2 r |sin(sθ/2)|``; r is the modulus of the plane's amplitude for that token, s the
distance from one to the other.
"""

from collections.abc import Iterator

from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject

DIGITS = 1e-3
"""What the table rounds away, of the larger number."""


def rows(subject: Subject) -> Iterator[Prediction]:
    """One row per head and kind of query that has a bound: the length that is closest to it."""
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
