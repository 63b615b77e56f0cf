"""``import theory, constructions, empirical`` is light, and offers what matters by name."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import mypy.api
import pytest

import constructions
import empirical
import theory
from constructions.catalogue import every_construction

FLOORS = (theory, constructions, empirical)
OURS_ALONE = """
[mypy]
strict = True
explicit_package_bases = True
follow_imports = skip
[mypy-theory.*,constructions.*,empirical.*]
follow_imports = silent
"""
"""Settings of mypy with which it reads no package of others: what they have is then ``Any``."""
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
    assert {*every_construction().values()} <= offered
    assert constructions.every_construction is every_construction


def test_type_checkers_see_a_real_type_for_every_name(tmp_path: Path) -> None:
    names = [f"{floor.__name__}.{name}" for floor in FLOORS for name in dir(floor)]
    file, settings = tmp_path / "revealed.py", tmp_path / "mypy.ini"
    settings.write_text(OURS_ALONE)
    imports = "".join(f"import {floor.__name__}\n" for floor in FLOORS)
    file.write_text(imports + "".join(f"reveal_type({name})\n" for name in names))
    out, err, status = mypy.api.run(
        ["--config-file", str(settings), "--cache-dir", str(tmp_path / "cache"), str(file)]
    )
    assert status == 0, out + err
    revealed = [line for line in out.splitlines() if "Revealed type is" in line]
    assert len(revealed) == len(names)
    assert not [line for line in revealed if 'is "Any"' in line]


def test_the_short_programs_of_the_packages_run() -> None:
    for floor in FLOORS:
        _, _, program = (floor.__doc__ or "").partition("::\n\n")
        assert program
        lines = [line.removeprefix("    ") for line in program.rstrip().splitlines()]
        exec(compile("\n".join(lines), floor.__name__, "exec"), {})
