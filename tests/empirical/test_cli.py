"""The command line: exit statuses, JSON, and bad input in one sentence."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from pkgutil import iter_modules

import pytest

from empirical import cli, completion, verbs
from empirical.figures.gallery import gallery
from empirical.shipped.checkpoints import shipped
from tests.command_line import ropeproof
from theory import ledger
from theory.kernel import coqc

ROOT = Path(__file__).parents[2]


def test_prove_writes_every_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine whose kernel has compiled nothing."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = tmp_path / "rows.json"
    names = ["index_peak_le_min_of_length", "weight_ge_of_floor"]
    status, out, _ = ropeproof("prove", *names, "--json", file)
    assert status == 0
    assert "2 sentences: 1 RECORDED, 1 REFUTED" in out
    assert "ropeproof prove --kernel" in out
    false, true = json.loads(file.read_text())
    wanted = "name statement source expected verdict scope by kernel trusts witness cites seconds"
    assert set(wanted.split()) <= set(false)
    assert (false["verdict"], true["verdict"]) == ("REFUTED", "RECORDED")
    assert false["witness"] == {"n": "17", "i": "8", "theta": "2*pi/9"}


def test_prove_fails_when_a_sentence_does(monkeypatch: pytest.MonkeyPatch) -> None:
    (theorem,) = ledger.find(["weight_ge_of_floor"])
    false = next(iter(theorem.neighbours.values()))
    object.__setattr__(theorem, "claim", false)
    monkeypatch.setattr(ledger, "find", lambda names: [theorem])
    status, out, _ = ropeproof("prove")
    assert status == 1
    assert "not as expected: weight_ge_of_floor" in out


def test_prove_with_the_kernel_needs_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coqc, "installed", lambda: None)
    status, out, err = ropeproof("prove", "--kernel", "snap_gap_eq_one_of_quarters")
    assert status == 3
    assert "1 sentence: 1 PROVED" in out
    assert err.splitlines()[-1] == f"coqc was not found: on Debian, {coqc.INSTALL}"


def test_prove_imports_neither_torch_nor_other_sentences() -> None:
    script = (
        "import sys; sys.argv = ['ropeproof', 'prove', 'norm_rotation_eq_norm']\n"
        "from empirical import cli\n"
        "try: cli.main()\n"
        "finally:\n"
        "    print('torch' in sys.modules, 'matplotlib' in sys.modules)\n"
        "    print(*(m for m in sys.modules if 'theory.theorems.' in m and m.count('.') == 3))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    *_, heavy, sentences = ran.stdout.splitlines()
    assert heavy == "False False"
    assert sentences == "theory.theorems.rotary.norm_rotation_eq_norm"


def test_check_holds_and_says_so_in_json(
    tmp_path: Path,
) -> None:
    file = tmp_path / "rows.json"
    status, out, _ = ropeproof("check", shipped()[0], "--lengths", "16", "--json", file)
    assert status == 0
    rows = json.loads(file.read_text())
    assert {row["verdict"] for row in rows} == {"PASS"}
    assert any(row["name"] == "gap_ge_floor" and row["detail"] for row in rows)
    assert f"{len(rows)} predictions" in out


def test_check_fails_when_a_prediction_does(
    tmp_path: Path,
) -> None:
    shutil.copytree(shipped()[0], tmp_path / "boasting")
    manifest = tmp_path / "boasting/manifest.json"
    document = json.loads(manifest.read_text())
    document["accuracy"]["64"] = {"correct": 9_000, "total": 10_000}
    manifest.write_text(json.dumps(document))
    status, out, _ = ropeproof("check", tmp_path / "boasting", "--lengths", "64")
    assert status == 1
    assert "FAIL" in out


BAD = {
    "a missing path": (["check", "nowhere"], "there is no nowhere"),
    "a directory without config.json": (["check", "empty"], "config.json"),
    "a truncated file": (["check", "truncated"], "model.safetensors"),
    "a flipped bit": (["check", "flipped"], "model.safetensors"),
    "a pickle": (["check", "pickle"], "model.safetensors"),
    "another architecture": (["check", "llama"], "llama"),
    "a length of 0": (["check", "good", "--lengths", "0"], "'0'"),
    "a length beyond memory": (["check", "good", "--lengths", "99999999999"], "'99999999999'"),
    "an unknown theorem": (["prove", "index_gap"], "index_gap_le_of_reach"),
    "no page on trust": (["prove", "--trust", "nowhere.md"], "nowhere.md is not a file"),
    "part of a page on trust": (
        ["prove", "weight_ge_of_floor", "--trust", "good/config.json"],
        "good/config.json",
    ),
    "an unknown figure": (["plot", "index"], "index_discrepancy"),
    "an unknown task": (["train", "sorting", "--out", "x"], "sorting"),
    "an odd width": (["train", "index", "--out", "x", "--width", "7"], "7"),
    "no plane": (["discrepancy", "--length", "5"], "--angle"),
    "no steps": (["train", "index", "--out", "x", "--steps", "0"], "steps is 0"),
    "a file that is a folder": (["prove", "--json", "empty"], "empty (it is a folder)"),
    "a file in a file": (["verify", "--json", "good/config.json/x"], "good/config.json is a file"),
    "a folder in a file": (["paper", "--out", "good/config.json/x"], "good/config.json is a file"),
    "a file of too long a name": (["prove", "--json", "x" * 300], "File name too long"),
    "a folder of too long a name": (["plot", "--out", "x" * 300], "File name too long"),
    "a certificate that is a folder": (
        ["certify", "good", "--length", "9", "--out", "empty"],
        "empty (it is a folder)",
    ),
    "a horizon below the length": (
        ["certify", "good", "--length", "9", "--horizon", "8"],
        "--horizon 8 is below --length 9",
    ),
}


@pytest.fixture
def bad_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    for name in ("good", "truncated", "flipped", "pickle", "llama"):
        shutil.copytree(shipped()[0], tmp_path / name)
    data = (tmp_path / "good/model.safetensors").read_bytes()
    (tmp_path / "truncated/model.safetensors").write_bytes(data[:-100])
    flipped = bytearray(data)
    flipped[-50] ^= 4
    (tmp_path / "flipped/model.safetensors").write_bytes(flipped)
    (tmp_path / "pickle/model.safetensors").write_bytes(b"\x80\x04\x95" + data[:500])
    config = json.loads((tmp_path / "llama/config.json").read_text())
    (tmp_path / "llama/config.json").write_text(json.dumps(config | {"model_type": "llama"}))
    return tmp_path


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_leaves_nothing(
    case: str,
    bad_directories: Path,
) -> None:
    before = sorted(bad_directories.rglob("*"))
    arguments, named = BAD[case]
    status, _, err = ropeproof(*arguments)
    assert status == 2
    assert named in err
    assert err.startswith("ropeproof: ")
    assert err.count("\n") == 1
    assert sorted(bad_directories.rglob("*")) == before


def test_quiet_says_nothing_but_errors() -> None:
    status, out, err = ropeproof("--quiet", "prove", "weight_ge_of_floor")
    assert (status, out, err.strip()) == (0, "", "")
    status, out, err = ropeproof("--quiet", "prove", "weight_ge_of_roof")
    assert (status, out) == (2, "")
    assert "weight_ge_of_floor" in err
    status, out, err = ropeproof("prove", "weight_ge_of_floor", "--quiet")
    assert (status, out, err.strip()) == (0, "", "")


def test_every_command_stands_in_the_help_by_its_purpose() -> None:
    named = [name for names in cli.PURPOSES.values() for name in names]
    assert sorted(named) == sorted(info.name for info in iter_modules(verbs.__path__))
    status, out, _ = ropeproof()
    assert status == 0
    assert all(f" {purpose} " in out for purpose in cli.PURPOSES)
    assert all(f"│ {name} " in out for name in named)
    status, out, _ = ropeproof("prove", "-h")
    assert status == 0
    assert "Judge sentences of the ledger" in out


def test_sentences_are_listed_and_completed() -> None:
    status, out, _ = ropeproof("prove", "--list", "weight_ge_of_floor")
    assert status == 0
    assert out.startswith("weight_ge_of_floor\n    ")
    assert completion.sentences("") == sorted(theorem.name for theorem in ledger.all_theorems())
    assert "weight_ge_of_floor" in completion.sentences("weight_ge")
    assert "score_eq_sum_cos" not in completion.sentences("weight_ge")
    assert completion.drawings("") == sorted(gallery())
    assert "index-1layer" in completion.models("index")
    assert completion.constructions("ret") == ["retrieval"]


def test_a_reader_that_closes_the_pipe_ends_the_command() -> None:
    """Not with 1, which says that something is violated."""
    listing = [sys.executable, "-m", "empirical", "prove", "--list", "weight_ge_of_floor"]
    with subprocess.Popen(listing, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as ran:
        assert ran.stdout is not None
        assert ran.stderr is not None
        ran.stdout.close()
        assert (ran.stderr.read(), ran.wait()) == (b"", cli.CLOSED)


def test_prove_leaves_nothing_in_the_folder_where_it_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HYPOTHESIS_STORAGE_DIRECTORY", raising=False)
    command = [sys.executable, "-m", "empirical", "prove", "score_eq_sum_cos"]
    places = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    here = tmp_path / "here"
    here.mkdir()
    subprocess.run(command, cwd=here, env=os.environ | places, capture_output=True, check=True)
    assert not list(here.iterdir())
    assert (tmp_path / "cache/ropeproof/hypothesis").is_dir()


def test_no_color_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    _, coloured, _ = ropeproof("prove", "weight_ge_of_floor")
    monkeypatch.setenv("NO_COLOR", "1")
    _, plain, _ = ropeproof("prove", "weight_ge_of_floor")
    colour = re.compile("\x1b\\[[0-9;]*3[1-6]m")  # of the verdict, which differs by machine
    assert colour.search(coloured)
    assert not colour.search(plain)


def test_the_package_runs_as_a_module() -> None:
    ran = subprocess.run([sys.executable, "-m", "empirical", "--version"], capture_output=True)
    assert ran.stdout.startswith(b"ropeproof ")


def test_ctrl_c_ends_with_130_and_leaves_nothing(tmp_path: Path) -> None:
    command = ["ropeproof", "plot", "--out", str(tmp_path / "figures")]
    script = (
        "import signal, sys; from empirical.figures import gallery\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # nohup leaves it ignored
        "def pressed(names): signal.raise_signal(signal.SIGINT)\n"
        f"gallery.find = pressed; sys.argv = {command!r}\n"
        "from empirical.cli import main; main()"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.returncode == 130
    assert ran.stderr == "ropeproof: interrupted; nothing is half-written\n"
    assert not list(tmp_path.iterdir())
