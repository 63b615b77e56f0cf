"""Published claims along training: runs that show a claim, and neighbours that do not."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from empirical.figures.gallery import gallery
from empirical.figures.parts import observed
from empirical.shipped import checkpoints
from empirical.shipped.checkpoints import controlled
from empirical.training.evaluation import Count
from empirical.trajectories import observation_table, score_trajectory
from empirical.trajectories.observation_table import Observation, Observations
from empirical.trajectories.published_claims import (
    ClaimAlongTraining,
    Reproduction,
    claims,
)
from empirical.trajectories.score_trajectory import ScoreTrajectory
from tests.command_line import ropeproof
from tests.empirical import controlled_runs
from tests.empirical.controlled_runs import LAYERS
from theory.refusal import Refusal

STEPS = np.arange(5) * 100
HEADS = tuple((layer, 0) for layer in range(LAYERS))
INFINITE = {"lead": 1.0, "least_lead": 1.0, "norm": 1e400}
REPRODUCED, NOT_REPRODUCED, UNDECIDED = Reproduction


def seen(task: str, long: tuple[int, ...], trained: tuple[int, ...]) -> Observations:
    """Five snapshots with some right answers, of 100, at a long and at the trained length."""
    rows = tuple(
        Observation(
            step=int(step),
            accuracy={},
            lengths={17: Count(at, 100), 64: Count(far, 100), 850: Count(far, 100)},
            without={},
            kept=(),
            leads=(),
        )
        for step, far, at in zip(STEPS, long, trained, strict=True)
    )
    return Observations(task, 0, 400, 1e-4, HEADS, (34,), 4, rows)


@pytest.mark.parametrize("task", ["number", "letter"])
def test_a_run_as_published_reproduces_every_claim(task: str) -> None:
    long = (0, 10, 50, 98, 99) if task == "letter" else (0, 0, 2, 15, 30)
    outcomes = claims(controlled_runs.run(task), seen(task, long, (1, 99, 100, 100, 100)))
    assert len(outcomes) == 7
    assert {claim.outcome for claim in outcomes} == {REPRODUCED}
    for claim in outcomes:
        assert claim.since is not None
        start = claim.steps.index(claim.since)
        assert all(claim.holds[start:])
        assert not start or not claim.holds[start - 1]


def test_since_is_the_first_step_from_which_it_holds_for_good() -> None:
    claim = ClaimAlongTraining("x", "y", (0, 1, 2, 3), (0.0,) * 4, (True, False, True, True), "")
    assert claim.since == 2
    assert replace(claim, holds=(True, None, True, True)).since == 2
    assert replace(claim, holds=(True, True, True, False)).since is None
    assert replace(claim, holds=(True,) * 3 + (None,)).outcome is UNDECIDED
    assert replace(claim, holds=(True,) * 4).since == 0


def test_each_claim_has_a_run_that_denies_it() -> None:
    run, data = (
        controlled_runs.run("letter"),
        seen("letter", (0, 10, 50, 98, 99), (1, 99, 100, 100, 100)),
    )

    def said(start: str, run: ScoreTrajectory = run, data: Observations = data) -> Reproduction:
        return next(c.outcome for c in claims(run, data) if c.claim.startswith(start))

    late = run.accuracy | {3: np.where(STEPS >= 400, 1.0, 0.1)}
    assert said("all hops", replace(run, accuracy=late)) is NOT_REPRODUCED
    assert said("all hops", replace(run, accuracy={1: np.zeros(5)})) is UNDECIDED
    for right, outcome in ((50, NOT_REPRODUCED), (90, UNDECIDED), (99, REPRODUCED)):
        long = seen("letter", (0, 0, 0, 0, right), (1, 99, 100, 100, 100))
        assert said("more than 90 %", data=long) is outcome
    for right, outcome in ((10, NOT_REPRODUCED), (50, UNDECIDED), (90, REPRODUCED)):
        long = seen("letter", (0, 45, 45, 45, right), (1, 99, 100, 100, 100))
        assert said("accuracy at 850", data=long) is outcome
    mixed = {name: value.copy() for name, value in run.measures.items()}
    mixed["positional"][-1, 3, 0] = 0.07
    assert said("all heads are pure at γ = 0.05", replace(run, measures=mixed)) is NOT_REPRODUCED
    assert said("all heads are pure at γ = 0.1", replace(run, measures=mixed)) is REPRODUCED
    mixed["positional"][-1, 3, 0] = 1.01
    assert said("all layers lean", replace(run, measures=mixed)) is NOT_REPRODUCED
    angles = {"main_angle": run.angles["main_angle"] * np.where(np.arange(LAYERS) == 5, 2.1, 1.0)}
    assert said("the main angle", replace(run, angles=angles)) is NOT_REPRODUCED


def test_number_that_generalizes_or_learns_at_once_is_not_as_published() -> None:
    run, data = (
        controlled_runs.run("number"),
        seen("number", (0, 90, 90, 90, 90), (1, 99, 100, 100, 100)),
    )
    at_once = replace(run, accuracy=dict.fromkeys(run.accuracy, run.accuracy[1]))
    backwards = dict(zip((4, 3, 2, 1), run.accuracy.values(), strict=True))
    for changed in (at_once, replace(run, accuracy=backwards)):
        assert claims(changed, data)[0].outcome is NOT_REPRODUCED
    assert claims(run, data)[1].outcome is NOT_REPRODUCED
    untrained = seen("number", (0,) * 5, (1,) * 5)
    assert claims(run, untrained)[1].outcome is UNDECIDED, "what was never learned proves nothing"


def test_runs_of_which_nothing_was_published_are_refused() -> None:
    run, data = controlled_runs.run("letter"), seen("letter", (0,) * 5, (1,) * 5)
    for scores, observations, fault in (
        (run, replace(data, task="number"), "nothing was published"),
        (replace(run, task="index"), replace(data, task="index"), "nothing was published"),
        (replace(run, heads=run.heads[:2]), replace(data, heads=data.heads[:2]), "has 2 heads"),
        (run, replace(data, heads=data.heads[::-1]), "heads"),
        (run, replace(data, rows=tuple(map(shorter, data.rows))), "not observed at 850"),
    ):
        with pytest.raises(Refusal, match=fault):
            claims(scores, observations)


def shorter(row: Observation) -> Observation:
    return replace(row, lengths={n: count for n, count in row.lengths.items() if n < 850})


def test_shipped_tables_say_what_the_command_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    ran = ropeproof("claims", "--json", tmp_path / "rows.json")
    assert ran.status == 0, ran.err
    assert max(map(len, ran.out.splitlines())) <= 80
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert len({row["run"] for row in rows}) == len(controlled()) == 9
    assert len(rows) == 9 * 7
    by_claim = {(row["run"], row["claim"]): row for row in rows}
    for path in controlled():
        table = observation_table.read(path)
        for claim in claims(score_trajectory.read(path), table):
            row = by_claim[path.name, claim.claim]
            assert (row["outcome"], row["since"]) == (claim.outcome, claim.since)


DAMAGE: dict[str, tuple[str, Any]] = {
    "no lengths": ("lengths", None),
    "no removals": ("without", None),
    "more right than there are": ("lengths", {"17": [9, 8], "64": [1, 2], "850": [1, 2]}),
    "no inputs": ("accuracy", {"1": [0, 0]}),
    "other lengths": ("lengths", {"17": [1, 2]}),
    "a missing way": ("without", {"zero": [], "mean": [], "pattern": []}),
    "a text": ("accuracy", {"1": ["many", 8]}),
    "a step twice": ("step", 0),
    "a negative step": ("step", -1),
    "a step that is none": ("step", True),
    "a lead that is none": ("leads", [{"layer": 0, "head": 0, "last": {"lead": 1}}]),
    "a share above 1": ("kept", "share"),
    "a lead without end": ("leads", [{"layer": 0, "head": 0, "last": INFINITE}]),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_table_is_refused(name: str, tmp_path: Path) -> None:
    document = json.loads((controlled()[0] / observation_table.TABLE).read_text())
    field, value = DAMAGE[name]
    last = document["snapshots"][-1]
    if value is None:
        del last[field]
    elif value == "share":
        last["kept"][0]["forecast_kept"][0] = 1.01
    else:
        last[field] = value
    (tmp_path / observation_table.TABLE).write_text(json.dumps(document))
    with pytest.raises(Refusal, match="remove it"):
        observation_table.read(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", "[" * 100_000, '{"snapshots": []}', "\x00"])
def test_what_is_no_table_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / observation_table.TABLE).write_text(text)
    with pytest.raises(Refusal, match="remove it"):
        observation_table.read(tmp_path)


def test_a_run_without_a_table_is_refused_in_a_sentence(tmp_path: Path) -> None:
    ran = ropeproof("claims", tmp_path)
    (refusal,) = filter(None, map(str.strip, ran.err.splitlines()))
    assert ran.status == 2
    assert refusal.startswith(f"ropeproof: {tmp_path}")


def test_walking_heads_and_failing_lengths_are_read_from_the_rows() -> None:
    for path in controlled():
        for row in observation_table.read(path).rows:
            for head in row.walking:
                same = [other for other in row.kept if other.query == head.query]
                assert head.next_stop == max(other.next_stop for other in same)
            shares = {n: count.correct / count.total for n, count in row.lengths.items()}
            failing = [n for n, share in shares.items() if share < 0.5]
            assert row.failing_length == (min(failing) if failing else None)


def test_figures_wait_for_observed_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("length_over_training", "kept_forecast", "heads_needed")
    assert all(gallery()[name].ready() for name in names)
    drawn = {name: gallery()[name].rows() for name in names}
    rights = {
        (row.task, r.step, row.seed, row.steps, row.learning_rate): r.lengths[850]
        for row in observed.runs()
        for r in row.rows
    }
    for row in drawn["length_over_training"]:
        if row["length"] == 850:
            key = (row["task"], row["step"], row["seed"], row["steps"], row["rate"])
            assert (row["right"], row["inputs"]) == (rights[key].correct, rights[key].total)
    assert {row["kind"] for row in drawn["kept_forecast"]} == {"peak", "snapshot"}
    assert all(0 <= row["right"] <= row["inputs"] for row in drawn["heads_needed"])
    monkeypatch.setattr(observed, "controlled", list)
    assert not any(gallery()[name].ready() for name in names)
    assert checkpoints.controlled()
