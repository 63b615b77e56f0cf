"""Families of models that are read, one per file, found by walking this folder."""

import importlib
import pkgutil
import reprlib

from empirical.foreign.families.family import Family
from theory.refusal import Refusal

OUTSIDE = {
    **dict.fromkeys(
        ("cohere", "cohere2", "codegen", "glm", "glm4", "chatglm", "llama4_text", "llama4"),
        "it turns interleaved pairs in a layout of its own",
    ),
    **dict.fromkeys(
        ("deepseek_v2", "deepseek_v3", "deepseek_v32", "minicpm3"),
        "its keys are compressed (MLA), so a head has no key of its own",
    ),
    **dict.fromkeys(
        ("olmo", "olmo3", "olmoe", "stablelm", "persimmon", "nemotron", "qwen2_moe", "phimoe"),
        "nobody has described it here yet (empirical/foreign/ADDING.md says how)",
    ),
    **dict.fromkeys(("gpt_oss",), "its softmax has a sink that no key stands for"),
    **dict.fromkeys(("smollm3", "exaone4"), "some of its layers have no RoPE"),
    **dict.fromkeys(("gpt2", "opt", "gpt_neo", "bloom", "mpt"), "it has no RoPE"),
    **dict.fromkeys(
        ("mistral3", "qwen2_vl", "qwen2_5_vl", "qwen3_vl", "llava", "gemma3n"),
        "it also reads images: save its language model alone",
    ),
}
"""Why models that are often asked for are not read."""


def families() -> dict[str, Family]:
    """Every family of this folder by its Hugging Face name."""
    modules = (
        importlib.import_module(f"{__name__}.{info.name}")
        for info in pkgutil.iter_modules(__path__)
    )
    every = [module.FAMILY for module in modules if hasattr(module, "FAMILY")]
    return {family.model_type: family for family in every}


def family_named(model_type: object) -> Family:
    """The family of a ``model_type``.

    Raises:
        Refusal: it is not read; the sentence says why.
    """
    known = families()
    if not isinstance(model_type, str) or model_type not in known:
        why = OUTSIDE.get(model_type) if isinstance(model_type, str) else None
        raise Refusal(
            f"model_type {reprlib.repr(model_type)} is not read"
            + (f", since {why}" if why else "")
            + f": give a model of {', '.join(sorted(known))}"
        )
    return known[model_type]
