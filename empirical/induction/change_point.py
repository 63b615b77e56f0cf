"""Fits where a curve of training changes, and the standard error of that step.

The model is a step with soft edges, ``a + b / (1 + exp(−(s − m)/w))``, fitted by least squares. The
standard error of the middle ``m`` follows from the residuals.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from scipy.optimize import OptimizeWarning, curve_fit
from scipy.special import expit

from empirical.induction.trajectory import InductionTrajectory

WARM_UP = 8
"""The first 1/8 of a run is ignored: the learning rate still rises, and unigrams are learned."""
EDGE = 2 * math.log(9)
"""Steps from a tenth to nine tenths of the change, in units of ``w``."""


@dataclass(frozen=True)
class ChangePoint:
    """A fitted step.

    Attributes:
        middle: the training step at which half of the change is done.
        error: the standard error of ``middle``.
        width: training steps from a tenth to nine tenths of the change.
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
    """Fit a step to a curve.

    Args:
        steps: training steps at each snapshot, ascending.
        values: the curve at each snapshot.

    Returns:
        The step, or ``UNKNOWN`` where no step lies inside the curve.
    """
    kept = steps >= steps[-1] / WARM_UP
    at, curve = steps[kept], values[kept]
    height = curve[-1] - curve[0]
    if not abs(height) > 0:
        return UNKNOWN
    guess = at[np.abs(curve - (curve[0] + height / 2)).argmin()]
    spacing, widest = float(np.diff(at).min()), float(at[-1] - at[0]) / 4
    try:
        parameters, covariance = curve_fit(
            lambda s, a, b, m, w: a + b * expit((s - m) / w),
            at,
            curve,
            p0=(curve[0], height, guess, widest / 4),
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
    _, change, middle, edge = map(float, parameters)
    return ChangePoint(middle, error, edge * EDGE, change)


def bump(run: InductionTrajectory, near: ChangePoint) -> float:
    """Returns how many times faster the loss falls around a change than at its slowest before it.

    A convex loss curve gives 1 at most. Steps before the end of the warm-up are ignored.

    Args:
        run: the run.
        near: the change.

    Returns:
        The ratio; NaN where no snapshot lies before the change, or none around it.
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
