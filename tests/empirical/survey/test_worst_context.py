"""Least weights over every context, against the model's own attention on every context."""

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from flint import acb, arb, ctx

from empirical.files.json_file import read_json
from empirical.heads.canonical import Head
from empirical.survey.worst_context import (
    SHARP,
    TINY,
    WorstContext,
    angles_vary,
    decided,
    first_layer_head,
    worst_context,
)
from tests.command_line import ropeproof
from tests.empirical import foreign_models
from theory.refusal import Refusal

VOCABULARY, LONGEST, FEW = 64, 5, 4
"""Tokens of the model, of a context, and those that may stand in one."""


def own_weights(model: Any, contexts: np.ndarray, head: int, offset: int) -> np.ndarray:
    """The target's weight in the model's own eager attention, context by context."""
    with torch.no_grad():
        output = model.module(torch.from_numpy(contexts), output_attentions=True)
    weights: np.ndarray = output.attentions[0][:, head, -1, -1 - offset].numpy()
    return weights


@pytest.mark.parametrize("model_type", ["llama", "qwen3", "gemma2", "gemma3_text", "gptj", "phi"])
@pytest.mark.parametrize("first", [None, 2])
def test_they_are_the_least_and_the_most_of_every_context(
    model_type: str, first: int | None
) -> None:
    model = foreign_models.unread(foreign_models.config(model_type))
    model.module.set_attn_implementation("eager") if model_type != "gptj" else None
    tokens, offset = np.array([5, 17, 40, 3]), 1
    head = first_layer_head(model, 1, tokens, LONGEST)
    context = worst_context(head, 0, 1, offset, LONGEST, first)
    moved = worst_context(replace(head, angles=2 * head.angles), 0, 1, offset, LONGEST, first)
    assert context.error < 1e-12
    for length, least, most, otherwise in zip(
        context.lengths, context.least, context.most, moved.least, strict=True
    ):
        places: list[Any] = [[k for k in range(FEW) if k != first]] * length
        places[-1], places[-1 - offset] = [0], [1]
        if first is not None:
            places[0] = [first]
        contexts = tokens[np.array([*product(*places)])]
        weights = own_weights(model, contexts, 1, offset)
        assert weights.min() == pytest.approx(least, rel=1e-4)
        assert weights.max() == pytest.approx(most, rel=1e-4)
        worst = context.worst[:length][::-1].copy()
        if first is not None:
            worst[0] = first
        attained = own_weights(model, tokens[worst][None], 1, offset)
        assert attained.item() == pytest.approx(least, rel=1e-4)
        if length > 2 + (first is not None):
            assert abs(otherwise / least - 1) > 1e-3


def random_head(rng: np.random.Generator, size: float) -> Head:
    def channels(planes: int) -> np.ndarray:
        drawn: np.ndarray = rng.normal(size=(6, planes)) + 1j * rng.normal(size=(6, planes))
        return drawn * size

    return Head(
        angles=10.0 ** rng.uniform(-4, 0, 3),
        scale=0.3,
        queries=channels(3),
        keys=channels(3),
        query_rest=rng.normal(size=(6, 2)),
        key_rest=rng.normal(size=(6, 2)),
        softcap=20.0 if rng.random() < 0.5 else None,
    )


def exact_logit(head: Head, query: int, key: int, distance: int) -> arb:
    """In balls, of the head's float64 numbers."""
    total = acb(0)
    for angle, asked, kept in zip(head.angles, head.queries[query], head.keys[key], strict=True):
        turn = acb(0, arb(float(angle)) * distance).exp()
        total += acb(asked.real, asked.imag) * acb(kept.real, -kept.imag) * turn
    logit = total.real * arb(float(head.scale))
    for asked, kept in zip(head.query_rest[query], head.key_rest[key], strict=True):
        logit += arb(float(head.scale)) * arb(float(asked)) * arb(float(kept))
    cap = head.softcap
    return logit if cap is None else arb(cap) * (logit / arb(cap)).tanh()


@pytest.mark.parametrize("size", [1e-60, 1e-3, 1.0, 6.0, 1e3, 1e6, 1e20, 1e60, 1e75, 1e150])
def test_rounding_is_inside_its_bound(size: float) -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        head = random_head(rng, size)
        ctx.prec = 3000
        least = exact_least(head, 0, 1, 2, 40)
        for context in (worst_context(head, 0, 1, 2, 40), decided(head, 0, 1, 2, 40, None, 0.5)):
            for computed, weight in zip(context.least, least, strict=True):
                off = abs(arb(float(computed)) - weight)
                assert np.isinf(context.error) or off < context.error * float(computed) + arb(TINY)
        assert context.error <= SHARP
        assert context.below(0.5)[0] == context.below(0.5)[1]


def exact_least(head: Head, query: int, target: int, offset: int, longest: int) -> list[arb]:
    """The least weight at each length, from every key at every distance."""
    mass, least = arb(0), []
    own = exact_logit(head, query, target, offset)
    for distance in range(longest):
        keys = {0: [query], offset: [target]}.get(distance, list(range(len(head.keys))))
        ahead = [exact_logit(head, query, key, distance) - own for key in keys]
        most = ahead[0]
        for other in ahead:
            most = most.max(other)
        mass += min(most, arb(10**6)).exp()
        if distance >= offset:
            least.append(1 / mass)
    return least


def test_a_half_that_float64_leaves_open_is_decided_in_balls() -> None:
    """Two tokens whose logits differ by less than rounding does."""
    one = np.ones((2, 1))
    head = Head(
        angles=np.array([0.0]),
        scale=1.0,
        queries=one + 0j,
        keys=np.array([[1e6], [1e6 + 2.0**-33]]) + 0j,
        query_rest=np.zeros((2, 0)),
        key_rest=np.zeros((2, 0)),
    )
    for query, target, first in ((0, 1, 3), (1, 0, 2)):
        context = worst_context(head, query, target, 1, 4)
        assert context.below(0.5)[0] != context.below(0.5)[1]
        context = decided(head, query, target, 1, 4, None, 0.5)
        assert context.below(0.5) == (first, first)
    tied = replace(head, keys=head.keys[[0, 0]])
    assert decided(tied, 0, 1, 1, 4, None, 0.5).below(0.5) == (2, 3)


def test_a_token_that_float64_puts_below_another_is_not_lost() -> None:
    """Keys that differ in their last bits, without turning: rounding orders their logits."""
    ctx.prec = 400
    rng = np.random.default_rng(3)
    misled = 0
    for _ in range(20):
        head = random_head(rng, 1e3)
        keys = np.repeat(head.keys[:1], 6, axis=0)
        keys.real += np.spacing(keys.real) * rng.integers(-2, 3, size=keys.shape)
        keys.imag += np.spacing(keys.imag) * rng.integers(-2, 3, size=keys.shape)
        rest = np.repeat(head.key_rest[:1], 6, axis=0)
        head = replace(head, keys=keys, key_rest=rest, angles=np.zeros(3), softcap=None)
        context = decided(head, 0, 1, 2, 12, None, 0.5)
        for computed, weight in zip(context.least, exact_least(head, 0, 1, 2, 12), strict=True):
            assert abs(arb(float(computed)) - weight) < arb(context.error) * arb(float(computed))
        logits = [exact_logit(head, 0, key, 1) for key in range(6)]
        first = head.logits(0, np.arange(6), np.array([1]))[:, 0].argmax()
        misled += any(bool(logit > logits[first]) for logit in logits)
    assert misled > 0


def test_logits_beyond_float64_are_refused() -> None:
    head = random_head(np.random.default_rng(0), 1e160)
    with np.errstate(all="ignore"), pytest.raises(Refusal, match="beyond all float64"):
        worst_context(replace(head, softcap=None), 0, 1, 2, 40)


@pytest.mark.parametrize("key", range(6))
def test_a_logit_that_is_no_number_is_not_passed_over(
    key: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among finite ones, in a block of its own or with others."""
    head = random_head(np.random.default_rng(0), 1.0)
    keys = head.keys.copy()
    keys[key] = complex(1e308, 1e308)
    large = replace(head, queries=1e8 * head.queries, keys=keys)
    for at_once in (40, 80, 1 << 22):
        monkeypatch.setattr("empirical.survey.worst_context.AT_ONCE", at_once)
        worst_context(replace(large, keys=head.keys), 0, 1, 2, 40)
        with np.errstate(all="ignore"), pytest.raises(Refusal, match="beyond all float64"):
            worst_context(large, 0, 1, 2, 40)


def test_the_length_at_which_a_half_is_lost_is_open_only_within_rounding() -> None:
    lengths, weights = np.arange(3, 7), np.array([0.9, 0.6, 0.5, 0.4])
    context = WorstContext(2, lengths, weights, weights, 1e-9, np.zeros(6, dtype=np.int64))
    assert context.below(0.5) == (5, 6)
    assert context.below(0.55) == (5, 5)
    assert context.below(0.1) == (None, None)


def test_angles_that_depend_on_the_length_are_noticed() -> None:
    for rope, vary in (("default", False), ("yarn", False), ("dynamic", True), ("longrope", True)):
        model = foreign_models.unread(foreign_models.config("llama", rope))
        assert angles_vary(model, 0, 40) == vary


def test_a_target_that_is_not_seen_is_refused() -> None:
    model = foreign_models.unread(foreign_models.config("mistral"))
    head = first_layer_head(model, 0, np.arange(9), 30)
    with pytest.raises(Refusal, match="the head sees 8 tokens"):
        worst_context(head, 0, 1, 8, 30)
    with pytest.raises(Refusal, match="give a longer one"):
        worst_context(head, 0, 1, 4, 4)
    with pytest.raises(Refusal, match="heads 0 to 3"):
        first_layer_head(model, 4, np.arange(9), 30)


def test_the_verb_says_it(tmp_path: Path) -> None:
    foreign_models.write(tmp_path / "m", foreign_models.config("llama"))
    status, out, _ = ropeproof(
        *("worst", tmp_path / "m", "L0H1", "--query", "#5", "--target", "#17"),
        *("--length", "40", "--json", tmp_path / "worst.json"),
    )
    assert status == 0
    model = foreign_models.unread(foreign_models.config("llama"))
    head = first_layer_head(model, 1, np.arange(VOCABULARY), 40)
    context = worst_context(head, 5, 17, 1, 40)
    written = read_json(tmp_path / "worst.json")
    assert written["least"] == context.least.tolist()
    assert written["worst"] == context.worst.tolist()
    assert f"{context.least[-1]:.4g}" in out
    for words, reason in (
        (("L1H1", "#5", "#17"), "reads no tokens"),
        (("L0", "#5", "#17"), "is no head"),
        (("L0H1", "#64", "#17"), "no ordinary token"),
        (("L0H1", "five", "#17"), "no tokenizer"),
    ):
        status, _, refused = ropeproof(
            *("worst", tmp_path / "m", words[0], "--query", words[1], "--target", words[2])
        )
        assert status == 2
        assert reason in refused
