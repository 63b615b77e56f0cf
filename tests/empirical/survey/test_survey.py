"""A survey is the same table however it is run, interrupted or spread over workers."""

import io
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import dask
import distributed as library
import numpy as np
import pytest
from rich.console import Console

from empirical.display import survey_table
from empirical.foreign import capture, parity, reading
from empirical.foreign.parity import softmax
from empirical.foreign.vocabulary import Vocabulary
from empirical.scores.matching import prefix_matching_score, previous_token_score
from empirical.scores.repeats import followers
from empirical.survey.effects import Effect
from empirical.survey.interval import Interval
from empirical.survey.measure import measure
from empirical.survey.prompts import Prompts
from empirical.survey.report import ROLES, HeadReport, report
from empirical.survey.run import PRELOADED, survey
from empirical.survey.table import SurveyTable
from empirical.survey.unit import HeadsUnit, units
from tests.command_line import ropeproof
from tests.empirical import foreign_models
from theory.processes import forked_after
from theory.refusal import Refusal

LENGTHS = (16, 24)
WORDS = Vocabulary.unknown(64)
distributed: Any = library


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model")
    return foreign_models.write(path, foreign_models.config("llama", num_hidden_layers=1))


@pytest.fixture(scope="module")
def todo(directory: Path) -> list[HeadsUnit]:
    return units(reading.stored_at(directory), Prompts("repeats"), 6, LENGTHS)


@pytest.fixture(scope="module")
def records(todo: list[HeadsUnit], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is measured in this process."""
    table = SurveyTable(tmp_path_factory.mktemp("table") / "heads.jsonl")
    survey(todo, table)
    return table.records


@pytest.mark.parametrize("model_type", ["llama", "mistral", "gemma2", "gpt_neox"])
def test_rows_are_those_of_whole_matrices(model_type: str) -> None:
    model = foreign_models.unread(foreign_models.config(model_type))
    ids = Prompts("repeats").draw(0, 1, 40, WORDS, None)[0]
    rows = iter(measure(model, ids, 0))

    def compare(seen: capture.AttentionInputs) -> None:
        for logits in seen.logits().astype(float):
            row, weights = next(rows), softmax(logits)
            assert row.previous == pytest.approx(previous_token_score(weights[None]), abs=1e-5)
            wanted = prefix_matching_score(weights[None], followers(ids[None]))
            assert row.prefix == pytest.approx(wanted, abs=1e-5)
            last = logits[-1][np.isfinite(logits[-1])]
            second, first = np.sort(last)[-2:]
            assert row.outlook.margin == pytest.approx(first - second, abs=1e-4)
            assert row.outlook.offset == last.size - 1 - last.argmax()
            assert row.outlook.top == pytest.approx(weights[-1].max(), abs=1e-5)
            assert row.outlook.top <= row.outlook.top_bound <= row.outlook.top_bounds[40] + 1e-12
            leads = row.outlook.anywhere
            assert leads.floor[40] is not None
            assert leads.floor[40] <= row.outlook.margin + 1e-4
            sees_first = weights[1 : seen.window or 40, 0]
            assert row.first == pytest.approx(sees_first.mean(), abs=1e-5)
            assert sum(vars(row.biases).values()) == pytest.approx(1)
            assert sum(vars(row.averages).values()) == pytest.approx(1)

    capture.run(model, ids, compare)
    assert next(rows, None) is None


def test_an_interrupted_survey_goes_on(
    todo: list[HeadsUnit], records: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "heads.jsonl"

    class Interrupted(Exception):
        pass

    def stop() -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        survey(todo, SurveyTable(file), progress=stop)
    first = file.read_bytes()
    assert first.count(b"\n") == 1
    file.write_bytes(first + b'{"key": "torn')
    survey(todo, SurveyTable(file))
    assert file.read_bytes().startswith(first)
    assert SurveyTable(file).records == records
    before = file.read_bytes()
    survey(todo, SurveyTable(file))
    assert file.read_bytes() == before


def test_rows_are_measured_again_only_where_content_differs(
    todo: list[HeadsUnit], directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {unit.key for unit in todo}
    assert len(keys) == len(todo) == 4
    copy = tmp_path / "elsewhere"
    foreign_models.write(copy, foreign_models.config("llama", num_hidden_layers=1))
    assert {u.key for u in units(reading.stored_at(copy), Prompts("repeats"), 6, LENGTHS)} == keys
    model = reading.stored_at(directory)
    for other in (Prompts("repeats", 1), Prompts("blocks"), Prompts("own", 0, ((1, 2, 3),))):
        assert not {u.key for u in units(model, other, 6, LENGTHS)} & keys
    monkeypatch.setattr(HeadsUnit, "VERSION", "heads 99")
    assert not {u.key for u in units(model, Prompts("repeats"), 6, LENGTHS)} & keys


def test_a_changed_directory_is_refused(todo: list[HeadsUnit], tmp_path: Path) -> None:
    foreign_models.write(tmp_path, foreign_models.config("llama", num_hidden_layers=1), seed=1)
    with pytest.raises(Refusal, match="has changed"):
        replace(todo[0], path=tmp_path).record()


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Two workers, forked from a server that imports torch once for them and their successors."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    forked_after("distributed", *PRELOADED)
    forkserver.ensure_running()
    with (
        dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True
        ) as started,
    ):
        yield started


@pytest.mark.timeout(300)  # new processes import torch first
def test_a_cluster_gives_the_same_table_though_a_worker_dies(
    todo: list[HeadsUnit],
    records: dict[str, Any],
    cluster: Any,
    tmp_path: Path,
) -> None:
    table = SurveyTable(tmp_path / "heads.jsonl")
    with distributed.Client(cluster) as client:
        victims = list(client.run(os.getpid).values())

    def kill() -> None:
        while len(victims) > 1:
            os.kill(victims.pop(), signal.SIGKILL)

    survey(todo, table, scheduler=cluster.scheduler_address, progress=kill)
    assert len(victims) == 1
    assert table.records == records


@pytest.mark.timeout(300)  # new processes import torch first
def test_processes_give_the_same_table(
    todo: list[HeadsUnit], records: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    table = SurveyTable(tmp_path / "heads.jsonl")
    survey(todo[:2], table, jobs=2)
    assert table.records == {unit.key: records[unit.key] for unit in todo[:2]}


def test_no_scheduler_is_one_sentence(todo: list[HeadsUnit], tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="start one there"):
        survey(todo, SurveyTable(tmp_path / "t"), scheduler="nowhere")


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("dear diary\nand so on\n")
    with pytest.raises(Refusal, match="line 1"):
        SurveyTable(file)


def test_intervals_hold_their_values(records: dict[str, Any]) -> None:
    reports = report(records.values())
    assert [(row.length, row.head) for row in reports] == [
        (n, h) for n in LENGTHS for h in range(4)
    ]
    for row in reports:
        assert row.prompts == 6
        for interval in (*row.means.values(), *row.shares.values()):
            assert interval.low is not None
            assert interval.high is not None
            assert interval.low <= interval.value <= interval.high
        hits = row.shares["hits_previous"]
        if hits.value == 0:  # Clopper and Pearson: 1 − (α/2)^(1/n)
            assert hits.high == pytest.approx(1 - 0.025 ** (1 / 6))
        assert sum(row.use) == pytest.approx(1)


def test_heads_reports_on_every_head_and_measures_nothing_twice(
    directory: Path, tmp_path: Path
) -> None:
    table, written = tmp_path / "heads.jsonl", tmp_path / "rows.json"
    arguments = ["heads", directory, "--prompts", 2, "--lengths", "16"]
    arguments += ["--table", table, "--json", written]
    status, out, _ = ropeproof(*arguments)
    assert status == 0
    assert out.index("self-check at 64 tokens, 1 blocks") < out.index("any of 64 ids")
    assert out.index("any of 64 ids") < out.index("role") < out.index("every head: --top")
    assert "lost at" not in out
    assert sum("labels" in row for row in json.loads(written.read_text())) == 4
    # The self-check, a unit of prompts, and two prompts on which heads are removed in two goes.
    assert len(SurveyTable(table).records) == 1 + 1 + 2 * 2
    before = table.read_bytes()
    status, out, _ = ropeproof(*arguments, "--top", 4)
    assert status == 0
    assert out.index("role") < out.index("lost at") < out.index("L0H3")
    assert table.read_bytes() == before


def test_no_number_is_cut_on_80_columns() -> None:
    """With the widest numbers that heads have: three digits before the point and a sign."""
    names = [*survey_table.COLUMNS]
    values = {name: Interval(-123.45 if name == "standing" else 0.99, 0.98, 0.99) for name in names}
    loss = Interval(123.45, 1.0, 999.0)
    row = HeadReport(
        layer=29, head=15, length=2048, prompts=8, means=values, shares={}, tests={}, use=[],
        biases={}, averages={}, offset=(1, 8), lost=8192, floor={}, peak={}, top_bounds={},
        profile={}, lags=[], effects={"zero": Effect(loss, loss, 8, 2)},
    )  # fmt: skip
    means = values | {"previous": Interval(0.6, 0.5, 0.7)}
    row = replace(row, tests={"previous": 0.01, "first": 0.2})
    sink = replace(row, head=1, means=means, tests={"previous": 0.01, "first": 0.01})
    assert survey_table.summary([row, sink]).row_count == len(ROLES)
    printed = on_80_columns(
        survey_table.summary([row, sink]),
        survey_table.needed([row, sink]),
        survey_table.untold([row, sink]),
        survey_table.table([row, sink]),
    )
    assert "…" not in printed
    assert max(map(len, printed.splitlines())) <= 80
    for cell in ("L29H15", "-123.45", "8192", "L29H1 0.60 (0.50–0.70)", "previous token"):
        assert cell in printed
    # By role, on removal, and in the list of heads, there with what they copy.
    assert printed.count("123.45") == 3 + 2 + 2 * 2
    assert "1 sink" in printed


def on_80_columns(*parts: object) -> str:
    """What a pipe or the log of a job gets."""
    console = Console(width=80, file=io.StringIO(), force_terminal=False)
    for part in parts:
        console.print(part)
    printed: str = console.file.getvalue()  # type: ignore[attr-defined]
    return printed


def test_the_summary_of_a_large_model_fits_on_one_screen() -> None:
    """128 layers of 128 heads, of which each has every role that heads can have."""
    interval = Interval(0.95, 0.91, 0.99)
    names = {**survey_table.COLUMNS, "first": "first"}
    tests = dict.fromkeys(("first", "previous", "prefix", "duplicate"), 0.001)
    low = Interval(0.05, 0.01, 0.09)
    rows = [
        HeadReport(
            layer=layer, head=127, length=256, prompts=8, shares={}, use=[], biases={}, averages={},
            means=dict.fromkeys(names, interval) | {scored: low}, lags=[], offset=(1, 8), lost=None,
            tests=tests | {"token_positional": 0.001, "token_symbolic": 0.001}, floor={}, peak={},
            top_bounds={}, profile={}, effects={"zero": Effect(interval, interval, 8, 2)},
        )
        for layer in range(128)
        for scored in ("token_positional", "token_symbolic")
    ]  # fmt: skip
    printed = on_80_columns(
        "a self-check is so long " * 9, "what prompts are made of " * 5, "", "the title",
        survey_table.summary(rows), survey_table.needed(rows), "how to list heads",
    )  # fmt: skip
    assert "…" not in printed
    assert printed.count("(0.91–0.99)") >= 2 * 6
    assert len(printed.splitlines()) <= 24


def test_a_model_that_fails_its_self_check_is_not_reported_on(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parity, "BOUND", 1e-12)
    monkeypatch.setattr(parity, "TURNED", 0.0)
    table = tmp_path / "heads.jsonl"
    status, out, _ = ropeproof("heads", directory, "--lengths", "16", "--table", table)
    assert status == 1
    assert "NOT in 2: L0 n=64" in out
    assert "FAIL" in out
    assert not table.exists()


def test_check_flags_duplicates(directory: Path, tmp_path: Path) -> None:
    foreign_models.write(tmp_path / "twin", foreign_models.config("llama", num_hidden_layers=1))
    status, out, _ = ropeproof("check", directory, tmp_path / "twin")
    assert status == 0
    assert f"the same weights: {directory}, {tmp_path / 'twin'}" in out


def test_prompts_may_be_shorter_than_the_input_of_the_self_check(tmp_path: Path) -> None:
    directory = foreign_models.write(tmp_path / "model", foreign_models.config("gptj"))
    arguments = ["--prompts", 1, "--lengths", "16", "--table", tmp_path / "heads.jsonl"]
    assert ropeproof("heads", directory, *arguments)[0] == 0
