"""A search that finds everything right: nothing that is shown to people believes it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import empirical
from empirical.certificates.accuracy import bounds
from empirical.certificates.induction.prover import InductionProver
from empirical.certificates.one_layer.prover import Horizon, Prover, Row
from empirical.figures import certified_length
from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.paper.numbers import certificates as paper_numbers
from empirical.pytest_plugin import Facts
from empirical.recheck.certificate import OneHop, Verdict
from empirical.report import page_data
from empirical.shipped import certified_table, checkpoints, comparison
from tests.command_line import ropeproof
from tests.empirical.recheck import certificates

LENGTH, LONGEST = 4, 6


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with rows that fail, before the search lies about it."""
    path = tmp_path_factory.mktemp("made") / "model"
    document = certificates.one_hop(path, "index", 3)
    assert any(row["verdict"] == "REFUTED" for row in document["claims"]["rows"])
    return path


@pytest.fixture(scope="module")
def truth(model: Path) -> OneHop:
    """What is so of it."""
    claims = empirical.certify(model, LENGTH, LONGEST).certificate.claims
    assert isinstance(claims, OneHop)
    return claims


@pytest.fixture
def lies(truth: OneHop, monkeypatch: pytest.MonkeyPatch) -> OneHop:
    """The truth, while the search says of every row, horizon and input that it is right."""

    def right(_: Prover, tables: Any, domain: Any, pairs: Any, *rest: Any) -> Row:
        return Row(domain.query, int(pairs.answers[0]), 1, rest[-1], Verdict.PROVED)

    def always(prover: Prover, domain: Any, length: int) -> Iterator[bounds.AnswerAccuracy]:
        for answer in domain.answers.tolist():
            yield bounds.AnswerAccuracy(domain.query, answer, bounds.AccuracyBounds(1.0, 1.0))

    def to_the_end(_: Prover, tables: Any, domain: Any, longest: int) -> Horizon:
        return Horizon(domain.query, longest, None)

    monkeypatch.setattr(Prover, "_row", right)
    monkeypatch.setattr(Prover, "reach_of", to_the_end)
    monkeypatch.setattr(bounds, "of_query", always)
    return truth


def proved(claims: Any) -> set[Any]:
    """The rows of claims that are PROVED."""
    return {(row.query, row.answer) for row in claims.rows if row.verdict is Verdict.PROVED}


def horizons(claims: OneHop) -> dict[int, int]:
    return {horizon.query: horizon.longest for horizon in claims.horizons}


def test_the_lie_is_one(model: Path, lies: OneHop) -> None:
    prover = Prover(checkpoint.read(model))
    rows = [row for d in prover.domains(LENGTH) for row in prover.rows(d.query, LENGTH)]
    assert {row.verdict for row in rows} == {Verdict.PROVED}
    assert len(proved(lies)) < len(rows)
    assert min(horizons(lies).values()) < LONGEST


def test_a_notebook_shows_what_is_so(model: Path, lies: OneHop) -> None:
    checked = empirical.certify(model, LENGTH, LONGEST)
    assert isinstance(checked.certificate.claims, OneHop)
    assert proved(checked.certificate.claims) == proved(lies)
    assert horizons(checked.certificate.claims) == horizons(lies)
    assert checked.differences


def test_the_command_line_says_that_search_and_checker_differ(model: Path, lies: OneHop) -> None:
    out = model.parent / "certificate.json"
    asked = ("--length", LENGTH, "--horizon", LONGEST, "--accuracy", "--out", out)
    status, printed, _ = ropeproof("certify", model, *asked)
    assert status == 3
    assert f"{len(proved(lies))} of {len(lies.rows)} rows proved" in printed
    assert "search and checker differ" in printed
    assert "accuracy between" not in printed
    assert out.read_text().count('"PROVED"') == len(proved(lies))
    assert ropeproof("recheck", out, model).status == 0


def test_the_fixture_fails(model: Path, lies: OneHop) -> None:
    with pytest.raises(pytest.fail.Exception, match="search and checker differ"):
        Facts().certified(model, LENGTH)


def test_a_table_holds_what_is_so(model: Path, lies: OneHop) -> None:
    trained = checkpoint.read(model)
    assert certified_table.horizons(trained, LONGEST) == horizons(lies)
    assert certified_table.accuracy(trained, LENGTH) is None
    assert certified_table._accuracies(trained) == {}


def test_a_comparison_shows_what_is_so(model: Path, lies: OneHop) -> None:
    recorded = {"accuracy": {str(LENGTH): {"correct": 1, "total": 2}}}
    trained = replace(checkpoint.read(model), manifest=recorded)
    row = comparison.compare(trained, LONGEST, bound_accuracy=True)
    assert row.certified == (min(horizons(lies).values()), max(horizons(lies).values()))
    assert row.bounds == {}


@pytest.fixture
def shipped(model: Path, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    """The model, in the place of those that are shipped."""
    monkeypatch.setattr(checkpoints, "shipped", lambda: [model])
    monkeypatch.setattr(checkpoints, "SEARCHED", LONGEST)
    return checkpoint.read(model)


def test_report_and_paper_show_what_is_so(
    shipped: Checkpoint, lies: OneHop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shipped.task is not None
    length = max(shipped.task.train_lengths)
    (row,) = page_data.certified(lambda: None)
    so = empirical.certify(shipped, length, LONGEST).certificate.claims
    assert (row["length"], row["rows"], row["proved"]) == (length, len(so.rows), len(proved(so)))
    assert row["proved"] < row["rows"]
    reported = {q["query"]: q["horizon"].removeprefix("≥ ") for q in row["queries"]}
    entries = shipped.task.entries
    for query, longest in horizons(lies).items():
        assert reported.get(str(entries[query]), str(longest)) == str(longest)
    monkeypatch.setattr(paper_numbers, "MODELS", (shipped.path.name,))
    monkeypatch.setattr(paper_numbers, "circuits", list)
    monkeypatch.setattr(paper_numbers, "table", dict)
    told = {number.key: number.text for number in paper_numbers.numbers([])}
    assert told[f"{shipped.path.name}.proved"] == str(len(proved(so)))


def test_a_figure_draws_what_is_so(
    shipped: Checkpoint, lies: OneHop, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = {shipped.sha256: certified_table.Certified(LONGEST, horizons(lies), {})}
    monkeypatch.setattr(certified_table, "table", lambda: table)
    monkeypatch.setattr(certified_length, "MODELS", (shipped.path.name,))
    (row,) = certified_length.rows()
    assert row["horizons"] == sorted(horizons(lies).values())


def test_two_layers_show_what_is_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = certificates.induction(tmp_path / "model", 0.8, length=4)["claims"]
    so = sum(row["verdict"] == "PROVED" for row in honest["rows"])
    rows = [{**row, "verdict": "PROVED"} for row in honest["rows"]]
    lie = {"length": 4, "rows": rows}
    monkeypatch.setattr(InductionProver, "certify", lambda *_: lie)
    status, printed, _ = ropeproof("certify", tmp_path / "model", "--length", 4)
    assert status == 3
    assert f"{so} of {len(rows)} rows proved" in printed
    assert so < len(rows)
    assert "search and checker differ" in printed
