"""How predictions are shown: a table for people, and the lengths they may ask for."""

import math
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from empirical.predictions.prediction import Prediction, PredictionOutcome
from theory.refusal import Refusal

COLOURS = {
    PredictionOutcome.PASS: "green",
    PredictionOutcome.FAIL: "bold red",
    PredictionOutcome.UNDECIDED: "yellow",
}
LONGEST = 16_384
"""Tokens; the logits of all drawn inputs of this length still fit in memory."""


def table(title: str, predictions: Sequence[Prediction]) -> Table:
    """One row per prediction: name, where, bound, measured, verdict."""
    shown = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    shown.add_column("prediction")
    shown.add_column("where")
    for heading in ("measured", "", "bound"):
        shown.add_column(heading, justify="right")
    shown.add_column("verdict")
    for row in predictions:
        within = f" ± {row.allowance:.0e}" if row.allowance else ""
        shown.add_row(
            *(row.name, row.where, f"{row.measured:.5g}", row.relation, f"{row.bound:.5g}{within}"),
            Text(row.outcome.value, style=COLOURS[row.outcome]) + Text(_observed(row)),
        )
    return shown


def closest(
    predictions: Sequence[Prediction], to: PredictionOutcome = PredictionOutcome.FAIL
) -> list[Prediction]:
    """Of each name the row that is nearest to failing, or that fails; or else to passing."""
    nearest: dict[str, Prediction] = {}
    for row in predictions:
        other = nearest.setdefault(row.name, row)
        nearer = (
            row.slack >= other.slack
            if to is PredictionOutcome.PASS
            else not row.slack >= other.slack
        )
        if nearer or (to is PredictionOutcome.PASS and math.isnan(other.slack)):
            nearest[row.name] = row
    return list(nearest.values())


def summary(predictions: Sequence[Prediction]) -> str:
    """One line: how many predictions ended how, observations of others apart."""
    said = [
        f"{len(rows)} {kind}: {_counts(rows) or 'none can be made'}"
        for kind, rows in (
            ("predictions", [row for row in predictions if not row.observation]),
            ("published observations", [row for row in predictions if row.observation]),
        )
        if rows or kind == "predictions"
    ]
    return "; ".join(said)


def _counts(predictions: Sequence[Prediction]) -> str:
    counts = {
        outcome: sum(p.outcome is outcome for p in predictions) for outcome in PredictionOutcome
    }
    return ", ".join(f"{count} {outcome.value}" for outcome, count in counts.items() if count)


def _observed(row: Prediction) -> str:
    return f" ({row.observation})" if row.observation else ""


def parse_lengths(text: str) -> tuple[int, ...]:
    """Read ``32,64`` as lengths in tokens.

    Raises:
        Refusal: a part is not a whole number from 2 to ``LONGEST``.
    """
    lengths = []
    for part in text.split(","):
        if not part.strip().isdecimal() or not 2 <= int(part) <= LONGEST:
            raise Refusal(
                f"length {part.strip()!r} is no whole number from 2 to {LONGEST}: "
                "give lengths in tokens such as 32,64"
            )
        lengths.append(int(part))
    return tuple(lengths)
