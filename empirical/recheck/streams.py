"""Sets of streams before a layer of a network of one head per layer, whatever the input.

A set is known by the most that a linear form reaches on it (``most``), and by a centre and how far
a linear map takes a stream of the set from the centre's image (``radius``). ``README.md`` derives
both. Everything is in floats with bounds; forms are ``Near``, one form in each row.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from flint import arb, ctx

from empirical.recheck.checkpoint import Checkpoint
from empirical.recheck.floats import Floats, bounds_of, down, root_up, up
from empirical.recheck.near import Near, length_down, length_up, sum_up
from empirical.recheck.tables import PRECISION, gelu

FALLS_TO = (-0.7525, -0.7524)
"""``gelu_new`` falls up to a point between these, and rises from there."""
LEAST_GELU = -0.1700408
"""No value of ``gelu_new`` is below it."""


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
        middle = self.low / 2 + self.high / 2
        self.reach = up(np.maximum(up(self.high - middle), up(middle - self.low)))
        written = Near.exact(middle).times(maps.back) + Near.exact(maps.back_bias[None])
        self.centre, self.error = written.values, written.error

    def most(self, forms: Near) -> Floats:
        """At least what each form reaches on each set, forms × sets."""
        hidden = forms.times(np.ascontiguousarray(self.maps.back.T))
        rising = Near(np.maximum(hidden.values, 0.0), hidden.error)
        falling = Near(np.minimum(hidden.values, 0.0), hidden.error)
        ends = rising.by_point(self.high), falling.by_point(self.low)
        return sum_up(*ends, forms.by_point(self.maps.back_bias[None]))

    def radius(self, linear: Near) -> Floats:
        """At least how far a map takes what is added from the centre's image."""
        back = linear.times(np.ascontiguousarray(self.maps.back.T))
        units = length_up(np.ascontiguousarray(back.size.T))
        apart = Near.exact(self.reach).by_point(units[None])[:, 0]
        together = up(back.whole * length_up(self.reach))
        return sum_up(np.minimum(apart, together), up(linear.whole * length_up(self.error)))


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
    def most(self, forms: Near) -> Floats:
        """At least what each form reaches on each set, forms × sets."""

    @abstractmethod
    def radius(self, linear: Near) -> Floats:
        """At least how far a map takes the streams of each set from the centre's image."""

    def most_read(self, forms: Near) -> Floats:
        """At least what each form reaches on what the layer reads."""
        above = self.most(self.maps.before_norm(forms))
        divided = up(np.where(above >= 0, above / self.low, above / self.high))
        return sum_up(divided, forms.by_point(self.maps.shift[None]))

    def most_value(self, forms: Near) -> Floats:
        """At least what each form reaches on what attending to a stream writes."""
        return self.most_read(self.maps.through_value(forms))

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
        high = up(self.most_read(units).T + bias)
        low = down(-self.most_read(-units).T + bias)
        return MlpRange(self.maps, low, high)

    def _divisors(self) -> tuple[Floats, Floats]:
        """At most and at least the root of variance plus ε."""
        width = self.centre.shape[1]
        middle = Near.exact(self.centre).centred()
        longest, shortest = middle.lengths(), length_down(middle)
        away = self.radius(centring(width))
        along, against = (np.diagonal(self.most(form)).copy() for form in (middle, -middle))
        square = sum_up(2 * along, -down(shortest * shortest), up(away * away))
        reached = up(longest + away)
        square = np.minimum(np.maximum(square, 0.0), up(reached * reached))
        component = down(np.maximum(-against, 0.0) / longest)
        nearest = np.maximum(component, down(shortest - away))
        nearest = np.where(np.isfinite(nearest), np.maximum(nearest, 0.0), 0.0)
        least = down(down(down(nearest * nearest) / width) + self.epsilon)
        low = down(np.sqrt(np.maximum(least, down(np.full_like(least, self.epsilon)))))
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

    def most_written(self, forms: Near) -> Floats:
        """At least what each form reaches on what attention writes at any position."""
        most: Floats = self.most_value(forms).max(axis=-1)
        return most

    def written_radius(self, linear: Near) -> float:
        """At least how far a map takes that from the image of ``mean``."""
        moved = Near.exact(self.value) - Near.exact(self.mean[None])
        rounded = up(linear.whole * length_up(moved.error))
        images = linear.images(moved.values)
        return float(sum_up(images, self.value_radius(linear), rounded).max())

    def most(self, forms: Near) -> Floats:
        """Embedding, what attention wrote, and what MLPs added; see ``StreamSet.most``."""
        total = forms.by_point(self.embedding)
        for earlier in self.before:
            total = sum_up(total, earlier.most_written(forms)[:, None])
            if earlier.added is not None:
                total = sum_up(total, earlier.added.most(forms))
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

    def most(self, forms: Near) -> Floats:
        """What it was, the next stop's value, what leaks, and what the MLP added."""
        everywhere = self.anything.most_value(forms)
        same = self.following is self.anything
        wanted = everywhere if same else self.following.most_value(forms)
        wanted = wanted[:, self.which]
        kept = up(np.maximum(wanted * self.kept, wanted * down(1 - self.leak)))
        total = sum_up(
            self.earlier.most(forms)[:, self.of],
            kept,
            up(self.leak * everywhere.max(axis=-1)[:, None]),
        )
        if self.earlier.added is not None:
            total = sum_up(total, self.earlier.added.most(forms)[:, self.of])
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
    """Bounds of ``gelu_new`` at some floats; beyond 2⁴⁰ in size, none."""
    usable = np.abs(x) < 2.0**40
    with ctx.workprec(PRECISION):
        balls = [[gelu(arb(y)) for y in row] for row in np.where(usable, x, 0.0).tolist()]
        found = bounds_of(balls)
    return np.where(usable, found.low, -np.inf), np.where(usable, found.high, np.inf)


def _stretched(rows: Near, by: Near) -> Near:
    """Each row times its own number."""
    values = rows.values * by.values[:, None]
    error = rows.size * by.error[:, None] + rows.error * by.size[:, None]
    return Near(values, up((error + 2.0**-52 * np.abs(values)) * (1 + 2.0**-30)))
