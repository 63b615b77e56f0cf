"""Fills the templates of this folder: pages that need no network."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape


def filled(template: str, **parts: Any) -> str:
    """Fill a template.

    Args:
        template: name of its file.
        parts: what it shows, beside the version of the package.
    """
    engine = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    engine.filters["breakable"] = lambda name: Markup("_<wbr>".join(map(escape, name.split("_"))))
    return engine.get_template(template).render(version=version("ropeproof"), **parts)
