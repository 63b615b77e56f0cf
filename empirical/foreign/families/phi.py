"""Phi: LayerNorm, biases, heads turned in part."""

from empirical.foreign.families.family import Config, Family, head_dim, layer_norm


def plain_heads_only(config: Config) -> str | None:
    """Why heads that are normed are not covered."""
    return "its queries and keys are normed (qk_layernorm)" if config.qk_layernorm else None


FAMILY = Family(
    model_type="phi",
    model_class="PhiForCausalLM",
    normalise=layer_norm,
    output="dense",
    final_norm="model.final_layernorm",
    rotated=lambda config: int(head_dim(config) * config.rope_parameters["partial_rotary_factor"]),
    outside=plain_heads_only,
)
