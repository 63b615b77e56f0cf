"""What removing a head does to second copies, and that the induction circuit is found by it."""

import csv
import io
import json
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from empirical.foreign.reading import Model
from empirical.heads.silenced import Way
from empirical.report import heads_page
from empirical.scores.in_context import in_context_score
from empirical.survey import causes as causes_of
from empirical.survey.causes import MeasuredPlaces, causes, runs_of_copies
from empirical.survey.effects import CHOSEN, effects, most_needed
from empirical.survey.export import rows_as_csv
from empirical.survey.report import HeadReport
from tests.command_line import ropeproof
from tests.empirical import foreign_models
from tests.empirical.survey import planting
from tests.empirical.survey.planting import CODES, SECOND, TOKEN
from tests.empirical.survey.test_planted import LENGTH, surveyed


def naive_copies(ids: list[int]) -> list[int]:
    """Places whose next token followed the latest earlier occurrence of their own."""
    places = []
    for place in range(len(ids) - 1):
        earlier = [at for at in range(place) if ids[at] == ids[place]]
        if earlier and ids[earlier[-1] + 1] == ids[place + 1]:
            places.append(place)
    return places


@pytest.mark.parametrize("seed", range(20))
def test_second_copies_are_foretold_by_the_latest_earlier_occurrence(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, rng.integers(2, 12), rng.integers(4, 60))
    runs = runs_of_copies(ids)
    assert [place for run in runs for place in run] == naive_copies(ids.tolist())
    assert all((np.diff(run) == 1).all() for run in runs)
    assert all(after[0] > before[-1] + 1 for before, after in pairwise(runs))


def test_long_prompts_are_judged_on_places_spread_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = np.tile(np.arange(10), 8)
    monkeypatch.setattr(causes_of, "COPIED", 12)
    runs = runs_of_copies(ids)
    places = np.concatenate(runs)
    assert places.size == 12
    assert set(places) <= set(naive_copies(ids.tolist()))
    assert places[-1] - places[0] > 50


def test_the_in_context_score_is_the_published_one() -> None:
    ids = np.random.default_rng(0).integers(0, 9, 60)
    asked = MeasuredPlaces.of(ids)
    losses = np.random.default_rng(1).normal(size=59).astype(np.float32)
    measured = asked.losses(losses[asked.places])
    assert measured.in_context == pytest.approx(in_context_score(losses[None], 59, 5))
    runs = runs_of_copies(ids)
    assert measured.copies == pytest.approx([losses[run].mean() for run in runs])


def test_no_head_is_removed_where_nothing_comes_again(circuit: Model) -> None:
    whole, removed = causes(circuit, np.arange(CODES), None, ("zero",))
    assert whole.copies == []
    assert removed == []


@pytest.fixture(scope="module")
def circuit() -> Model:
    """A random model with a previous-token head and an induction head."""
    model = planting.random_model("llama", seed=0)
    previous = planting.positional(model, dict.fromkeys(range(CODES), 1), 60.0)
    planting.plant(model, 0, 1, *previous, writes=SECOND, gain=3.0)
    match = planting.symbolic(model, TOKEN, SECOND, 400.0)
    planting.plant(model, 1, 2, *match, writes=TOKEN, gain=3.0)
    return model


def records(model: Model, drawn: np.ndarray, ways: tuple[Way, ...]) -> list[dict[str, object]]:
    rows_by_prompt: list[dict[str, object]] = []
    for prompt, ids in enumerate(drawn):
        whole, removed = causes(model, ids, None, ways)
        rows = [asdict(row) for row in removed]
        rows_by_prompt.append(
            {"length": LENGTH, "prompt": prompt, "whole": asdict(whole), "removed": rows}
        )
    return rows_by_prompt


def test_second_copies_need_the_induction_circuit_and_no_other_head(circuit: Model) -> None:
    _, drawn = surveyed(circuit, "repeats", None)
    by_place = effects(records(circuit, drawn, ("zero", "pattern")))
    needed = {(layer, head) for (_, layer, head), ways in by_place.items()
              if (ways["zero"].copies.low or 0) > 1.5}  # fmt: skip
    assert needed == {(0, 1), (1, 2)}
    kept = {(layer, head) for (_, layer, head), ways in by_place.items()
            if (ways["pattern"].copies.low or 0) > 1.5}  # fmt: skip
    assert kept == {(1, 2)}, "where the later head attends is kept, so what it copies is right"
    before = by_place[LENGTH, 0, 1]
    assert before["pattern"].copies.value < before["zero"].copies.value / 2
    for ways in by_place.values():
        for effect in ways.values():
            assert effect.copies.low is not None
            assert effect.copies.high is not None
            assert effect.copies.low <= effect.copies.value <= effect.copies.high


def test_the_most_needed_come_first(circuit: Model) -> None:
    _, drawn = surveyed(circuit, "repeats", None)
    removals = records(circuit, drawn[:1], ("zero",))
    assert len(most_needed(removals)) == min(CHOSEN, 2 * 4)
    assert {(0, 1), (1, 2)} <= set(most_needed(removals))


def test_heads_writes_a_page_a_table_and_pictures(tmp_path: Path) -> None:
    directory = foreign_models.write(tmp_path / "model", foreign_models.config("llama"))
    out, table = tmp_path / "out", tmp_path / "heads.jsonl"
    arguments = ["heads", directory, "--prompts", 2, "--lengths", "16", "--table", table]
    status, _, _ = ropeproof(*arguments, "--out", out)
    assert status == 0
    names = {"heads.html", "heads.csv", "heads.json", "heads.svg", "heads.png"}
    assert {file.name for file in out.iterdir()} == names
    heads = json.loads((out / "heads.json").read_text())["heads"]
    lines = list(csv.DictReader(io.StringIO((out / "heads.csv").read_text())))
    assert len(heads) == len(lines) == 8
    for row, line in zip(heads, lines, strict=True):
        assert float(line["previous"]) == row["means"]["previous"]["value"]
        zero = row["effects"]["zero"]["copies"] if row["effects"] else {"value": None}
        assert line.get("copies_without_zero", "") == (
            "" if zero["value"] is None else str(zero["value"])
        )
    page = (out / "heads.html").read_text()
    assert "http" not in page
    for head in heads:
        assert f'id="L{head["layer"]}H{head["head"]}"' in page
    before = table.read_bytes()
    status, again, _ = ropeproof(*arguments, "--sort", "prev.", "--top", 3)
    assert status == 0
    assert table.read_bytes() == before
    listed = [
        line.split()[0] for line in again.splitlines() if line.startswith("L") and "H" in line[:4]
    ]
    order = sorted(heads, key=lambda row: -row["means"]["previous"]["value"])
    assert listed[-3:] == [f"L{row['layer']}H{row['head']}" for row in order[:3]]


@pytest.mark.parametrize(
    ("option", "value", "kind"), [("--only", "clever", "role"), ("--sort", "size", "column")]
)
def test_what_cannot_be_listed_is_one_sentence(
    option: str, value: str, kind: str, tmp_path: Path
) -> None:
    status, _, error = ropeproof("heads", tmp_path, option, value)
    assert status == 2
    assert f"no {kind} is called {value!r}" in error


def test_a_page_escapes_names() -> None:
    model = planting.random_model("llama", seed=3)
    reports: list[HeadReport] = surveyed(model, "repeats", None)[0]
    page = heads_page.render({"model": "/x/<b>&", "fingerprint": "0" * 64}, ["<i>"], reports)
    assert "<b>&" not in page.replace("<b>0", "").replace("<b>1", "")
    assert "&lt;b&gt;&amp;" in page
    assert rows_as_csv({"model": "a,b"}, reports).count('"a,b"') == len(reports)
