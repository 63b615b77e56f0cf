"""Theory beside trained models: the promise is the theorem's, the models are what they say."""

import math

import pytest

from empirical import checkpoint
from empirical.comparison import soft_index_horizon
from empirical.models.one_plane import OnePlaneConfig
from empirical.plans import FACTORS, plan_for
from empirical.shipped import one_plane
from theory.angle import Angle
from theory.predictors.index import index_critical_beta
from theory.refusal import Refusal


@pytest.mark.parametrize("angle", [0.1, 0.19, 0.5])
@pytest.mark.parametrize("offset", [1, 3, 9])
@pytest.mark.parametrize("weight", [5.0, 40.0, 200.0])
def test_the_promise_ends_where_the_critical_temperature_is_reached(
    angle: float, offset: int, weight: float
) -> None:
    plane = [Angle.of_radians(angle)]
    longest = soft_index_horizon(angle, weight, offset, 60)
    for length in range(offset + 1, 60):
        right = bool(index_critical_beta(plane, [1.0], length, offset) < weight)
        assert right == (length <= longest)


def test_a_plane_that_does_not_turn_promises_nothing() -> None:
    assert soft_index_horizon(0.0, 1e3, 4, 50) == 4


def test_one_model_for_each_angle_and_each_says_how_it_was_made() -> None:
    found = [checkpoint.read(path) for path in one_plane()]
    assert [path.name for path in one_plane()] == [str(factor) for factor in FACTORS]
    for factor, model in zip(FACTORS, found, strict=True):
        plan = plan_for(f"one-plane-{factor}")
        assert isinstance(model.config, OnePlaneConfig)
        assert model.config.angle == factor * math.pi / 33
        assert model.manifest is not None
        assert model.manifest["config"] == plan.to_json()
        assert not model.manifest["commit"].endswith("-dirty")
    rights = [(model.manifest or {})["accuracy"]["33"]["correct"] for model in found]
    assert rights == sorted(rights), "a sharper plane is learned better"
    assert rights[0] < 2_500 < 9_999 < rights[-1]


def test_transformers_takes_no_such_model_for_its_own() -> None:
    with pytest.raises(Refusal, match="one-plane"):
        checkpoint.read(one_plane()[-1], type(plan_for("index").model))
