"""Llama: RMSNorm, separate projections, half-split pairs over the whole head, grouped keys."""

from empirical.foreign.families.family import Config, Family


def whole_heads_only(config: Config) -> str | None:
    """Why heads that turn in part are not covered."""
    part = config.rope_parameters.get("partial_rotary_factor", 1.0)
    return None if part == 1 else "its heads are rotated in part, which is not this family's way"


FAMILY = Family(
    model_type="llama",
    model_class="LlamaForCausalLM",
    outside=whole_heads_only,
)
