"""How results show themselves in a notebook: small tables of escaped HTML."""

from collections.abc import Mapping
from dataclasses import fields
from html import escape
from typing import Any


def table(title: str, rows: Mapping[str, object]) -> str:
    """A table of two columns, label and value, under a title; empty values are left out."""
    lines = "".join(
        f"<tr><th>{escape(label)}</th><td>{escape(_text(value))}</td></tr>"
        for label, value in rows.items()
        if value not in (None, "", (), {}, [])
    )
    return f"<table><caption>{escape(title)}</caption>{lines}</table>"


def fields_as_html(result: Any) -> str:
    """The fields of a dataclass as such a table; to be its ``_repr_html_``."""
    rows = {field.name.replace("_", " "): getattr(result, field.name) for field in fields(result)}
    return table(type(result).__name__, rows)


def _text(value: object) -> str:
    match value:
        case float():
            return f"{value:.6g}"
        case Mapping():
            return ", ".join(f"{name} = {_text(part)}" for name, part in value.items())
        case tuple() | list():
            return ", ".join(map(_text, value))
    return str(value)
