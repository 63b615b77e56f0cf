"""Makes records of JSON objects whose values have the types of the fields."""

import math
import types
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Record = TypeVar("Record")


def of_form(kind: type[Record], values: Mapping[str, Any]) -> Record:
    """Returns the record with the values of a JSON object.

    Args:
        kind: a dataclass whose fields are numbers, strings, tuples of them, or ``None``.
        values: the object; lists stand for tuples.

    Raises:
        TypeError: it has other fields, or a value is of another type.
    """
    hints = get_type_hints(kind)
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    if values.keys() != names:
        raise TypeError(f"the fields are not those of {kind.__name__}")
    return kind(**{name: _of_type(value, hints[name]) for name, value in values.items()})


def _of_type(value: Any, kind: Any) -> Any:
    """A value, if it is of a type."""
    if isinstance(kind, types.UnionType):
        if value is None and type(None) in get_args(kind):
            return None
        (kind,) = (part for part in get_args(kind) if part is not type(None))
    if get_origin(kind) is tuple and isinstance(value, list):
        return tuple(_of_type(part, get_args(kind)[0]) for part in value)
    if kind is float and type(value) in (int, float) and math.isfinite(value):
        return float(value)
    if kind in (int, str) and type(value) is kind:
        return value
    raise TypeError(f"{value!r} is not of the type {kind}")
