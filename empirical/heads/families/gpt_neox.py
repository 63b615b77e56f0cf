"""GPT-NeoX and Pythia: LayerNorm, one projection for query, key and value, heads turned in part."""

from typing import Any

from jaxtyping import Float
from torch import Tensor

from empirical.heads.families.family import Family, halves, head_dim, layer_norm, linear


def fused(
    attention: Any, rows: Float[Tensor, "rows width"], size: int
) -> tuple[Float[Tensor, "rows heads channels"], Float[Tensor, "rows heads channels"]]:
    """Queries and keys of ``query_key_value``: query, key and value of a head side by side."""
    heads = linear(rows, attention.query_key_value).reshape(len(rows), -1, 3, size)
    return heads[:, :, 0], heads[:, :, 1]


FAMILY = Family(
    model_type="gpt_neox",
    model_class="GPTNeoXForCausalLM",
    blocks="gpt_neox.layers",
    attention="attention",
    normalise=layer_norm,
    project=fused,
    pairs=halves,
    renamed={"embed_out.weight": "lm_head.weight"},
    rotated=lambda config: int(
        head_dim(config) * config.rope_parameters.get("partial_rotary_factor", 1.0)
    ),
)
