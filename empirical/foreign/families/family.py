"""What tells one family's attention from another's, as data, and the one way to canonical heads.

A family says where its blocks are, which norm feeds queries and keys, how the projections are cut
into heads, how channels pair, and which scale, window, soft-cap and RoPE parameters a layer has.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import torch
from jaxtyping import Complex128, Float, Float64, Int
from torch import Tensor, nn

from empirical.foreign import rope
from empirical.foreign.unembedding import UnembeddingMoments
from empirical.heads.canonical import Head

Config = Any
"""A configuration of ``transformers``, which has no types."""
Heads = Float[Tensor, "rows _heads channels"]


def layer_norm(rows: Float[Tensor, "... width"], norm: Any) -> Float[Tensor, "... width"]:
    """LayerNorm in the precision of the rows."""
    centred = rows - rows.mean(-1, keepdim=True)
    variance = centred.square().mean(-1, keepdim=True)
    normed: Tensor = centred / (variance + norm.eps).sqrt() * norm.weight + norm.bias
    return normed


def rms_norm(rows: Float[Tensor, "... width"], norm: Any) -> Float[Tensor, "... width"]:
    """RMSNorm of Llama: no mean is taken away, no bias added."""
    mean = rows.square().mean(-1, keepdim=True)
    normed: Tensor = rows / (mean + norm.variance_epsilon).sqrt() * norm.weight
    return normed


def rms_norm_from_one(rows: Float[Tensor, "... width"], norm: Any) -> Float[Tensor, "... width"]:
    """RMSNorm of Gemma: the weight is stored less one."""
    mean = rows.square().mean(-1, keepdim=True)
    normed: Tensor = rows / (mean + norm.eps).sqrt() * (1 + norm.weight)
    return normed


def separate(
    attention: Any, rows: Float[Tensor, "rows width"], size: int
) -> tuple[Heads, Heads, Heads]:
    """Queries, keys and values of ``q_proj``, ``k_proj`` and ``v_proj``, head after head."""
    query, key, value = (
        linear(rows, projection).reshape(len(rows), -1, size)
        for projection in (attention.q_proj, attention.k_proj, attention.v_proj)
    )
    return query, key, value


def linear(rows: Float[Tensor, "rows width"], projection: Any) -> Float[Tensor, "rows projected"]:
    """A linear layer in the precision of the rows."""
    product: Tensor = rows @ projection.weight.to(rows.dtype).T
    return product if projection.bias is None else product + projection.bias


def interleaved(
    channels: Float[Tensor, "rows channels"],
) -> tuple[Float[Tensor, "rows planes"], Float[Tensor, "rows planes"]]:
    """Pairs ``(2f, 2f + 1)``."""
    return channels[..., 0::2], channels[..., 1::2]


def halves(
    channels: Float[Tensor, "rows channels"],
) -> tuple[Float[Tensor, "rows planes"], Float[Tensor, "rows planes"]]:
    """Pairs ``(f, f + r/2)``."""
    first, second = channels.chunk(2, dim=-1)
    return first, second


def head_dim(config: Config) -> int:
    """Channels of a head: said by the configuration, else the width shared out."""
    channels: int | None = getattr(config, "head_dim", None)
    return config.hidden_size // config.num_attention_heads if channels is None else channels


def sliding_window(config: Config, layer: int) -> int | None:
    """The window of the layers that ``layer_types`` calls sliding."""
    return config.sliding_window if config.layer_types[layer] == "sliding_attention" else None


@dataclass(frozen=True, kw_only=True)
class Family:
    """One family, described as the table of its page does.

    Attributes:
        model_type: its name in ``config.json``.
        model_class: its class in ``transformers``.
        blocks: attribute path from the model to its blocks.
        attention: of a block, the attention module.
        norm: of a block, the norm before attention.
        normalise: how that norm works.
        project: attention module, normed rows and head size to queries, keys and values: linear
            maps of the rows, by the module's ``Linear`` parts, with their biases.
        output: of an attention module, the map from mixed values to the stream.
        norm_after: of a block, the norm of what attention writes, if there is one.
        final_norm: attribute path from the model to the norm before the unembedding.
        pairs: which channels turn together.
        normalise_heads: how ``q_norm`` and ``k_norm`` work, if it has them.
        normalise_as_one: how they work where they norm all heads at once.
        rotated: how many leading channels turn.
        rope: the RoPE parameters of a layer.
        scale: multiplies every logit.
        window: keys from this distance on are hidden.
        softcap: what logits are capped at.
        renamed: beginnings of names in files that are not those of the class, and what they mean.
        merged: which names ``transformers`` merges into others itself, as of experts.
        text_part: the part of a configuration that is of the language model.
        outside: why a configuration of this family is not covered, or None.
    """

    model_type: str
    model_class: str
    blocks: str = "model.layers"
    attention: str = "self_attn"
    norm: str = "input_layernorm"
    normalise: Callable[[Tensor, Any], Tensor] = rms_norm
    project: Callable[[Any, Tensor, int], tuple[Tensor, Tensor, Tensor]] = separate
    output: str = "o_proj"
    norm_after: str | None = None
    final_norm: str = "model.norm"
    pairs: Callable[[Tensor], tuple[Tensor, Tensor]] = halves
    normalise_heads: Callable[[Tensor, Any], Tensor] | None = None
    normalise_as_one: Callable[[Tensor, Any], Tensor] | None = None
    rotated: Callable[[Config], int] = head_dim
    rope: Callable[[Config, int], Mapping[str, Any]] = lambda config, _: config.rope_parameters
    scale: Callable[[Config], float] = lambda config: head_dim(config) ** -0.5
    window: Callable[[Config, int], int | None] = lambda *_: None
    softcap: Callable[[Config], float | None] = lambda _: None
    renamed: Mapping[str, str] = field(default_factory=dict)
    merged: Callable[[str], bool] = lambda _: False
    text_part: Callable[[dict[str, Any]], dict[str, Any]] = lambda values: values
    outside: Callable[[Config], str | None] = lambda _: None

    def blocks_of(self, model: nn.Module) -> list[Any]:
        """The blocks of a model, first to last."""
        return [*cast(nn.ModuleList, model.get_submodule(self.blocks))]

    def attention_of(self, block: Any) -> Any:
        """The attention module of a block."""
        return getattr(block, self.attention)

    def angles(
        self, config: Config, layer: int, length: int
    ) -> tuple[Float[np.ndarray, " planes"], float]:
        """Angles and attention factor of a layer on an input of ``length`` tokens.

        Raises:
            Refusal: as ``rope.angles`` does.
        """
        context = rope.Context(self.rotated(config), length, config.max_position_embeddings)
        return rope.angles(self.rope(config, layer), context)

    def heads(
        self,
        model: Any,
        layer: int,
        contents: Float[np.ndarray, "contents width"],
        length: int | None = None,
    ) -> list[Head]:
        """The heads of one block on rows of the residual stream; see ``read``."""
        return self.read(model, layer, contents, length)[0]

    @torch.inference_mode()
    def read(
        self,
        model: Any,
        layer: int,
        contents: Float[np.ndarray, "contents width"],
        length: int | None = None,
    ) -> tuple[list[Head], Float64[Tensor, "contents key_heads channels"]]:
        """The heads of one block on rows of the residual stream that it reads, and their values.

        Args:
            model: the model, as ``transformers`` made it.
            layer: which block.
            contents: rows of the residual stream.
            length: tokens of the input, on which some RoPE types depend; by default the number
                of contents.

        Returns:
            One canonical head per query head, where heads that share a key head share its array;
            and the values of each key head.
        """
        config, block = model.config, self.blocks_of(model)[layer]
        attention = self.attention_of(block)
        normed = self.normalise(torch.from_numpy(contents).double(), getattr(block, self.norm))
        query, key, value = self.project(attention, normed, head_dim(config))
        if self.normalise_as_one is not None:
            query, key = (
                self.normalise_as_one(heads.flatten(1), norm).reshape(heads.shape)
                for heads, norm in ((query, attention.q_norm), (key, attention.k_norm))
            )
        if self.normalise_heads is not None:
            query = self.normalise_heads(query, attention.q_norm)
            key = self.normalise_heads(key, attention.k_norm)
        turns = self.rotated(config)
        angles, factor = self.angles(config, layer, len(contents) if length is None else length)
        queries = [self.planes(query[:, head], turns) for head in range(query.shape[1])]
        keys = [self.planes(key[:, head], turns) for head in range(key.shape[1])]
        share = len(queries) // len(keys)
        heads = [
            Head(
                angles=angles,
                scale=self.scale(config),
                queries=planes,
                keys=keys[number // share][0],
                query_rest=rest,
                key_rest=keys[number // share][1],
                attention_factor=factor,
                softcap=self.softcap(config),
                window=self.window(config, layer),
            )
            for number, (planes, rest) in enumerate(queries)
        ]
        return heads, value

    @torch.inference_mode()
    def writes(
        self, model: Any, layer: int, head: int, values: Float64[Tensor, "contents channels"]
    ) -> Float64[np.ndarray, "contents width"]:
        """What a head adds to the stream where it attends to one content alone.

        Biases of the output are left out, and of a norm after attention what depends on all
        heads: one positive factor.

        Args:
            model: the model.
            layer: which block.
            head: which head of it.
            values: of its key head, one row per content.
        """
        block, size = self.blocks_of(model)[layer], values.shape[1]
        output = getattr(self.attention_of(block), self.output).weight
        written = values @ output[:, head * size : (head + 1) * size].T.double()
        if self.norm_after is not None:
            written *= self._gain(getattr(block, self.norm_after))
        rows: Float64[np.ndarray, "contents width"] = written.numpy()
        return rows

    @torch.inference_mode()
    def direct_logits(
        self,
        model: Any,
        rows: Float64[np.ndarray, "*some width"],
        tokens: Int[np.ndarray, " tokens"],
    ) -> Float64[np.ndarray, "*some tokens"]:
        """What rows added to the last stream do to logits of tokens, up to a positive factor."""
        unembedding = model.get_output_embeddings().weight[torch.from_numpy(tokens)].double()
        stream = self._towards_logits(model, torch.from_numpy(rows))
        logits: Float64[np.ndarray, "*some tokens"] = (stream @ unembedding.T).numpy()
        return logits

    @torch.inference_mode()
    def standing(
        self,
        model: Any,
        moments: UnembeddingMoments,
        rows: Float64[np.ndarray, "n width"],
        tokens: Int[np.ndarray, " n"],
    ) -> Float64[np.ndarray, " n"]:
        """How many deviations above the vocabulary's mean each row's direct logit of its token is.

        Args:
            model: the model.
            moments: of its unembedding.
            rows: what is added to the last stream.
            tokens: one for each row.
        """
        stream = self._towards_logits(model, torch.from_numpy(rows))
        own = model.get_output_embeddings().weight[torch.from_numpy(tokens)].double()
        standing: Float64[np.ndarray, " n"] = moments.standing(
            stream, (stream * own).sum(dim=1)
        ).numpy()
        return standing

    def _towards_logits(self, model: Any, stream: Tensor) -> Tensor:
        """What the unembedding multiplies, up to a positive factor."""
        if self.normalise is layer_norm:
            stream = stream - stream.mean(dim=-1, keepdim=True)
        return stream * self._gain(model.get_submodule(self.final_norm))

    def _gain(self, norm: Any) -> Tensor:
        weight: Tensor = norm.weight.double()
        return 1 + weight if self.normalise is rms_norm_from_one else weight

    def planes(
        self, channels: Float[Tensor, "rows channels"], turns: int
    ) -> tuple[Complex128[np.ndarray, "rows planes"], Float64[np.ndarray, "rows rest"]]:
        """The planes of a head's channels, as complex numbers, and the channels that do not turn.

        Args:
            channels: of queries or keys of one head.
            turns: how many leading channels turn.
        """
        real, imaginary = self.pairs(channels[:, :turns])
        return torch.complex(real, imaginary).numpy(), channels[:, turns:].contiguous().numpy()
