"""Phi-3: one projection for queries, keys and values; heads may be turned in part."""

from typing import Any

from jaxtyping import Float
from torch import Tensor

from empirical.foreign.families.family import Family, Heads, head_dim, linear


def stacked(
    attention: Any, rows: Float[Tensor, "rows width"], size: int
) -> tuple[Heads, Heads, Heads]:
    """Queries of all heads, then keys, then values, of ``qkv_proj``."""
    heads = linear(rows, attention.qkv_proj).reshape(len(rows), -1, size)
    keys = attention.num_key_value_heads
    queries = heads.shape[1] - 2 * keys
    return heads[:, :queries], heads[:, queries : queries + keys], heads[:, queries + keys :]


FAMILY = Family(
    model_type="phi3",
    model_class="Phi3ForCausalLM",
    project=stacked,
    rotated=lambda config: int(head_dim(config) * config.rope_parameters["partial_rotary_factor"]),
    window=lambda config, _: config.sliding_window,
)
