"""Row 1: heads come to match prefixes when later tokens come to be predicted better.

It is one change in three curves: the largest prefix-matching score of a head, the in-context score
and the loss. Middles count as equal if they differ by at most the width of the change.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

from empirical.induction.change_point import bump, change_point
from empirical.induction.roles import learners
from empirical.induction.trajectory import InductionTrajectory
from empirical.predictions.prediction import Prediction

ROW = 1
NAME = "induction-2"
REACCELERATES = 2.0
"""A loss has a bump if it falls at least this many times faster at the change than before it."""


def rows(runs: Mapping[str, Sequence[InductionTrajectory]]) -> Iterator[Prediction]:
    """Yields for two layers the largest distance of middles, in widths, and the smallest bump."""
    for name, group in learners(runs, (NAME,)):
        yield from co_occurrence(name, group)


def co_occurrence(name: str, runs: Sequence[InductionTrajectory]) -> Iterator[Prediction]:
    """Yields the rows of one kind of model; each shows the seed that is closest to failing.

    Args:
        name: of the kind of model.
        runs: its runs.
    """
    measured: dict[str, dict[str, float]] = {}
    for run in runs:
        matching, learning, loss = (
            change_point(run.steps, curve)
            for curve in (run.best("matching"), run.in_context, run.loss)
        )
        measured[f"seed {run.seed}"] = {
            "matching": matching.middle,
            "matching_error": matching.error,
            "in_context": learning.middle,
            "in_context_error": learning.error,
            "loss": loss.middle,
            "loss_error": loss.error,
            "width": learning.width,
            "height": learning.height,
            "bump": bump(run, learning),
        }
    seeds = measured.values()
    detail = {
        seed: {part: value if math.isfinite(value) else None for part, value in parts.items()}
        for seed, parts in measured.items()
    }
    for other in ("in_context", "loss"):
        yield Prediction(
            name=f"matching_rises_with_{other}",
            where=f"{name}, {len(runs)} seeds",
            relation="≤",
            bound=1.0,
            measured=_largest([abs(d["matching"] - d[other]) / d["width"] for d in seeds]),
            theorem="",
            observation="olsson2022induction",
            detail=detail,
        )
    yield Prediction(
        name="loss_has_a_bump",
        where=f"{name}, {len(runs)} seeds",
        relation="≥",
        bound=REACCELERATES,
        measured=-_largest([-d["bump"] for d in seeds]),
        theorem="",
        observation="olsson2022induction",
        detail=detail,
    )


def _largest(values: list[float]) -> float:
    """Returns the largest value, or NaN if one is not finite."""
    return max(values) if all(map(math.isfinite, values)) else math.nan
