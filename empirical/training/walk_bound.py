"""The bound that proves walks, in torch: differentiable, so that a network can be trained on it.

``../certificates/multi_hop/README.md`` derives what is computed here, and names are those of
``states.py``, ``scores.py``, ``letter.py`` and ``number.py`` beside it. Nothing is rounded outward:
a number from here proves nothing, and is close to what the search finds.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Int64
from torch import Tensor
from torch.nn import functional

from empirical.models.gptj import GPTJ, GPTJBlock, rotate
from empirical.tasks.letter_walk import LetterWalk
from empirical.tasks.number_walk import NumberWalk
from empirical.tasks.walks_anywhere import WalksAnywhere

TINY = 1e-30
"""Squares and sums of weights are kept from 0, where roots and logarithms have no slope."""
TURNING, LEAST = -0.7524614, -0.1700408
"""Where ``gelu_new`` is least, and its value there."""

Forms = Float[Tensor, "*forms width"]
Reached = Float[Tensor, "*forms states"]
Linear = Float[Tensor, "forms width"]
Each = Float[Tensor, " states"]
Ids = Int[Tensor, " ids"]
Walks = Int64[np.ndarray, "walks stops"]


@dataclass(frozen=True, eq=False)
class WalkBounds:
    """Bounds of some walks of equally many hops, over all inputs of a length.

    Attributes:
        leaks: of each layer but the last, for each stop that is tracked there: the log odds of the
            weight that may not be on the next stop.
        last: the same of the last layer, for each walk.
        leads: lower bounds of the answer's lead over each class, in nats if the last layer attends
            to little else than the next stop; infinite for the answer. Rows are walks.
        divisors: of each layer and token, the log of the quotient of both ends of its divisor.
    """

    leaks: list[Float[Tensor, "..."]]
    last: Float[Tensor, " walks"]
    leads: Float[Tensor, "walks classes"]
    divisors: list[Float[Tensor, " tokens"]]


def walk_bounds(model: GPTJ, task: WalksAnywhere, walks: Walks, length: int) -> WalkBounds:
    """Bound walks of equally many hops over all inputs of a length.

    Args:
        model: one head per block.
        task: of walks over letters or over integers.
        walks: tokens, from the last token of the input to the answer.
        length: tokens per input.
    """
    generics: list[_Generic] = []
    for block in model.transformer.blocks:
        assert isinstance(block, GPTJBlock)
        generics.append(_Generic(model, block, generics))
    if isinstance(task, NumberWalk):
        return _number_bounds(model, generics, task, walks, length)
    assert isinstance(task, LetterWalk)
    return _letter_bounds(model, generics, task, walks, length)


def _length_of(rows: Float[Tensor, "*rows width"]) -> Float[Tensor, "*rows"]:
    """Norms, with a slope of 0 at 0."""
    return rows.pow(2).sum(dim=-1).clamp(min=TINY).sqrt()


def _centred(rows: Forms) -> Forms:
    return rows - rows.mean(dim=-1, keepdim=True)


class _Box:
    """What an MLP adds to each of some sets; see ``states.Box``."""

    def __init__(self, streams: "_Streams") -> None:
        mlp = streams.block.mlp
        into = mlp.fc_in.weight
        high = (streams.read(into) + mlp.fc_in.bias[:, None]).T
        low = (mlp.fc_in.bias[:, None] - streams.read(-into)).T
        ends = [functional.gelu(end, approximate="tanh") for end in (low, high)]
        turns = (low <= TURNING) & (high >= TURNING)
        self.low = torch.where(turns, LEAST, torch.minimum(*ends))
        self.high = torch.maximum(*ends)
        self.back, self.bias = mlp.fc_out.weight, mlp.fc_out.bias
        self.centre = (self.low + self.high) / 2 @ self.back.T + self.bias

    def stream(self, forms: Forms) -> Reached:
        """The most that each form reaches."""
        through = forms @ self.back
        up, down = functional.relu(through), functional.relu(-through)
        return up @ self.high.T - down @ self.low.T + (forms @ self.bias)[..., None]

    def spread(self, linear: Linear) -> Each:
        """How far a linear map takes what is added from the centre's image, at most."""
        radius, columns = (self.high - self.low) / 2, linear @ self.back
        together = _length_of(columns.flatten()) * _length_of(radius)
        return torch.minimum(radius @ _length_of(columns.T), together)


class _Streams(ABC):
    """Sets of streams before one layer; see ``states.States``."""

    def __init__(self, block: GPTJBlock, centre: Float[Tensor, "states width"]) -> None:
        self.block, self.centre = block, centre
        self.norm, value = block.ln_1, block.attn.out_proj.weight @ block.attn.v_proj.weight
        self.reading = _centred(torch.diag(self.norm.weight))
        self.valuing, self.shifted = value @ self.reading, value @ self.norm.bias
        self.divisor = self._divisor()
        low, high = self.divisor
        inverse = (1 / low + 1 / high) / 2
        self.read_centre = _centred(centre) * self.norm.weight * inverse[:, None] + self.norm.bias
        self.value_centre = block.attn.out_proj(block.attn.v_proj(self.read_centre))

    @abstractmethod
    def stream(self, forms: Forms) -> Reached:
        """The most that each form reaches on each set."""

    @abstractmethod
    def stream_spread(self, linear: Linear) -> Each:
        """How far a linear map takes streams from the centre's image, at most."""

    def read(self, forms: Forms) -> Reached:
        """The most that each form reaches on what the layer reads."""
        shift = (forms @ self.norm.bias)[..., None]
        return self._divided(self.stream(forms @ self.reading)) + shift

    def values(self, forms: Forms) -> Reached:
        """The most that each form reaches on what attending to a stream writes."""
        shift = (forms @ self.shifted)[..., None]
        return self._divided(self.stream(forms @ self.valuing)) + shift

    def read_spread(self, linear: Linear) -> Each:
        """How far a linear map takes what is read from ``read_centre``, at most."""
        return self._read_spread(linear @ self.reading)

    def value_spread(self, linear: Linear) -> Each:
        """How far a linear map takes what is written from ``value_centre``, at most."""
        return self._read_spread(linear @ self.valuing)

    def _read_spread(self, inner: Linear) -> Each:
        """How far a map of streams takes them from their centre, over the divisor."""
        low, high = self.divisor
        moved = (1 / low - 1 / high) / 2 * _length_of(self.centre @ inner.T)
        return moved + self.stream_spread(inner) / low

    def _divided(self, numerators: Reached) -> Reached:
        """Numbers over that end of the divisor at which they are larger."""
        low, high = self.divisor
        return torch.where(numerators >= 0, numerators / low, numerators / high)

    @cached_property
    def box(self) -> _Box | None:
        """What the layer's MLP adds to each, if there is one."""
        out = self.block.mlp.fc_out
        return _Box(self) if bool(out.weight.any()) or bool(out.bias.any()) else None

    def _divisor(self) -> tuple[Each, Each]:
        """Bounds of √(variance + ε) over each set; see ``states.States``."""
        directions = _centred(self.centre)
        width = directions.shape[1]
        shortest = _length_of(directions)
        along, against = (self.stream(forms).diagonal() for forms in (directions, -directions))
        radius = self.stream_spread(_centred(torch.eye(width).to(directions)))
        highest = torch.minimum(
            2 * along - shortest.pow(2) + radius.pow(2), (shortest + radius).pow(2)
        )
        component = functional.relu(-against) / shortest
        lowest = torch.maximum(component, functional.relu(shortest - radius))
        low, high = lowest.pow(2) / width, highest / width
        return (low + self.norm.eps).sqrt(), (high + self.norm.eps).sqrt()


class _Generic(_Streams):
    """Any position with a given token; see ``states.Generic``."""

    def __init__(self, model: GPTJ, block: GPTJBlock, before: Sequence["_Generic"]) -> None:
        self.before, self.embedding = tuple(before), model.transformer.wte.weight
        centre: Tensor = self.embedding
        for earlier in self.before:
            centre = centre + earlier.written_centre
            if earlier.box is not None:
                centre = centre + earlier.box.centre
        super().__init__(block, centre)

    def read(self, forms: Forms) -> Reached:
        """See ``_Streams.read``; before the first layer there is one stream for each token."""
        return super().read(forms) if self.before else forms @ self.read_centre.T

    def values(self, forms: Forms) -> Reached:
        """See ``_Streams.values``."""
        return super().values(forms) if self.before else forms @ self.value_centre.T

    @cached_property
    def written_centre(self) -> Float[Tensor, " width"]:
        """The middle of what attention writes at any position."""
        mean: Tensor = self.value_centre.mean(dim=0)
        return mean

    def written_spread(self, linear: Linear) -> Float[Tensor, ""]:
        """How far a linear map takes that from ``written_centre``, at most."""
        moved = (self.value_centre - self.written_centre) @ linear.T
        return (_length_of(moved) + self.value_spread(linear)).amax()

    def stream(self, forms: Forms) -> Reached:
        """See ``_Streams.stream``."""
        total = forms @ self.embedding.T
        for earlier in self.before:
            total = total + earlier.values(forms).amax(dim=-1, keepdim=True)
            if earlier.box is not None:
                total = total + earlier.box.stream(forms)
        return total

    def stream_spread(self, linear: Linear) -> Each:
        """See ``_Streams.stream_spread``."""
        total = torch.zeros(len(self.embedding)).to(linear)
        for earlier in self.before:
            total = total + earlier.written_spread(linear)
            if earlier.box is not None:
                total = total + earlier.box.spread(linear)
        return total


class _Tracked(_Streams):
    """Stops of a walk; see ``states.Tracked``."""

    def __init__(
        self,
        block: GPTJBlock,
        parent: tuple[_Streams, Ids],
        leak: Each,
        target: tuple[_Streams, Ids],
        anything: _Generic,
    ) -> None:
        self.parent, self.index = parent
        self.target, self.target_index = target
        self.leak, self.anything = leak, anything
        centre = self.parent.centre[self.index]
        if self.parent.box is not None:
            centre = centre + self.parent.box.centre[self.index]
        share = leak[:, None]
        centre = centre + (1 - share) * self.target.value_centre[self.target_index]
        super().__init__(block, centre + share * anything.written_centre)

    def stream(self, forms: Forms) -> Reached:
        """See ``_Streams.stream``."""
        anywhere = self.anything.values(forms)
        wanted = anywhere if self.target is self.anything else self.target.values(forms)
        total = self.parent.stream(forms)[..., self.index]
        total = total + (1 - self.leak) * wanted[..., self.target_index]
        total = total + self.leak * anywhere.amax(dim=-1, keepdim=True)
        if self.parent.box is not None:
            total = total + self.parent.box.stream(forms)[..., self.index]
        return total

    def stream_spread(self, linear: Linear) -> Each:
        """See ``_Streams.stream_spread``."""
        total = self.parent.stream_spread(linear)[self.index]
        total = total + (1 - self.leak) * self.target.value_spread(linear)[self.target_index]
        total = total + self.leak * self.anything.written_spread(linear)
        if self.parent.box is not None:
            total = total + self.parent.box.spread(linear)[self.index]
        return total


Scores = Float[Tensor, "queries distances tokens"]


def _score_bounds(
    queries: _Streams, index: Ids, keys: _Generic, length: int
) -> tuple[Scores, Scores]:
    """Lower and upper bounds of scores of some sets with any token at any distance.

    See ``scores.py``. Before the first layer a set holds its token's embedding and nothing else, so
    that both are the score.
    """
    attention = queries.block.attn
    query, key = attention.q_proj.weight, attention.k_proj.weight
    scale, angles = float(key.shape[0]) ** -0.5, attention.config.angles
    asked = _turned(queries.read_centre[index] @ query.T, length, angles) * scale @ key
    if not keys.before:
        exact = keys.read(asked)
        return exact, exact
    backwards = tuple(-angle for angle in angles)
    offered = _turned(keys.read_centre @ key.T, length, backwards) * scale @ query
    lengths = queries.read_spread(query)[:, None, None] * keys.read_spread(key) * scale

    def highest(of_keys: Tensor, of_queries: Tensor) -> Scores:
        moved = queries.read(of_queries) - of_queries @ queries.read_centre.T
        most: Tensor = keys.read(of_keys) + (moved.permute(2, 1, 0) + lengths)[index]
        return most

    return -highest(-asked, -offered), highest(asked, offered)


def _turned(
    rows: Float[Tensor, "rows dim"], length: int, angles: tuple[float, ...]
) -> Float[Tensor, "rows distances dim"]:
    """Rows turned by each distance below a length."""
    repeated = rows[:, None, None].expand(-1, 1, length, -1)
    return rotate(repeated, 0, angles)[:, 0]


@dataclass(frozen=True, eq=False)
class _Weights:
    """Bounds of attention weights over a number that is about their sum, if not below it.

    Attributes:
        low: lower bounds of scores.
        high: upper bounds, −∞ where a token cannot stand.
        top: the logarithm of that number, of each query: the most that all others can weigh at all
            distances, and the next stop at one.
    """

    low: Scores
    high: Scores
    top: Float[Tensor, " queries"]

    @classmethod
    def of(
        cls,
        scores: tuple[Scores, Scores],
        possible: Bool[Tensor, "few tokens"],
        target: Bool[Tensor, "queries tokens"],
    ) -> "_Weights":
        """The weights of scores between two bounds.

        Args:
            scores: the bounds.
            possible: which tokens can stand anywhere: a row per query, or one row.
            target: the next stop of each query, which stands at one distance only.
        """
        high = scores[1].masked_fill(~possible[:, None], -torch.inf)
        others = high.masked_fill(target[:, None], -torch.inf).amax(dim=2).logsumexp(dim=1)
        wanted = high.masked_fill(~target[:, None], -torch.inf).amax(dim=(1, 2))
        return cls(scores[0], high, torch.logaddexp(others, wanted))

    @cached_property
    def least(self) -> Scores:
        """Lower bounds."""
        return (self.low - self.top[:, None, None]).clamp(max=0).exp()

    @cached_property
    def most(self) -> Scores:
        """Upper bounds."""
        return (self.high - self.top[:, None, None]).clamp(max=0).exp()

    def odds(
        self, rest: Float[Tensor, "queries *some"], target: Float[Tensor, "queries *some"]
    ) -> Float[Tensor, "queries *some"]:
        """The log odds of weights over ``top`` against the least score of a target."""
        top = self.top.reshape(-1, *(1 for _ in rest.shape[1:]))
        return rest.clamp(min=TINY).log() + top - target


@dataclass(frozen=True, eq=False)
class _Leads:
    """What makes up the lead of each walk's answer over each class; see ``final.Leads``."""

    model: GPTJ
    asking: _Streams
    stops: Ids
    answers: Ids

    @cached_property
    def forms(self) -> Float[Tensor, "walks classes width"]:
        """On the last stream."""
        classes = self._classes
        return _centred(classes * self.model.transformer.ln_f.weight)

    @property
    def _classes(self) -> Float[Tensor, "walks classes width"]:
        head = self.model.lm_head.weight
        return head[self.answers][:, None] - head

    @cached_property
    def direct(self) -> Float[Tensor, "walks classes"]:
        """What a stop's own stream and MLP add."""
        against = self.asking.stream(-self.forms)
        if self.asking.box is not None:
            against = against + self.asking.box.stream(-self.forms)
        return -against[torch.arange(len(self.stops)), :, self.stops]

    def adds(
        self, values: Float[Tensor, "walks classes some"], divisor: Float[Tensor, "walks some"]
    ) -> Float[Tensor, "walks classes some"]:
        """What attending to each of some sets adds, given what their values reach against."""
        bias = self.model.lm_head.bias
        shifted = self._classes @ self.model.transformer.ln_f.bias
        shifted = (shifted + bias[self.answers][:, None] - bias)[..., None]
        least = self.model.transformer.ln_f.eps**0.5
        terms = torch.where(shifted >= 0, shifted * least, shifted * divisor[:, None])
        return self.direct[..., None] - values + terms

    def divisor(self, attended: _Streams, others: Ids) -> Float[Tensor, " pairs"]:
        """Upper bounds of the last divisor; pairs of each stop and as many others in a row."""
        stops = self.stops.repeat_interleave(len(others) // len(self.stops))
        width = attended.centre.shape[1]
        centring = _centred(torch.eye(width).to(attended.centre))
        centre, spread = self.asking.centre, self.asking.stream_spread(centring)
        if self.asking.box is not None:
            centre = centre + self.asking.box.centre
            spread = spread + self.asking.box.spread(centring)
        alone = _centred(centre[stops] + attended.value_centre[others])
        length = _length_of(alone) + spread[stops] + attended.value_spread(centring)[others]
        variance = length.pow(2) / width
        return (variance + self.model.transformer.ln_f.eps).sqrt()

    def scaled(
        self, sums: Float[Tensor, "walks classes"], unit: Float[Tensor, " walks"]
    ) -> Float[Tensor, "walks classes"]:
        """Sums over positions in units of a divisor; infinite for the answer."""
        leads = sums / unit.detach()[:, None]
        return leads.scatter(1, self.answers[:, None], torch.inf)


def _least_terms(
    least: Tensor, most: Tensor, adds: Float[Tensor, "walks classes *some"]
) -> Float[Tensor, "..."]:
    """Lower bounds of products of a weight between two bounds and a lead that is at least this."""
    return least * functional.relu(adds) - most * functional.relu(-adds)


def _letter_bounds(
    model: GPTJ, generics: Sequence[_Generic], task: LetterWalk, walks: Walks, length: int
) -> WalkBounds:
    """Walks over letters: the last token is tracked; see ``letter.py``."""
    layers, hops, rows = len(generics), walks.shape[1] - 1, torch.arange(len(walks))
    off = torch.from_numpy(np.stack([task.off(tuple(walk)) for walk in walks.tolist()]))
    tokens = torch.from_numpy(walks)
    stops = [_one_hot(stop, task) for stop in walks.T]
    if hops == layers:  # only the last layer fetches the answer
        stops[-1] = torch.from_numpy(np.stack([_ends(task, walk) for walk in walks]))
    possible = torch.stack([off, *stops]).any(dim=0)
    state: _Streams = generics[0]
    index, leaks = tokens[:, 0], []
    for layer, generic in enumerate(generics):
        following = min(layer + 1, hops)
        scores = _score_bounds(state, index, generic, length)
        weights = _Weights.of(scores, possible, stops[following])
        leaks.append(_letter_leak(weights, tokens[:, 0], off, stops, following))
        if layer < layers - 1:
            target = generic, tokens[:, following]
            leak = leaks[-1].sigmoid()
            state = _Tracked(generics[layer + 1].block, (state, index), leak, target, generic)
            index = rows
    leads = _Leads(model, state, index, tokens[:, -1])
    every = torch.arange(len(task.entries)).repeat(len(walks))
    divisor = leads.divisor(generics[-1], every).reshape(len(walks), -1)
    adds = leads.adds(generics[-1].values(-leads.forms), divisor)
    terms = _least_terms(weights.least[:, None], weights.most[:, None], adds[:, :, None])
    elsewhere = terms.masked_fill(~off[:, None, None], torch.inf).amin(dim=3)[..., 1:]
    sums = terms[rows, :, 0, tokens[:, 0]] + elsewhere.sum(dim=-1)
    for stop in tokens.T[1:]:
        sums = sums + (terms[rows, :, 1:, stop] - elsewhere).amin(dim=-1)
    unit = divisor[rows, tokens[:, -1]]
    spread = [(g.divisor[1] / g.divisor[0]).log() for g in generics]
    return WalkBounds(leaks[:-1], leaks[-1], leads.scaled(sums, unit), spread)


def _one_hot(ids: Int64[np.ndarray, " ids"], task: WalksAnywhere) -> Bool[Tensor, "ids tokens"]:
    """One token in each row."""
    return functional.one_hot(torch.from_numpy(ids), len(task.entries)).bool()


def _ends(task: LetterWalk, walk: Int64[np.ndarray, " stops"]) -> Bool[np.ndarray, " tokens"]:
    """The answers of walks that differ in nothing else."""
    ends = np.zeros(len(task.entries), dtype=bool)
    first = task.first_and_second[0][walk[-1]]
    ends[task.ids[first, len(task.letters) :]] = True
    return ends


def _letter_leak(
    weights: _Weights,
    own: Ids,
    off: Bool[Tensor, "walks tokens"],
    stops: list[Bool[Tensor, "walks tokens"]],
    following: int,
) -> Float[Tensor, " walks"]:
    """The log odds of the weight that may not be on the next stop."""
    rows = torch.arange(len(own))
    elsewhere = weights.most.masked_fill(~off[:, None], 0.0).amax(dim=2)[:, 1:]
    total = weights.most[rows, 0, own] + elsewhere.sum(dim=1)
    for number, stop in enumerate(stops[1:], start=1):
        if number != following:
            there = weights.most.masked_fill(~stop[:, None], 0.0).amax(dim=2)[:, 1:]
            total = total + functional.relu((there - elsewhere).amax(dim=1))
    target = weights.low.masked_fill(~stops[following][:, None], torch.inf).amin(dim=2)[:, 1:]
    return weights.odds(total[:, None] - elsewhere, target).amax(dim=1)


def _number_bounds(
    model: GPTJ, generics: Sequence[_Generic], task: NumberWalk, walks: Walks, length: int
) -> WalkBounds:
    """Walks over integers: every stop is tracked; see ``number.py``."""
    used = torch.from_numpy(np.isin(np.arange(len(task.entries)), task.tokens))[None]
    windows, leaks = np.arange(len(task.entries))[:, None], []
    state: _Streams = generics[0]
    for depth, generic in enumerate(generics[:-1], start=1):
        pieces = [walks[:, k : k + depth + 1] for k in range(walks.shape[1] - depth)]
        longer = np.unique(np.concatenate(pieces), axis=0)
        parent, target = _found(windows, longer[:, :-1]), _found(windows, longer[:, 1:])
        scores = _score_bounds(state, parent, generic, length)
        weights = _Weights.of(scores, used, _one_hot(longer[:, 1], task))
        leak = _number_leak(weights, task, torch.from_numpy(longer))
        jumping = torch.from_numpy(task.jumps[longer[:, 0]] > 0)
        leaks.append(leak[jumping])
        block = generics[depth].block
        state = _Tracked(block, (state, parent), leak.sigmoid(), (state, target), generic)
        windows = longer
    stops, target = _found(windows, walks[:, :-1]), _found(windows, walks[:, 1:])
    scores = _score_bounds(state, stops, generics[-1], length)
    weights = _Weights.of(scores, used, _one_hot(walks[:, 1], task))
    last = _number_leak(weights, task, torch.from_numpy(walks))
    sums, unit, leads = _number_sums(model, generics, task, walks, (state, stops, target), weights)
    spread = [(g.divisor[1] / g.divisor[0]).log() for g in generics]
    return WalkBounds(leaks, last, leads.scaled(sums, unit), spread)


def _number_sums(
    model: GPTJ,
    generics: Sequence[_Generic],
    task: NumberWalk,
    walks: Walks,
    asking: tuple[_Streams, Ids, Ids],
    weights: _Weights,
) -> tuple[Float[Tensor, "walks classes"], Float[Tensor, " walks"], _Leads]:
    """The last layer's sums over positions, their unit, and what they are made of."""
    state, stops, target = asking
    rows, tokens = torch.arange(len(walks)), torch.from_numpy(walks)
    leads = _Leads(model, state, stops, tokens[:, -1])
    every = torch.arange(len(task.entries)).repeat(len(walks))
    divisor = leads.divisor(generics[-1], every).reshape(len(walks), -1)
    adds = leads.adds(generics[-1].values(-leads.forms), divisor)
    unit = leads.divisor(state, target)
    of_next = state.values(-leads.forms)[rows, :, target][..., None]
    next_adds = leads.adds(of_next, unit[:, None])[..., 0]
    terms = _least_terms(weights.least[:, None], weights.most[:, None], adds[:, :, None])
    parts = list(terms[..., torch.from_numpy(task.tokens)].amin(dim=3).unbind(dim=2))
    parts_by_stop = torch.stack(parts, dim=2)
    distances = np.zeros(len(walks), dtype=np.int64)
    for stop, token in enumerate(tokens.T):
        at = torch.from_numpy(distances)
        there = terms[rows, :, at, token]
        if stop == 1:
            pair = weights.least[rows, at, token], weights.most[rows, at, token]
            there = _least_terms(pair[0][:, None], pair[1][:, None], next_adds)
        parts_by_stop = parts_by_stop.scatter(
            2, at[:, None, None].expand(-1, parts_by_stop.shape[1], 1), there[..., None]
        )
        distances = distances + task.jumps[walks[:, stop]]
    return parts_by_stop.sum(dim=2), unit, leads


def _found(
    windows: Int64[np.ndarray, "windows stops"], wanted: Int64[np.ndarray, "some stops"]
) -> Ids:
    """The numbers of some windows."""
    where = {tuple(row): number for number, row in enumerate(windows.tolist())}
    return torch.tensor([where[tuple(row)] for row in wanted.tolist()])


def _number_leak(
    weights: _Weights, task: NumberWalk, windows: Int[Tensor, "windows stops"]
) -> Float[Tensor, " windows"]:
    """The log odds of the weight that may not be on the next stop."""
    rows, jump = torch.arange(len(windows)), torch.from_numpy(task.jumps)[windows[:, 0]]
    heaviest = weights.most.amax(dim=2)
    own = weights.most[rows, 0, windows[:, 0]]
    heaviest = torch.cat([own[:, None], heaviest[:, 1:]], dim=1)
    rest = heaviest.sum(dim=1) - heaviest[rows, jump]
    return weights.odds(rest, weights.low[rows, jump, windows[:, 1]])
