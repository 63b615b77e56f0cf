"""Floors, peaks and lost leads against loops over every length, distance and content."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from empirical.foreign import capture
from empirical.foreign.reading import Model
from empirical.foreign.vocabulary import Vocabulary
from empirical.heads.canonical import Head
from empirical.survey import prediction
from empirical.survey.measure import measure
from empirical.survey.prediction import AnglesByLength, LeadRange, outlook
from empirical.survey.prompts import Prompts
from tests.empirical import foreign_models

LENGTH = 20
ROUNDED = 1e-9
"""LeadRange that float64 cannot tell from none."""
WORDS = Vocabulary.unknown(64)


class Slow:
    """The leads of one head, by definition.

    Args:
        head: the head; content ``p`` stands at position ``p``.
        angles: its angles and attention factor at a length.
    """

    def __init__(self, head: Head, angles: Any) -> None:
        self.head, self.angles = head, angles
        self.seen = np.arange(max(0, LENGTH - (head.window or LENGTH)), LENGTH)
        self.query = LENGTH - 1
        logits = head.at(self.query, self.seen, self.query - self.seen)
        self.target = int(self.seen[logits.argmax()])
        self.offset = self.query - self.target

    @cache  # noqa: B019
    def logits(self, length: int) -> dict[int, list[float]]:
        """What each content would receive at each distance of an input of this length."""
        angles, factor = self.angles(length)
        head = replace(self.head, angles=angles, attention_factor=factor)
        rows = head.logits(self.query, self.seen, np.arange(length))
        return dict(zip(self.seen.tolist(), rows.tolist(), strict=True))

    def lead(self, length: int, first_kept: bool, best: Any) -> float:
        """Over all arrangements of one length; ``best`` is max for floors, min for peaks."""
        window = self.head.window or length
        logits = self.logits(length)
        others = [key for key in logits if key != self.target and not (first_kept and key == 0)]
        offset = self.offset
        if first_kept and self.target == 0:
            offset = length - 1
        if offset >= window:
            return -np.inf
        rivals = []
        for distance in range(min(length, window)):
            if distance == offset:
                continue
            if distance == 0:
                rivals.append(logits[self.query][0])
            elif first_kept and distance == length - 1:
                rivals.append(logits[0][distance])
            else:
                rivals.append(best(logits[key][distance] for key in others))
        return logits[self.target][offset] - max(rivals, default=-np.inf)

    def check(self, forecast: LeadRange, first_kept: bool) -> None:
        least = 2 if first_kept and self.target == 0 else self.offset + 1 + first_kept
        for length in range(least, 4 * LENGTH + 1):
            lead = self.lead(length, first_kept, max)
            if length == forecast.lost:
                assert lead <= ROUNDED
                break
            assert lead > -ROUNDED
        else:
            assert forecast.lost is None
        for length in (LENGTH, 2 * LENGTH, 4 * LENGTH):
            for by_length, best in ((forecast.floor, max), (forecast.peak, min)):
                lead = self.lead(length, first_kept, best)
                assert by_length[length] == (
                    pytest.approx(lead, abs=ROUNDED) if lead > -np.inf else None
                )


def streams(model: Model, ids: np.ndarray) -> list[np.ndarray]:
    by_layer: list[np.ndarray] = []
    capture.run(model, ids, lambda inputs: by_layer.append(inputs.stream))
    return by_layer


@pytest.mark.parametrize(
    ("model_type", "rope_type"),
    [
        ("llama", "default"),
        ("llama", "dynamic"),
        ("qwen3", "longrope"),
        ("gemma2", "dynamic"),
        ("mistral", "yarn"),
        ("gpt_neox", "dynamic"),
    ],
)
@pytest.mark.timeout(300)
def test_leads_are_those_of_every_arrangement(model_type: str, rope_type: str) -> None:
    """Made for 32 tokens: dynamic angles differ at every length beyond, long factors beyond 24."""
    model = foreign_models.unread(foreign_models.config(model_type, rope_type))
    ids = Prompts("repeats").draw(0, 1, LENGTH, WORDS, None)[0]
    rows = streams(model, ids)
    for row in measure(model, ids, 0):
        head = model.family.heads(model.module, row.layer, rows[row.layer])[row.head]
        slow = Slow(head, lambda n, layer=row.layer: model.family.angles(
            model.module.config, layer, n
        ))  # fmt: skip
        assert row.outlook.offset == slow.offset
        slow.check(row.outlook.anywhere, first_kept=False)
        sees_first = head.window is None or head.window >= LENGTH
        assert (row.outlook.first_kept is not None) == sees_first
        if row.outlook.first_kept is not None:
            slow.check(row.outlook.first_kept, first_kept=True)


def drawn(rng: np.random.Generator, size: float, sink: float) -> Head:
    """A head whose logits are of a size, and whose first content is asked for so much."""
    keys = rng.normal(size=(LENGTH, 3)) + 1j * rng.normal(size=(LENGTH, 3))
    rest = rng.normal(size=(LENGTH, 1))
    rest[0] += sink
    return Head(
        angles=rng.choice([3.0, 1.0, 0.1, 0.01, 1e-4], 3, replace=False),
        scale=size,
        queries=rng.normal(size=(LENGTH, 3)) + 1j * rng.normal(size=(LENGTH, 3)),
        keys=keys,
        query_rest=np.ones((LENGTH, 1)),
        key_rest=rest,
        softcap=rng.choice([None, 5.0]),  # type: ignore[arg-type]
        window=rng.choice([None, 7, LENGTH, 3 * LENGTH]),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("seed", range(12))
def test_leads_of_heads_of_all_scales(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small blocks, so that contents are passed over."""
    monkeypatch.setattr(prediction, "AT_ONCE", 3 * 4 * LENGTH)
    rng = np.random.default_rng(seed)
    head = drawn(rng, 10.0 ** rng.integers(-3, 3), rng.choice([0.0, 20.0, -20.0]))
    angles = lambda _: (head.angles, head.attention_factor)  # noqa: E731
    slow = Slow(head, angles)
    logits = head.at(slow.query, slow.seen, slow.query - slow.seen)
    forecast = outlook(head, AnglesByLength.of(angles, 4 * LENGTH), slow.query, slow.seen, logits)
    assert logits[slow.seen == slow.query - forecast.offset] == logits.max()
    slow.target, slow.offset = (
        slow.query - forecast.offset,
        forecast.offset,
    )  # of equal ones any will do
    slow.check(forecast.anywhere, first_kept=False)
    if forecast.first_kept is not None:
        slow.check(forecast.first_kept, first_kept=True)


def test_few_contents_of_many_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a few contents are asked for more than the rest ever could be."""
    rng = np.random.default_rng(0)
    count, looked = 400, []
    rest = rng.normal(size=(count, 1))
    rest[::50] += 100.0
    head = Head(
        angles=np.array([0.3, 0.01]),
        scale=1.0,
        queries=np.ones((count, 2), complex),
        keys=rng.normal(size=(count, 2)) + 0j,
        query_rest=np.ones((count, 1)),
        key_rest=rest,
    )
    monkeypatch.setattr(prediction, "AT_ONCE", 10 * 50)
    own = prediction._TurnedHead.logits

    def counting(self: Any, contents: np.ndarray) -> np.ndarray:
        looked.append(contents.size)
        return own(self, contents)

    monkeypatch.setattr(prediction._TurnedHead, "logits", counting)
    strongest, _ = prediction.extremes(head, 0, np.arange(count), 50)
    every = head.logits(0, np.arange(count), np.arange(50))
    assert np.allclose(strongest, every.max(axis=0), rtol=0, atol=1e-9)
    assert looked[0] == 10
    assert sum(looked) < count


def test_sampled_contents_would_not_do() -> None:
    """The false variant: the least lead over evenly spread contents is too high for some head."""
    model = foreign_models.unread(foreign_models.config("llama"))
    ids = Prompts("repeats").draw(0, 1, LENGTH, WORDS, None)[0]
    rows = streams(model, ids)
    too_high = 0
    for row in measure(model, ids, 0):
        head = model.family.heads(model.module, row.layer, rows[row.layer])[row.head]
        slow = Slow(head, lambda _, head=head: (head.angles, 1.0))
        slow.seen = np.union1d(slow.seen[::5], [slow.target, slow.query])
        floor = row.outlook.anywhere.floor[2 * LENGTH]
        assert floor is not None
        too_high += slow.lead(2 * LENGTH, False, max) > floor + 1e-6
    assert too_high > 0
