"""Gemma3's text model: normed heads, and RoPE parameters of its own for each kind of layer.

Its configuration can hold a soft-cap, which the published code does not apply.
"""

from dataclasses import replace

from empirical.foreign.families import gemma
from empirical.foreign.families.family import Config, rms_norm_from_one, sliding_window


def causal_only(config: Config) -> str | None:
    """Why attention to later tokens is not covered."""
    if config.use_bidirectional_attention:
        return "its tokens attend to later ones, and a causal head does not"
    return None


FAMILY = replace(
    gemma.FAMILY,
    model_type="gemma3_text",
    model_class="Gemma3ForCausalLM",
    normalise_heads=rms_norm_from_one,
    rope=lambda config, layer: config.rope_parameters[config.layer_types[layer]],
    norm_after="post_attention_layernorm",
    scale=lambda config: config.query_pre_attn_scalar**-0.5,
    window=sliding_window,
    outside=causal_only,
)
