"""The table of heads is what loops over the model's own attention say."""

from collections.abc import Mapping

import numpy as np
import pytest

from empirical.foreign.vocabulary import Vocabulary
from empirical.survey.causes import causes
from empirical.survey.measure import measure
from empirical.survey.prompts import Prompts
from tests.empirical import foreign_models
from tests.empirical.survey.slow_rows import named_as_by_twin, slow_copies, slow_losses, slow_rows

LENGTH, WITHIN = 30, 2e-4


def apart(measured: Mapping[str, object], wanted: Mapping[str, float | None]) -> dict[str, float]:
    """By how much each value differs; infinitely where one of the two is missing."""
    gaps = {}
    for name, twin in wanted.items():
        ours = measured[name]
        if ours is None or twin is None:
            gaps[name] = 0.0 if ours is twin else float("inf")
        else:
            gaps[name] = abs(float(ours) - twin)  # type: ignore[arg-type]
    return gaps


@pytest.mark.parametrize("model_type", ["gemma3_text", "llama"])
def test_rows_are_those_of_the_slow_twin(model_type: str) -> None:
    window = 64 if model_type == "gemma3_text" else None
    config = foreign_models.config(model_type, max_position_embeddings=256, sliding_window=window)
    model = foreign_models.unread(config)
    ids = Prompts("repeats").draw(0, 1, LENGTH, Vocabulary.unknown(64), None)[0]
    rows = [row.to_json() for row in measure(model, ids, 0)]
    twins = list(slow_rows(model.module, ids))
    for row, twin in zip(rows, twins, strict=True):
        gaps = apart(named_as_by_twin(row), twin.values)
        assert max(gaps.values()) < WITHIN, (twin.layer, twin.head, gaps)
        assert twin.anchored < 1e-5
    for name in twins[0].values:  # the false variant: the values of the next head
        moved = [
            apart(named_as_by_twin(row), twin.values)[name]
            for row, twin in zip(rows, twins[1:], strict=False)
        ]
        assert max(moved) > 10 * WITHIN or name.startswith("hits"), name


def test_losses_without_heads_are_those_of_the_slow_twin() -> None:
    model = foreign_models.unread(foreign_models.config("llama"))
    ids = Prompts("repeats").draw(0, 1, LENGTH, Vocabulary.unknown(64), None)[0]
    runs = slow_copies(ids)
    assert runs
    whole, removed = causes(model, ids, None, ("zero",))
    untouched = slow_losses(model.module, ids)
    assert whole.copies == pytest.approx([untouched[run].mean() for run in runs], abs=WITHIN)
    for row in removed:
        losses = slow_losses(model.module, ids, row.layer, row.head)
        assert row.losses.copies == pytest.approx([losses[run].mean() for run in runs], abs=WITHIN)
        assert np.abs(losses - untouched).max() > 10 * WITHIN
