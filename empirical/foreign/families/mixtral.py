"""Mixtral: Mistral whose MLPs are experts, which ``transformers`` merges as it reads them."""

from dataclasses import replace

from empirical.foreign.families import mistral

FAMILY = replace(
    mistral.FAMILY,
    model_type="mixtral",
    model_class="MixtralForCausalLM",
    merged=lambda name: ".block_sparse_moe." in name or ".mlp." in name,
)
