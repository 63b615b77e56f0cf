"""GPT-J: LayerNorm, interleaved pairs on the first ``rotary_dim`` channels, base 10000."""

from typing import Any

from empirical.foreign.families.family import Family, interleaved, layer_norm
from empirical.models.config import GPTJConfig


def _outside(config: Any) -> str | None:
    """Why the rotated channels are none of a head's."""
    channels = config.n_embd // config.n_head
    if not config.rotary_dim:
        return "its rotary_dim is not set"
    if config.rotary_dim > channels:
        return f"rotary_dim is {config.rotary_dim} and a head has {channels} channels"
    return None


FAMILY = Family(
    model_type="gptj",
    model_class="GPTJForCausalLM",
    blocks="transformer.h",
    attention="attn",
    output="out_proj",
    norm="ln_1",
    final_norm="transformer.ln_f",
    normalise=layer_norm,
    pairs=interleaved,
    rotated=lambda config: config.rotary_dim,
    rope=lambda *_: {"rope_type": "default", "rope_theta": GPTJConfig.BASE},
    outside=_outside,
)
