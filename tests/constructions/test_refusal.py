"""Bad input is refused in one sentence that names the thing and the way out."""

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from constructions.absolute_index import AbsoluteIndex
from constructions.attention import HeadWeights, Layer, attend, logits, rotate, weights
from constructions.index import Index
from constructions.induction import Induction
from constructions.multihop_letter import MultihopLetter
from constructions.partial_induction import PartialInduction
from constructions.previous_token import PreviousToken
from constructions.reflexive import Reflexive
from constructions.retrieval import Retrieval
from constructions.smeared_key import SmearedKey
from constructions.snap import Snap
from theory.refusal import Refusal

HEAD = HeadWeights(
    angles=np.array([0.5]),
    query=np.ones((3, 2)),
    key=np.ones((3, 2)),
    value=np.ones((3, 1)),
    output=np.ones((1, 3)),
)
WIDE = HeadWeights(np.zeros(1), np.ones((4, 2)), np.ones((4, 2)), np.ones((4, 1)), np.ones((1, 4)))
MATCH = "give every angle two query and key channels and every matrix the width of the layer."

REFUSED: list[tuple[str, Callable[[], object]]] = [
    (
        f"HeadWeights.query has shape (3, 3) where (3, 2) is needed: {MATCH}",
        lambda: replace(HEAD, query=np.ones((3, 3)), key=np.ones((3, 3))),
    ),
    (
        f"HeadWeights.key has shape (4, 2) where (3, 2) is needed: {MATCH}",
        lambda: replace(HEAD, key=np.ones((4, 2))),
    ),
    (
        f"HeadWeights.output has shape (1, 4) where (1, 3) is needed: {MATCH}",
        lambda: replace(HEAD, output=np.ones((1, 4))),
    ),
    (
        "HeadWeights.angles is not finite: replace its NaN and infinite entries.",
        lambda: replace(HEAD, angles=np.array([math.nan])),
    ),
    (
        "HeadWeights.value is not finite: replace its NaN and infinite entries.",
        lambda: replace(HEAD, value=np.full((3, 1), math.inf)),
    ),
    (
        "Layer.heads have the widths []: give heads of one width.",
        lambda: Layer((), residual=True),
    ),
    (
        "Layer.heads have the widths [3, 4]: give heads of one width.",
        lambda: Layer((HEAD, WIDE), residual=False),
    ),
    (
        "Vectors with 4 channels cannot be turned by 1 angles: give two channels for each angle.",
        lambda: rotate(np.ones((2, 4)), np.ones(1), np.arange(2)),
    ),
    (
        "The angles [inf] are not all finite: give radians per position.",
        lambda: Index(2, 2, angle=math.inf).layer,
    ),
    (
        "The input of the layer has shape (2, 4): give at least one row of width 3.",
        lambda: logits(HEAD, np.ones((2, 4))),
    ),
    (
        "The input of the layer has shape (0, 3): give at least one row of width 3.",
        lambda: attend(Layer((HEAD,), residual=True), np.ones((0, 3))),
    ),
    (
        "The inverse temperature is nan: give a positive number or infinity.",
        lambda: weights(np.zeros((1, 1)), math.nan),
    ),
    (
        "The inverse temperature is 0.0: give a positive number or infinity.",
        lambda: Reflexive(2).run(np.array([0]), beta=0.0),
    ),
    (
        "The tokens of index run from -1 to 4: give ids between 0 and 3.",
        lambda: Index(2, 2, angle=1.0).run(np.array([4, -1])),
    ),
    (
        "Snap.offset and Snap.write have the shapes (2,) and (3, 2): give (3,) and (3, 2).",
        lambda: Snap(np.ones((2, 3)), np.ones(2), np.ones((3, 2))),
    ),
    (
        "The ladder of previous_token has no plane: give at least one angle.",
        lambda: PreviousToken(2, ()),
    ),
    (
        "The weight 1 is out of range: give one between 0 and 1.",
        lambda: PreviousToken(2, (1.0,)).beta_for_weight(3, Fraction(1)),
    ),
    (
        "A valid input of absolute_index with 1 tokens has no rival: give a length of at least 2.",
        lambda: AbsoluteIndex(2, 1, 1.0),
    ),
    (
        "This absolute_index knows only inputs of 4 tokens, not of 5: build one for that length.",
        lambda: AbsoluteIndex(2, 4, 1.0).certified_beta(5),
    ),
    (
        "Partial induction with 1 letter has no rival: give at least 2 letters.",
        lambda: PartialInduction(1, 2, 1.0),
    ),
    (
        "The slow angle of partial_induction is 4.0: give radians above 0 and at most π.",
        lambda: PartialInduction(2, 2, 4.0),
    ),
    (
        "Induction over 2 symbols has no rival: give at least 3.",
        lambda: Induction(2, 1.0, gain=1.0),
    ),
    (
        "Induction has the gain 0.0 and the slow angle 0.0: "
        "give a positive gain, and radians from 0 to π.",
        lambda: Induction(3, 1.0, gain=0.0),
    ),
    (
        "The share of the position's own key is 0.5: "
        "give a number from 0 to below 1/2, or a symbol finds itself.",
        lambda: SmearedKey(3, 0.5),
    ),
    (
        "The construction has 0 layers: give at least 1.",
        lambda: MultihopLetter(2, 1, 0),
    ),
    (
        "The construction has 0 letters: give at least 1.",
        lambda: Retrieval(0, 1, angle=0.0),
    ),
]


@pytest.mark.parametrize(("sentence", "attempt"), REFUSED)
def test_bad_input_is_refused(sentence: str, attempt: Callable[[], object]) -> None:
    with pytest.raises(Refusal) as refused:
        attempt()
    assert str(refused.value) == sentence
