"""Tables of shares of several classes less one rival, and the shares that do best."""

from collections.abc import Sequence

import numpy as np
from flint import arb, ctx
from jaxtyping import Float64

from empirical.certificates.arithmetic.rounding import UNIT
from empirical.certificates.one_layer.tables import Tables

PIVOTS = 200
"""At most, of one search for shares."""
NEARLY = 1e-12
"""Below it a number of the simplex method counts as zero."""


class Mixed(Tables):
    """Class 0 is the sum of shares of classes less a rival and a margin; class 1 is nothing.

    Args:
        tables: of the query.
        classes: which have shares.
        shares: of each, not negative.
        rival: the class that is taken off each of them.
        by: what is taken off too, in nats.
    """

    def __init__(
        self,
        tables: Tables,
        classes: Sequence[int],
        shares: Sequence[float],
        rival: int,
        by: float,
    ) -> None:
        self._tables, self._rival, self._by = tables, rival, by
        self._classes, self._shares = tuple(classes), tuple(shares)
        mine, whole = np.array(shares), float(sum(shares))
        self.slants, self.norms = tables.slants, tables.norms
        self.slant_error, self.score_error = tables.slant_error, tables.score_error
        self.bits = tables.bits
        gaps = tables.linear[:, list(classes)] - tables.linear[:, [rival]]
        self.linear = np.stack([gaps @ mine, np.zeros(len(gaps))], axis=1)
        late = tables.bias[list(classes)] - tables.bias[rival] - by
        self.bias = np.array([float(late @ mine), 0.0])
        rounding = 2 * (len(mine) + 4) * UNIT * whole
        largest, most = float(np.abs(tables.linear).max()), float(np.abs(tables.bias).max())
        self.linear_error = 2.1 * whole * tables.linear_error + 2 * rounding * largest
        self.bias_error = 2.1 * whole * tables.bias_error + rounding * (2 * most + abs(by))

    def refined(self) -> "Mixed | None":
        """See ``Tables.refined``."""
        finer = self._tables.refined()
        if finer is None:
            return None
        return Mixed(finer, self._classes, self._shares, self._rival, self._by)

    def scores(self, start: int, stop: int) -> Float64[np.ndarray, "places tokens"]:
        """See ``Tables.scores``."""
        return self._tables.scores(start, stop)

    def score_balls(self, place: int) -> Sequence[arb]:
        """See ``Tables.score_balls``."""
        return self._tables.score_balls(place)

    def linear_ball(self, token: int, kind: int) -> arb:
        """See ``Tables.linear_ball``."""
        total = arb(0)
        with ctx.workprec(self.bits):
            rival = self._tables.linear_ball(token, self._rival)
            for own, share in self._parts(kind):
                total += arb(share) * (self._tables.linear_ball(token, own) - rival)
        return total

    def slant_balls(self, token: int) -> Sequence[arb]:
        """See ``Tables.slant_balls``."""
        return self._tables.slant_balls(token)

    def bias_ball(self, kind: int) -> arb:
        """See ``Tables.bias_ball``."""
        total = arb(0)
        with ctx.workprec(self.bits):
            below = self._tables.bias_ball(self._rival) + arb(self._by)
            for own, share in self._parts(kind):
                total += arb(share) * (self._tables.bias_ball(own) - below)
        return total

    def _parts(self, kind: int) -> list[tuple[int, float]]:
        """The classes of which one of the two classes is made, with their shares."""
        both = zip(self._classes, self._shares, strict=True)
        return [(own, share) for own, share in both if share] if kind == 0 else []


def best_shares(
    margins: Float64[np.ndarray, "inputs classes"],
) -> tuple[Float64[np.ndarray, " classes"], float]:
    """Shares of classes whose mean margin is largest on the worst of some inputs.

    A game of two sides that add up to nothing, by the simplex method.

    Args:
        margins: each row in any unit.

    Returns:
        The shares, and about the mean on the worst input, in units of its largest margin.
    """
    units = np.maximum(np.abs(margins).max(axis=1, keepdims=True), 2.0**-1000)
    gains = (margins / units).T + 2.0
    classes, inputs = gains.shape
    table = np.block(
        [
            [gains, np.eye(classes), np.ones((classes, 1))],
            [-np.ones((1, inputs)), np.zeros((1, classes + 1))],
        ]
    )
    for _ in range(PIVOTS):
        column = int(table[-1, :-1].argmin())
        if table[-1, column] > -NEARLY:
            break
        entries = table[:-1, column]
        ratios = np.where(entries > NEARLY, table[:-1, -1] / np.maximum(entries, NEARLY), np.inf)
        row = int(ratios.argmin())
        table[row] /= table[row, column]
        others = np.arange(classes + 1) != row
        table[others] -= np.outer(table[others, column], table[row])
    prices = np.maximum(table[-1, inputs:-1], 0.0)
    shares = prices / max(float(prices.sum()), 2.0**-1000)
    return shares, float((gains.T @ shares).min()) - 2.0
