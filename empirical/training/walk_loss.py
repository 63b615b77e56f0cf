"""What a loss asks of a network of walks beside its answers, so that a certificate can follow it.

Plain training ends in heads that are as diffuse as the answers allow, and in layers whose keys and
values depend on everything that earlier layers wrote; no bound over all inputs survives that. Four
things are asked for here: that each layer's last token looks at the stop that is next (``attended``
of the task), that what a layer writes anywhere moves the keys and values of later layers as little
as can be (``composition``), that the answer leads by some nats, and, last, the bound itself.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int, Int64
from torch import Tensor, nn
from torch.nn import functional

from empirical.models.gptj import GPTJ, GPTJBlock, rotate
from empirical.tasks.number_walk import NumberWalk
from empirical.tasks.walks_anywhere import WalksAnywhere
from empirical.training.walk_bound import WalkBounds
from theory.refusal import Refusal

SEEN = 1e-6
"""Added to an attention weight before its logarithm is taken: none is asked of at once."""
DISTANCES = 8
"""Distances at which one step's composition penalty of a number task looks, drawn at random."""
LONGEST = 64
"""They are below this many tokens."""
QUERY_SHARE = 0.3
"""Weight of what was written in the query, beside what was written in the key."""
DIVISOR_SHARE = 0.1
"""Weight of what moves a LayerNorm's divisor, beside what moves keys and values."""
FIRST, RISE = 0.02, 600
"""The composition penalty begins with this share of its weight and has all of it in these steps."""
EVERY = 3
"""Steps from one on which the bound is computed to the next."""
WALKS = 16
"""Walks whose bound one step computes, drawn at random."""
SHORTEST = 8
"""Tokens of the inputs for which the bound is first asked for; they become more step by step."""
LONGEST_SHARE = 0.7
"""Of the steps: they ask for the longest inputs yet, the others for shorter ones too."""
BOUND_LEAD = 6.0
"""Nats by which the bound should show that an answer leads."""
ODDS, LAST_ODDS = -6.0, -5.0
"""Log odds below which leaks should be, before the last layer and in it."""
ODDS_SHARE = 0.2
"""Weight of a nat that odds lack to that, beside all nats that a lead lacks."""
UNITS = 1.0
"""Length to which the gradient of the rest of the loss is cut, where the bound is asked for."""


@dataclass(frozen=True)
class WalkLoss:
    """Weights of the parts of the loss.

    Attributes:
        attention: of −log of the last token's weight on the next stop, averaged over layers.
        composition: of the composition penalty, rising from ``FIRST`` of it.
        lead: nats by which the answer should lead.
        lead_weight: of what is missing to that.
        bound: length to which the gradient of what the bound lacks is cut; none is added if it is
            0. The gradient of all the rest is then cut to ``UNITS``.
        bound_from: step from which on the bound is computed.
        bound_length: tokens per input up to which it is, from the middle of what is left on.

    Raises:
        Refusal: a number below 0 or not finite.
    """

    attention: float = 0.0
    composition: float = 0.0
    lead: float = 10.0
    lead_weight: float = 0.0
    bound: float = 0.0
    bound_from: int = 0
    bound_length: int = 64

    def __post_init__(self) -> None:
        """Refuse what is no weight."""
        for name, value in vars(self).items():
            if not 0 <= value < math.inf:
                raise Refusal(f"{name} is {value}: give a number from 0 on")
        if self.bound_length < SHORTEST:
            raise Refusal(f"bound_length is {self.bound_length}: give {SHORTEST} tokens or more")

    def to_json(self) -> dict[str, Any]:
        """The weights as JSON; those of the bound where it is asked for."""
        return {
            name: value
            for name, value in vars(self).items()
            if self.bound or not name.startswith("bound")
        }

    def length(self, rng: np.random.Generator, step: int, steps: int) -> int:
        """Tokens per input for which the bound is computed at a step.

        Args:
            rng: the only source of chance.
            step: of the training.
            steps: of all of it.
        """
        grown = min(1.0, 2 * (step - self.bound_from) / max(1, steps - self.bound_from))
        longest = round(SHORTEST + (self.bound_length - SHORTEST) * grown)
        if rng.random() < LONGEST_SHARE:
            return longest
        return int(rng.integers(SHORTEST, longest + 1))


def traced(
    model: GPTJ, ids: Int[Tensor, "batch length"]
) -> tuple[Float[Tensor, "batch vocabulary"], list[Float[Tensor, "batch length"]]]:
    """Logits at the last position, and what it attends to in each layer.

    Args:
        model: one head per block.
        ids: token ids.
    """
    stream = model.transformer.wte(ids)
    attended = []
    for depth, block in enumerate(model.transformer.blocks, start=1):
        last = depth == len(model.transformer.blocks)
        normed = block.ln_1(stream)
        first = ids.shape[1] - 1 if last else 0
        query, key, value = (
            projection(normed)
            for projection in (block.attn.q_proj, block.attn.k_proj, block.attn.v_proj)
        )
        weights = _weights(query[:, first:], key, first, model.config.angles)
        attended.append(weights[:, -1])
        written = block.attn.out_proj(weights @ value) + block.mlp(normed[:, first:])
        stream = stream[:, first:] + written
    return model.lm_head(model.transformer.ln_f(stream[:, -1])), attended


def _weights(
    query: Float[Tensor, "batch rows dim"],
    key: Float[Tensor, "batch length dim"],
    first: int,
    angles: tuple[float, ...],
) -> Float[Tensor, "batch rows length"]:
    """Causal attention weights of the queries at consecutive positions from ``first`` on."""
    turned = rotate(query[:, None], first, angles)[:, 0], rotate(key[:, None], 0, angles)[:, 0]
    scores = turned[0] @ turned[1].transpose(1, 2) * query.shape[2] ** -0.5
    later = torch.ones(scores.shape[1:], dtype=torch.bool, device=key.device).triu(1 + first)
    weights: Tensor = scores.masked_fill(later, -torch.inf).softmax(dim=-1)
    return weights


def lacking_attention(
    attended: list[Float[Tensor, "batch length"]], wanted: Int[Tensor, "batch layers"]
) -> Float[Tensor, ""]:
    """Sum over layers of the mean −log of the weight on the position that is wanted."""
    each = zip(attended, wanted.T, strict=True)
    logarithms = [(weights.gather(1, at[:, None]) + SEEN).log().mean() for weights, at in each]
    return -torch.stack(logarithms).sum()


def lacking_lead(
    logits: Float[Tensor, "batch vocabulary"], answers: Int[Tensor, " batch"], lead: float
) -> Float[Tensor, ""]:
    """Mean of the nats that each answer lacks to its lead over every other class."""
    others = logits.scatter(1, answers[:, None], -torch.inf).amax(dim=1)
    ahead = logits.gather(1, answers[:, None])[:, 0] - others
    return functional.relu(lead - ahead).mean()


def lacking_bound(bounds: WalkBounds) -> Float[Tensor, ""]:
    """What the bounds of some walks lack: to a lead over every class, and to small leaks.

    The leaks have slopes where a lead that is far off has none that helps. What widens divisors
    counts too, as no bound is left where they are known to no more than a factor.
    """
    lacking = functional.relu(BOUND_LEAD - bounds.leads)
    total = (lacking.amax(dim=1) + lacking.mean(dim=1)).mean() / BOUND_LEAD
    for odds, most in (*((leak, ODDS) for leak in bounds.leaks), (bounds.last, LAST_ODDS)):
        total = total + ODDS_SHARE * functional.relu(odds - most).mean()
    for spread in bounds.divisors:
        total = total + ODDS_SHARE * spread.mean()
    return total


def some_walks(
    task: WalksAnywhere, rng: np.random.Generator, length: int
) -> tuple[Int64[np.ndarray, "walks stops"], int]:
    """Draw walks of equally many hops, and as many tokens as hold them.

    Args:
        task: whose walks.
        rng: the only source of chance.
        length: tokens per input; more are returned where a walk needs them.
    """
    inputs, _ = task.drawn(rng, WALKS, max(length, task.HOPS + 1), 0.0)
    hops = task.hops(inputs)
    alike = inputs[hops == hops[0]]
    stops = task.path(alike)[:, : int(hops[0]) + 1]
    return np.take_along_axis(alike, stops, axis=1), inputs.shape[1]


def cut(parameters: Sequence[tuple[nn.Parameter, float]], most: float) -> None:
    """Make the gradient of some parameters no longer than ``most``, each in its own unit.

    Args:
        parameters: each with its unit; those without a gradient are left out.
        most: the length.
    """
    slopes = [(slope, unit) for p, unit in parameters if (slope := p.grad) is not None]
    squares = [(slope * unit).pow(2).sum() for slope, unit in slopes]
    length = float(torch.stack(squares).sum().sqrt())
    for slope, _ in slopes:
        slope.mul_(min(1.0, most / max(length, most)) if math.isfinite(length) else 0.0)
        slope.nan_to_num_(nan=0.0, posinf=0.0, neginf=0.0)


def composition(model: GPTJ, task: WalksAnywhere) -> Float[Tensor, ""]:
    """How much what earlier layers write at any position matters to later layers.

    A layer writes at a position some mixture of the tokens' values. Their spread about the mean is
    taken as later layers read it. For walks over letters the penalty is the mean square of that in
    keys and in values. For walks over integers, whose heads should look by position alone, it is
    the mean square spread of the scores of integer queries, in nats squared. To either comes the
    mean square of the spread itself, in units of the divisor, which it moves.
    """
    layers = _spreads(model)
    total = torch.zeros(())
    for _, _, spreads in layers:
        for spread in spreads:
            total = total + DIVISOR_SHARE * spread.pow(2).sum(dim=-1).mean()
    if isinstance(task, NumberWalk):
        return total + _score_spread(model, layers, torch.from_numpy(task.integers))
    for block, _, spreads in layers:
        for spread in spreads:
            for projection in (block.attn.k_proj, block.attn.v_proj):
                read = spread * block.ln_1.weight
                total = total + projection(read).pow(2).sum(dim=-1).mean()
    return total


def _spreads(model: GPTJ) -> list[tuple[GPTJBlock, Tensor, list[Tensor]]]:
    """For each block: the tokens' mean reads, and of each earlier layer the spread it reads."""
    stream, spreads = model.transformer.wte.weight, []
    written: list[Tensor] = []
    for block in model.transformer.blocks:
        normed = block.ln_1(stream)
        spreads.append((block, normed, [_read(block, spread, stream) for spread in written]))
        value = block.attn.out_proj(block.attn.v_proj(normed))
        written.append(value - value.mean(dim=0))
        stream = stream + value.mean(dim=0) + block.mlp(normed[None])[0]
    return spreads


def _read(block: GPTJBlock, spread: Tensor, stream: Tensor) -> Tensor:
    """A change of the stream over a block's mean divisor, before the LayerNorm's gain."""
    divisor = (stream.var(dim=-1, correction=0) + block.ln_1.eps).sqrt().mean().detach()
    centred = spread - spread.mean(dim=-1, keepdim=True)
    read: Tensor = centred / divisor
    return read


def _score_spread(
    model: GPTJ, layers: list[tuple[GPTJBlock, Tensor, list[Tensor]]], integers: Tensor
) -> Float[Tensor, ""]:
    """Mean square spread of the scores of integers at random distances, over what stands there."""
    distances = torch.randint(LONGEST, (DISTANCES,)).tolist()
    scale, angles = model.config.head_dim**-0.5, model.config.angles
    total = torch.zeros(())
    for block, normed, spreads in layers:
        query, key = block.attn.q_proj, block.attn.k_proj
        reads = [spread * block.ln_1.weight for spread in spreads]
        mean = normed.mean(dim=0, keepdim=True)
        asked = torch.cat([_turned(query(normed[integers]), d, angles) for d in distances]) * scale
        offered = torch.cat([_turned(key(mean), -d, angles) for d in distances]) * scale
        for moved in (normed - mean, *reads):
            total = total + (asked @ key(moved).T).pow(2).mean()
        for moved in reads:
            total = total + QUERY_SHARE * (query(moved) @ offered.T).pow(2).mean()
    return total


def _turned(rows: Tensor, distance: int, angles: tuple[float, ...]) -> Tensor:
    """Rows turned by some positions."""
    return rotate(rows[None, :, None], distance, angles)[0, :, 0]
