"""Qwen3-MoE: Qwen3 whose MLPs are experts; a window, if there is one, is on every layer."""

from dataclasses import replace

from empirical.foreign.families import qwen3

FAMILY = replace(
    qwen3.FAMILY,
    model_type="qwen3_moe",
    model_class="Qwen3MoeForCausalLM",
    window=lambda config, _: config.sliding_window,
    merged=lambda name: ".mlp." in name,
)
