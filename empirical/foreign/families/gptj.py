"""GPT-J: LayerNorm, interleaved pairs on the first ``rotary_dim`` channels, base 10000."""

from empirical.foreign.families.family import Family, interleaved, layer_norm
from empirical.models.config import GPTJConfig

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
    outside=lambda config: None if config.rotary_dim else "its rotary_dim is not set",
)
