"""The numbers of the paper, one kind per file, found by walking this folder."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from empirical.paper.number import Number

Ledger = Sequence[dict[str, Any]]
"""The judged sentences, as ``empirical.display.ledger_table.row`` gives them."""


def sources() -> dict[str, Callable[[Ledger], Iterator[Number]]]:
    """The function ``numbers`` of every module here, by module."""
    names = [info.name for info in pkgutil.iter_modules(__path__)]
    return {name: importlib.import_module(f"{__name__}.{name}").numbers for name in names}


def collect(ledger: Ledger) -> dict[str, Number]:
    """Every number by key.

    Raises:
        ValueError: If two modules give the same key.
    """
    found: dict[str, Number] = {}
    for numbers in sources().values():
        for number in numbers(ledger):
            if number.key in found:
                raise ValueError(f"two numbers are called {number.key}")
            found[number.key] = number
    return found
