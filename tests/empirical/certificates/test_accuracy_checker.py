"""Stated accuracies hold as written, and no longer once they say more than is shown."""

import copy
import json
from pathlib import Path

import pytest

from empirical.certificates.accuracy.bounds import with_accuracies
from empirical.certificates.one_layer.prover import Prover
from empirical.files import checkpoint
from empirical.recheck.one_head import recheck
from tests.empirical.certificates.test_checker import Certificate, make, rejected


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("model")


def stated(directory: Path, task: str, seed: int, *lengths: int) -> Certificate:
    made = make(directory, task, seed)
    prover = Prover(checkpoint.read(directory))
    return with_accuracies(made, prover, lengths, lambda done, total: None)


@pytest.fixture(scope="module")
def certificate(directory: Path) -> Certificate:
    for seed in range(30, 60):
        made = stated(directory, "retrieval", seed, 4)
        if made["accuracy"]["upper"] < 1 and any(len(p["rivals"]) > 1 for p in parts(made)):
            return made
    raise AssertionError("no model fails in two ways")


def parts(certificate: Certificate) -> list[Certificate]:
    found: list[Certificate] = certificate["accuracy"]["parts"]
    return found


@pytest.mark.parametrize("task", ["index", "retrieval"])
def test_accuracies_hold(task: str, tmp_path: Path) -> None:
    for seed in (1, 2):
        made = stated(tmp_path, task, seed, 3, 4)
        assert [said["length"] for said in made["accuracies"]] == [3]
        file = tmp_path / "certificate.json"
        file.write_text(json.dumps(made))
        recheck(file, tmp_path)


def test_a_bound_that_says_more(certificate: Certificate, directory: Path) -> None:
    whole = parts(certificate)
    for place in {0, next(i for i, part in enumerate(whole) if len(part["rivals"]) > 1)}:
        part = whole[place]
        for side, step in (("lower", 1e-4), ("upper", -1e-4))[: 1 + (part["upper"] < 1)]:
            changed = copy.deepcopy(certificate)
            altered = changed["accuracy"]
            altered["parts"][place][side] += step
            share = step / len(answers_of(certificate, part))
            altered["queries"][str(part["query"])][side] += share
            altered[side] += share / len(altered["queries"])
            reason = rejected(changed, directory)
            assert "is not shown, but" in reason
            assert f"query {part['query']}, answer {part['answer']}" in reason


def test_a_certainty_that_is_none(certificate: Certificate, directory: Path) -> None:
    for upper, reason in ((1.0, "PROVED is not shown again"), (0.5, "0.5 is below 1")):
        changed = copy.deepcopy(certificate)
        parts(changed)[0].update(lower=1.0, upper=upper)
        assert reason in rejected(changed, directory)


def answers_of(certificate: Certificate, part: Certificate) -> list[Certificate]:
    return [row for row in certificate["rows"] if row["query"] == part["query"]]


def test_a_mean_that_is_none(certificate: Certificate, directory: Path) -> None:
    for side in ("lower", "upper"):
        changed = copy.deepcopy(certificate)
        changed["accuracy"][side] += 1e-4
        assert "is not the mean of its queries" in rejected(changed, directory)
        changed = copy.deepcopy(certificate)
        query = next(iter(changed["accuracy"]["queries"]))
        changed["accuracy"]["queries"][query][side] += 1e-4
        assert "not the mean of parts" in rejected(changed, directory)


def test_parts_and_queries_left_out(certificate: Certificate, directory: Path) -> None:
    changed = copy.deepcopy(certificate)
    changed["accuracy"]["parts"] = changed["accuracy"]["parts"][1:]
    assert "is not shown" in rejected(changed, directory)
    changed = copy.deepcopy(certificate)
    changed["accuracy"]["queries"].popitem()
    assert "not over all queries" in rejected(changed, directory)
    changed = copy.deepcopy(certificate)
    changed["accuracy"]["distribution"] = "mostly easy inputs"
    assert "unknown distribution" in rejected(changed, directory)
    changed = copy.deepcopy(certificate)
    changed["accuracy"]["parts"][0]["rivals"] *= 2
    assert "a rival twice" in rejected(changed, directory)
