"""Gemma: Llama with norms whose weights are stored less one."""

from dataclasses import replace

from empirical.foreign.families import llama
from empirical.foreign.families.family import Config, rms_norm_from_one


def causal_only(config: Config) -> str | None:
    """Why attention to later tokens is not covered."""
    if getattr(config, "use_bidirectional_attention", None):
        return "its tokens attend to later ones, and a causal head does not"
    return llama.whole_heads_only(config)


FAMILY = replace(
    llama.FAMILY,
    model_type="gemma",
    model_class="GemmaForCausalLM",
    normalise=rms_norm_from_one,
    outside=causal_only,
)
