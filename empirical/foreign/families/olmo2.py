"""OLMo2: no norm before attention; queries and keys are normed over all heads at once."""

from typing import Any

from jaxtyping import Float
from torch import Tensor

from empirical.foreign.families.family import Family, rms_norm


def as_they_are(rows: Float[Tensor, "... width"], _: Any) -> Float[Tensor, "... width"]:
    """Rows that no norm changes."""
    return rows


FAMILY = Family(
    model_type="olmo2",
    model_class="Olmo2ForCausalLM",
    norm="post_attention_layernorm",
    normalise=as_they_are,
    normalise_as_one=rms_norm,
    norm_after="post_attention_layernorm",
)
