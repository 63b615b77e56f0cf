"""The pages on file formats list exactly the fields that the files have."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from empirical.certificates.accuracy.bounds import with_accuracies
from empirical.certificates.document import certificate_of
from empirical.certificates.one_layer.prover import Prover, certify
from empirical.files import checkpoint
from empirical.foreign import reading
from empirical.induction import collection
from empirical.recheck.checkpoint import read_checkpoint
from empirical.shipped.checkpoints import shipped
from empirical.survey.cause_unit import CauseUnit
from empirical.survey.prompts import Prompts
from empirical.survey.unit import HeadsUnit
from tests.empirical.recheck.certificates import induction, one_hop
from tests.empirical.recheck.specifications import (
    EVERY_PART,
    GENERATED,
    ONE_OF,
    SEVERAL_HEADS,
    WEIGHTS,
    specified,
)
from tests.empirical.recheck.walk_models import hand_set, walks

EMPIRICAL = Path(__file__).parents[1] / "empirical"
SHIPPED = {path.name: path for path in shipped()}
NUMBER = SHIPPED["number-seed0"]


def fields(page: str, heading: str) -> set[str]:
    """The names in the first column of the table under a heading."""
    text = (EMPIRICAL / page).read_text()
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, flags=re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def read(file: Path) -> Any:
    return json.loads(file.read_text())


def certificate() -> dict[str, Any]:
    path = SHIPPED["index-1layer"]
    model = checkpoint.read(path)
    prover = Prover(model)
    bare = certify(prover, model.sha256, 61, 61, lambda done, total: None)
    content = with_accuracies(bare, prover, [61], lambda done, total: None)
    return certificate_of(content, read_checkpoint(path)).to_json()


def survey_line() -> dict[str, Any]:
    path = SHIPPED["index-1layer"]
    print_ = reading.read(path).fingerprint
    return HeadsUnit(
        path=path, fingerprint=print_, configuration="", prompts=Prompts("repeats"), length=16,
        longest=16, batch=0, count=1,
    ).record()  # fmt: skip


def causes_line() -> dict[str, Any]:
    path = SHIPPED["index-1layer"]
    print_ = reading.read(path).fingerprint
    return CauseUnit(
        path=path, fingerprint=print_, configuration="", prompts=Prompts("repeats"), length=16,
        longest=16, prompt=0, ways=("zero",),
    ).record()  # fmt: skip


def test_checkpoint_directory() -> None:
    page = "files/FORMAT.md"
    table = read(NUMBER / "trajectory.json")
    runs = [json.loads(line) for line in collection.SHIPPED.read_text().splitlines()]
    assert fields(page, "task.json") == set(read(NUMBER / "task.json"))
    assert fields(page, "manifest.json") == set(read(NUMBER / "manifest.json"))
    assert fields(page, "trajectory.json") == set(table)
    assert fields(page, "snapshot") == set(table["snapshots"][0])
    observed = read(NUMBER / "observations.json")
    assert fields(page, "observations.json") == set(observed)
    assert fields(page, "observation") == set(observed["snapshots"][0])
    survival = read(NUMBER / "survival.json")
    assert fields(page, "survival.json") == set(survival)
    assert fields(page, "survival") == set(survival["heads"][0])
    assert fields(page, "induction/trajectories.jsonl") == set().union(*runs[1:])
    assert set(runs[0]) == {"explained"}


def test_certificate(tmp_path: Path) -> None:
    page, content = "certificates/FORMAT.md", certificate()
    claims = content["claims"]
    refuted = next(row for row in claims["rows"] if row["verdict"] == "REFUTED")
    ended = next(horizon for horizon in claims["horizons"] if "beyond" in horizon)
    assert fields(page, "certificate") == set(content)
    assert fields(page, "claims of one hop") == set(claims)
    assert fields(page, "row") == set(refuted)
    assert fields(page, "horizon") == set(ended)
    assert fields(page, "accuracy") == set(claims["accuracies"][0])
    assert fields(page, "part") == set(claims["accuracies"][0]["parts"][0])
    proof = next(
        proof
        for seed in range(9)
        for proof in one_hop(tmp_path, "index", seed, heads=2)["claims"]["proofs"]
        if "directions" in proof
    )
    assert fields(page, "proof") == set(proof)


def test_certificate_of_induction(tmp_path: Path) -> None:
    page, content = "certificates/FORMAT.md", induction(tmp_path, 0.2)
    refuted = next(row for row in content["claims"]["rows"] if row["verdict"] == "REFUTED")
    assert fields(page, "certificate") == set(content)
    assert fields(page, "claims of induction") == set(content["claims"])
    assert fields(page, "row of induction") == set(refuted)


def test_certificate_of_walks(tmp_path: Path) -> None:
    page, content = "certificates/FORMAT.md", walks(tmp_path, hand_set(6.0, noise=0.05), 5)
    refuted = next(row for row in content["claims"]["rows"] if row["verdict"] == "REFUTED")
    assert fields(page, "claims of walks") == set(content["claims"])
    assert fields(page, "row of walks") == set(refuted)


def test_certificate_of_a_specification(tmp_path: Path) -> None:
    page, content = "certificates/FORMAT.md", specified(tmp_path)
    rows = content["claims"]["rows"] + specified(tmp_path / "2", WEIGHTS)["claims"]["rows"]
    several = specified(tmp_path / "3", ONE_OF, seed=1, strength=1.0)["claims"]["rows"]
    heads = specified(tmp_path / "4", SEVERAL_HEADS, heads=2)["claims"]["rows"]
    trees = [tree for row in heads for tree in row.get("trees", [])]
    assert fields(page, "group proof") == set().union(*trees)
    # A proof of a share may say where the answer stands.
    assert fields(page, "mixture proof") == set().union(*several[0]["shown"]) | {"place"}
    assert fields(page, "claims of a specification") == set(content["claims"])
    assert fields(page, "row of a specification") == set().union(*rows, *several, *heads)


def test_specification() -> None:
    page = "certificates/SPECIFYING.md"
    named = set(re.findall(r"^\| `(\w+)` \|", (EMPIRICAL / page).read_text(), flags=re.MULTILINE))
    groups = set().union(*EVERY_PART["groups"], *GENERATED["groups"])
    assert named == {"tokens", "sets", "groups"} | groups


def test_survey() -> None:
    page, content = "survey/FORMAT.md", survey_line()
    assert fields(page, "line") == set(content)
    assert fields(page, "row") == set(content["rows"][0])
    assert fields(page, "line of causes") == set(causes_line())


@pytest.mark.parametrize("heading", ["row", "no such heading"])
def test_a_missing_table_is_found(heading: str) -> None:
    assert bool(fields("survey/FORMAT.md", heading)) == (heading == "row")
