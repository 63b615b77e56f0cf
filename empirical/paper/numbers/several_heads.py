"""Numbers of models of several heads: what is decided at the shortest and longest length."""

from collections.abc import Iterator

from empirical.paper.number import Number
from empirical.paper.numbers import Ledger
from empirical.shipped.several_heads_table import BUDGETS, NAMES, table


def numbers(ledger: Ledger) -> Iterator[Number]:
    """Yields ``heads.models``, ``.fewest``, ``.most``, and ``.near.*``, ``.far.*`` of lengths."""
    source = "what is decided of models of several heads"
    longest_tried = {(row.model, row.length): row for row in table()}
    heads = {row.heads for row in longest_tried.values()}
    for key, value in (("models", len(NAMES)), ("fewest", min(heads)), ("most", max(heads))):
        yield Number.count(f"heads.{key}", value, source)
    for key, length in (("near", min(BUDGETS)), ("far", max(BUDGETS))):
        rows = [row for row in longest_tried.values() if row.length == length]
        for part, value in {
            "tokens": length,
            "rows": sum(row.rows for row in rows),
            "decided": sum(row.decided for row in rows),
        }.items():
            yield Number.count(f"heads.{key}.{part}", value, source)
