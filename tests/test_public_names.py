"""``import theory, constructions, empirical`` is light, and offers what matters by name."""

import importlib
import subprocess
import sys
from types import ModuleType

import pytest

import constructions
import empirical
import theory
from constructions.catalogue import catalogue

FLOORS = (theory, constructions, empirical)
HEAVY = ("torch", "matplotlib", "sympy", "z3", "numpy", "scipy", "transformers")


def test_importing_all_floors_is_light() -> None:
    script = "import sys, theory, constructions, empirical; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {*HEAVY} & {*ran.stdout.split()}


@pytest.mark.parametrize("floor", FLOORS, ids=lambda floor: floor.__name__)
def test_every_name_is_there_and_documented(floor: ModuleType) -> None:
    assert len(dir(floor)) > 10
    for name in dir(floor):
        offered = getattr(floor, name)
        assert offered.__doc__
        assert not isinstance(offered, ModuleType)


@pytest.mark.parametrize("floor", FLOORS, ids=lambda floor: floor.__name__)
def test_an_unknown_name_is_an_attribute_error(floor: ModuleType) -> None:
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = floor.nothing_of_the_kind
    with pytest.raises(ImportError):
        importlib.import_module(f"{floor.__name__}.nothing_of_the_kind")


def test_every_construction_is_offered() -> None:
    offered = {getattr(constructions, name) for name in dir(constructions)}
    assert {*catalogue().values()} <= offered
    assert constructions.every_construction is catalogue


def test_the_short_programs_of_the_packages_run() -> None:
    for floor in FLOORS:
        _, _, program = (floor.__doc__ or "").partition("::\n\n")
        assert program
        lines = [line.removeprefix("    ") for line in program.rstrip().splitlines()]
        exec(compile("\n".join(lines), floor.__name__, "exec"), {})
