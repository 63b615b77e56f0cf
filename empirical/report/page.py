"""Renders a report as one self-contained HTML page."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from empirical.report.model_data import ModelParts
from empirical.report.page_data import LENGTH, STATUS

FOLDER = Path(__file__).parent


def render(**parts: Any) -> str:
    """Fill the template of the shipped ledger and models.

    Args:
        parts: ``summary``, ``overview``, ``sentences``, ``graph``, ``constructions``,
            ``certificates``, ``predictions`` and ``figures``, as ``empirical.report.page_data``
            returns them.
    """
    kinds = sorted({row["name"] for entry in parts["predictions"] for row in entry["rows"]})
    return _filled("page.html", legend=STATUS, length=LENGTH, kinds=kinds, **parts)


def render_models(models: Sequence[ModelParts]) -> str:
    """Fill the template of a user's models.

    Args:
        models: as ``empirical.report.model_data`` returns them.
    """
    return _filled("models.html", models=models)


def _filled(template: str, **parts: Any) -> str:
    engine = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    engine.filters["breakable"] = lambda name: Markup("_<wbr>".join(map(escape, name.split("_"))))
    return engine.get_template(template).render(version=version("ropeproof"), **parts)
