"""GPT-NeoX and Pythia: LayerNorm, one projection for query, key and value, heads turned in part."""

from typing import Any

from jaxtyping import Float
from torch import Tensor

from empirical.foreign.families.family import Family, Heads, halves, head_dim, layer_norm, linear


def fused(
    attention: Any, rows: Float[Tensor, "rows width"], size: int
) -> tuple[Heads, Heads, Heads]:
    """Queries, keys and values of ``query_key_value``, side by side for each head."""
    heads = linear(rows, attention.query_key_value).reshape(len(rows), -1, 3, size)
    return heads[:, :, 0], heads[:, :, 1], heads[:, :, 2]


FAMILY = Family(
    model_type="gpt_neox",
    model_class="GPTNeoXForCausalLM",
    blocks="gpt_neox.layers",
    attention="attention",
    normalise=layer_norm,
    project=fused,
    output="dense",
    final_norm="gpt_neox.final_layer_norm",
    pairs=halves,
    renamed={"embed_out.": "lm_head."},
    rotated=lambda config: int(
        head_dim(config) * config.rope_parameters.get("partial_rotary_factor", 1.0)
    ),
)
