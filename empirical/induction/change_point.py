"""Where a curve of training changes, and how well that is known.

A step of unknown height with soft edges, ``a + b / (1 + exp(−(s − m)/w))``, fitted by least
squares; what is left over says how uncertain the middle ``m`` is.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from scipy.optimize import OptimizeWarning, curve_fit
from scipy.special import expit

from empirical.induction.trajectory import InductionTrajectory

WARM_UP = 8
"""The first 1/8 of a run is left out: the rate still rises, and single tokens are learned."""
EDGE = 2 * math.log(9)
"""From a tenth to nine tenths of the step, in units of ``w``."""


@dataclass(frozen=True)
class ChangePoint:
    """A fitted step.

    Attributes:
        middle: where half of the change is done, in steps.
        error: the standard error of that.
        width: steps from a tenth to nine tenths of the change.
        height: the change, with its sign.
    """

    middle: float
    error: float
    width: float
    height: float


UNKNOWN = ChangePoint(math.nan, math.nan, math.nan, math.nan)


def change_point(
    steps: Float64[np.ndarray, " snapshots"], values: Float64[np.ndarray, " snapshots"]
) -> ChangePoint:
    """Fit the step; ``UNKNOWN`` where there is none inside the curve.

    Args:
        steps: steps done at each snapshot, ascending.
        values: the curve there.
    """
    kept = steps >= steps[-1] / WARM_UP
    at, curve = steps[kept], values[kept]
    height = curve[-1] - curve[0]
    if not abs(height) > 0:
        return UNKNOWN
    middle = at[np.abs(curve - (curve[0] + height / 2)).argmin()]
    spacing, widest = float(np.diff(at).min()), float(at[-1] - at[0]) / 4
    try:
        found, covariance = curve_fit(
            lambda s, a, b, m, w: a + b * expit((s - m) / w),
            at,
            curve,
            p0=(curve[0], height, middle, widest / 4),
            bounds=(
                (-np.inf, -np.inf, at[0] - spacing, spacing / 40),
                (np.inf, np.inf, at[-1], widest),
            ),
        )
    except (RuntimeError, OptimizeWarning):
        return UNKNOWN
    error = float(np.sqrt(covariance[2, 2]))
    if not math.isfinite(error):
        return UNKNOWN
    return ChangePoint(float(found[2]), error, float(found[3]) * EDGE, float(found[1]))


def bump(run: InductionTrajectory, near: ChangePoint) -> float:
    """How many times faster the loss falls around a change than at its slowest before.

    A loss that only ever flattens has 1 at most. Before begins after the warm-up; NaN if nothing
    lies before.
    """
    kept = run.steps >= run.steps[-1] / WARM_UP
    middles = (run.steps[kept][1:] + run.steps[kept][:-1]) / 2
    falls = -np.diff(run.loss[kept]) / np.diff(run.steps[kept])
    before = falls[middles < near.middle - near.width / 2]
    around = falls[np.abs(middles - near.middle) <= near.width / 2]
    if not before.size or not around.size:
        return math.nan
    slowest = max(float(before.min()), float(around.max()) / 1000)
    return float(around.max()) / slowest
