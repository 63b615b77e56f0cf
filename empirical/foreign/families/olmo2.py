"""OLMo2: no norm before attention; queries and keys are normed over all heads at once."""

from typing import Any

from jaxtyping import Float
from torch import Tensor

from empirical.foreign.families.family import Family, Heads, linear, rms_norm


def as_they_are(rows: Float[Tensor, "... width"], _: Any) -> Float[Tensor, "... width"]:
    """Rows that no norm changes."""
    return rows


def normed_as_one(
    attention: Any, rows: Float[Tensor, "rows width"], size: int
) -> tuple[Heads, Heads, Heads]:
    """Queries and keys normed before they are cut into heads; values as they are."""
    query = rms_norm(linear(rows, attention.q_proj), attention.q_norm)
    key = rms_norm(linear(rows, attention.k_proj), attention.k_norm)
    value = linear(rows, attention.v_proj)
    heads = [part.reshape(len(rows), -1, size) for part in (query, key, value)]
    return heads[0], heads[1], heads[2]


FAMILY = Family(
    model_type="olmo2",
    model_class="Olmo2ForCausalLM",
    norm="post_attention_layernorm",
    normalise=as_they_are,
    project=normed_as_one,
    norm_after="post_attention_layernorm",
)
