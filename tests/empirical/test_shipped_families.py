"""The shipped models of other families are what their manifests say, and hold pure heads."""

import json
from collections import Counter
from pathlib import Path

import pytest

import empirical
from empirical.files import checkpoint
from empirical.files.json_file import read_json
from empirical.foreign import reading
from empirical.models.family import FamilyConfig, FamilyModel
from empirical.survey.prompts import Prompts
from empirical.survey.report import report
from empirical.survey.self_check import self_check
from empirical.survey.unit import units
from empirical.tasks import task_from_entries
from empirical.training.evaluation import accuracy
from empirical.training.provenance import data_sha256
from empirical.training.recipes import PLANS

NAMES = ("gpt-neox", "llama")
FOLDER = Path(empirical.__file__).parent / "checkpoints" / "families"


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_model_is_what_its_manifest_says(name: str) -> None:
    path, plan = FOLDER / name, PLANS[name]
    manifest = read_json(path / checkpoint.MANIFEST)
    task = read_json(path / checkpoint.TASK)
    assert manifest["sha256"] == checkpoint.file_sha256(path / checkpoint.WEIGHTS)
    assert manifest["config"] == json.loads(json.dumps(plan.to_json()))
    assert manifest["data_sha256"] == data_sha256(plan)
    assert not str(manifest["commit"]).endswith("-dirty")
    assert task_from_entries(task["task"], task["tokens"]) == plan.task
    assert all(manifest["accuracy"][str(n)]["correct"] >= 9_990 for n in plan.train_lengths)
    model = reading.read(path)
    assert self_check(model, 64).passed
    assert isinstance(plan.model, FamilyConfig)
    asked = FamilyModel(plan.model)
    asked.causal.load_state_dict(model.module.state_dict())
    assert accuracy(asked, plan.task, 32, 300, seed=1).correct >= 297


@pytest.mark.parametrize("name", NAMES)
def test_the_query_decides_whether_a_head_is_positional_or_symbolic(name: str) -> None:
    counts = {}
    for kind in ("number", "letter"):
        every = units(reading.stored_at(FOLDER / name), Prompts(kind), 8, (32,))
        heads = report(json.loads(json.dumps([unit.record() for unit in every])))
        counts[kind] = Counter(label for head in heads for label in head.labels)
        assert counts[kind]["answers"] >= 4
    assert counts["number"]["positional"] >= 4
    assert not counts["number"]["symbolic"]
    assert counts["letter"]["symbolic"] >= 4
    assert not counts["letter"]["positional"]
