"""The rows of a survey as a table for other programs."""

import csv
import io
from collections.abc import Mapping, Sequence

from empirical.survey.report import HeadReport

ENDS = ("", "_low", "_high")
"""Of a mean: its value, and the ends of its interval."""


def rows_as_csv(constant: Mapping[str, str], heads: Sequence[HeadReport]) -> str:
    """Returns one line per head and length, the first line with the names of the columns.

    Args:
        constant: columns that are the same in every line, such as the model.
        heads: all heads.
    """
    rows = [{**constant, **_row(head)} for head in heads]
    columns = dict.fromkeys(name for row in rows for name in row)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _row(head: HeadReport) -> dict[str, object]:
    intervals = {**head.means, **head.shares}
    intervals |= {f"copies_without_{way}": effect.copies for way, effect in head.effects.items()}
    intervals |= {
        f"in_context_without_{way}": effect.in_context for way, effect in head.effects.items()
    }
    cells = {
        f"{name}{end}": value
        for name, interval in intervals.items()
        for end, value in zip(ENDS, (interval.value, interval.low, interval.high), strict=True)
    }
    return {
        "layer": head.layer,
        "head": head.head,
        "length": head.length,
        "prompts": head.prompts,
        "labels": ", ".join(head.labels),
        "lost": head.lost,
        "offset": head.offset[0],
        **{f"p_{name}": value for name, value in head.tests.items()},
        **cells,
    }
