"""Runs a model of any family with one head removed, from the streams of one whole run.

A head that is removed outputs zero (*zero*), its mean over the tokens of the input (*mean*), or
zero while all later heads keep their attention weights (*pattern*), so that the values which they
move change and the positions they attend to do not (olsson2022induction).

The blocks before the head read what they read in the whole run, so they are not run again; the
heads of a block are removed side by side, each in a copy of the input.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor
from torch.nn.functional import cross_entropy

from empirical.foreign import capture
from empirical.foreign.reading import Model
from empirical.heads.silenced import Way

TOKENS_AT_ONCE = 4096
"""Tokens of all copies that are run side by side: what bounds memory."""
Mix: TypeAlias = Callable[[int, Tensor, Tensor, Tensor, tuple[Any, ...]], Tensor]
"""Layer, turned queries and keys, values, and how they are scored, to what heads output."""


@dataclass(frozen=True, eq=False)
class WholeRun:
    """A model's run on one input, with every head in place.

    Attributes:
        ids: the input's tokens.
        places: after which of them the next token's loss is asked, in ascending order.
        streams: what each block reads.
        queries: of each block, turned, of every head.
        keys: of each block, turned, of every key head.
        means: of each block, the mean output of every head over the tokens.
        losses: cross-entropy of the next token after each place, in nats.
    """

    ids: Int64[np.ndarray, " length"]
    places: Int64[np.ndarray, " places"]
    streams: list[Float[Tensor, "length width"]]
    queries: list[Float[Tensor, "heads length channels"]]
    keys: list[Float[Tensor, "key_heads length channels"]]
    means: list[Float[Tensor, "heads inner"]]
    losses: Float32[np.ndarray, " places"]


@torch.inference_mode()
def whole_run(
    model: Model, ids: Int64[np.ndarray, " length"], places: Int64[np.ndarray, " places"]
) -> WholeRun:
    """Run a model on one input and keep what removals start from.

    Args:
        model: the model.
        ids: token ids.
        places: after which tokens the next token's loss is asked, in ascending order; each below
            ``length − 1``.
    """
    streams: list[Tensor] = []
    queries: list[Tensor] = []
    keys: list[Tensor] = []
    means: list[Tensor] = []

    def mix(layer: int, query: Tensor, key: Tensor, value: Tensor, how: tuple[Any, ...]) -> Tensor:
        mixed = capture.attend(query, key, value, *how)
        queries.append(query[0].clone())
        keys.append(key[0].clone())
        means.append(mixed[0].mean(dim=1))
        return mixed

    def keep(_: Any, arguments: tuple[Tensor, ...]) -> None:
        streams.append(arguments[0][0].clone())

    blocks = model.family.blocks_of(model.module)
    hooks = [block.register_forward_pre_hook(keep) for block in blocks]
    try:
        with _mixing(model, mix):
            losses = _losses(model, ids, places, copies=1)[0]
    finally:
        for hook in hooks:
            hook.remove()
    return WholeRun(ids, places, streams, queries, keys, means, losses)


@torch.inference_mode()
def losses_without(
    model: Model,
    whole: WholeRun,
    layer: int,
    heads: Sequence[int],
    way: Way,
) -> Float32[np.ndarray, "removed places"]:
    """Returns the losses of the next token with each of some heads removed in turn.

    Args:
        model: the model.
        whole: its run with every head.
        layer: the block of the heads.
        heads: which heads of the block.
        way: how a head is removed.
    """
    at_once = max(1, TOKENS_AT_ONCE // whole.ids.size)
    parts = [
        _side_by_side(model, whole, layer, heads[first : first + at_once], way)
        for first in range(0, len(heads), at_once)
    ]
    return np.concatenate(parts)


@torch.inference_mode()
def losses_with_none_of(
    model: Model, whole: WholeRun, heads: Collection[tuple[int, int]]
) -> Float32[np.ndarray, " places"]:
    """Returns the losses of the next token where some heads output zero, all at once.

    Args:
        model: the model.
        whole: its run with every head.
        heads: layer and head of each, at least one.
    """

    def mix(depth: int, query: Tensor, key: Tensor, value: Tensor, how: tuple[Any, ...]) -> Tensor:
        mixed = capture.attend(query, key, value, *how)
        mixed[:, [head for layer, head in heads if layer == depth]] = 0
        return mixed

    first = min(layer for layer, _ in heads)
    with _skipping(model, first, whole.streams[first]), _mixing(model, mix):
        losses: Float32[np.ndarray, " places"] = _losses(model, whole.ids, whole.places, copies=1)[
            0
        ]
    return losses


def _side_by_side(
    model: Model,
    whole: WholeRun,
    layer: int,
    heads: Sequence[int],
    way: Way,
) -> Float32[np.ndarray, "removed places"]:
    """Each head removed in a copy of its own."""

    def mix(depth: int, query: Tensor, key: Tensor, value: Tensor, how: tuple[Any, ...]) -> Tensor:
        if way == "pattern" and depth > layer:
            query = whole.queries[depth].expand_as(query)
            key = whole.keys[depth].expand_as(key)
        mixed = capture.attend(query, key, value, *how)
        if depth == layer:
            for copy, head in enumerate(heads):
                mixed[copy, head] = whole.means[layer][head] if way == "mean" else 0
        return mixed

    with _skipping(model, layer, whole.streams[layer]), _mixing(model, mix):
        return _losses(model, whole.ids, whole.places, len(heads))


def _losses(
    model: Model,
    ids: Int64[np.ndarray, " length"],
    places: Int64[np.ndarray, " places"],
    copies: int,
) -> Float32[np.ndarray, "copies places"]:
    """The losses of the next token in copies of one input, as the model now runs."""
    tokens = torch.from_numpy(ids)
    asked = torch.from_numpy(places)
    logits = model.module(tokens.expand(copies, -1), logits_to_keep=asked).logits.float()
    targets = tokens[asked + 1].expand(copies, -1)
    # A row for each place, as the sum over the vocabulary is slow along any other dimension.
    losses = cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")
    by_copy: Float32[np.ndarray, "copies places"] = losses.reshape(targets.shape).numpy()
    return by_copy


@contextmanager
def _mixing(model: Model, mix: Mix) -> Iterator[None]:
    """The model with the outputs of its heads computed by ``mix``."""

    def interface(
        module: Any, query: Tensor, key: Tensor, value: Tensor, mask: Any, **settings: Any
    ) -> tuple[Tensor, None]:
        how = settings["scaling"], settings.get("softcap"), settings.get("sliding_window")
        return mix(module.layer_idx, query, key, value, how).transpose(1, 2), None

    def own(attention: Any) -> capture.Attention:
        def attend(
            query: Tensor, key: Tensor, value: Tensor, mask: Any = None
        ) -> tuple[Tensor, None]:
            return mix(attention.layer_idx, query, key, value, (1 / attention.scale_attn,)), None

        return attend

    with capture.attending(model, interface, own):
        yield


@contextmanager
def _skipping(model: Model, layer: int, stream: Float[Tensor, "length width"]) -> Iterator[None]:
    """The model whose blocks before ``layer`` do nothing and whose block there reads ``stream``."""
    blocks = model.family.blocks_of(model.module)

    def read(_: Any, arguments: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return stream.expand_as(arguments[0]), *arguments[1:]

    def nothing(hidden_states: Tensor, *_: Any, **__: Any) -> Any:
        return (hidden_states, None) if model.family.model_type == "gptj" else hidden_states

    hook = blocks[layer].register_forward_pre_hook(read)
    try:
        for block in blocks[:layer]:
            block.forward = nothing
        yield
    finally:
        hook.remove()
        for block in blocks[:layer]:
            del block.forward
