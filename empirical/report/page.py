"""Renders the report as one self-contained HTML page."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from empirical.report.page_data import LENGTH, STATUS

TEMPLATE = Path(__file__).with_name("page.html")


def render(**parts: Any) -> str:
    """Fill the template.

    Args:
        parts: ``summary``, ``sentences``, ``graph``, ``constructions``, ``certificates``,
            ``predictions`` and ``figures``, as ``empirical.report.page_data`` returns them.
    """
    engine = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    engine.filters["breakable"] = lambda name: Markup("_<wbr>".join(map(escape, name.split("_"))))
    kinds = sorted({row["name"] for entry in parts["predictions"] for row in entry["rows"]})
    template = engine.from_string(TEMPLATE.read_text())
    return template.render(
        version=version("ropeproof"), legend=STATUS, length=LENGTH, kinds=kinds, **parts
    )
