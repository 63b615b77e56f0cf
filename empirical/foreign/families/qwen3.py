"""Qwen3: Llama with RMSNorm on each head's query and key before they turn."""

from dataclasses import replace

from empirical.foreign.families import llama
from empirical.foreign.families.family import rms_norm, sliding_window

FAMILY = replace(
    llama.FAMILY,
    model_type="qwen3",
    model_class="Qwen3ForCausalLM",
    normalise_heads=rms_norm,
    window=sliding_window,
)
