"""Running a model once and seeing what each block's attention reads, in memory linear in length.

The model's attention is replaced by the same function computed without its whole matrix: torch's
own where that suffices, else rows in blocks. Blocks are shown one after the other and nothing is
kept, so a long input costs no more than its residual stream. Where the weights of the model's own
eager attention are asked for, that code runs, and the weights of one block at a time are held.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int64
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from empirical.foreign.reading import Model
from theory.refusal import Refusal

NAME = "ropeproof"
"""Under which the attention function is known to ``transformers``."""
Attention: TypeAlias = Callable[..., tuple[Tensor, Any]]
"""Turned queries and keys, and values, to what is mixed of them, and weights if there are any."""
ROWS_AT_ONCE = 256
"""Query rows in one block: what bounds memory."""


@dataclass(frozen=True, eq=False)
class AttentionInputs:
    """What one block's attention read.

    Attributes:
        layer: which block.
        stream: the residual stream before the block.
        queries: of every head, turned, in the model's own float32.
        keys: of every key head, turned.
        scale: multiplies logits.
        softcap: logits stay inside ± this, if not None.
        window: keys at this distance and beyond are hidden, if not None.
        weights: of the model's own eager attention, if they were asked for.
    """

    layer: int
    stream: Float32[np.ndarray, "length width"]
    queries: Float32[np.ndarray, "heads length channels"]
    keys: Float32[np.ndarray, "key_heads length channels"]
    scale: float
    softcap: float | None
    window: int | None
    weights: Float32[np.ndarray, "heads length length"] | None = None

    def logits(
        self, rows: Int64[np.ndarray, " rows"] | None = None
    ) -> Float32[np.ndarray, "heads rows length"]:
        """The logits of some queries, or all, in float32; minus infinity at hidden keys."""
        rows = np.arange(len(self.stream)) if rows is None else rows
        share = len(self.queries) // len(self.keys)
        keys = self.keys.repeat(share, axis=0)
        logits = self.queries[:, rows] @ keys.swapaxes(1, 2) * np.float32(self.scale)
        if self.softcap is not None:
            logits = self.softcap * np.tanh(logits / self.softcap)
        return np.where(self.visible(rows), logits, np.float32(-np.inf))

    def visible(self, rows: Int64[np.ndarray, " rows"]) -> Bool[np.ndarray, "rows length"]:
        """Whether some queries attend to each key."""
        places = np.arange(len(self.stream))
        distances = places[rows, None] - places
        seen: Bool[np.ndarray, "rows length"] = (distances >= 0) & (
            distances < (self.window or places.size)
        )
        return seen


def attend(
    query: Float[Tensor, "batch heads length channels"],
    key: Float[Tensor, "batch key_heads length channels"],
    value: Float[Tensor, "batch key_heads length inner"],
    scale: float,
    softcap: float | None = None,
    window: int | None = None,
) -> Float[Tensor, "batch heads length inner"]:
    """Causal attention without its matrix.

    Args:
        query: turned queries.
        key: turned keys; each serves the same number of query heads.
        value: one row per key.
        scale: multiplies logits.
        softcap: logits stay inside ± this, if not None.
        window: keys at this distance and beyond are hidden, if not None.
    """
    length = query.shape[2]
    if softcap is None and (window is None or window >= length):
        return scaled_dot_product_attention(
            query, key, value, is_causal=True, scale=scale, enable_gqa=True
        )
    share = query.shape[1] // key.shape[1]
    key, value = (part.repeat_interleave(share, dim=1) for part in (key, value))
    parts = []
    for first in range(0, length, ROWS_AT_ONCE):
        after = min(first + ROWS_AT_ONCE, length)
        start = 0 if window is None else max(0, first - window + 1)
        logits = query[:, :, first:after] @ key[:, :, start:after].transpose(-1, -2) * scale
        if softcap is not None:
            logits = softcap * torch.tanh(logits / softcap)
        distances = torch.arange(first, after)[:, None] - torch.arange(start, after)
        hidden = (distances < 0) | (distances >= (length if window is None else window))
        weights = logits.masked_fill(hidden, -torch.inf).softmax(dim=-1)
        parts.append(weights @ value[:, :, start:after])
    return torch.cat(parts, dim=2)


@torch.inference_mode()
def run(
    model: Model,
    ids: Int64[np.ndarray, " length"],
    see: Callable[[AttentionInputs], None],
    *,
    weights: bool = False,
) -> None:
    """Run a model on one input and show what each block's attention reads.

    Args:
        model: the model.
        ids: token ids.
        see: called once for each block, first to last.
        weights: whether to run the model's own eager attention and show its weights too; memory
            is then quadratic in the length.

    Raises:
        Refusal: the residual stream overflows.
    """
    with _watched(model, see, weights):
        model.module.base_model(torch.from_numpy(ids)[None])


@contextmanager
def _watched(model: Model, see: Callable[[AttentionInputs], None], eager: bool) -> Iterator[None]:
    """The model with its attention replaced, or its eager attention, and its blocks observed."""
    from transformers.masking_utils import eager_mask

    watch = _Watch(see, eager)
    hooks = [
        block.register_forward_pre_hook(_keeping(model, layer, watch.streams))
        for layer, block in enumerate(model.family.blocks_of(model.module))
    ]
    try:
        with attending(model, watch.interface, watch.own, eager_mask if eager else None):
            yield
    finally:
        for hook in hooks:
            hook.remove()


@dataclass(frozen=True, eq=False)
class _Watch:
    """Attention that is shown to someone.

    Attributes:
        see: called for each block.
        eager: whether the model's own code mixes, and its weights are shown too.
        streams: what blocks read whose attention was not shown yet, by layer.
    """

    see: Callable[[AttentionInputs], None]
    eager: bool
    streams: dict[int, np.ndarray] = field(default_factory=dict)

    def interface(
        self, module: Any, query: Tensor, key: Tensor, value: Tensor, mask: Any, **settings: Any
    ) -> tuple[Tensor, None]:
        """The attention that the interface of ``transformers`` asks for."""
        how = settings["scaling"], settings.get("softcap"), settings.get("sliding_window")
        if self.eager:
            own = sys.modules[type(module).__module__].eager_attention_forward
            mixed, weights = own(module, query, key, value, mask, **settings)
        else:
            mixed, weights = attend(query, key, value, *how).transpose(1, 2), None
        self._show(module, query, key, weights, *how)
        return mixed, None

    def own(self, attention: Any) -> Attention:
        """GPT-J's, which asks no interface."""
        own_eager, scale = attention._attn, 1 / attention.scale_attn

        def attend_own(
            query: Tensor, key: Tensor, value: Tensor, mask: Any = None
        ) -> tuple[Tensor, None]:
            if self.eager:
                mixed, weights = own_eager(query, key, value, mask)
            else:
                mixed, weights = attend(query, key, value, scale), None
            self._show(attention, query, key, weights, scale)
            return mixed, None

        return attend_own

    def _show(
        self,
        module: Any,
        query: Tensor,
        key: Tensor,
        weights: Tensor | None,
        scale: float,
        softcap: float | None = None,
        window: int | None = None,
    ) -> None:
        inputs = AttentionInputs(
            layer=module.layer_idx,
            stream=self.streams.pop(module.layer_idx),
            queries=query[0].numpy(),
            keys=key[0].numpy(),
            scale=scale,
            softcap=softcap,
            window=window,
            weights=None if weights is None else weights[0].numpy(),
        )
        self.see(inputs)


def _keeping(model: Model, layer: int, streams: dict[int, np.ndarray]) -> Callable[..., None]:
    """A hook that keeps what a block reads.

    It raises Refusal where that is not finite.
    """

    def keep(_: Any, arguments: tuple[Tensor, ...]) -> None:
        stream = arguments[0][0].numpy()
        if not np.isfinite(stream).all():
            raise Refusal(
                f"{model.path}: the residual stream before block {layer} is not finite in "
                "float32: the weights are damaged, copy or train them again"
            )
        streams[layer] = stream

    return keep


@contextmanager
def attending(
    model: Model,
    interface: Attention,
    own: Callable[[Any], Attention],
    mask: Callable[..., Any] | None = None,
) -> Iterator[None]:
    """The model with another attention.

    Args:
        model: the model.
        interface: the attention, as the interface of ``transformers`` asks for it.
        own: what replaces a GPT-J attention module's, which asks no interface.
        mask: makes the mask that the attention is given, if it needs one.
    """
    from transformers import AttentionInterface, AttentionMaskInterface

    AttentionInterface.register(NAME, interface)
    AttentionMaskInterface.register(NAME, mask or (lambda *_, **__: None))
    config, before = model.module.config, model.module.config._attn_implementation
    owners = [
        attention
        for attention in map(model.family.attention_of, model.family.blocks_of(model.module))
        if hasattr(attention, "_attn")
    ]
    _restart(model)
    try:
        config._attn_implementation = NAME
        for attention in owners:
            attention._attn = own(attention)
        yield
    finally:
        config._attn_implementation = before
        AttentionInterface.register(NAME, _none)  # what is registered keeps its model
        AttentionMaskInterface.register(NAME, _none)
        for attention in owners:
            del attention._attn


def _none(*_: Any, **__: Any) -> tuple[Tensor, Any]:
    """The attention while no model's is replaced."""
    raise AssertionError


def _restart(model: Model) -> None:
    """Forget the angles of earlier inputs, which dynamic NTK keeps."""
    base = model.module.base_model
    if hasattr(base, "rotary_emb"):
        base.rotary_emb = type(base.rotary_emb)(model.module.config)


class _Seen(Exception):
    """Ends a run once what was asked for has been seen."""


@torch.inference_mode()
def embedded(
    model: Model, tokens: Int64[np.ndarray, " tokens"]
) -> Float32[np.ndarray, "tokens width"]:
    """Returns what the first block reads of each token, whatever stands around it.

    Args:
        model: the model.
        tokens: their ids.
    """
    seen: list[Tensor] = []

    def keep(_: Any, arguments: tuple[Tensor, ...]) -> None:
        seen.append(arguments[0][:, 0])
        raise _Seen

    hook = model.family.blocks_of(model.module)[0].register_forward_pre_hook(keep)
    try:
        model.module.base_model(torch.from_numpy(tokens)[:, None])
    except _Seen:
        pass
    finally:
        hook.remove()
    rows: Float32[np.ndarray, "tokens width"] = seen[0].numpy()
    return rows
