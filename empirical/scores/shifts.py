"""Tests whether a head attends to certain keys because of what they hold.

A head that prefers some distances gives weight to whatever stands there. So the weight on the keys
in question is compared with the weight on keys at the same distances, seen from other queries: the
queries are moved along the input, every one by the same step and around its end, and their
distances stay. Where attention depends on distances alone, and the input is alike everywhere, no
step is special. Weights of neighbouring queries depend on each other; a step common to all keeps
that.

Early queries see few keys and give each of them more weight, so the test errs on the side of
finding nothing. Steps that lead more than half of the pairs out of the input are not tried.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

STEPS = 199
"""Steps that are tried at most; the least p-value is one over one more."""
INSIDE = 0.5
"""Share of the pairs that a step must leave inside the input."""


@dataclass(frozen=True, eq=False)
class ShiftTest:
    """The keys in question of one input, and the keys at the same distances after each step.

    Attributes:
        queries: the row of the query of each pair, for each step; step 0 comes first.
        keys: the key of each pair, for each step; negative where the distance leads out.
    """

    queries: Int64[np.ndarray, "steps pairs"]
    keys: Int64[np.ndarray, "steps pairs"]

    @classmethod
    def of(
        cls,
        rng: np.random.Generator,
        rows: Int64[np.ndarray, " rows"],
        targets: Bool[np.ndarray, "rows length"],
    ) -> "ShiftTest | None":
        """The test of some keys; None where there is no key or no step.

        Args:
            rng: what steps are drawn from where there are more than ``STEPS``.
            rows: positions of the queries, in ascending order.
            targets: whether a key is in question; only earlier ones may be.
        """
        queries, keys = np.nonzero(targets)
        if not queries.size:
            return None
        distances = rows[queries] - keys
        steps = rng.permutation(np.arange(1, rows.size))
        moved = (queries + np.append(0, steps)[:, None]) % rows.size
        reached = rows[moved] - distances
        tried = np.flatnonzero((reached >= 0).mean(axis=1) >= INSIDE)[: STEPS + 1]
        return cls(moved[tried], reached[tried]) if tried.size > 1 else None

    def p_value(self, weights: Float64[np.ndarray, "rows length"]) -> float:
        """Returns the share of steps, step 0 included, that give at least the same weight.

        A step is compared over the pairs that it leaves inside.

        Args:
            weights: attention weights of the queries.
        """
        inside = self.keys >= 0
        moved = np.where(inside, weights[self.queries, np.maximum(self.keys, 0)], 0.0)
        gains = np.where(inside, moved - moved[0], 0.0).sum(axis=1)
        return float((gains >= 0).mean())

    def excess(self, weights: Float64[np.ndarray, "rows length"]) -> float:
        """Returns by how much the mean weight of the pairs is above that after the steps.

        Args:
            weights: attention weights of the queries.
        """
        inside = self.keys >= 0
        moved = np.where(inside, weights[self.queries, np.maximum(self.keys, 0)], 0.0)
        gains = np.where(inside, moved[0] - moved, 0.0).sum(axis=1) / inside.sum(axis=1)
        return float(gains[1:].mean())
