"""The last layer: what attending to each token adds to the lead of an answer."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from empirical.certificates.multi_hop.forms import (
    ROUNDING,
    Array,
    LinearForms,
    norm_above,
    raised,
    sum_above,
)
from empirical.certificates.multi_hop.states import States

Ids = Int64[np.ndarray, " ids"]


@dataclass(frozen=True, eq=False)
class Leads:
    """Lower bounds of what makes up the lead of an answer over rivals, at stops that ask last.

    The lead, times the divisor of the last LayerNorm and the sum of unnormalised attention weights,
    is a sum over positions of the weight times ``direct + value + bias``.

    Attributes:
        forms: one per pair of answer and rival, on the last stream.
        direct: what a stop's own stream and MLP add, ``[pairs, stops]``.
        bias: what biases add per unit of the last divisor, ``[pairs]``.
        asking: the stops.
    """

    forms: LinearForms
    direct: Float64[np.ndarray, "pairs stops"]
    bias: Float64[np.ndarray, " pairs"]
    asking: States

    @classmethod
    def of(cls, asking: States, answers: Ids, rivals: Ids) -> "Leads":
        """The leads of some pairs."""
        network = asking.network
        winning, losing = network.head[answers], network.head[rivals]
        classes = LinearForms(
            winning - losing, ROUNDING * (norm_above(winning) + norm_above(losing))
        )
        forms = classes.scaled(network.gain).centred()
        against = [asking.stream(-forms)]
        if asking.box is not None:
            against.append(asking.box.highest(-forms))
        shifted = (-classes).highest(network.shift[None])[:, 0]
        bias = sum_above(shifted, -network.bias[answers], network.bias[rivals])
        return cls(forms, -sum_above(*against), -bias, asking)

    def values(self, attended: States) -> Float64[np.ndarray, "pairs attended"]:
        """What attending to each of some sets adds."""
        return -attended.values(-self.forms)

    def bias_terms(self, divisor: Array) -> Float64[np.ndarray, "pairs ..."]:
        """What biases add per unit of weight, if the last divisor is at most this.

        Args:
            divisor: upper bounds; none is below the root of ε.
        """
        least = np.sqrt(self.asking.network.epsilon) * (1 - ROUNDING)
        bias = self.bias.reshape(-1, *(1 for _ in divisor.shape))
        terms = np.where(bias >= 0, bias * least, bias * divisor)
        return np.asarray(terms - ROUNDING * np.abs(terms))


def divisor_above(asking: States, stops: Ids, attended: States, others: Ids) -> Array:
    """Upper bounds of the last divisor, if one set alone were attended to.

    It is a convex function of the stream; so, weighted, these are never below the real one.

    Args:
        asking: stops that ask last.
        stops: which of them.
        attended: what they attend to.
        others: which of these, as many as ``stops``.
    """
    width = attended.centre.shape[1]
    centring = LinearForms.exact(np.eye(width)).centred()
    centre, spread = asking.centre[stops], asking.stream_spread(centring)[stops]
    size = norm_above(centre)
    if asking.box is not None:
        added = asking.box.centre[stops]
        centre, size = centre + added, size + norm_above(added)
        spread = spread + asking.box.spread(centring)[stops]
    value = attended.value_centre[others]
    alone = centre + value
    alone = alone - alone.mean(axis=-1, keepdims=True)
    length = sum_above(
        norm_above(alone),
        4 * ROUNDING * (size + norm_above(value)),
        spread,
        attended.value_spread(centring)[others],
    )
    return raised(np.sqrt(raised(length**2) / width + asking.network.epsilon))


def least_terms(low: Array, high: Array, leads: Array) -> Array:
    """Lower bounds of products of a weight between two bounds and a lead that is at least this."""
    terms = np.where(leads >= 0, low * leads, high * leads)
    return np.asarray(terms - ROUNDING * np.abs(terms))


@dataclass(frozen=True, eq=False)
class Sums(ABC):
    """The last layer's sums over positions, for walks of equally many hops with one answer.

    Attributes:
        walks: their tokens, from the last token on.
        rivals: classes.
        low: lower bounds of unnormalised weights.
        high: upper bounds.
        adds: lower bounds of what a token adds to the lead per unit, ``[rivals, walks, tokens]``.
    """

    walks: Int64[np.ndarray, "walks stops"]
    rivals: Ids
    low: Float64[np.ndarray, "walks distances tokens"]
    high: Float64[np.ndarray, "walks distances tokens"]
    adds: Float64[np.ndarray, "rivals walks tokens"]

    @abstractmethod
    def together(self) -> Float64[np.ndarray, " walks"]:
        """Lower bounds over all inputs of a walk, with the worst rival of each token at once."""

    @abstractmethod
    def apart(self, walks: Ids) -> Float64[np.ndarray, "rivals some"]:
        """Lower bounds over all inputs of some walks, for one rival at a time."""

    @abstractmethod
    def worst(self, walk: int, rival: int) -> tuple[int, ...]:
        """The input of the least sum of bounds for one walk and the number of one rival."""
