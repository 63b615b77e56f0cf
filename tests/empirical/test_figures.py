"""Figures: what they draw is what the sentences say, and they are written the same every time."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

from empirical.figures.behaviour_plane import KINDS
from empirical.figures.gallery import Drawing, find, gallery
from empirical.figures.parts.sentences import candidates, theorem, value
from empirical.figures.parts.style import Rows
from tests.command_line import ropeproof
from tests.empirical.figure_rows import rows_of

PNG = b"\x89PNG\r\n\x1a\n"


class Computed(dict[str, Rows]):
    """The rows of each figure, computed when a test first asks for them."""

    def __missing__(self, name: str) -> Rows:
        self[name] = rows_of(name)
        return self[name]


@pytest.fixture(scope="module")
def numbers() -> dict[str, Rows]:
    return Computed()


def at(rows: Rows, **keys: Any) -> dict[str, Any]:
    (row,) = (row for row in rows if keys.items() <= row.items())
    return row


@pytest.mark.parametrize("drawing", find([]), ids=lambda drawing: drawing.name)
def test_a_figure_is_the_same_every_time(drawing: Drawing, numbers: dict[str, Rows]) -> None:
    rows = numbers[drawing.name]
    read_back = json.loads(json.dumps(drawing.rows(), allow_nan=False))
    first, second = drawing.render(rows), drawing.render(read_back)
    assert first == second
    assert first["png"].startswith(PNG)
    assert b"</svg>" in first["svg"]
    assert b"<dc:date>" not in first["svg"]
    assert drawing.title.endswith(".")


def test_every_figure_is_found_and_nothing_else() -> None:
    assert {"index_discrepancy", "retrieval_geometry"} <= gallery().keys()
    assert not {"style", "gallery", "sentences", "circle", "runs"} & gallery().keys()
    assert [d.name for d in find(["index_geometry", "index_geometry"])] == ["index_geometry"]


def test_the_witness_breaks_the_published_index_bound(numbers: dict[str, Rows]) -> None:
    witness = at(numbers["index_discrepancy"], angles="witness")
    assert (witness["length"], witness["query"]) == (17, 8)
    assert witness["peak"] == pytest.approx(0.23396, abs=5e-6)
    assert witness["published"] == pytest.approx(0.06830, abs=5e-6)


def test_index_gaps_keep_to_the_corrected_bounds_and_attain_them(numbers: dict[str, Rows]) -> None:
    for row in numbers["index_discrepancy"][1:]:
        assert row["peak"] <= row["peak_bound"] + 1e-12
        assert row["floor"] <= row["floor_bound"] + 1e-12
        if row["angles"] == "best":
            assert row["peak"] == pytest.approx(row["peak_bound"], abs=1e-12)
            assert row["floor"] == pytest.approx(row["floor_bound"], abs=1e-12)
            assert row["length"] < 4 or row["peak"] > row["published"]


@pytest.mark.parametrize("length", [2, 7, 20])
def test_index_gaps_at_one_angle_are_those_of_a_loop(length: int, numbers: dict[str, Rows]) -> None:
    gaps = [
        min(1 - math.cos(key - target) for key in range(length) if key != target)
        for target in range(length)
    ]
    row = at(numbers["index_discrepancy"], angles="fixed", length=length)
    assert (row["peak"], row["floor"]) == pytest.approx((max(gaps), min(gaps)), abs=1e-12)


def test_retrieval_floor_in_closed_form_is_the_brute_force(numbers: dict[str, Rows]) -> None:
    both = [
        row
        for row in numbers["retrieval_discrepancy"]
        if row["floor"] is not None and row["brute_force"] is not None
    ]
    assert len(both) > 10
    for row in both:
        assert row["floor"] == pytest.approx(row["brute_force"], abs=1e-12)
        assert row["simple"] <= row["floor"]
        assert row["peak"] > 1.9 > row["published_formula"]


def test_retrieval_ends_at_146_and_the_published_curve_at_291(numbers: dict[str, Rows]) -> None:
    rows = numbers["retrieval_discrepancy"]
    last, next_one = at(rows, length=146), at(rows, length=147)
    assert last["right"]
    assert last["brute_force"] > 0
    assert not next_one["right"]
    assert next_one["brute_force"] < 0
    assert min(rows, key=lambda row: row["published_formula"])["length"] == 291
    assert max(row["length"] for row in rows if row["published"] is not None) == 145
    assert at(rows, length=17)["published"] == pytest.approx(0.26119, abs=5e-6)
    assert at(rows, length=17)["floor"] == pytest.approx(0.26220, abs=5e-6)


def test_geometry_has_the_gaps_of_the_sentences(numbers: dict[str, Rows]) -> None:
    gap = theorem("index_peak_le_min_of_length").claim.conclusion.lhs
    for case, angle, query in (
        ("θ = 2π/17, query i = 8", 2 * sp.pi / 17, 8),
        ("θ = 2π/9, query i = 8", 2 * sp.pi / 9, 8),
        ("θ = 2π/9, query a letter", 2 * sp.pi / 9, 0),
    ):
        drawn = at(numbers["index_geometry"], case=case, role="target")
        assert drawn["gap"] == pytest.approx(value(gap, n=17, i=query, theta=angle), abs=1e-12)
    for row in numbers["retrieval_geometry"][:3]:
        floors = numbers["retrieval_discrepancy"]
        floor = at(floors, length=row["length"])["brute_force"]
        assert floor is None or row["gap"] == pytest.approx(floor, abs=1e-12)
        assert row["gap"] == pytest.approx(row["target_logit"] - row["rival_logit"], abs=1e-12)


def test_a_logit_is_the_height_of_its_key(numbers: dict[str, Rows]) -> None:
    keys = [
        row for name in gallery() if "geometry" in name for row in numbers[name] if "key" in row
    ]
    heights = [np.dot(row["key"], row["query"]) for row in keys]
    assert heights == pytest.approx([row["logit"] for row in keys], abs=1e-12)


def test_brute_force_and_balls_agree_on_a_minimum() -> None:
    least = theorem("index_gap_le_of_reach").claim.conclusion.lhs
    slow = candidates(least, M=30, theta=sp.Rational(7, 10)).min()
    assert slow == pytest.approx(value(least, M=30, theta=sp.Rational(7, 10)), abs=1e-14)


def test_plot_writes_both_files_and_the_numbers(
    tmp_path: Path,
) -> None:
    out, table = tmp_path / "figures", tmp_path / "rows.json"
    ran = ropeproof("plot", "index_geometry", "--out", out, "--json", table)
    assert ran.status == 0
    files = [out / "index_geometry.svg", out / "index_geometry.png", table]
    assert ran.out.split() == [str(file) for file in files]
    assert sorted(out.iterdir()) == sorted(files[:2])
    assert list(json.loads(table.read_text())) == ["index_geometry"]


def test_list_says_the_title_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = ropeproof("plot", "--list")
    assert ran.status == 0
    lines = ran.out.splitlines()
    assert [line.split()[0] for line in lines] == [d.name for d in find([])]
    assert all(d.title in line for d, line in zip(find([]), lines, strict=True))
    assert not list(tmp_path.iterdir())


def test_an_unknown_figure_is_refused_with_the_nearest() -> None:
    ran = ropeproof("plot", "index_discrepency")
    assert ran.status == 2
    assert "index_discrepency" in ran.err
    assert "index_discrepancy" in ran.err


def test_the_price_of_index_keeps_to_its_law_and_falls_towards_it(
    numbers: dict[str, Rows],
) -> None:
    ratios = [row["index"] / row["index_needs"] for row in numbers["price_of_length"]]
    assert ratios == sorted(ratios, reverse=True)
    assert all(ratio > 1 for ratio in ratios)
    assert all(row["index"] < row["index_suffices"] for row in numbers["price_of_length"])


def test_hand_set_retrieval_is_right_below_the_line_and_wrong_above(
    numbers: dict[str, Rows],
) -> None:
    tried = [row for row in numbers["angle_length"] if row["kind"] == "hand-set"]
    assert {row["right"] for row in tried} == {True, False}
    for row in tried:
        assert row["right"] == ((2 * row["length"] - 3) * row["angle"] < 2 * math.pi / 8)


def test_no_ladder_leads_by_more_than_any_planes_can(numbers: dict[str, Rows]) -> None:
    for row in numbers["ladder_discrepancy"]:
        assert 0 < row["floor"] <= row["length"] / (row["length"] - 1) + 1e-12


def test_executed_logits_lie_in_the_band_and_the_floor_between_answer_and_rival(
    numbers: dict[str, Rows],
) -> None:
    rows = numbers["logit_profile"]
    assert sum(len(row["executed"]) for row in rows) > 500
    for row in rows:
        low, high = row["low"] - 1e-4, row["high"] + 1e-4
        assert all(low <= logit <= high for logit in row["executed"])
    answer = rows[4]
    rival = max(row["high"] for row in rows if row is not answer)
    assert answer["floor"] <= answer["low"] - rival <= answer["peak"]


def test_hand_set_queries_are_turned_back_and_trained_ones_nearly_so(
    numbers: dict[str, Rows],
) -> None:
    for model, far in (("hand-set", 1e-12), ("one-plane/2.0", 0.15)):
        row = at(numbers["dominant_planes"], task="index", model=model)
        queries = [point for point in row["points"] if point["kind"] == "query"]
        assert len(queries) > 30
        for point in queries:
            x, y = point["at"]
            turned = complex(x, y) / 1j * np.exp(1j * int(point["label"]) * row["angle"])
            assert abs(np.angle(turned)) < far


def test_hand_set_retrieval_keys_are_their_queries(numbers: dict[str, Rows]) -> None:
    row = at(numbers["dominant_planes"], task="retrieval", model="hand-set")
    keys, queries = row["points"][:8], row["points"][8:]
    assert [point["label"] for point in keys] == [point["label"] for point in queries]
    for key, query in zip(keys, queries, strict=True):
        assert key["at"] == pytest.approx(query["at"], abs=1e-12)


def test_no_head_is_low_in_both_scores(numbers: dict[str, Rows]) -> None:
    rows = numbers["behaviour_plane"]
    assert {row["kind"] for row in rows} == set(KINDS)
    assert len(rows) > 60
    rounding = 1e-4  # of scores that were stored with four digits
    for row in rows:
        assert 1 - rounding <= row["positional"] + row["symbolic"] <= 2


def test_certified_and_seen_are_shares_and_intervals_hold_what_was_seen(
    numbers: dict[str, Rows],
) -> None:
    for row in numbers["certified_length"]:
        assert row["trained"] <= min(row["horizons"])
        for point in row["accuracy"]:
            assert 0 <= point["low"] <= point["share"] <= point["high"] <= 1
            if point["length"] <= min(row["horizons"]):
                assert point["share"] == 1  # what is proved is seen
