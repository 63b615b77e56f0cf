"""Induction scores equal their definitions spelled out, and planted heads score as they should."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from constructions.attention import logits, weights
from constructions.induction import Induction
from constructions.stack import states
from empirical.heads import gptj
from empirical.heads.canonical import Head
from empirical.heads.direct import direct_logits, writes
from empirical.heads.pattern import attention
from empirical.models.config import GPTJConfig
from empirical.models.gptj import GPTJ
from empirical.scores.composition import composition
from empirical.scores.copying import direct_logit_score, eigenvalue_score
from empirical.scores.in_context import in_context_score, places
from empirical.scores.matching import prefix_matching_score, previous_token_score
from empirical.scores.repeats import followers, repeats
from tests.empirical import small_models
from theory.refusal import Refusal

SEGMENT, LENGTH = 12, 120
IDS = repeats(np.random.default_rng(0), 40, LENGTH, np.arange(32), SEGMENT)


def random_head(seed: int, contents: int, planes: int, rest: int) -> Head:
    rng = np.random.default_rng(seed)
    return Head(
        angles=rng.uniform(0, 3, planes),
        scale=0.7,
        queries=rng.normal(size=(contents, planes)) + 1j * rng.normal(size=(contents, planes)),
        keys=rng.normal(size=(contents, planes)) + 1j * rng.normal(size=(contents, planes)),
        query_rest=rng.normal(size=(contents, rest)),
        key_rest=rng.normal(size=(contents, rest)),
        attention_factor=1.3,
    )


def positional_head(offset: int) -> Head:
    """All weight ``offset`` back, whatever the tokens are."""
    angles = np.linspace(0, math.pi, 64)
    turned = np.exp(-1j * angles * offset)
    return Head(
        angles=angles,
        scale=10.0,
        queries=np.tile(turned, (32, 1)),
        keys=np.ones((32, 64), dtype=complex),
        query_rest=np.zeros((32, 0)),
        key_rest=np.zeros((32, 0)),
    )


def matching_weights(shift: int) -> np.ndarray:
    """Uniform over what stood ``shift`` after earlier occurrences; 1 is an induction head."""
    same = np.zeros((*IDS.shape, LENGTH))
    for back in range(1, LENGTH):
        for query in range(back, LENGTH):
            key = query - back
            if 0 <= key - shift < query:
                same[:, query, key] = IDS[:, query] == IDS[:, key - shift]
    same[:, :, 0] += same.sum(axis=2) == 0
    same /= same.sum(axis=2, keepdims=True)
    return same


@pytest.mark.parametrize(("planes", "rest"), [(3, 0), (2, 3), (0, 2)])
def test_attention_equals_a_loop(planes: int, rest: int) -> None:
    head = random_head(1, 9, planes, rest)
    contents = np.random.default_rng(2).integers(9, size=(3, 7))
    for row, pattern in zip(contents, attention(head, contents), strict=True):
        for i in range(7):
            raised = [
                math.exp(head.logits(int(row[i]), row[j : j + 1], np.array([i - j]))[0, 0])
                for j in range(i + 1)
            ]
            expected = [value / sum(raised) for value in raised] + [0.0] * (6 - i)
            np.testing.assert_allclose(pattern[i], expected, rtol=1e-12)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12))
def test_followers_equal_a_loop(tokens: list[int]) -> None:
    follows = followers(np.array([tokens]))[0]
    for i in range(len(tokens)):
        for j in range(len(tokens)):
            assert follows[i, j] == (1 <= j < i and tokens[j - 1] == tokens[i])


def test_repeats_come_at_gaps_that_vary() -> None:
    distances: set[int] = set()
    for row in IDS.tolist():
        starts = [i for i in range(LENGTH - SEGMENT) if row.count(row[i]) > 1]
        first = row[starts[0]]
        places_ = [i for i, token in enumerate(row) if token == first]
        distances |= set(np.diff(places_).tolist())
    assert len(distances) >= SEGMENT
    assert followers(IDS).any(axis=2).mean() > 0.3


def test_scores_equal_loops() -> None:
    head = random_head(3, 32, 3, 2)
    pattern = attention(head, IDS[:4])
    targets = followers(IDS[:4])
    previous, matched, asked = [], [], 0
    for row in range(4):
        for i in range(LENGTH):
            if i:
                previous.append(pattern[row, i, i - 1])
            keys = [j for j in range(LENGTH) if targets[row, i, j]]
            asked += bool(keys)
            matched += [pattern[row, i, j] for j in keys]
    assert previous_token_score(pattern) == pytest.approx(sum(previous) / len(previous), rel=1e-12)
    assert prefix_matching_score(pattern, targets) == pytest.approx(sum(matched) / asked, rel=1e-12)


@pytest.mark.parametrize("offset", [1, SEGMENT - 1, SEGMENT, 2 * SEGMENT - 1, 3 * SEGMENT])
def test_positional_head_does_not_match_prefixes(offset: int) -> None:
    pattern = attention(positional_head(offset), IDS)
    assert prefix_matching_score(pattern, followers(IDS)) < 0.12
    assert (previous_token_score(pattern) > 0.9) == (offset == 1)
    # Where every gap is the same, as published, the right offset passes for induction.
    regular = np.tile(np.arange(SEGMENT), (1, LENGTH // SEGMENT))
    published = attention(positional_head(SEGMENT - 1), regular)
    assert prefix_matching_score(published, followers(regular)) > 0.9


def test_only_the_right_shift_matches_prefixes() -> None:
    scores = {
        shift: prefix_matching_score(matching_weights(shift), followers(IDS)) for shift in range(3)
    }
    assert scores[1] == pytest.approx(1)
    assert scores[0] < 0.05 > scores[2]


def test_hand_set_circuit_passes() -> None:
    network = Induction(31, 2 * math.pi / LENGTH, gain=1.0)
    tokens = np.concatenate([[31], IDS[0][:-1] % 31])
    x = network.embed(tokens)
    first, second = network.blocks
    shift = weights(logits(first.layer.heads[0], x), 1e6)
    between = states([first], x)[-1]
    match = weights(logits(second.layer.heads[0], between), 1e3)
    assert previous_token_score(shift[None]) > 0.99
    assert prefix_matching_score(match[None], followers(tokens[None])) > 0.99
    assert previous_token_score(match[None]) < 0.3


def test_in_context_score_is_late_minus_early() -> None:
    losses = np.random.default_rng(0).exponential(size=(5, 512))
    expected = sum(losses[row][499] - losses[row][49] for row in range(5)) / 5
    assert in_context_score(losses, *places(512)) == pytest.approx(expected, rel=1e-12)
    assert places(95) == (95, 9)
    with pytest.raises(Refusal):
        in_context_score(losses, 50, 500)
    with pytest.raises(Refusal):
        in_context_score(losses, 513, 50)


def test_eigenvalue_score_of_known_maps() -> None:
    eye, turn = np.eye(8), np.roll(np.eye(8), 1, axis=1)
    assert eigenvalue_score(eye) == pytest.approx(1)
    assert eigenvalue_score(-eye) == pytest.approx(-1)
    assert eigenvalue_score(eye + 5) == pytest.approx(1)
    # Centred, a cycle of 8 has the eigenvalues e^{2πik/8}, k = 1 … 7, which add up to −1.
    assert eigenvalue_score(turn) == pytest.approx(-1 / 7)
    with pytest.raises(Refusal):
        eigenvalue_score(np.ones((4, 4)))
    with pytest.raises(Refusal):
        eigenvalue_score(np.ones((4, 3)))


def test_direct_logit_score_equals_a_loop() -> None:
    rng = np.random.default_rng(0)
    rises, tokens, received = rng.normal(size=(6, 5)), rng.integers(5, size=6), rng.random(6)
    own = total = 0.0
    for row in range(6):
        mean = sum(rises[row]) / 5
        for token in range(5):
            rise = max(0.0, rises[row, token] - mean) * received[row]
            total += rise
            own += rise * (token == tokens[row])
    assert direct_logit_score(rises, tokens, received) == pytest.approx(2 * own / total - 1)
    assert direct_logit_score(np.eye(5), np.arange(5), np.ones(5)) == pytest.approx(1)
    assert direct_logit_score(-np.eye(5), np.arange(5), np.ones(5)) == pytest.approx(-1)
    with pytest.raises(Refusal):
        direct_logit_score(np.zeros((2, 5)), np.arange(2), np.ones(2))


@pytest.mark.parametrize(("planes", "rest"), [(3, 0), (2, 3), (0, 2)])
def test_composition_equals_loops(planes: int, rest: int) -> None:
    head = random_head(4, 10, planes, rest)
    read, written, distances = np.arange(5), np.arange(5, 10), np.arange(1, 6)
    centred = {
        name: getattr(head, name)[part] - sum(getattr(head, name)[part]) / 5
        for name, part in (
            ("queries", read),
            ("query_rest", read),
            ("keys", written),
            ("key_rest", written),
        )
    }
    norms = [
        math.sqrt(sum(abs(x) ** 2 for name in names for x in centred[name].ravel().tolist()))
        for names in (("queries", "query_rest"), ("keys", "key_rest"))
    ]
    strengths, logits_ = [], np.zeros((5, 5))
    for distance in range(1, 6):
        table = np.zeros((5, 5))
        for a in range(5):
            for b in range(5):
                for f in range(planes):
                    turn = np.exp(1j * head.angles[f] * distance)
                    product = centred["queries"][a, f] * centred["keys"][b, f].conj() * turn
                    table[a, b] += 1.3**2 * product.real
                for c in range(rest):
                    table[a, b] += centred["query_rest"][a, c] * centred["key_rest"][b, c]
        strengths.append(np.sqrt((table**2).sum()) / (1.3**2 * norms[0] * norms[1]))
        logits_ += 0.7 * table / 5
    composed = composition(head, read, written, distances)
    assert composed.strength == pytest.approx(np.mean(strengths))
    assert composed.matching == pytest.approx(eigenvalue_score(logits_))
    assert composed.margin == pytest.approx(
        np.mean([logits_[a, a] - logits_[a].mean() for a in read])
    )


def test_composition_of_a_match_and_of_its_opposite() -> None:
    codes = np.eye(6)
    match = Head(
        angles=np.zeros(0),
        scale=1.0,
        queries=np.zeros((6, 0), dtype=complex),
        keys=np.zeros((6, 0), dtype=complex),
        query_rest=codes,
        key_rest=codes,
    )
    ids, distances = np.arange(6), np.arange(1, 4)
    assert composition(match, ids, ids, distances).matching == pytest.approx(1)
    assert composition(match, ids, ids, distances).margin == pytest.approx(1 - 1 / 6)
    shifted = composition(match, ids, np.roll(ids, 1), distances)
    assert shifted.matching < 0.1
    assert shifted.margin < 0
    with pytest.raises(Refusal):
        composition(match, ids, np.zeros(6, dtype=int), distances)


def test_writes_and_direct_logits_are_the_models_own() -> None:
    config = GPTJConfig(7, n_embd=24, n_layer=1, n_head=2, rotary_dim=8, n_inner=1)
    drawn = small_models.weights(config)
    model = GPTJ(config)
    model.load_state_dict({name: torch.from_numpy(w) for name, w in drawn.items()})
    ids = np.random.default_rng(0).integers(7, size=(2, 9))
    rows = drawn["transformer.wte.weight"][ids]
    block = model.transformer.blocks[0]
    executed = block.attn(block.ln_1(torch.from_numpy(rows)), False).detach().numpy()
    for row, contents in enumerate(rows):
        heads = gptj.heads(config, drawn, 0, contents)
        patterns = [attention(head, np.arange(9)[None])[0] for head in heads]
        added = np.einsum("hij,hjw->iw", np.stack(patterns), writes(config, drawn, 0, contents))
        np.testing.assert_allclose(added, executed[row], atol=1e-5)

    stream = np.random.default_rng(1).normal(size=(2, 24))
    normed = model.transformer.ln_f(torch.from_numpy(stream.astype("f4")))
    change = (model.lm_head(normed[1]) - model.lm_head(normed[0])).detach().numpy()
    deviations = stream.std(axis=1, keepdims=True)
    direct = direct_logits(drawn, stream / deviations)
    np.testing.assert_allclose(direct[1] - direct[0], change, atol=1e-4)
