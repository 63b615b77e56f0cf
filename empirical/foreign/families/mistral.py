"""Mistral: Llama with a window on every layer, where the configuration has one."""

from dataclasses import replace

from empirical.foreign.families import llama

FAMILY = replace(
    llama.FAMILY,
    model_type="mistral",
    model_class="MistralForCausalLM",
    window=lambda config, _: config.sliding_window,
)
