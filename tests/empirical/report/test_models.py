"""The report of a user's models says what certificate, checks and survey say."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from empirical.facade import certify, predict
from empirical.figures.parts import behaviour_plane
from empirical.figures.parts.colours import POSITIONAL
from empirical.recheck.certificate import Verdict
from empirical.report import page
from empirical.report.checked_model import is_ours
from empirical.report.model_data import ModelParts, parts_of
from empirical.survey.interval import Interval
from empirical.survey.report import HeadReport
from empirical.survey.table import SurveyTable
from tests.command_line import ropeproof
from tests.empirical import foreign_models
from tests.empirical.recheck import certificates
from tests.empirical.report.test_report import Links


def report(head: int, means: dict[str, Interval]) -> HeadReport:
    """What is known of a head: some means."""
    nothing: dict[str, Any] = {}
    return HeadReport(
        0, head, 8, 1, means, nothing, nothing, [], nothing, nothing, (0, 1), None, nothing,
        nothing, nothing, {}, [], {},
    )  # fmt: skip


def silent(_: str) -> Callable[[int, int], None]:
    """Say nothing of a step."""
    return lambda done, total: None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that is wrong on some inputs, and one of another family."""
    folder = tmp_path_factory.mktemp("models")
    certificates.one_hop(folder / "own", "index", 3)
    foreign_models.write(folder / "llama", foreign_models.config("llama"))
    return folder


@pytest.fixture(scope="module")
def parts(folder: Path) -> list[ModelParts]:
    table = SurveyTable(folder / "heads.jsonl")
    return [parts_of(folder / name, table, silent) for name in ("own", "llama")]


def test_a_certificate_is_that_of_certify(folder: Path, parts: list[ModelParts]) -> None:
    certificate = parts[0].certificate
    claims = certify(
        folder / "own", certificate["length"], 2 * certificate["length"]
    ).certificate.claims
    verdicts = [row.verdict for row in claims.rows]
    assert certificate["counts"] == {verdict.value: verdicts.count(verdict) for verdict in Verdict}
    assert certificate["counts"]["REFUTED"] > 0
    assert certificate["witness"].startswith("wrong on ")
    assert certificate["earliest"] <= certificate["length"]
    assert sum(query["rows"] for query in certificate["queries"]) == len(verdicts)
    assert (
        sum(query["proved"] for query in certificate["queries"]) == certificate["counts"]["PROVED"]
    )
    assert "only trained models" in parts[1].certificate["reason"]


def test_a_kind_of_model_that_is_no_name_is_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": ["gptj"]}')
    assert not is_ours(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "gptj"}')
    assert is_ours(tmp_path)


def test_predictions_are_those_of_check(folder: Path, parts: list[ModelParts]) -> None:
    rows = predict(folder / "own")
    assert [row["name"] for row in parts[0].predictions["rows"]] == [row.name for row in rows]
    assert sum(parts[0].predictions["counts"].values()) == len(rows)


def test_every_head_is_a_cell(parts: list[ModelParts]) -> None:
    config = foreign_models.config("llama")
    for model, count in zip(
        parts, (1, config.num_hidden_layers * config.num_attention_heads), strict=True
    ):
        assert model.heads["count"] == count
        for grid in model.heads["grids"]:
            assert sum(map(len, grid["layers"].values())) == count


def test_every_head_is_a_point_of_the_plane_in_its_colour(parts: list[ModelParts]) -> None:
    """A head in the corner of a behaviour has its colour; one outside the corner has none."""
    corner = {"positional": Interval(0.95, None, None), "symbolic": Interval(0.05, None, None)}
    outside = corner | {"positional": Interval(0.85, None, None)}
    alone = {"positional": Interval(1.0, None, None)}
    both = [report(0, corner), report(1, outside), report(2, alone)]
    drawn = behaviour_plane.rows(both)
    assert [(row["head"], row["pure"]) for row in drawn] == [(0, "positional"), (1, None)]
    assert behaviour_plane.conclusion(drawn) == (
        "Of 2 heads, 1 purely positional and 0 purely symbolic."
    )
    svg = behaviour_plane.picture(drawn).decode()
    assert POSITIONAL in svg
    assert POSITIONAL not in behaviour_plane.picture(drawn[1:]).decode()
    for model in parts:
        assert model.heads["plane"]["title"].startswith(f"Of {model.heads['count']} head")


def test_the_page_shows_them_and_fetches_nothing(parts: list[ModelParts]) -> None:
    html = page.render_models(parts)
    assert not Links(html).broken
    assert not any(link in html for link in ('href="http', 'src="http', "url(http", "@import"))
    counts = parts[0].certificate["counts"]
    assert f"<strong>{counts['PROVED']} of {sum(counts.values())}</strong>" in html
    assert parts[0].certificate["witness"] in html
    assert parts[1].heads["self_check"] in html.replace("&#39;", "'")


def test_the_verb_writes_it_and_resumes(folder: Path, tmp_path: Path) -> None:
    asked = ("report", folder / "own", "--out", tmp_path / "out", "--json", tmp_path / "rows.json")
    assert ropeproof(*asked).status == 1  # some rows are refuted
    kept = (tmp_path / "out" / "heads.jsonl").read_bytes()
    (model,) = json.loads((tmp_path / "rows.json").read_text())
    assert model["certificate"]["counts"]["REFUTED"] > 0
    ropeproof(*asked)
    assert (tmp_path / "out" / "heads.jsonl").read_bytes() == kept
    nowhere = ropeproof("report", tmp_path / "nowhere", "--out", tmp_path / "other")
    assert nowhere.status == 2
    assert "nowhere" in nowhere.err
    assert not (tmp_path / "other").exists()
