"""A survey is the same table however it is run, interrupted or spread over workers."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import distributed as library
import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from empirical.foreign import capture, reading
from empirical.foreign.parity import softmax
from empirical.scores.matching import prefix_matching_score, previous_token_score
from empirical.scores.repeats import followers
from empirical.survey import unit as units_of
from empirical.survey.measure import measure
from empirical.survey.prompts import KINDS, Prompts, of_file
from empirical.survey.report import report
from empirical.survey.run import survey
from empirical.survey.table import SurveyTable
from empirical.survey.unit import Unit, measure_unit, units
from empirical.tasks.index_and_retrieval import IndexAndRetrieval
from tests.command_line import ropeproof
from tests.empirical import foreign_models, solvers
from theory.refusal import Refusal

LENGTHS = (16, 24)
distributed: Any = library


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model")
    return foreign_models.write(path, foreign_models.config("llama", num_hidden_layers=1))


@pytest.fixture(scope="module")
def todo(directory: Path) -> list[Unit]:
    return units(reading.read(directory), Prompts("repeats"), 6, LENGTHS)


@pytest.fixture(scope="module")
def records(todo: list[Unit], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is measured in this process."""
    table = SurveyTable(tmp_path_factory.mktemp("table") / "heads.jsonl")
    survey(todo, table)
    return table.records


@pytest.mark.parametrize("model_type", ["llama", "mistral", "gemma2", "gpt_neox"])
def test_rows_are_those_of_whole_matrices(model_type: str) -> None:
    model = foreign_models.unread(foreign_models.config(model_type))
    ids = Prompts("repeats").draw(1, 40, 0, 64, None)[0]
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
            assert row.outlook.top <= row.outlook.top_bound <= row.outlook.top_promise[40] + 1e-12
            assert row.outlook.floor[40] <= row.outlook.margin + 1e-4
            assert sum(vars(row.biases).values()) == pytest.approx(1)
            assert sum(vars(row.averages).values()) == pytest.approx(1)

    capture.run(model, ids, compare)
    assert next(rows, None) is None


def test_the_length_at_which_a_lead_is_gone_is_the_first() -> None:
    """Against a loop over every distance and content."""
    model = foreign_models.unread(foreign_models.config("llama"))
    ids = Prompts("repeats").draw(1, 24, 0, 64, None)[0]
    streams: list[np.ndarray] = []
    capture.run(model, ids, lambda seen: streams.append(seen.stream))
    for row in measure(model, ids, 0):
        head = model.family.heads(model.module, row.layer, streams[row.layer])[row.head]
        target = 23 - row.outlook.offset
        lead = head.at(23, np.array([target]), np.array([row.outlook.offset])).item()
        best, gone = -np.inf, None
        floors = {}
        for distance in range(96):
            rivals = [23] if distance == 0 else [key for key in range(24) if key != target]
            if distance != row.outlook.offset:
                found = head.at(23, np.array(rivals), np.full(len(rivals), distance))
                best = max(best, found.max())
            if best >= lead and gone is None:
                gone = max(distance, row.outlook.offset) + 1
            floors[distance + 1] = lead - best
        assert row.outlook.vanishes == gone
        for length, floor in row.outlook.floor.items():
            assert floor == pytest.approx(floors[length], abs=1e-9)


def test_an_interrupted_survey_goes_on(
    todo: list[Unit], records: dict[str, Any], tmp_path: Path
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
    todo: list[Unit], directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {unit.key for unit in todo}
    assert len(keys) == len(todo) == 4
    copy = tmp_path / "elsewhere"
    foreign_models.write(copy, foreign_models.config("llama", num_hidden_layers=1))
    assert {u.key for u in units(reading.read(copy), Prompts("repeats"), 6, LENGTHS)} == keys
    model = reading.read(directory)
    for other in (Prompts("repeats", 1), Prompts("blocks"), Prompts("own", 0, (1, 2, 3))):
        assert not {u.key for u in units(model, other, 6, LENGTHS)} & keys
    monkeypatch.setattr(units_of, "VERSION", 99)
    assert not {u.key for u in units(model, Prompts("repeats"), 6, LENGTHS)} & keys


def test_a_changed_directory_is_refused(todo: list[Unit], tmp_path: Path) -> None:
    foreign_models.write(tmp_path, foreign_models.config("llama", num_hidden_layers=1), seed=1)
    with pytest.raises(Refusal, match="has changed"):
        measure_unit(replace(todo[0], path=tmp_path))


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True
    ) as found:
        yield found


@pytest.mark.timeout(300)  # new processes import torch first
def test_a_cluster_gives_the_same_table_though_a_worker_dies(
    todo: list[Unit],
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
    todo: list[Unit], records: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    table = SurveyTable(tmp_path / "heads.jsonl")
    survey(todo[:2], table, jobs=2)
    assert table.records == {unit.key: records[unit.key] for unit in todo[:2]}


def test_no_scheduler_is_one_sentence(todo: list[Unit], tmp_path: Path) -> None:
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


@pytest.mark.parametrize("kind", KINDS)
def test_prompts_come_from_their_seed(kind: str) -> None:
    one = Prompts(kind).draw(3, 48, 0, 64, None)
    assert one.shape == (3, 48)
    assert 0 <= one.min() <= one.max() < 64
    assert np.array_equal(one, Prompts(kind).draw(3, 48, 0, 64, None))
    for other in (
        Prompts(kind, 1).draw(3, 48, 0, 64, None),
        Prompts(kind).draw(3, 48, 1, 64, None),
    ):
        assert not np.array_equal(one, other)


@pytest.mark.parametrize("kind", ["number", "letter"])
def test_answers_stand_where_looking_finds_them(kind: str) -> None:
    both = IndexAndRetrieval(("a", 2, ("c", "d"), ("d", 1), "b", ("d", "c"), 3, ("c", 2)))
    alone = both.index if kind == "number" else both.retrieval
    solve = solvers.index if kind == "number" else solvers.retrieval
    prompts = Prompts(kind)
    for task in (both, alone):
        drawn = prompts.draw(20, 9, 0, 8, task)
        places = prompts.answers(drawn, 8, task)
        assert places is not None
        for ids, place in zip(drawn.tolist(), places.tolist(), strict=True):
            assert solve(both.entries, ids) == [ids[place]]
            assert kind == "letter" or place == 8 - int(str(both.entries[ids[-1]]))
    elsewhere = prompts.draw(20, 9, 0, 64, None)
    places = prompts.answers(elsewhere, 64, None)
    assert places is not None
    assert len(set(places.tolist())) > 3
    assert Prompts("repeats").answers(elsewhere, 64, None) is None
    assert Prompts("own", 0, (1, 2, 3)).answers(elsewhere, 64, None) is None


def test_blocks_have_tokens_of_their_own() -> None:
    ids = Prompts("blocks").draw(1, 65, 0, 64, None)[0]
    parts = [set(part.tolist()) for part in np.array_split(ids, 16)]
    parts[-1] = set(np.array_split(ids, 16)[-1][:-1].tolist())
    assert sum(len(part) for part in parts) == len(set.union(*parts))


def test_own_prompts_are_ids_or_text(tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_text(json.dumps([*range(30)]))
    ids = of_file(file, tmp_path, 64)
    drawn = Prompts("own", 0, ids).draw(2, 10, 0, 64, None)
    assert (np.diff(drawn) == 1).all()
    with pytest.raises(Refusal, match="has 30 tokens and not 31"):
        Prompts("own", 0, ids).draw(1, 31, 0, 64, None)
    with pytest.raises(Refusal, match="token ids below 9"):
        of_file(file, tmp_path, 9)
    file.write_text("a b a c")
    with pytest.raises(Refusal, match="there is no"):
        of_file(file, tmp_path, 64)
    words: Any = Tokenizer(models.WordLevel({"a": 3, "b": 1, "c": 2}, unk_token="a"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.save(str(tmp_path / "tokenizer.json"))
    assert of_file(file, tmp_path, 64) == (3, 1, 3, 2)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(Refusal, match="not readable"):
        of_file(file, tmp_path, 64)


def test_check_reports_on_every_head_and_flags_duplicates(directory: Path, tmp_path: Path) -> None:
    foreign_models.write(tmp_path / "twin", foreign_models.config("llama", num_hidden_layers=1))
    table, written = tmp_path / "heads.jsonl", tmp_path / "rows.json"
    arguments = ["check", directory, tmp_path / "twin", "--prompts", 2, "--lengths", "16"]
    arguments += ["--table", table, "--json", written]
    status, out, _ = ropeproof(*arguments)
    assert status == 0
    assert f"the same weights: {directory}, {tmp_path / 'twin'}" in out
    assert out.index("pattern_eq_own") < out.index("L0H3")
    rows = json.loads(written.read_text())
    assert sum("labels" in row for row in rows) == 8
    assert len(SurveyTable(table).records) == 1
    before = table.read_bytes()
    assert ropeproof(*arguments)[0] == 0
    assert table.read_bytes() == before


def test_prompts_may_be_shorter_than_the_input_of_the_self_check(tmp_path: Path) -> None:
    directory = foreign_models.write(tmp_path / "model", foreign_models.config("gptj"))
    arguments = ["--prompts", 1, "--lengths", "16", "--table", tmp_path / "heads.jsonl"]
    assert ropeproof("check", directory, *arguments)[0] == 0
