"""JSON objects that we write and read again: each bears a sum of itself.

The sum shows damage and changes by hand; it is no protection against those who compute it anew.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

SUM = "sum"
"""The field of the sum."""


def sealed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a JSON object with its sum.

    Args:
        values: the object, as JSON has it.
    """
    read_back: dict[str, Any] = json.loads(json.dumps(values, allow_nan=False))
    content = {name: value for name, value in read_back.items() if name != SUM}
    return {**content, SUM: _sum(content)}


def is_whole(values: Mapping[str, Any]) -> bool:
    """Returns whether an object that was read bears the sum of the rest."""
    return values.get(SUM) == _sum({n: value for n, value in values.items() if n != SUM})


def _sum(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
