"""The rooms of ``empirical``: a page names each, and imports only go down."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EMPIRICAL = ROOT / "empirical"
DATA = {"checkpoints"}
FRONT = {"__init__.py", "__main__.py", "cli.py"}
IMPORTS = (
    ("empirical/recheck/check.py", "from empirical.certificates.one_layer import worst_case"),
    ("empirical/recheck/check.py", "from theory.refusal import Refusal"),
    ("empirical/heads/canonical.py", "import empirical.verbs.check"),
    (
        "empirical/certificates/arithmetic/rounding.py",
        "import empirical.certificates.one_layer.gptj",
    ),
    ("theory/claim.py", "import constructions.index"),
)


def classes(files: Iterable[Path]) -> dict[str, list[str]]:
    """The files that define a class of each name."""
    files_by_class: dict[str, list[str]] = {}
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ClassDef):
                files_by_class.setdefault(node.name, []).append(str(file.relative_to(ROOT)))
    return files_by_class


def test_no_two_classes_share_a_name() -> None:
    """The checker, which imports nothing of ours, has names of its own for the same things."""
    floors = ("theory", "constructions", "empirical")
    sources = {file for floor in floors for file in (ROOT / floor).rglob("*.py")}
    checker = set((EMPIRICAL / "recheck").rglob("*.py"))
    for files in (sources - checker, checker):
        shared = {name: at for name, at in classes(sorted(files)).items() if len(at) > 1}
        assert not shared, shared


def rooms() -> set[str]:
    folders = {path.parent.name for path in EMPIRICAL.glob("*/*.py")}
    files = {path.name for path in EMPIRICAL.glob("*.py")}
    return (folders | files) - DATA - FRONT


def test_the_page_names_every_room_once() -> None:
    page = (EMPIRICAL / "README.md").read_text()
    named = re.findall(r"^\| \[`(.+?)`\]\((.+?)\) \|", page, flags=re.MULTILINE)
    assert [label for label, _ in named] == [target for _, target in named]
    assert sorted(label for label, _ in named) == sorted(rooms())


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    """Check the import contracts of a tree."""
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"], cwd=root, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of the three floors, without data."""
    root = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", root)
    for floor in ("theory", "constructions", "empirical"):
        ignored = shutil.ignore_patterns("checkpoints", "__pycache__")
        shutil.copytree(ROOT / floor, root / floor, ignore=ignored)
    return root


def test_imports_go_down(copied: Path) -> None:
    done = lint(copied)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("file", "line"), IMPORTS)
def test_an_import_that_goes_up_is_caught(copied: Path, file: str, line: str) -> None:
    source = copied / file
    text = source.read_text()
    source.write_text(f"{text}\n{line}\n")
    try:
        done = lint(copied)
    finally:
        source.write_text(text)
    assert done.returncode == 1
    assert "BROKEN" in done.stdout
