"""One query of a head, whose logits on every content at every distance are worked out once.

Scores move the same contents over the same distances many times.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float64, Int

from empirical.heads.canonical import Head


@dataclass(frozen=True, eq=False)
class TabledQuery:
    """One query of a head, on consecutive contents that end with its own.

    Attributes:
        query: the content that asks.
        first: the first content.
        table: the logit of each content at each distance.
    """

    query: int
    first: int
    table: Float64[np.ndarray, "contents distances"]

    @classmethod
    def of(cls, head: Head, contents: Int[np.ndarray, " contents"]) -> "TabledQuery":
        """The query of the last of some consecutive contents.

        Args:
            head: a head whose window holds as many positions.
            contents: in ascending order.
        """
        query = int(contents[-1])
        table = head.logits(query, contents, np.arange(contents.size))
        return cls(query, int(contents[0]), table)

    def at(
        self, query: int, keys: Int[np.ndarray, " pairs"], distances: Int[np.ndarray, " pairs"]
    ) -> Float64[np.ndarray, " pairs"]:
        """The logit of each key at its own distance; see ``Head.at``.

        Args:
            query: the content that asks, that of the table.
            keys: contents of the keys, of those of the table.
            distances: below the number of contents.
        """
        assert query == self.query
        logits: Float64[np.ndarray, " pairs"] = self.table[keys - self.first, distances]
        return logits


QueriedHead: TypeAlias = Head | TabledQuery
"""What answers for a query: the head, or a table of it."""
