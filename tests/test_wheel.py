"""The wheel holds what it should and nothing else, and works from itself alone."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LARGEST = 8 << 20
PAGES, DATA = {".md", ".html", ".jinja", ".css", ".js"}, {".json", ".jsonl", ".safetensors"}
SUFFIXES = {".py", ".pyi", ".typed", ".v"} | PAGES | DATA
Run = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def site(wheel: Path) -> Path:
    """The wheel, unpacked as an installer does it."""
    folder = wheel.parent / "site"
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


@pytest.fixture
def ropeproof(site: Path, tmp_path: Path) -> Callable[..., Run]:
    """Run the command of the unpacked wheel in an empty folder."""

    def run(*arguments: str, without: str = "") -> Run:
        hidden = f"sys.modules.update(dict.fromkeys({without.split()!r}))"
        code = f"import sys; {hidden}; from empirical.cli import main; main()"
        return subprocess.run(
            [sys.executable, "-P", "-c", code, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(site)},
            capture_output=True,
            text=True,
        )

    return run


def test_it_is_small_and_holds_three_floors(wheel: Path) -> None:
    assert wheel.stat().st_size <= LARGEST
    names = [Path(name) for name in zipfile.ZipFile(wheel).namelist()]
    floors = {name.parts[0] for name in names if not name.parts[0].endswith(".dist-info")}
    assert floors == {"theory", "constructions", "empirical"}
    packed = [name for name in names if name.parts[0] in floors]
    assert {name.suffix for name in packed} <= SUFFIXES
    assert not [name for name in packed if "tests" in name.parts or "__pycache__" in name.parts]


def test_every_module_of_the_floors_is_in_it(wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "theory/*.py", "constructions/*.py", "empirical/*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    existing = {name for name in listed if (ROOT / name).exists()}
    assert len(existing) > 200
    assert existing <= {*zipfile.ZipFile(wheel).namelist()}


def test_records_are_in_it_and_large_weights_are_not(site: Path) -> None:
    checkpoints = site / "empirical/checkpoints"
    for path in checkpoints.glob("*/config.json"):
        layers = json.loads(path.read_bytes())["n_layer"]
        assert (path.parent / "model.safetensors").exists() == (layers < 12)
        assert (path.parent / "manifest.json").exists()
    assert (checkpoints / "letter-seed0/trajectory.json").exists()
    assert (site / "empirical/recheck/certificate.schema.json").exists()
    assert (site / "empirical/recheck/specification.schema.json").exists()


def test_a_sentence_a_certificate_and_a_figure(
    ropeproof: Callable[..., Run], tmp_path: Path
) -> None:
    proved = ropeproof("prove", "weight_ge_of_floor")
    assert proved.returncode == 0, proved.stderr
    certified = ropeproof("certify", "index-1layer", "--length", "32", "--out", "c.json")
    assert certified.returncode == 0, certified.stderr
    assert "96 of 96" in certified.stdout
    checked = ropeproof("recheck", "c.json", "index-1layer")
    assert checked.returncode == 0, checked.stderr
    drawn = ropeproof("plot", "retrieval_discrepancy", "--out", ".")
    assert drawn.returncode == 0, drawn.stderr
    assert (tmp_path / "retrieval_discrepancy.svg").exists()


def test_the_ledger_and_the_checker_need_neither_torch_nor_matplotlib(
    ropeproof: Callable[..., Run],
) -> None:
    heavy = "torch scipy matplotlib jinja2 transformers"
    assert ropeproof("prove", "weight_ge_of_floor", without=heavy).returncode == 0
    certified = ropeproof("certify", "index-1layer", "--length", "12", "--out", "c.json")
    assert certified.returncode == 0, certified.stderr
    checked = ropeproof("recheck", "c.json", "index-1layer", without=heavy)
    assert checked.returncode == 0, checked.stderr


def test_what_is_not_installed_or_not_packed_is_said_in_one_sentence(
    ropeproof: Callable[..., Run],
) -> None:
    ran = ropeproof("score", "index-1layer", without="torch")
    assert ran.returncode == 2
    assert "pip install 'ropeproof[models]'" in ran.stderr
    assert ran.stderr.count("\n") == 1
    ran = ropeproof("check", "letter-seed0")
    assert ran.returncode == 2
    assert "in the repository and not in the package" in ran.stderr
    assert ran.stderr.count("\n") == 1
