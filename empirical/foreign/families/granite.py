"""Granite: Llama with a scale of its own."""

from dataclasses import replace

from empirical.foreign.families import llama

FAMILY = replace(
    llama.FAMILY,
    model_type="granite",
    model_class="GraniteForCausalLM",
    scale=lambda config: config.attention_multiplier,
)
