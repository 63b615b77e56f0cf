"""Renders a report as one self-contained HTML page."""

from collections.abc import Sequence
from typing import Any

from empirical.report.model_data import ModelParts
from empirical.report.page_data import LENGTH, STATUS
from empirical.report.templates import filled


def render(**parts: Any) -> str:
    """Fill the template of the shipped ledger and models.

    Args:
        parts: ``summary``, ``overview``, ``sentences``, ``graph``, ``constructions``,
            ``certificates``, ``predictions`` and ``figures``, as ``empirical.report.page_data``
            returns them.
    """
    kinds = sorted({row["name"] for entry in parts["predictions"] for row in entry["rows"]})
    return filled("page.html", legend=STATUS, length=LENGTH, kinds=kinds, **parts)


def render_models(models: Sequence[ModelParts]) -> str:
    """Fill the template of a user's models.

    Args:
        models: as ``empirical.report.model_data`` returns them.
    """
    return filled("models.html", models=models)
