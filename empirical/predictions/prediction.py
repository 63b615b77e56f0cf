"""Defines a prediction: a bound from the ledger, a measurement, and whether they agree."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from theory.notebook import table


class PredictionOutcome(StrEnum):
    """How a prediction ended."""

    PASS = "PASS"
    FAIL = "FAIL"
    UNDECIDED = "UNDECIDED"


REPRODUCED = {
    PredictionOutcome.PASS: "REPRODUCED",
    PredictionOutcome.FAIL: "NOT REPRODUCED",
    PredictionOutcome.UNDECIDED: "UNDECIDED",
}
"""What is said of a published observation, which no sentence implies."""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """Yields one row of ``ropeproof check``.

    Attributes:
        name: the prediction in words.
        where: layer, head and length, such as ``L0H0 n=32``.
        relation: ``≤`` or ``≥``, of the measurement to the bound.
        bound: what the theory states.
        measured: what the model does.
        allowance: bound of the rounding error of the executed float32 model; part of the verdict.
        theorem: name of the sentence behind the bound; empty if there is none.
        observation: key of the publication that observed it on its own models, where no sentence
            implies it. Such a row may fail; that is a finding and not a violation.
        interval: exact confidence interval of a sampled share; a bound inside it is undecided.
        detail: the same figures by query, distance or input, for ``--json``.
    """

    name: str
    where: str
    relation: str
    bound: float
    measured: float
    theorem: str
    allowance: float = 0.0
    observation: str = ""
    interval: tuple[float, float] | None = None
    detail: Mapping[str, object] = field(default_factory=dict)

    @property
    def slack(self) -> float:
        """By how much the measurement is on the right side of the bound, with the allowance."""
        sign = 1 if self.relation == "≤" else -1
        return sign * (self.bound - self.measured) + self.allowance

    @property
    def outcome(self) -> PredictionOutcome:
        """PASS, FAIL, or UNDECIDED for NaN and for an interval that contains the bound."""
        straddles = self.interval is not None and self.interval[0] < self.bound < self.interval[1]
        if math.isnan(self.slack) or straddles:
            return PredictionOutcome.UNDECIDED
        return PredictionOutcome.PASS if self.slack >= 0 else PredictionOutcome.FAIL

    @property
    def word(self) -> str:
        """The outcome as it is shown; a published observation is REPRODUCED or not."""
        return REPRODUCED[self.outcome] if self.observation else self.outcome.value

    def _repr_html_(self) -> str:
        allowance = f" ± {self.allowance:.2g}" if self.allowance else ""
        rows = {
            "where": self.where,
            "measured": self.measured,
            "bound": f"{self.relation} {self.bound:.6g}{allowance}",
            "verdict": self.word,
            "theorem": self.theorem,
            "observed in": self.observation,
            "interval": self.interval,
        }
        return table(self.name, rows)

    def to_json(self) -> dict[str, object]:
        """Returns the row as JSON; null stands for each number that is not finite."""
        row = {
            "name": self.name,
            "where": self.where,
            "relation": self.relation,
            "bound": self.bound,
            "measured": self.measured,
            "allowance": self.allowance,
            "verdict": self.outcome.value,
            "theorem": self.theorem,
            "observation": self.observation,
            "interval": None if self.interval is None else list(self.interval),
            "detail": dict(self.detail),
        }
        return {key: _finite(value) for key, value in row.items()}


def _finite(value: object) -> object:
    """The value with None in place of each number that is not finite."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return [*map(_finite, value)] if isinstance(value, list | tuple) else value


def exit_status(predictions: Iterable[Prediction]) -> int:
    """Returns 0 if every prediction holds, 1 if one is violated, else 3 if one is undecided.

    Published observations bind no model and are ignored.
    """
    outcomes = {row.outcome for row in predictions if not row.observation}
    if PredictionOutcome.FAIL in outcomes:
        return 1
    return 3 if PredictionOutcome.UNDECIDED in outcomes else 0
