"""Bounds of attention scores and weights of stops, and of the lead that attending to a token gives.

``README.md`` derives them. Arrays of scores and weights are stops × distances × tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb, ctx

from empirical.recheck.checkpoint import Checkpoint
from empirical.recheck.floats import (
    EXP_TINY,
    UNIT,
    Bounds,
    Floats,
    down,
    exp_of_negative,
    root_up,
    up,
)
from empirical.recheck.near import Flags, Near, length_up, sum_up
from empirical.recheck.streams import AnyPosition, StreamSet
from empirical.recheck.tables import PRECISION, angles

NARROW = 2.0**-60
"""Radius of the ball of a cosine or sine, at most."""
POWER = 1 + 2.0**-45
"""Above what ``exp_of_negative`` may err by."""


class Rotation:
    """Cosines and sines of the distances of inputs of one length.

    Args:
        checkpoint: of the network.
        length: distances are 0 to below this.
    """

    def __init__(self, checkpoint: Checkpoint, length: int) -> None:
        self.length = length
        with ctx.workprec(PRECISION):
            ladder = angles(checkpoint.config)
            turns = [[(angle * t).sin_cos() for angle in ladder] for t in range(length)]
            self._sin = np.array([[_nearest(sin) for sin, _ in row] for row in turns])
            self._cos = np.array([[_nearest(cos) for _, cos in row] for row in turns])

    def turned(self, rows: Near, backwards: bool) -> Near:
        """Every row as it meets keys at each distance, rows × distances × channels.

        A cosine or sine errs by less than 2u. A turned pair errs by the errors of both of its
        numbers, and by 6u of their sizes.
        """
        planes = 2 * self._cos.shape[1]
        values, error = (
            np.repeat(part[:, None], self.length, axis=1) for part in (rows.values, rows.error)
        )
        even, odd = rows.values[:, None, 0:planes:2], rows.values[:, None, 1:planes:2]
        sin = -self._sin if backwards else self._sin
        values[:, :, 0:planes:2] = even * self._cos - odd * sin
        values[:, :, 1:planes:2] = odd * self._cos + even * sin
        both = rows.error + 6 * UNIT * np.abs(rows.values)
        shared = up((both[:, 0:planes:2] + both[:, 1:planes:2]) * POWER)
        error[:, :, 0:planes:2] = shared[:, None]
        error[:, :, 1:planes:2] = shared[:, None]
        return Near(values, error)


def _nearest(ball: arb) -> float:
    """The float at the middle of a ball; not a number if the ball is wide."""
    return float(ball.mid()) if ball.rad() < NARROW else float("nan")


def score_bounds(stops: StreamSet, keys: AnyPosition, rotation: Rotation) -> Bounds:
    """Bounds of the score of each stop with each token at each distance."""
    maps, count, tokens = stops.maps, len(stops.read), len(keys.read)
    scale, more = _inverse_root(maps.key.shape[1])
    asked = _flat(rotation.turned(Near.exact(stops.read).times(maps.query), False))
    offered = _flat(rotation.turned(Near.exact(keys.read).times(maps.key), True))
    on_keys = _times_scale(asked.times(np.ascontiguousarray(maps.key.T)), scale, more)
    on_stops = _times_scale(offered.times(np.ascontiguousarray(maps.query.T)), scale, more)
    of_keys = keys.read_ends(on_keys)
    moved = stops.read_ends(on_stops) - on_stops.by_points(stops.read)
    stop_radius = stops.read_radius(Near.exact(np.ascontiguousarray(maps.query.T)))
    key_radius = keys.read_radius(Near.exact(np.ascontiguousarray(maps.key.T)))
    both = up(up(stop_radius[:, None] * key_radius) * up(scale + more))[:, None]

    def by_stop(end: Floats) -> Floats:
        return end.reshape(tokens, rotation.length, count).transpose(2, 1, 0)

    linear = of_keys.each(lambda end: end.reshape(count, rotation.length, tokens))
    return linear + moved.each(by_stop) + Bounds(-both, both)


def _inverse_root(dimension: int) -> tuple[float, float]:
    """One over the root of a dimension, and how far it may be off."""
    scale = 1 / float(np.sqrt(np.float64(dimension)))
    return scale, 4 * UNIT * scale


def _times_scale(forms: Near, scale: float, more: float) -> Near:
    """Forms times a positive number that is not quite a float."""
    scaled = forms.scaled(scale)
    return Near(scaled.values, up(scaled.error + up(forms.size * more)))


def _flat(rows: Near) -> Near:
    """Rows of rows, one below the other."""
    width = rows.values.shape[-1]
    return Near(rows.values.reshape(-1, width), rows.error.reshape(-1, width))


@dataclass(frozen=True, eq=False)
class WeightBounds:
    """Unnormalised attention weights of some stops, up to a factor of each.

    Attributes:
        low: at most the weights.
        high: at least the weights; zero for tokens that cannot occur.
    """

    low: Floats
    high: Floats

    @classmethod
    def of(cls, scores: Bounds, possible: Flags) -> "WeightBounds":
        """The powers of bounds of scores.

        Args:
            scores: bounds.
            possible: which tokens may occur at all in inputs of each stop, stops × tokens.
        """
        occurs = possible[:, None]
        top = np.where(occurs, scores.high, -np.inf).max(axis=(1, 2), keepdims=True)
        least, most = down(scores.low - top), up(scores.high - top)
        known = np.isfinite(least) & (least <= 0)
        below = exp_of_negative(np.where(known, least, np.where(least > 0, 0.0, -np.inf)))
        bounded = np.isfinite(most) & occurs
        above = exp_of_negative(np.where(bounded, np.minimum(most, 0.0), -np.inf))
        risen = up(1 + 2 * np.maximum(np.where(bounded, most, 0.0), 0.0))
        above = up(up(above * POWER) * risen) + 2 * EXP_TINY
        above = np.where(bounded, above, np.where(occurs, np.inf, 0.0))
        return cls(np.maximum(down(below / POWER), 0.0), above)


class LastLead:
    """What makes up the lead of an answer over rivals at stops that ask in the last layer.

    The lead times the last divisor and the sum of unnormalised weights is a sum over positions of
    the weight times what the stop adds itself, what the value there adds, and the biases.

    Args:
        checkpoint: of the network.
        stops: before the last layer.
        answer: the class that should be above.
        rivals: the classes that should be below.
    """

    def __init__(
        self, checkpoint: Checkpoint, stops: StreamSet, answer: int, rivals: Sequence[int]
    ) -> None:
        self.stops, self.epsilon = stops, checkpoint.config.epsilon
        head = checkpoint.weights["lm_head.weight"].astype(np.float64)
        bias = checkpoint.weights["lm_head.bias"].astype(np.float64)[:, None]
        gain = checkpoint.weights["transformer.ln_f.weight"].astype(np.float64)
        shift = checkpoint.weights["transformer.ln_f.bias"].astype(np.float64)
        ahead = Near.exact(head[list(rivals)]) - Near.exact(head[[answer]])
        self._against = ahead.scaled(gain).centred()
        own = stops.ends(self._against)
        if stops.added is not None:
            own = own + stops.added.ends(self._against)
        self.own = -own.high
        biases = Near.exact(bias[list(rivals)]) - Near.exact(bias[[answer]])
        self.bias = -sum_up(ahead.by_points(shift[None]).high[:, 0], biases.high[:, 0])

    def of_values(self, attended: StreamSet) -> Floats:
        """At most what attending to each of some sets adds: rivals × sets."""
        return -attended.value_ends(self._against).high

    def of_bias(self, divisor: Floats) -> Floats:
        """At most what biases add per unit of weight: rivals × …, as the divisors.

        Args:
            divisor: at least that of the stream if one position alone were attended to.
        """
        least = float(down(np.sqrt(np.float64(down(self.epsilon)))))
        bias = self.bias.reshape(-1, *(1 for _ in divisor.shape))
        return down(np.where(bias >= 0, bias * least, bias * divisor))


def last_divisors(
    stops: StreamSet, which: Sequence[int], attended: StreamSet, those: Sequence[int]
) -> Floats:
    """At least the last divisor of some stops, if each attended to one set alone.

    The divisor is a convex function of the stream: a weighted mean of these is no smaller than the
    divisor of the weighted mean.

    Args:
        stops: before the last layer.
        which: which of them.
        attended: what they attend to.
        those: which of these, as many as ``which``.
    """
    which, those = list(which), list(those)
    width = stops.centre.shape[1]
    radius = sum_up(stops.centred_radius[which], attended.centred_value_radius[those])
    stream = Near.exact(stops.centre[which]) + Near.exact(attended.value[those])
    if stops.added is not None:
        stream = stream + Near.exact(stops.added.centre[which])
        radius = sum_up(radius, stops.added.centred_radius[which])
    longest = up(length_up(stream.centred().size) + radius)
    return root_up(up(up(up(longest * longest) / width) + stops.epsilon))


def least_product(weights: WeightBounds, lead: Floats) -> Floats:
    """At most a weight times a lead that is at least this."""
    return down(np.where(lead >= 0, weights.low * lead, weights.high * lead))
