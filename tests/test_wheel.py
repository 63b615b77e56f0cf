"""The wheel holds what it should and nothing else, and works from itself alone."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from empirical.certificates.document import certificate_of, text_of
from empirical.certificates.one_layer.prover import Prover, certify
from empirical.files import checkpoint
from empirical.recheck.checkpoint import read_checkpoint
from empirical.shipped.checkpoints import directory_named
from tests.command_line import Ran

ROOT = Path(__file__).parents[1]
LARGEST = 8_000_000
"""Bytes."""
PAGES, DATA = {".md", ".html", ".jinja", ".css", ".js"}, {".json", ".jsonl", ".safetensors"}
SUFFIXES = {".py", ".pyi", ".typed", ".v"} | PAGES | DATA
Run = Callable[..., list[Ran]]


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


RUN = """
import contextlib, io, json, sys
arguments, hidden = json.load(sys.stdin)
sys.modules.update(dict.fromkeys(hidden))
from empirical.cli import main
ended = []
for given in arguments:
    out, err, status = io.StringIO(), io.StringIO(), 0
    sys.argv = ["ropeproof", *given]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as left:
            status = left.code
    ended.append((status, out.getvalue(), err.getvalue()))
json.dump(ended, sys.stdout)
"""


@pytest.fixture
def ropeproof(site: Path, tmp_path: Path) -> Run:
    """Run commands of the unpacked wheel in an empty folder, one after the other in a process."""

    def run(*commands: str, without: str = "") -> list[Ran]:
        ended = subprocess.run(
            [sys.executable, "-P", "-c", RUN],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(site)},
            input=json.dumps([[command.split() for command in commands], without.split()]),
            capture_output=True,
            text=True,
            check=True,
        )
        return [Ran(status or 0, out, err) for status, out, err in json.loads(ended.stdout)]

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
    assert (checkpoints / "induction/trajectories.jsonl").exists()
    assert (checkpoints / "induction/circuit/model.safetensors").exists()
    assert not list(checkpoints.glob("induction/induction-*/model.safetensors"))
    assert (site / "empirical/recheck/certificate.schema.json").exists()
    assert (site / "empirical/recheck/specification.schema.json").exists()


def test_a_sentence_a_certificate_and_a_figure(ropeproof: Run, tmp_path: Path) -> None:
    proved, certified, checked, drawn = ropeproof(
        "prove weight_ge_of_floor",
        "certify index-1layer --length 32 --out c.json",
        "recheck c.json index-1layer",
        "plot retrieval_discrepancy --out .",
    )
    assert proved.status == 0, proved.err
    assert certified.status == 0, certified.err
    assert "96 of 96" in certified.out
    assert checked.status == 0, checked.err
    assert drawn.status == 0, drawn.err
    assert (tmp_path / "retrieval_discrepancy.svg").exists()


def test_the_ledger_and_the_checker_need_neither_torch_nor_matplotlib(
    ropeproof: Run, tmp_path: Path
) -> None:
    directory = directory_named("index-1layer")
    model = checkpoint.read(directory)
    content = certify(Prover(model), model.sha256, 12, None, lambda done, total: None)
    text = text_of(certificate_of(content, read_checkpoint(directory)))
    (tmp_path / "c.json").write_text(text)
    (tmp_path / "false.json").write_text(text.replace('"PROVED"', '"REFUTED"', 1))
    proved, checked, refused = ropeproof(
        "prove weight_ge_of_floor",
        "recheck c.json index-1layer",
        "recheck false.json index-1layer",
        without="torch scipy matplotlib jinja2 transformers",
    )
    assert proved.status == 0, proved.err
    assert checked.status == 0, checked.err
    assert refused.status != 0, refused.out


def test_what_is_not_installed_or_not_packed_is_said_in_one_sentence(ropeproof: Run) -> None:
    (ran,) = ropeproof("score index-1layer", without="torch")
    assert ran.status == 2
    assert "pip install 'ropeproof[models]'" in ran.err
    assert ran.err.count("\n") == 1
    for ran in ropeproof("check letter-seed0", "check induction/induction-2"):
        assert ran.status == 2
        assert "in the repository and not in the package" in ran.err
        assert ran.err.count("\n") == 1
