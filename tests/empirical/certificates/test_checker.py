"""A certificate holds as written, and no longer once any part of it is altered."""

import ast
import copy
import json
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import pytest

from empirical import recheck
from empirical.certificates.one_layer.prover import Prover, certify, seal
from empirical.files import checkpoint
from empirical.recheck.one_head import recheck as check_file
from empirical.recheck.tables import Rejected
from tests.empirical.certificates import tiny

Certificate = dict[str, Any]
MODULES = [
    import_module(info.name) for info in iter_modules(recheck.__path__, f"{recheck.__name__}.")
]


def make(path: Path, task: str, seed: int) -> Certificate:
    """A checkpoint on disk and its certificate."""
    made = tiny.checkpoint(task, seed, True, 0.4, 6)
    assert made.task is not None
    checkpoint.write(path, made.config, made.weights, made.task, {})
    found = checkpoint.read(path)
    return certify(Prover(found), found.sha256, 4, 6, lambda done, total: None)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="module")
def certificate(directory: Path) -> Certificate:
    for seed in range(100):
        made = make(directory, "index", seed)
        if 0 < made["proved_fraction"] < 1 and made["horizon"]["3"] < 6:
            return made
    raise AssertionError("no model has rows of both kinds")


def rejected(certificate: Certificate, directory: Path, sealed: bool = True) -> str:
    """Why a certificate is rejected, sealed anew or not."""
    if sealed:
        content = {key: value for key, value in certificate.items() if key != "seal"}
        certificate = {**content, "seal": seal(content)}
    file = directory / "altered.json"
    file.write_text(json.dumps(certificate))
    with pytest.raises(Rejected) as reason:
        check_file(file, directory)
    return str(reason.value)


@pytest.mark.parametrize("task", sorted(tiny.TASKS))
def test_certificates_hold(task: str, tmp_path: Path) -> None:
    for seed in range(12):
        file = tmp_path / "certificate.json"
        file.write_text(json.dumps(make(tmp_path, task, seed)))
        check_file(file, tmp_path)


def numbers(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all numbers of a certificate."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from numbers(part, (*path, key))
    elif isinstance(value, int | float):
        yield path


def altered(certificate: Certificate, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    changed = copy.deepcopy(certificate)
    place: Any = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = change(place[path[-1]])
    return changed


def test_every_altered_number_is_rejected(certificate: Certificate, directory: Path) -> None:
    paths = list(numbers(certificate))
    assert len(paths) > 40
    for path in paths:
        changed = altered(certificate, path, lambda x: x + 1)
        assert "altered" in rejected(changed, directory, sealed=False)


def test_altered_numbers_are_rejected_under_a_new_seal(
    certificate: Certificate, directory: Path
) -> None:
    for path in numbers(certificate):
        # How far one looked past horizons that all end, and the seconds, claim nothing; with other
        # tokens or another rival a row may be as true.
        if path[-1] in ("seconds", "horizon_searched", "rival") or "witness" in path:
            continue
        rejected(altered(certificate, path, lambda x: x + 1), directory)


def row_with(certificate: Certificate, verdict: str) -> int:
    return next(i for i, row in enumerate(certificate["rows"]) if row["verdict"] == verdict)


def test_flipped_verdicts(certificate: Certificate, directory: Path) -> None:
    refuted, proved = (row_with(certificate, verdict) for verdict in ("REFUTED", "PROVED"))
    flipped = copy.deepcopy(certificate)
    row = flipped["rows"][refuted]
    row |= {"verdict": "PROVED", "rival": None, "witness": None, "witness_margin": None}
    assert "proved_fraction" in rejected(flipped, directory)
    flipped["proved_fraction"] = sum(r["verdict"] == "PROVED" for r in flipped["rows"]) / len(
        flipped["rows"]
    )
    assert "PROVED is not shown again" in rejected(flipped, directory)

    for row in (flipped := copy.deepcopy(certificate))["rows"]:
        if row == certificate["rows"][proved]:
            witness = [0] * 4
            witness[-1], witness[-1 - row["distance"]] = row["query"], row["answer"]
            rival = 1 - row["answer"]
            row |= {"verdict": "REFUTED", "rival": rival, "witness": witness, "witness_margin": -1}
    flipped["proved_fraction"] = sum(r["verdict"] == "PROVED" for r in flipped["rows"]) / len(
        flipped["rows"]
    )
    assert "is not answered wrongly" in rejected(flipped, directory)


@pytest.mark.parametrize("part", ["rows", "beyond"])
def test_a_missing_row(certificate: Certificate, directory: Path, part: str) -> None:
    assert rejected({**certificate, part: certificate[part][1:]}, directory)


def test_a_longer_horizon(certificate: Certificate, directory: Path) -> None:
    query, reach = next((q, r) for q, r in certificate["horizon"].items() if r < 6)
    longer = copy.deepcopy(certificate)
    longer["horizon"][query] = 6
    longer["beyond"] = [row for row in longer["beyond"] if row["query"] != int(query)]
    assert reach < 6
    assert "PROVED is not shown again" in rejected(longer, directory)


def test_a_truncated_file(certificate: Certificate, directory: Path) -> None:
    text = json.dumps(certificate)
    file = directory / "short.json"
    for kept in (0, 1, len(text) // 2, len(text) - 1):
        file.write_text(text[:kept])
        with pytest.raises(Rejected, match="cut short"):
            check_file(file, directory)


def test_another_checkpoint(certificate: Certificate, tmp_path: Path) -> None:
    make(tmp_path, "index", 101)
    assert "another checkpoint" in rejected(certificate, tmp_path)


@pytest.mark.parametrize("module", MODULES)
def test_the_checker_stands_alone(module: ModuleType) -> None:
    source = Path(str(module.__file__)).read_text()
    assert len(source.splitlines()) <= 300
    imported = {
        name
        for node in ast.walk(ast.parse(source))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    ours = {name for name in imported if name.split(".")[0] in ("empirical", "theory")}
    assert ours <= {recheck.__name__, *(module.__name__ for module in MODULES)}
    assert {name.split(".")[0] for name in imported - ours} <= {
        *("cmath", "collections", "fractions", "functools", "hashlib", "itertools", "json"),
        *("math", "operator", "pathlib", "struct", "typing", "flint", "safetensors"),
    }
