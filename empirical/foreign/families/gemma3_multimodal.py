"""The language model of multimodal Gemma3: its tensors alone, as Gemma3's text model."""

from dataclasses import replace
from typing import Any

from empirical.foreign.families import gemma3
from theory.refusal import Refusal


def text_part(values: dict[str, Any]) -> dict[str, Any]:
    """The configuration of the language model."""
    text_config = values.get("text_config")
    if not isinstance(text_config, dict):
        raise Refusal(
            "it has no text_config, which says how its language model works: copy it again"
        )
    return text_config


FAMILY = replace(
    gemma3.FAMILY,
    model_type="gemma3",
    text_part=text_part,
    renamed={
        "language_model.model.": "model.",
        "model.language_model.": "model.",
        "language_model.lm_head.": "lm_head.",
    },
)
