"""Tables of a model in which one class has to be ahead of all others by a margin."""

from collections.abc import Sequence

import numpy as np
from flint import arb, ctx
from jaxtyping import Float64

from empirical.certificates.arithmetic.rounding import UNIT
from empirical.certificates.one_layer.tables import Tables


class Ahead(Tables):
    """The tables of a query with the bias of one class lowered: it wins there if it wins by that.

    Args:
        tables: of the query.
        winner: the class.
        by: how much less its bias is, in nats.
    """

    def __init__(self, tables: Tables, winner: int, by: float) -> None:
        self._tables, self._winner, self._by = tables, winner, by
        self.linear, self.slants, self.norms = tables.linear, tables.slants, tables.norms
        self.linear_error, self.slant_error = tables.linear_error, tables.slant_error
        self.score_error, self.bits = tables.score_error, tables.bits
        self.bias = tables.bias.copy()
        self.bias[winner] -= by
        self.bias_error = tables.bias_error + 2 * UNIT * float(np.abs(self.bias).max() + by)

    def refined(self) -> "Ahead | None":
        """See ``Tables.refined``."""
        finer = self._tables.refined()
        return None if finer is None else Ahead(finer, self._winner, self._by)

    def scores(self, start: int, stop: int) -> Float64[np.ndarray, "places tokens"]:
        """See ``Tables.scores``."""
        return self._tables.scores(start, stop)

    def score_balls(self, place: int) -> Sequence[arb]:
        """See ``Tables.score_balls``."""
        return self._tables.score_balls(place)

    def linear_ball(self, token: int, kind: int) -> arb:
        """See ``Tables.linear_ball``."""
        return self._tables.linear_ball(token, kind)

    def slant_balls(self, token: int) -> Sequence[arb]:
        """See ``Tables.slant_balls``."""
        return self._tables.slant_balls(token)

    def bias_ball(self, kind: int) -> arb:
        """See ``Tables.bias_ball``."""
        bias = self._tables.bias_ball(kind)
        if kind != self._winner:
            return bias
        with ctx.workprec(self.bits):
            return bias - arb(self._by)
