"""Gemma2: Gemma with a soft-cap, its own scale, and a window on every other layer."""

from dataclasses import replace

from empirical.foreign.families import gemma
from empirical.foreign.families.family import sliding_window

FAMILY = replace(
    gemma.FAMILY,
    model_type="gemma2",
    model_class="Gemma2ForCausalLM",
    norm_after="post_attention_layernorm",
    scale=lambda config: config.query_pre_attn_scalar**-0.5,
    window=sliding_window,
    softcap=lambda config: config.attn_logit_softcapping,
)
