"""Scores of weights beyond all floats are refused, and no library warns before."""

import numpy as np
import pytest

from empirical.files import checkpoint
from empirical.models.gptj import GPTJ
from empirical.scores import queries
from empirical.scores.table import refuse_unless_finite, score
from empirical.shipped.checkpoints import directory_named
from theory.refusal import Refusal


def test_weights_beyond_floats_have_no_scores() -> None:
    model = checkpoint.read(directory_named("hops/letter-2-bare"))
    scored = queries.draw(model, 4)
    refuse_unless_finite(score(GPTJ.of(model.config, model.weights), scored))
    large = {name: array * np.float32(2.0**60) for name, array in model.weights.items()}
    with pytest.raises(Refusal, match="are not finite"):
        refuse_unless_finite(score(GPTJ.of(model.config, large), scored))
