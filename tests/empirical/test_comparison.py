"""Theory beside trained models: the prediction is the theorem's."""

import json
import math

import pytest

from empirical.certificates.accuracy.bounds import AccuracyBounds
from empirical.certificates.one_layer.prover import Prover
from empirical.files import checkpoint
from empirical.models.one_plane import OnePlaneConfig
from empirical.shipped import certified_table
from empirical.shipped.checkpoints import one_layer, one_plane
from empirical.shipped.comparison import Comparison, compare, soft_index_horizon
from empirical.training.evaluation import Count
from empirical.training.recipes import FACTORS, plan_for
from empirical.verbs import compare as verb
from theory.angle import Angle
from theory.predictors.index import index_critical_beta
from theory.refusal import Refusal


@pytest.mark.parametrize("angle", [0.1, 0.19, 0.5])
@pytest.mark.parametrize("offset", [1, 3, 9])
@pytest.mark.parametrize("weight", [5.0, 40.0, 200.0])
def test_the_predicted_horizon_ends_where_the_critical_temperature_is_reached(
    angle: float, offset: int, weight: float
) -> None:
    plane = [Angle.of_radians(angle)]
    longest = soft_index_horizon([angle], [weight], offset, 60)
    for length in range(offset + 1, 60):
        right = bool(index_critical_beta(plane, [1.0], length, offset) < weight)
        assert right == (length <= longest)


def test_two_planes_against_the_theory() -> None:
    planes = [Angle.of_radians(0.4), Angle.of_radians(0.05)]
    longest = soft_index_horizon([0.4, 0.05], [12.0, 4.0], 3, 80)
    for length in range(4, 80):
        right = bool(index_critical_beta(planes, [0.75, 0.25], length, 3) < 16)
        assert right == (length <= longest)
    assert 4 < longest < 80


def test_the_table_of_what_is_certified_is_found_again() -> None:
    table = certified_table.table()
    models = [checkpoint.read(path) for path in one_layer()]
    assert {model.sha256 for model in models} <= set(table)
    for model in models[::2]:
        known, prover = table[model.sha256], Prover(model)
        query = list(known.horizons)[len(known.horizons) // 2]
        assert prover.reach(query, known.searched).longest == known.horizons[query]
    known = table[models[0].sha256]
    assert certified_table.accuracy(models[0], 32) == known.accuracies[32]


def test_what_was_seen_lies_within_what_is_certified() -> None:
    for path in (*one_layer(), one_plane()[-1]):
        row = compare(checkpoint.read(path), 256)
        for length, bounds in row.bounds.items():
            share = row.accuracy[length].correct / row.accuracy[length].total
            noise = 4 * math.sqrt(share * (1 - share) / row.accuracy[length].total) + 1e-3
            assert bounds.lower - noise <= share <= bounds.upper + noise
        again = row.to_json()
        assert json.loads(json.dumps(again))["certified"] == list(row.certified)


def test_what_is_printed_is_never_stronger_than_what_is_known() -> None:
    assert verb._range((57, 256), 256) == "57 to ≥256"
    assert verb._range((256, 256), 256) == "≥256"
    assert verb._range((57, 255), 256) == "57 to 255"
    row = Comparison(
        checkpoint="",
        angle=None,
        length=32,
        predicted=None,
        certified=(57, 256),
        searched=256,
        accuracy={32: Count(9_999, 10_000)},
        bounds={32: AccuracyBounds(0.99999, 0.999951)},
    )
    assert verb._accuracy(row, 32).split() == ["0.9999", "≥0.9999", "≤1.0000"]
    assert verb._accuracy(row, 64) == ""


def test_a_plane_that_does_not_turn_predicts_nothing() -> None:
    assert soft_index_horizon([0.0], [1e3], 4, 50) == 4


def test_one_model_for_each_angle_and_each_says_how_it_was_made() -> None:
    models = [checkpoint.read(path) for path in one_plane()]
    assert [path.name for path in one_plane()] == [str(factor) for factor in FACTORS]
    for factor, model in zip(FACTORS, models, strict=True):
        plan = plan_for(f"one-plane-{factor}")
        assert isinstance(model.config, OnePlaneConfig)
        assert model.config.angle == factor * math.pi / 33
        assert model.manifest is not None
        assert model.manifest["config"] == plan.to_json()
        assert not model.manifest["commit"].endswith("-dirty")
    rights = [(model.manifest or {})["accuracy"]["33"]["correct"] for model in models]
    assert rights == sorted(rights), "a sharper plane is learned better"
    assert rights[0] < 2_500 < 9_999 < rights[-1]


def test_transformers_takes_no_such_model_for_its_own() -> None:
    with pytest.raises(Refusal, match="one-plane"):
        checkpoint.read(one_plane()[-1], type(plan_for("index").model))
