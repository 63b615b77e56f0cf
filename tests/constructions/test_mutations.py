"""A wrong layer is noticed: the comparisons that must be zero stop being zero."""

import math
from functools import partial

import numpy as np
import pytest
from jaxtyping import Float, Int

from constructions import attention
from constructions.index import Index
from constructions.retrieval import Retrieval
from tests.constructions.comparison import all_inputs, mismatches
from tests.constructions.thresholds import critical_beta, index_rivals

INDEX = Index(letters=2, integers=2, angle=0.5)
RETRIEVAL = Retrieval(letters=2, digits=1, angle=0.999 * math.pi / 5)
INDEX_INPUTS = list(all_inputs(INDEX, 5))
RETRIEVAL_INPUTS = list(all_inputs(RETRIEVAL, 4))
INDEX_BETA = critical_beta(partial(index_rivals, length=5, jump=1, angle=0.5), 1) * (1 + 1e-9)
RIGHT_ROTATION = attention.rotate


def clockwise(
    vectors: Float[np.ndarray, "*inputs positions channels"],
    angles: Float[np.ndarray, " planes"],
    positions: Int[np.ndarray, " positions"],
) -> Float[np.ndarray, "*inputs positions channels"]:
    return RIGHT_ROTATION(vectors, -angles, positions)


def unmasked(
    logits: Float[np.ndarray, "*inputs positions positions"],
) -> Float[np.ndarray, "*inputs positions positions"]:
    return logits


def test_truth_has_no_mismatch() -> None:
    assert mismatches(INDEX, INDEX_INPUTS) == 0
    assert mismatches(INDEX, INDEX_INPUTS, INDEX_BETA) == 0
    assert mismatches(RETRIEVAL, RETRIEVAL_INPUTS) == 0


def test_clockwise_rotation_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "rotate", clockwise)
    assert mismatches(INDEX, INDEX_INPUTS) > 0
    # The inputs of Retrieval are symmetric in the letter difference: only the test of its logit
    # fixes the sign.
    assert mismatches(RETRIEVAL, RETRIEVAL_INPUTS) == 0


def test_missing_mask_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "causal", unmasked)
    assert mismatches(RETRIEVAL, RETRIEVAL_INPUTS) > 0
    # Softmax Index loses weight to later keys; hard Index does not, its target stays the only
    # maximum.
    assert mismatches(INDEX, INDEX_INPUTS, INDEX_BETA) > 0
    assert mismatches(INDEX, INDEX_INPUTS) == 0
