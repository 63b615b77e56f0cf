"""Check the array shapes that annotations state, while a test calls the function.

Functions that state no shape are left as they are: mypy checks their types, and a check at every
call of an operation on two numbers takes longer than the operation.
"""

import dataclasses
import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast, get_args

import jaxtyping
import pytest
from hypothesis import settings

CHECKED = ["constructions", "empirical"]
# In one test, each function is checked at its first calls, and then at one call of so many. The
# profile ``deep`` checks every call.
FIRST_CALLS = EVERY = 16

Function = TypeVar("Function", bound=Callable[..., Any])
Typechecker = Callable[..., Any]

_jaxtyped = jaxtyping.jaxtyped
_test, _every = 0, EVERY


def begin_test() -> None:
    """Count the calls of each function anew."""
    global _test, _every
    _test += 1
    _every = 1 if settings.get_current_profile_name() == "deep" else EVERY


def states_shape(annotation: object) -> bool:
    """Whether an annotation is an array type with a shape, or holds one."""
    if inspect.isclass(annotation) and issubclass(annotation, jaxtyping.AbstractArray):
        return True
    return any(map(states_shape, get_args(annotation)))


def checking(function: Function, typechecker: Typechecker) -> Function:
    """A function that checks what its annotations state, where they state a shape.

    One inside another function is left as it is: its check would be made again at every call of the
    other, which takes longer than a thousand checks.
    """
    inside_another = "<locals>" in function.__qualname__
    if inside_another or not any(map(states_shape, inspect.get_annotations(function).values())):
        return function
    checked = functools.cache(lambda: _jaxtyped(function, typechecker=typechecker))
    test, calls = _test, 0

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal test, calls
        if test != _test:
            test, calls = _test, 0
        calls += 1
        if calls > FIRST_CALLS and calls % _every:
            return function(*args, **kwargs)
        return checked()(*args, **kwargs)

    return cast(Function, call)


def _decorate(subject: Any, typechecker: Typechecker) -> Any:
    if not inspect.isclass(subject):
        return checking(subject, typechecker)
    if dataclasses.is_dataclass(subject) and "__init__" in vars(subject):
        subject.__init__ = checking(subject.__init__, typechecker)  # type: ignore[method-assign]
    return subject


def install() -> None:
    """Have the modules that are imported from now on check their shapes."""

    def decorator(*, typechecker: Typechecker) -> Callable[[Any], Any]:
        return functools.partial(_decorate, typechecker=typechecker)

    pytest.MonkeyPatch().setattr(jaxtyping, "jaxtyped", decorator)
    jaxtyping.install_import_hook(CHECKED, "beartype.beartype")
