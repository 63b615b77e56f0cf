"""The canonical head says what transformers computes, and the closed form covers every input."""

import math
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.heads import gptj
from empirical.heads.canonical import Head
from empirical.heads.discrepancy import gap_range
from empirical.heads.executed import last_query_logits, last_query_logits_on, residual_stream
from empirical.models.config import GPTJConfig
from empirical.tasks.index import IndexTask
from empirical.tasks.retrieval import RetrievalTask
from empirical.tasks.task import OneHop
from tests.empirical import small_models

CONFIGS = [
    GPTJConfig(vocab_size=12, n_embd=32, n_layer=1, n_head=1, rotary_dim=32),
    GPTJConfig(vocab_size=12, n_embd=48, n_layer=2, n_head=3, rotary_dim=8),
]
IDS = np.random.default_rng(0).integers(12, size=(2, 40))


def _hugging_face_logits(directory: Path, layer: int) -> np.ndarray:
    """What ``transformers`` computes before its softmax: ``[inputs, heads, length, length]``."""
    model = small_models.theirs(directory)
    attention = model.transformer.h[layer].attn
    seen: list[np.ndarray] = []
    computed = attention._attn

    def spy(query: torch.Tensor, key: torch.Tensor, *rest: object) -> object:
        seen.append((query @ key.transpose(-1, -2) / attention.scale_attn).detach().numpy())
        return computed(query, key, *rest)

    attention._attn = spy
    with torch.inference_mode():
        model(torch.from_numpy(IDS))
    return seen[0]


def _canonical_logits(read: Checkpoint, layer: int, change: dict[str, object]) -> np.ndarray:
    stream = residual_stream(small_models.ours(read.path), IDS, layer)
    length = IDS.shape[1]
    out = np.zeros((len(IDS), read.config.n_head, length, length))
    for row, contents in enumerate(stream):
        for number, head in enumerate(gptj.heads(read.config, read.weights, layer, contents)):
            changed = Head(**{**vars(head), **change})
            for i in range(length):
                every = changed.logits(i, np.arange(length), i - np.arange(length))
                out[row, number, i] = np.diagonal(every)
    return out


@pytest.mark.parametrize("config", CONFIGS, ids=["one head", "three heads, part rotary"])
def test_canonical_logits_are_those_of_transformers(config: GPTJConfig, tmp_path: Path) -> None:
    small_models.write(tmp_path, config)
    read = checkpoint.read(tmp_path)
    layer = config.n_layer - 1
    theirs = _hugging_face_logits(tmp_path, layer)
    causal = np.tri(IDS.shape[1], dtype=bool)
    assert 0.8 < theirs[..., causal].std() < 6
    (head, *_) = gptj.heads(config, read.weights, 0, read.weights["transformer.wte.weight"])

    def distance(**change: object) -> float:
        ours = _canonical_logits(read, layer, change)
        return float(np.abs(ours - theirs)[..., causal].max())

    assert distance() < 1e-5
    assert distance(angles=2 * head.angles) > 0.5
    assert distance(scale=1.0) > 0.5
    assert distance(attention_factor=1.1) > 0.1


def test_the_wrong_pairing_is_far_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_models.write(tmp_path, CONFIGS[0])
    read = checkpoint.read(tmp_path)
    theirs = _hugging_face_logits(tmp_path, 0)

    def halves(channels: np.ndarray) -> np.ndarray:
        middle = channels.shape[1] // 2
        return channels[:, :middle] + 1j * channels[:, middle:]

    monkeypatch.setattr(gptj, "_planes", halves)
    ours = _canonical_logits(read, 0, {})
    assert np.abs(ours - theirs)[..., np.tri(IDS.shape[1], dtype=bool)].max() > 0.5


def test_logits_are_the_sum_of_cosines_and_a_constant() -> None:
    rng = np.random.default_rng(1)

    def planes() -> np.ndarray:
        return rng.normal(size=(4, 3)) + 1j * rng.normal(size=(4, 3))

    head = Head(
        angles=rng.uniform(0, 1, 3),
        scale=0.3,
        queries=planes(),
        keys=planes(),
        query_rest=rng.normal(size=(4, 2)),
        key_rest=rng.normal(size=(4, 2)),
        attention_factor=1.2,
    )
    got = head.logits(1, np.array([0, 3]), np.array([0, 5, 9]))
    for row, key in enumerate((0, 3)):
        for column, distance in enumerate((0, 5, 9)):
            total = 0.3 * sum(
                a * b for a, b in zip(head.query_rest[1], head.key_rest[key], strict=True)
            )
            for f in range(3):
                q, k = head.queries[1, f], head.keys[key, f]
                phase = np.angle(q) - np.angle(k) + head.angles[f] * distance
                total += 0.3 * 1.2**2 * abs(q) * abs(k) * math.cos(phase)
            assert abs(got[row, column] - total) < 1e-12


@pytest.mark.parametrize(
    "task",
    [
        IndexTask(("a", "b", 1, 2, None)),
        RetrievalTask((("a", "b"), ("b", "a"), ("b", 1), ("a", 1), None)),
    ],
    ids=["index", "retrieval"],
)
@pytest.mark.parametrize("length", [3, 4])
def test_floor_and_peak_are_those_of_brute_force(task: OneHop, length: int) -> None:
    rng = np.random.default_rng(2)
    size = len(task.entries)
    head = Head(
        angles=np.array([1.0, 0.1]),
        scale=1.0,
        queries=rng.normal(size=(size, 2)) + 1j * rng.normal(size=(size, 2)),
        keys=rng.normal(size=(size, 2)) + 1j * rng.normal(size=(size, 2)),
        query_rest=np.zeros((size, 0)),
        key_rest=np.zeros((size, 0)),
    )
    for domain in task.domains(length):
        possible = gap_range(head, domain, length)
        for at, distance in enumerate(domain.distances):
            gaps = []
            places = [domain.answers if t == distance else domain.others for t in range(1, length)]
            for contents in product(*places):
                scores = [
                    head.logits(domain.query, np.array([c]), np.array([t])).item()
                    for t, c in enumerate((domain.query, *contents))
                ]
                gaps.append(scores.pop(distance) - max(scores))
            assert possible.floor[at] == pytest.approx(min(gaps), abs=1e-12)
            assert possible.peak[at] == pytest.approx(max(gaps), abs=1e-12)


def test_executed_logits_are_the_last_row(tmp_path: Path) -> None:
    small_models.write(tmp_path, CONFIGS[1])
    theirs = _hugging_face_logits(tmp_path, 1)[:, :, -1]
    model = small_models.ours(tmp_path)
    ours = last_query_logits(model, IDS, 1)
    assert np.abs(ours - theirs).max() < 1e-4
    np.testing.assert_array_equal(
        last_query_logits_on(model, residual_stream(model, IDS, 1), 1), ours
    )
