"""What the residual stream can be before a layer, whatever the input: README.md derives it.

A set of streams is never listed. It is known by the most that a linear form reaches on it, and by a
centre and how far a linear map can take its rows from the centre's.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float64, Int64

from empirical.certificates.multi_hop.forms import (
    ROUNDING,
    Array,
    LinearForms,
    norm_above,
    norm_below,
    quotient_above,
    raised,
    sum_above,
)
from empirical.certificates.multi_hop.gelu import gelu_range
from empirical.certificates.multi_hop.network import StoredLayer, StoredMLP, WalkNetwork

Rows = Float64[np.ndarray, "states width"]
Each = Float64[np.ndarray, " states"]


@dataclass(frozen=True, eq=False)
class Box:
    """What an MLP adds to each of some streams: any activations between two ends, mapped back.

    Attributes:
        mlp: the MLP.
        low: lower ends, ``[states, hidden]``.
        high: upper ends.
    """

    mlp: StoredMLP
    low: Float64[np.ndarray, "states hidden"]
    high: Float64[np.ndarray, "states hidden"]

    @cached_property
    def centre(self) -> Rows:
        """What the middle of each box is mapped to, about."""
        centre: Rows = (self.low + self.high) / 2 @ self.mlp.back + self.mlp.back_bias
        return centre

    def highest(self, forms: LinearForms) -> Array:
        """The most that each form reaches, ``[..., states]``."""
        through = forms.times(self.mlp.back.T)
        most = np.maximum(np.abs(self.low), np.abs(self.high))
        blur = (through.error + ROUNDING * through.size)[..., None] * norm_above(most)
        reached = (
            np.maximum(through.values, 0) @ self.high.T + np.minimum(through.values, 0) @ self.low.T
        )
        bias = forms.highest(self.mlp.back_bias[None])
        return sum_above(reached, 2 * blur, bias)

    def spread(self, linear: LinearForms) -> Each:
        """How far a linear map takes what is added from the centre's image, at most."""
        radius = raised((self.high - self.low) / 2)
        hidden = LinearForms.exact(self.mlp.back)
        columns = linear.lengths(self.mlp.back)  # the image's length, by hidden unit
        apart = raised(radius @ columns)
        together = raised(linear.times(self.mlp.back.T).frobenius * norm_above(radius))
        most = norm_above(np.maximum(np.abs(self.low), np.abs(self.high)))
        size = most * hidden.frobenius + norm_above(self.mlp.back_bias)
        return sum_above(np.minimum(apart, together), linear.frobenius * ROUNDING * size)


class States(ABC):
    """Sets of streams before one layer.

    Args:
        network: whose.
        depth: which layer reads them.
        centre: a stream near the middle of each.

    Attributes:
        layer: the layer that reads them.
        divisor: lower and upper bounds of the LayerNorm's divisor.
        read_centre: what the layer reads of the centre, with the inverse of the divisor in between.
        value_centre: what attending to that writes.
    """

    def __init__(self, network: WalkNetwork, depth: int, centre: Rows) -> None:
        self.network, self.depth, self.centre = network, depth, centre
        self.layer: StoredLayer = network.layers[depth]
        self.divisor = self._divisor()
        low, high = self.divisor
        self._inverse = (1 / low + 1 / high) / 2
        centred = centre - centre.mean(axis=1, keepdims=True)
        self.read_centre = centred * self.layer.gain * self._inverse[:, None] + self.layer.shift
        self.value_centre = self.read_centre @ self.layer.value @ self.layer.output

    @abstractmethod
    def stream(self, forms: LinearForms) -> Array:
        """The most that each form reaches on each set, ``[..., states]``."""

    @abstractmethod
    def stream_spread(self, linear: LinearForms) -> Each:
        """How far a linear map, a list of forms, takes streams from the centre's image, at most."""

    def read(self, forms: LinearForms) -> Array:
        """The most that each form reaches on what the layer reads, ``[..., states]``."""
        numerators = self.stream(forms.scaled(self.layer.gain).centred())
        shift = forms.highest(self.layer.shift[None])
        return sum_above(quotient_above(numerators, *self.divisor), shift)

    def values(self, forms: LinearForms) -> Array:
        """The most that each form reaches on what attending to a stream writes."""
        return self.read(self._through_value(forms))

    def read_spread(self, linear: LinearForms) -> Each:
        """How far a linear map takes what is read from ``read_centre``, at most."""
        inner = linear.scaled(self.layer.gain).centred()
        low, high = self.divisor
        half = raised((1 / low - 1 / high) / 2 + ROUNDING / low)
        size = norm_above(self.centre) * float(np.abs(self.layer.gain).max()) / low
        size = size + float(norm_above(self.layer.shift))
        return sum_above(
            half * inner.lengths(self.centre),
            self.stream_spread(inner) / low,
            linear.frobenius * ROUNDING * size,
        )

    def value_spread(self, linear: LinearForms) -> Each:
        """How far a linear map takes what is written from ``value_centre``, at most."""
        through = (
            LinearForms.exact(self.layer.value.T).frobenius
            * LinearForms.exact(self.layer.output).frobenius
        )
        blur = linear.frobenius * ROUNDING * through * norm_above(self.read_centre)
        return sum_above(self.read_spread(self._through_value(linear)), blur)

    @cached_property
    def box(self) -> Box | None:
        """What the layer's MLP adds to each, if there is one."""
        mlp = self.layer.mlp
        if mlp is None:
            return None
        hidden = LinearForms.exact(np.ascontiguousarray(mlp.into.T))
        high = sum_above(self.read(hidden), mlp.into_bias[:, None])
        low = -sum_above(self.read(-hidden), -mlp.into_bias[:, None])
        return Box(mlp, *gelu_range(low.T, high.T))

    def _through_value(self, forms: LinearForms) -> LinearForms:
        return forms.times(self.layer.output.T).times(self.layer.value.T)

    def _divisor(self) -> tuple[Each, Each]:
        """Bounds of √(variance + ε) over each set.

        Let c be the centred centre and ``c + δ`` a centred stream. The square of its norm is
        ``2c·(c + δ) − c² + δ²``; its norm is at least its component along c; and it differs from
        c's by no more than the norm of δ.
        """
        directions = LinearForms.exact(self.centre).centred()
        shortest = np.maximum(norm_below(directions.values) - raised(directions.error), 0.0)
        along = np.diagonal(self.stream(directions))
        against = np.diagonal(self.stream(-directions))
        radius = self.stream_spread(LinearForms.exact(np.eye(self.centre.shape[1])).centred())
        highest = np.minimum(
            sum_above(2 * along, -(shortest**2), radius**2),
            raised((directions.size + radius) ** 2),
        )
        component = np.maximum(-against, 0.0) / directions.size
        lowest = np.maximum(component, np.maximum(shortest - raised(radius), 0.0))
        width, epsilon = self.centre.shape[1], self.network.epsilon
        low = np.sqrt(lowest**2 / width + epsilon) * (1 - 4 * ROUNDING)
        high = raised(np.sqrt(raised(np.maximum(highest, 0.0)) / width + epsilon))
        return low, high


class Generic(States):
    """Any position with a given token, one set per token.

    Args:
        network: whose.
        before: the same before each earlier layer.
    """

    def __init__(self, network: WalkNetwork, before: Sequence["Generic"]) -> None:
        self.before = tuple(before)
        centre = network.embedding
        for earlier in self.before:
            centre = centre + earlier.written_centre
            if earlier.box is not None:
                centre = centre + earlier.box.centre
        super().__init__(network, len(self.before), centre)

    @cached_property
    def written_centre(self) -> Float64[np.ndarray, " width"]:
        """The middle of what attention writes at any position."""
        mean: Float64[np.ndarray, " width"] = self.value_centre.mean(axis=0)
        return mean

    def written(self, forms: LinearForms) -> Array:
        """The most that each form reaches on what attention writes at any position, ``[...]``."""
        most: Array = self.values(forms).max(axis=-1)
        return most

    def written_spread(self, linear: LinearForms) -> float:
        """How far a linear map takes that from ``written_centre``, at most."""
        moved = self.value_centre - self.written_centre
        size = norm_above(self.value_centre) + norm_above(self.written_centre)
        blur = linear.frobenius * ROUNDING * size
        return float(sum_above(linear.lengths(moved), self.value_spread(linear), blur).max())

    def stream(self, forms: LinearForms) -> Array:
        """Embedding, what attention wrote and what MLPs added; see ``States.stream``."""
        terms = [forms.highest(self.network.embedding)]
        for earlier in self.before:
            terms.append(earlier.written(forms)[..., None])
            if earlier.box is not None:
                terms.append(earlier.box.highest(forms))
        return sum_above(*terms)

    def stream_spread(self, linear: LinearForms) -> Each:
        """See ``States.stream_spread``."""
        size = norm_above(self.network.embedding)
        terms = []
        for earlier in self.before:
            terms.append(np.full(len(size), earlier.written_spread(linear)))
            size = size + norm_above(earlier.written_centre)
            if earlier.box is not None:
                terms.append(earlier.box.spread(linear))
                size = size + norm_above(earlier.box.centre)
        return sum_above(linear.frobenius * ROUNDING * size, *terms)


class Tracked(States):
    """Stops of a walk, one set per way in which they have attended so far.

    Args:
        parent: the same stops before the layer before.
        index: of which set of ``parent`` each is.
        leak: an upper bound of the weight that was not on the next stop.
        target: the sets to which the next stops belonged before that layer.
        target_index: which of them.
        anything: any position, before that layer.
    """

    def __init__(
        self,
        parent: States,
        index: Int64[np.ndarray, " states"],
        leak: Each,
        target: States,
        target_index: Int64[np.ndarray, " states"],
        anything: Generic,
    ) -> None:
        self.parent, self.index, self.leak = parent, index, leak
        self.target, self.target_index, self.anything = target, target_index, anything
        centre = parent.centre[index]
        if parent.box is not None:
            centre = centre + parent.box.centre[index]
        share = leak[:, None]
        centre = centre + (1 - share) * target.value_centre[target_index]
        centre = centre + share * anything.written_centre
        super().__init__(parent.network, parent.depth + 1, centre)

    def stream(self, forms: LinearForms) -> Array:
        """Before the last layer, what its MLP added, the next stop's value, and the leak."""
        anywhere = self.anything.values(forms)
        same = self.target is self.anything
        wanted = anywhere if same else self.target.values(forms)
        terms = [
            self.parent.stream(forms)[..., self.index],
            raised((1 - self.leak) * wanted[..., self.target_index]),
            raised(self.leak * anywhere.max(axis=-1)[..., None]),
        ]
        if self.parent.box is not None:
            terms.append(self.parent.box.highest(forms)[..., self.index])
        return sum_above(*terms)

    def stream_spread(self, linear: LinearForms) -> Each:
        """See ``States.stream_spread``."""
        sizes = [
            norm_above(rows)
            for rows in (
                self.parent.centre[self.index],
                self.target.value_centre[self.target_index],
                self.anything.written_centre,
            )
        ]
        terms = [
            self.parent.stream_spread(linear)[self.index],
            raised((1 - self.leak) * self.target.value_spread(linear)[self.target_index]),
            raised(self.leak * self.anything.written_spread(linear)),
        ]
        if self.parent.box is not None:
            terms.append(self.parent.box.spread(linear)[self.index])
            sizes.append(norm_above(self.parent.box.centre)[self.index])
        return sum_above(linear.frobenius * ROUNDING * sum_above(*sizes), *terms)
