"""Observes snapshots of a multi-hop run: longer inputs, removed heads, and what heads keep.

The scores of a snapshot are recorded in ``recording``; what is here costs more, and is observed of
every ``EVERY``-th step.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from empirical.files.checkpoint import Checkpoint
from empirical.heads.canonical import Head
from empirical.heads.executed import heads_on
from empirical.heads.silenced import WAYS
from empirical.mechanism.ablation import ablate
from empirical.mechanism.forecast import forecast
from empirical.mechanism.peak_survival import PeakSurvival, peak_survival
from empirical.models.gptj import GPTJ
from empirical.scores.queries import stops
from empirical.tasks.dataset import Dataset
from empirical.tasks.multi_hop import MultiHop
from empirical.training.evaluation import accuracy, accuracy_by_hops
from empirical.training.trainer import snapshots_of
from empirical.trajectories.observation_table import TABLE
from empirical.trajectories.snapshot_table import task_of, update

EVERY, HEADS_EVERY = 250, 500
"""Steps between two snapshots that are observed, and between two whose heads are."""
LENGTHS = (17, 34, 64, 128, 256, 512, 850, 1700, 5000)
"""Tokens of the inputs on which answers are counted."""
TOKENS, FEWEST, MOST = 200_000, 40, 1000
"""Tokens run at each length, and the fewest and the most inputs that these may be."""
ANSWERED = 1000
"""Inputs of the trained length on which answers are counted by number of hops."""
WITHOUT_INPUTS = 400
"""Inputs on which answers are counted with a head removed."""
KEPT_LENGTHS, KEPT_INPUTS, SEED = (34, 136, 544), 64, 31
"""Lengths at which peaks are forecast and measured, number of short inputs, seed of long ones."""
LEAST_SHARE = 0.05
"""The share of queries whose lead is below the first of the two leads that are recorded."""


def record(
    run: Checkpoint, progress: Callable[[int, int], None] = lambda done, total: None
) -> Path | None:
    """Update the observations of a multi-hop run from its snapshots.

    The table is written after each snapshot, whole; snapshots that it holds are not observed again.

    Args:
        run: the finished run.
        progress: called with the number of snapshots done and their total number.

    Returns:
        The file of the table, or ``None`` where the directory has no snapshots.

    Raises:
        Refusal: the task of the run has no hops, a snapshot is not of this model, or the table
        cannot be written.
    """
    chosen = {step: file for step, file in snapshots_of(run.path) if step % EVERY == 0}
    if not chosen:
        return None
    task = task_of(run)
    plan = (run.manifest or {}).get("config", {})
    settings = {
        "task": task.name,
        "seed": run.seed,
        "steps": plan.get("steps"),
        "learning_rate": plan.get("learning_rate"),
        "lengths": list(LENGTHS),
        "kept_lengths": list(KEPT_LENGTHS),
        "inputs": {"answered": ANSWERED, "without": WITHOUT_INPUTS, "kept": KEPT_INPUTS},
    }

    def measure(step: int, model: GPTJ) -> dict[str, Any]:
        of_answers = answers(model, task, run.seed)
        return of_answers if step % HEADS_EVERY else of_answers | heads(model, task, run.seed)

    file = run.path / TABLE
    update(run, file, settings, chosen, measure, progress)
    return file


def answers(model: GPTJ, task: MultiHop, seed: int) -> dict[str, Any]:
    """Returns right answers by hops, by length, and without each head.

    Args:
        model: in evaluation mode, on any device.
        task: the task that it learns.
        seed: of its run.
    """
    by_hops = accuracy_by_hops(model, task, ANSWERED, seed)
    by_length = {n: accuracy(model, task, n, inputs_at(n), seed) for n in LENGTHS}
    ids, right = Dataset(task, seed).batch("test", 0, WITHOUT_INPUTS)
    removed = list(ablate(model, ids, right, task.hops(ids)))
    return {
        "accuracy": {str(hops): [c.correct, c.total] for hops, c in by_hops.items()},
        "lengths": {str(n): [c.correct, c.total] for n, c in by_length.items()},
        "without": {
            way: [[c.correct for c in row.counts.values()] for row in removed if row.way == way]
            for way in WAYS
        },
    }


def inputs_at(length: int) -> int:
    """Returns the number of inputs of some tokens on which answers are counted."""
    return min(MOST, max(FEWEST, TOKENS // length))


def heads(model: GPTJ, task: MultiHop, seed: int) -> dict[str, Any]:
    """Returns the leads of every head, and what the walking heads keep at longer inputs.

    Args:
        model: in evaluation mode, on the CPU.
        task: the task that it learns.
        seed: of its run.
    """
    ids, _ = Dataset(task, seed).batch("test", 0, KEPT_INPUTS)
    survival = list(peak_survival(model, task, ids, KEPT_LENGTHS, SEED))
    ids, _ = Dataset(task, seed).batch("test", 0, WITHOUT_INPUTS)
    return {
        "kept": [_kept(row) for row in _walking(survival)],
        "leads": [
            {"layer": layer, "head": number, **_leads(head, task, ids)}
            for layer, number, head in heads_on(model, ids)
        ],
    }


def _walking(rows: list[PeakSurvival]) -> Iterator[PeakSurvival]:
    """Yields the rows of the first layer, and of the head that walks on from each kind of query."""
    for query in dict.fromkeys(row.query for row in rows):
        of_kind = [row for row in rows if row.query == query]
        best = max(of_kind, key=lambda row: row.next_stop)
        yield from (row for row in of_kind if row.layer == 0 or row is best)


def _kept(row: PeakSurvival) -> dict[str, Any]:
    left_out = ("bound", "measured_queries", "peak")
    return {name: value for name, value in row.to_json().items() if name not in left_out}


def _leads(head: Head, task: MultiHop, ids: np.ndarray) -> dict[str, Any]:
    """Returns of each kind of query two leads of the peak, in nats, and the norm of its logit.

    A lead is the largest logit minus the next, on inputs of the trained length. The norm is the
    largest logit that the moduli of the planes and the unrotated part allow the peak; the median
    over queries.
    """
    scored, path = stops(task, ids), task.path(ids)
    kinds, inputs, positions = scored.flat
    seen = forecast(head, task, scored, path[:, -1], 1)
    length = ids.shape[1]
    query, key = inputs * length + positions, inputs * length + seen.peak_positions
    moduli = np.abs(head.queries[query] * head.keys[key]).sum(axis=1)
    rest = np.abs((head.query_rest[query] * head.key_rest[key]).sum(axis=1))
    norms = head.scale * (head.attention_factor**2 * moduli + rest)
    leads = seen.floor[:, 0]
    return {
        query_kind: {
            "least_lead": _rounded(np.quantile(leads[kinds == kind], LEAST_SHARE)),
            "lead": _rounded(np.median(leads[kinds == kind])),
            "norm": _rounded(np.median(norms[kinds == kind])),
        }
        for kind, query_kind in enumerate(scored.queries)
    }


def _rounded(value: np.floating) -> float:
    return float(f"{value:.4g}")
