"""Finds all constructions, one per module of this package."""

from importlib import import_module
from inspect import isabstract
from pkgutil import iter_modules

import constructions
from constructions.construction import Network


def every_construction() -> dict[str, type[Network]]:
    """Returns every construction by name, in alphabetical order.

    A construction is a concrete subclass of ``Network``; it is listed under the module
    that defines it, so a new file is all that a new construction needs.
    """
    modules = [
        import_module(f"{constructions.__name__}.{entry.name}")
        for entry in iter_modules(constructions.__path__)
    ]
    return {
        member.name(): member
        for module in modules
        for member in vars(module).values()
        if isinstance(member, type)
        and issubclass(member, Network)
        and not isabstract(member)
        and member.__module__ == module.__name__
    }
