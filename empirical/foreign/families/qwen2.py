"""Qwen2: Llama with biases on queries and keys, and a window where ``layer_types`` says so."""

from dataclasses import replace

from empirical.foreign.families import llama
from empirical.foreign.families.family import sliding_window

FAMILY = replace(
    llama.FAMILY,
    model_type="qwen2",
    model_class="Qwen2ForCausalLM",
    window=sliding_window,
)
