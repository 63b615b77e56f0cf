"""Collects the numbers of the paper; each module of this folder holds one kind."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from empirical.paper.number import Number

Ledger = Sequence[dict[str, Any]]
"""The judged sentences, as ``empirical.display.ledger_table.row`` returns them."""


def sources() -> dict[str, Callable[[Ledger], Iterator[Number]]]:
    """Returns the function ``numbers`` of each module of this folder, by module."""
    names = [info.name for info in pkgutil.iter_modules(__path__)]
    return {name: importlib.import_module(f"{__name__}.{name}").numbers for name in names}


def collect(ledger: Ledger) -> dict[str, Number]:
    """Returns every number by key.

    Args:
        ledger: rows of the judged ledger.

    Raises:
        ValueError: two modules give the same key.
    """
    by_key: dict[str, Number] = {}
    for numbers in sources().values():
        for number in numbers(ledger):
            if number.key in by_key:
                raise ValueError(f"two numbers are called {number.key}")
            by_key[number.key] = number
    return by_key
