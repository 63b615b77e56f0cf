"""The names a package offers at its top, each imported when it is first asked for (PEP 562)."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def offered(
    package: str, names: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a package.

    Args:
        package: its ``__name__``.
        names: for each name, the module of the package that defines it; ``module:other`` where it
            is called otherwise there.
    """

    def get(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, _, called = names[name].partition(":")
        return getattr(importlib.import_module(f"{package}.{module}"), called or name)

    return get, lambda: sorted(names)
