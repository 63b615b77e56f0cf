"""Sets of streams before a layer of a network of one head per layer, whatever the input.

A set is known by the ends between which a linear form stays on it (``ends``), and by a centre and
how far a linear map takes a stream of the set from the centre's image (``radius``). ``README.md``
derives both. Everything is in floats with bounds; forms are ``Near``, one form in each row.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from flint import arb, ctx

from empirical.recheck.checkpoint import Checkpoint
from empirical.recheck.floats import (
    EXP_TINY,
    Bounds,
    Floats,
    down,
    exp_of_negative,
    root_up,
    up,
)
from empirical.recheck.near import Near, length_down, length_up, sum_up
from empirical.recheck.tables import PRECISION

FALLS_TO = (-0.7525, -0.7524)
"""``gelu_new`` falls up to a point between these, and rises from there."""
LEAST_GELU = -0.1700408
"""No value of ``gelu_new`` is below it."""
with ctx.workprec(PRECISION):
    _SLOPE = 2 * (2 / arb.pi()).sqrt()
    GELU_SLOPE, GELU_BEND = (float(x.mid()) for x in (_SLOPE, _SLOPE * arb("0.044715")))
POWER_ERROR = 2.0**-39
"""Above the relative error of the power in ``gelu_new``."""


@dataclass(frozen=True, eq=False)
class StoredMaps:
    """What one layer holds, in floats that are the stored numbers.

    Attributes:
        gain: of its LayerNorm.
        shift: of its LayerNorm.
        query: width × channels.
        key: width × channels.
        value: width × channels.
        out: channels × width.
        hidden: of the MLP, width × hidden.
        hidden_bias: of the MLP.
        back: of the MLP, hidden × width.
        back_bias: of the MLP.
    """

    gain: Floats
    shift: Floats
    query: Floats
    key: Floats
    value: Floats
    out: Floats
    hidden: Floats
    hidden_bias: Floats
    back: Floats
    back_bias: Floats

    @classmethod
    def of(cls, checkpoint: Checkpoint, layer: int) -> "StoredMaps":
        """Those of one layer."""
        name = f"transformer.h.{layer}"

        def stored(part: str) -> Floats:
            array = checkpoint.weights[f"{name}.{part}"].astype(np.float64)
            return np.ascontiguousarray(array.T)

        return cls(
            gain=stored("ln_1.weight"),
            shift=stored("ln_1.bias"),
            query=stored("attn.q_proj.weight"),
            key=stored("attn.k_proj.weight"),
            value=stored("attn.v_proj.weight"),
            out=stored("attn.out_proj.weight"),
            hidden=stored("mlp.fc_in.weight"),
            hidden_bias=stored("mlp.fc_in.bias"),
            back=stored("mlp.fc_out.weight"),
            back_bias=stored("mlp.fc_out.bias"),
        )

    @property
    def is_silent(self) -> bool:
        """Does the MLP write nothing?"""
        return not (self.back.any() or self.back_bias.any())

    def through_value(self, forms: Near) -> Near:
        """Forms on what the layer reads, from forms on what attending to it writes."""
        carried = forms.times(np.ascontiguousarray(self.out.T))
        return carried.times(np.ascontiguousarray(self.value.T))

    def before_norm(self, forms: Near) -> Near:
        """Forms on the stream over its divisor, from forms on what the layer reads."""
        return forms.scaled(self.gain).centred()


class MlpRange:
    """What an MLP may add to the streams of some sets: activations between two ends, mapped back.

    Args:
        maps: of the layer.
        low: at most the inputs of the hidden units, sets × hidden.
        high: at least these.
    """

    def __init__(self, maps: StoredMaps, low: Floats, high: Floats) -> None:
        self.maps = maps
        self.low, self.high = gelu_range(low, high)
        self.middle = self.low / 2 + self.high / 2
        self.reach = up(np.maximum(up(self.high - self.middle), up(self.middle - self.low)))
        written = Near.exact(self.middle).times(maps.back) + Near.exact(maps.back_bias[None])
        self.centre, self.error = written.values, written.error

    def ends(self, forms: Near) -> Bounds:
        """Between which ends each form stays on each set, forms × sets."""
        hidden = forms.times(np.ascontiguousarray(self.maps.back.T))
        away = Near.exact(hidden.size).by_points(self.reach).high
        around = Bounds(-away, away)
        bias = forms.by_points(self.maps.back_bias[None])
        return hidden.by_points(self.middle) + around + bias

    def radius(self, linear: Near) -> Floats:
        """At least how far a map takes what is added from the centre's image."""
        back = linear.times(np.ascontiguousarray(self.maps.back.T))
        units = length_up(np.ascontiguousarray(back.size.T))
        apart = Near.exact(self.reach).by_points(units[None]).high[:, 0]
        together = up(back.whole * length_up(self.reach))
        return sum_up(np.minimum(apart, together), up(linear.whole * length_up(self.error)))

    @cached_property
    def centred_radius(self) -> Floats:
        """At least how far what is added, less its mean, is from the centre's."""
        return self.radius(centring(self.centre.shape[1]))


class StreamSet(ABC):
    """Sets of streams before one layer.

    Args:
        maps: of the layer.
        epsilon: of its LayerNorm.
        centre: a stream of each set or near it, sets × width.

    Attributes:
        low: at most the divisor of the LayerNorm.
        high: at least this divisor.
        read: what the layer reads of the centres, about: the centre of what it reads.
        value: what attending to that writes, about: the centre of values.
    """

    def __init__(self, maps: StoredMaps, epsilon: float, centre: Floats) -> None:
        self.maps, self.epsilon, self.centre = maps, epsilon, centre
        self.low, self.high = self._divisors()
        self._inverse = (1 / self.low + 1 / self.high) / 2
        normed = Near.exact(centre).centred().scaled(maps.gain).scaled(self._inverse[:, None])
        read = normed + Near.exact(maps.shift[None])
        self.read, self._read_error = read.values, read.error
        value = Near.exact(self.read).times(maps.value).times(maps.out)
        self.value, self._value_error = value.values, value.error

    @abstractmethod
    def ends(self, forms: Near) -> Bounds:
        """Between which ends each form stays on each set, forms × sets."""

    @abstractmethod
    def radius(self, linear: Near) -> Floats:
        """At least how far a map takes the streams of each set from the centre's image."""

    def read_ends(self, forms: Near) -> Bounds:
        """Between which ends each form stays on what the layer reads."""
        ends = self.ends(self.maps.before_norm(forms))
        low = np.where(ends.low >= 0, ends.low / self.high, ends.low / self.low)
        high = np.where(ends.high >= 0, ends.high / self.low, ends.high / self.high)
        return Bounds(down(low), up(high)) + forms.by_points(self.maps.shift[None])

    def value_ends(self, forms: Near) -> Bounds:
        """Between which ends each form stays on what attending to a stream writes."""
        return self.read_ends(self.maps.through_value(forms))

    def read_radius(self, linear: Near) -> Floats:
        """At least how far a map takes what is read from the image of ``read``."""
        before = self.maps.before_norm(linear)
        inverse = self._inverse
        apart = np.maximum(up(up(1 / self.low) - inverse), up(inverse - down(1 / self.high)))
        return sum_up(
            up(apart * before.images(self.centre)),
            up(self.radius(before) / self.low),
            up(linear.whole * length_up(self._read_error)),
        )

    def value_radius(self, linear: Near) -> Floats:
        """At least how far a map takes values from the image of ``value``."""
        rounded = up(linear.whole * length_up(self._value_error))
        return sum_up(self.read_radius(self.maps.through_value(linear)), rounded)

    @cached_property
    def added(self) -> MlpRange | None:
        """What the layer's MLP adds, if it writes anything."""
        if self.maps.is_silent:
            return None
        units, bias = Near.exact(np.ascontiguousarray(self.maps.hidden.T)), self.maps.hidden_bias
        ends = self.read_ends(units)
        return MlpRange(self.maps, down(ends.low.T + bias), up(ends.high.T + bias))

    @cached_property
    def centred_radius(self) -> Floats:
        """At least how far a stream less its mean is from the centre's."""
        return self.radius(centring(self.centre.shape[1]))

    @cached_property
    def centred_value_radius(self) -> Floats:
        """At least how far a value less its mean is from that of ``value``."""
        return self.value_radius(centring(self.centre.shape[1]))

    def _divisors(self) -> tuple[Floats, Floats]:
        """At most and at least the root of variance plus ε."""
        width = self.centre.shape[1]
        middle = Near.exact(self.centre).centred()
        longest, shortest = middle.lengths(), length_down(middle)
        away, along = self.centred_radius, self.ends(middle)
        least, most = np.diagonal(along.low), np.diagonal(along.high)
        square = sum_up(2 * most, -down(shortest * shortest), up(away * away))
        reached = up(longest + away)
        square = np.minimum(np.maximum(square, 0.0), up(reached * reached))
        component = down(np.maximum(least, 0.0) / longest)
        nearest = np.maximum(component, down(shortest - away))
        nearest = np.where(np.isfinite(nearest), np.maximum(nearest, 0.0), 0.0)
        under = down(down(down(nearest * nearest) / width) + self.epsilon)
        low = down(np.sqrt(np.maximum(under, down(np.full_like(under, self.epsilon)))))
        return low, root_up(up(up(square / width) + self.epsilon))


class AnyPosition(StreamSet):
    """Any position that holds a token, one set for each token.

    Args:
        checkpoint: of the network.
        before: the same before each earlier layer.
    """

    def __init__(self, checkpoint: Checkpoint, before: Sequence["AnyPosition"]) -> None:
        self.embedding = checkpoint.weights["transformer.wte.weight"].astype(np.float64)
        self.before = tuple(before)
        centre = Near.exact(self.embedding)
        for earlier in self.before:
            centre = centre + Near.exact(earlier.mean[None])
            if earlier.added is not None:
                centre = centre + Near.exact(earlier.added.centre)
        self._error = centre.error
        maps = StoredMaps.of(checkpoint, len(self.before))
        super().__init__(maps, checkpoint.config.epsilon, centre.values)

    @cached_property
    def mean(self) -> Floats:
        """A stream in the middle of what attention writes at any position."""
        mean: Floats = self.value.sum(axis=0) / len(self.value)
        return mean

    def written_ends(self, forms: Near) -> Bounds:
        """Between which ends each form stays on what attention writes at any position."""
        ends = self.value_ends(forms)
        return Bounds(ends.low.min(axis=-1), ends.high.max(axis=-1))

    def written_radius(self, linear: Near) -> float:
        """At least how far a map takes that from the image of ``mean``."""
        moved = Near.exact(self.value) - Near.exact(self.mean[None])
        rounded = up(linear.whole * length_up(moved.error))
        images = linear.images(moved.values)
        return float(sum_up(images, self.value_radius(linear), rounded).max())

    def ends(self, forms: Near) -> Bounds:
        """Embedding, what attention wrote, and what MLPs added; see ``StreamSet.ends``."""
        total = forms.by_points(self.embedding)
        for earlier in self.before:
            total = total + earlier.written_ends(forms).each(lambda end: end[:, None])
            if earlier.added is not None:
                total = total + earlier.added.ends(forms)
        return total

    def radius(self, linear: Near) -> Floats:
        """See ``StreamSet.radius``."""
        total = up(linear.whole * length_up(self._error))
        for earlier in self.before:
            total = up(total + earlier.written_radius(linear))
            if earlier.added is not None:
                total = sum_up(total, earlier.added.radius(linear))
        return total


class Followed(StreamSet):
    """Stops of a walk after one more layer.

    Args:
        checkpoint: of the network.
        layer: which layer reads them.
        earlier: the same stops before the layer before.
        of: the number of the set of ``earlier`` of each stop.
        leak: at least the weight that was not on the next stop.
        following: the sets of the next stops before that layer.
        which: which of them.
        anything: any position before that layer.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        layer: int,
        earlier: StreamSet,
        of: list[int],
        leak: Floats,
        following: StreamSet,
        which: list[int],
        anything: AnyPosition,
    ) -> None:
        self.earlier, self.of, self.leak = earlier, of, leak
        self.following, self.which, self.anything = following, which, anything
        self.kept = up(1 - leak)
        share = Near(1 - leak, np.full_like(leak, 2.0**-52))
        wanted = Near.exact(following.value[which])
        centre = Near.exact(earlier.centre[of]) + _stretched(wanted, share)
        centre = centre + _stretched(Near.exact(anything.mean[None]), Near.exact(leak))
        if earlier.added is not None:
            centre = centre + Near.exact(earlier.added.centre[of])
        self._error = centre.error
        maps = StoredMaps.of(checkpoint, layer)
        super().__init__(maps, checkpoint.config.epsilon, centre.values)

    def ends(self, forms: Near) -> Bounds:
        """What it was, the next stop's value, what leaks, and what the MLP added."""
        everywhere = self.anything.value_ends(forms)
        same = self.following is self.anything
        wanted = (everywhere if same else self.following.value_ends(forms))[:, self.which]
        leaked = everywhere.low.min(axis=-1), everywhere.high.max(axis=-1)
        low, high = (self.leak * end[:, None] for end in leaked)
        total = self.earlier.ends(forms)[:, self.of] + Bounds(down(low), up(high))
        total = total + wanted * Bounds(down(1 - self.leak), self.kept)
        if self.earlier.added is not None:
            total = total + self.earlier.added.ends(forms)[:, self.of]
        return total

    def radius(self, linear: Near) -> Floats:
        """See ``StreamSet.radius``."""
        total = sum_up(
            self.earlier.radius(linear)[self.of],
            up(self.kept * self.following.value_radius(linear)[self.which]),
            up(self.leak * self.anything.written_radius(linear)),
            up(linear.whole * length_up(self._error)),
        )
        if self.earlier.added is not None:
            total = sum_up(total, self.earlier.added.radius(linear)[self.of])
        return total


def centring(width: int) -> Near:
    """The map that takes the mean off a row."""
    identity = np.zeros((width, width))
    identity[range(width), range(width)] = 1.0
    return Near.exact(identity).centred()


def gelu_range(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """At most and at least what ``gelu_new`` makes of numbers between two ends."""
    left, right = _gelu_at(low), _gelu_at(high)
    least = np.minimum(left[0], right[0])
    turns = (low <= FALLS_TO[1]) & (high >= FALLS_TO[0])
    return np.where(turns, LEAST_GELU, least), np.maximum(left[1], right[1])


def _gelu_at(x: Floats) -> tuple[Floats, Floats]:
    """Bounds of ``gelu_new`` at some floats; beyond 2⁵⁰⁰ in size, none.

    It is x times the logistic function of ``x·(a + b·x²)``, whose power is that of a number ≤ 0.
    """
    usable = np.abs(x) < 2.0**500
    inside = np.where(usable, x, 0.0)
    size = np.abs(inside)
    power = exp_of_negative(-size * (GELU_SLOPE + GELU_BEND * (size * size)))
    least, most = power * (1 - POWER_ERROR), power * (1 + POWER_ERROR) + EXP_TINY
    rising = down(size / up(1 + most)), up(size / down(1 + least))
    falling = down(size * down(least / up(1 + least))), up(size * up(most / down(1 + most)))
    low = np.where(inside >= 0, rising[0], -falling[1])
    high = np.where(inside >= 0, rising[1], -falling[0])
    return np.where(usable, low, -np.inf), np.where(usable, high, np.inf)


def _stretched(rows: Near, by: Near) -> Near:
    """Each row times its own number."""
    values = rows.values * by.values[:, None]
    error = rows.size * by.error[:, None] + rows.error * by.size[:, None]
    return Near(values, up((error + 2.0**-52 * np.abs(values)) * (1 + 2.0**-30)))
