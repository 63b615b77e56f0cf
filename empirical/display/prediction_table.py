"""Formats predictions as tables for the terminal, and parses the lengths of a command."""

import math
from collections import Counter
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
"""Tokens; the logits of all inputs of this length fit in memory."""


def table(title: str, predictions: Sequence[Prediction]) -> Table:
    """Returns one line per prediction: name, where, measurement, bound and verdict."""
    lines = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    # What is too wide is folded: a row that cannot be named cannot be looked up.
    lines.add_column("prediction", overflow="fold")
    lines.add_column("where", overflow="fold")
    for heading in ("measured", "", "bound"):
        lines.add_column(heading, justify="right", no_wrap=True)
    lines.add_column("verdict", overflow="fold")
    for row in predictions:
        within = f" ± {row.allowance:.0e}" if row.allowance else ""
        lines.add_row(
            *(row.name, row.where, f"{row.measured:.5g}", row.relation, f"{row.bound:.5g}{within}"),
            Text(row.word, style=COLOURS[row.outcome]) + Text(_observed(row)),
        )
    return lines


def closest(
    predictions: Sequence[Prediction], to: PredictionOutcome = PredictionOutcome.FAIL
) -> list[Prediction]:
    """Returns the row of each name that is closest to an outcome, or that has it.

    Args:
        predictions: the rows.
        to: FAIL, or PASS.
    """
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
    """Returns one line: the number of predictions by verdict, published observations apart."""
    parts = [
        f"{len(rows)} {kind}: {_counts(rows) or 'none can be made'}"
        for kind, rows in (
            ("predictions", [row for row in predictions if not row.observation]),
            ("published observations", [row for row in predictions if row.observation]),
        )
        if rows or kind == "predictions"
    ]
    return "; ".join(parts)


def _counts(predictions: Sequence[Prediction]) -> str:
    words = {row.outcome: row.word for row in predictions}
    counts = Counter(row.outcome for row in predictions)
    return ", ".join(f"{counts[o]} {words[o]}" for o in PredictionOutcome if counts[o])


def _observed(row: Prediction) -> str:
    return f" ({row.observation})" if row.observation else ""


def parse_lengths(text: str) -> tuple[int, ...]:
    """Returns the lengths of a text such as ``32,64``, in tokens.

    Args:
        text: lengths separated by commas.

    Raises:
        Refusal: a part is not a whole number from 2 to ``LONGEST``.
    """
    lengths = []
    for part in text.split(","):
        if not part.strip().isdecimal() or not 2 <= int(part) <= LONGEST:
            raise Refusal(
                f"length {part.strip()!r} is not a whole number from 2 to {LONGEST}: "
                "give lengths in tokens such as 32,64"
            )
        lengths.append(int(part))
    return tuple(lengths)
