"""The shipped models of the induction runs are what their manifests say."""

from collections.abc import Mapping

import pytest

from empirical.files import checkpoint
from empirical.induction.collection import SHIPPED, read
from empirical.models.config import GPTJConfig
from empirical.models.smeared import SmearedConfig
from empirical.predictions import predict
from empirical.predictions.prediction import PredictionOutcome
from empirical.predictions.subject import Subject
from empirical.training.recipes import plan_for
from tests.empirical.manifests import assert_made_by

NAMES = sorted(path.name for path in SHIPPED.parent.glob("induction-*"))
"""Of the plans, and of the directories."""


@pytest.mark.parametrize("name", NAMES)
def test_it_says_how_it_was_made(name: str) -> None:
    plan = plan_for(name)
    assert_made_by(checkpoint.read(SHIPPED.parent / name, type(plan.model)), plan)


@pytest.mark.parametrize(
    ("name", "learned", "previous", "matching"),
    [
        ("induction-1", False, False, False),
        ("induction-2", True, True, True),
        ("induction-1-smeared", True, False, True),
    ],
)
def test_check_says_which_heads_there_are(
    name: str, learned: bool, previous: bool, matching: bool
) -> None:
    read = checkpoint.read(SHIPPED.parent / name, GPTJConfig, SmearedConfig)
    rows = {row.name: row for row in predict(Subject.of(read, (64,)))}
    passed = {key: row.outcome is PredictionOutcome.PASS for key, row in rows.items()}
    assert passed == {
        "logit_eq_canonical": True,
        "accuracy_p_value": True,
        "learns_from_context": learned,
        "a_head_looks_at_the_previous_token": previous,
        "a_head_matches_prefixes": matching,
    }
    best = rows["a_head_matches_prefixes"]
    scores: dict[str, float] = {}
    for head, measures in best.detail.items():
        assert isinstance(measures, Mapping)
        scores[head] = measures["matching"]
    assert best.where.split()[0] == max(scores, key=lambda head: scores[head])
    assert best.measured == max(scores.values())


def test_trajectories_are_of_the_plans() -> None:
    for run in read().trained:
        plan = plan_for(run.name)
        assert run.steps.tolist() == list(plan.snapshots)
        assert run.final.ablation.shape == (plan.model.n_layer, plan.model.n_head)


def test_everything_shipped_is_small() -> None:
    files = [path for path in SHIPPED.parent.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 5 << 20
