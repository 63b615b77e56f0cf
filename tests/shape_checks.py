"""Check the array shapes that annotations state, while a test calls the function.

Functions that state no shape are left as they are: mypy checks their types, and a check at every
call of an operation on two numbers takes longer than the operation.
"""

import ast
import dataclasses
import functools
import inspect
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any, TypeVar, cast, get_args

import beartype
import jaxtyping
from hypothesis import settings

CHECKED = ["constructions", "empirical"]
DECORATOR = "__check_shapes__"
# In one test, each function is checked at its first calls, and then at one call of so many. The
# profile ``deep`` checks every call.
FIRST_CALLS = EVERY = 16

Function = TypeVar("Function", bound=Callable[..., Any])
Typechecker = Callable[..., Any]

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
    checked = functools.cache(lambda: jaxtyping.jaxtyped(function, typechecker=typechecker))
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


class CheckedModules(PathFinder):
    """Finds the modules of ``CHECKED``, to be loaded with checks."""

    @classmethod
    def find_spec(
        cls,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """The module, if it is one of ours."""
        if fullname.partition(".")[0] not in CHECKED:
            return None
        spec = super().find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = CheckedModule(spec.loader.name, spec.loader.path)
        return spec


class CheckedModule(SourceFileLoader):
    """Decorates each function of a module, each method and each class while they are made.

    The import hook of jaxtyping does so too, but it parses its decorator anew for every function,
    and walks through all of the module to number the lines of what it put there.
    """

    def get_code(self, fullname: str) -> CodeType:
        """The code of the module, never that which was compiled without checks."""
        return self.source_to_code(self.get_data(self.path), self.path)

    def source_to_code(  # type: ignore[override]
        self, data: bytes, path: str, *, _optimize: int = -1
    ) -> CodeType:
        """The code of the module, in which ``DECORATOR`` stands above all that is checked."""
        tree = ast.parse(data, path)
        _put_checks(tree.body)
        return compile(tree, path, "exec", dont_inherit=True, optimize=_optimize)

    def exec_module(self, module: ModuleType) -> None:
        """Load the module; its decorator is found among its names."""
        vars(module)[DECORATOR] = functools.partial(_decorate, typechecker=beartype.beartype)
        super().exec_module(module)


def _put_checks(body: Iterable[ast.stmt]) -> None:
    """Decorate what is defined here: functions first of all, and classes once they are whole."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            place = ast.Name(DECORATOR, ast.Load(), **_lines(node))
            if isinstance(node, ast.FunctionDef):
                node.decorator_list.append(place)
            else:
                node.decorator_list.insert(0, place)
                _put_checks(node.body)


def _lines(node: ast.stmt) -> dict[str, int]:
    return {name: getattr(node, name) for name in node._attributes}


def install() -> None:
    """Have the modules that are imported from now on check their shapes."""
    sys.meta_path.insert(0, CheckedModules)
