"""Hand-set networks are what the measures must call positional, symbolic, inductive, certified."""

import itertools
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from constructions import attention
from constructions.attention import HeadWeights
from constructions.construction import Construction
from constructions.index import Index
from constructions.induction import Induction
from constructions.previous_token import PreviousToken
from constructions.retrieval import Retrieval
from constructions.stack import states
from empirical.certificates.one_layer.prover import Prover, certify
from empirical.files import checkpoint, network_export
from empirical.heads.reference import canonical
from empirical.scores.content_position import ContentPositionLogits
from empirical.scores.matching import prefix_matching_score, previous_token_score
from empirical.scores.purity import GAMMAS, purity
from empirical.scores.repeats import followers, repeats
from empirical.scores.swaps import swap_scores
from tests.empirical.test_export import letters_told_apart
from theory.angle import Angle
from theory.predictors.retrieval import retrieval_critical_beta, retrieval_horizon

LENGTH = 16


def scores(network: Construction, inputs: np.ndarray) -> tuple[float, float]:
    """Mean positional and symbolic score of the last token."""
    (head,) = network.layer.heads
    beta = 1.01 * float(network.certified_beta(LENGTH).mid())
    view = canonical(head, network.embedding, beta)
    positional, symbolic = swap_scores(ContentPositionLogits.of(view, inputs).matrices())
    return float(positional.mean()), float(symbolic.mean())


def test_canonical_view_has_the_logits_of_the_reference_layer() -> None:
    network = Retrieval(4, 2, angle=0.02)
    (head,) = network.layer.heads
    tokens = np.random.default_rng(0).integers(network.vocabulary, size=(1, LENGTH))
    matrix = ContentPositionLogits.of(canonical(head, network.embedding, 3.0), tokens).matrices()[0]
    expected = 3.0 * attention.logits(head, network.embed(tokens[0]))[-1]
    np.testing.assert_allclose(np.diagonal(matrix), expected, atol=1e-13)
    mirrored = replace(head, angles=-head.angles)
    wrong = ContentPositionLogits.of(
        canonical(mirrored, network.embedding, 3.0), tokens
    ).matrices()[0]
    assert np.abs(np.diagonal(wrong) - expected).max() > 0.1


@pytest.mark.parametrize("gamma", GAMMAS)
def test_hand_set_index_is_purely_positional(gamma: float) -> None:
    network = Index.for_length(LENGTH)
    rng = np.random.default_rng(1)
    inputs = rng.integers(network.letters, size=(200, LENGTH))
    inputs[:, -1] = network.letters + rng.integers(1, LENGTH, size=200)
    positional, symbolic = scores(network, inputs)
    assert purity(positional, symbolic, gamma) == "positional"
    assert positional > 1 - 1e-12


@pytest.mark.parametrize("gamma", GAMMAS)
def test_hand_set_retrieval_is_purely_symbolic(gamma: float) -> None:
    network = Retrieval(8, 8, angle=0.0)
    inputs = letters_told_apart(network, np.random.default_rng(2))[:200]
    positional, symbolic = scores(network, inputs)
    assert purity(positional, symbolic, gamma) == "symbolic"
    assert symbolic > 1 - 1e-12
    turning = scores(Retrieval.for_length(LENGTH), inputs)
    assert purity(*turning, gamma) == "symbolic"


def pattern(head: HeadWeights, x: np.ndarray, beta: float) -> np.ndarray:
    return attention.weights(attention.logits(head, x), beta)


@pytest.mark.parametrize("soft", [False, True])
def test_hand_set_induction_matches_prefixes(soft: bool) -> None:
    """Exactly 1 with hard attention; softly at least the weight that was asked for."""
    network = Induction.for_length(41)
    rng = np.random.default_rng(3)
    drawn = repeats(rng, 20, 60, np.arange(network.symbols), segment=4)
    # A token that follows itself is its own follower: the circuit says so, the score leaves it out.
    apart = [[b for a, b in itertools.pairwise([network.symbols, *row]) if a != b] for row in drawn]
    inputs = np.array([[network.symbols, *row[:40]] for row in apart])
    share = Fraction(99, 100)
    beta = float(network.beta_for_weight(41, share).upper()) if soft else np.inf
    shift, match = (block.layer.heads[0] for block in network.blocks)
    before, after = [], []
    for tokens in inputs:
        x = network.embed(tokens)
        before.append(pattern(shift, x, beta))
        after.append(pattern(match, states(network.blocks, x, beta)[0], beta))
    previous = previous_token_score(np.array(before))
    prefix = prefix_matching_score(np.array(after), followers(inputs))
    if soft:
        assert 0.99 <= prefix < 1
        assert previous > 0.99
    else:
        assert prefix == pytest.approx(1, abs=1e-15)
        assert previous == 1
    assert prefix_matching_score(np.array(before), followers(inputs)) < 0.3


def test_hand_set_previous_token_looks_one_back() -> None:
    network = PreviousToken.for_length(LENGTH)
    tokens = np.arange(LENGTH)
    (head,) = network.layer.heads
    weights = pattern(head, network.embed(tokens), np.inf)
    assert previous_token_score(weights[None]) == 1


@pytest.mark.parametrize("meant", [7, 11])
def test_hand_set_retrieval_is_certified_to_the_predicted_horizon(
    meant: int, tmp_path: Path
) -> None:
    """At 11 tokens it is the horizon of the angle, before that the one of the temperature."""
    network = Retrieval(letters=3, digits=1, angle=0.1)
    planes = [Angle.of_radians(network.angle)], [1]
    assert retrieval_horizon(3, *planes) == 11
    beta = float(retrieval_critical_beta(3, *planes, meant).mid()) * 1.0005
    assert not beta > retrieval_critical_beta(3, *planes, meant + 1)
    network_export.write(tmp_path, network, meant, beta)
    model = checkpoint.read(tmp_path)
    proof = certify(Prover(model), model.sha256, meant, 14, lambda done, total: None)
    assert {row["verdict"] for row in proof["rows"]} == {"PROVED"}
    assert min(proof["horizon"].values()) == meant
