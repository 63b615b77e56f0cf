"""Says on which input a model is wrong."""

from collections.abc import Sequence

from empirical.certificates.specified.reading import named
from empirical.recheck.certificate import InductionRow, Row, WalkRow
from empirical.tasks.task import Entry


def witness_line(row: Row | InductionRow | WalkRow, entries: Sequence[Entry]) -> str:
    """Returns the failing input of a refuted row, its answer, and the class above the answer.

    Args:
        row: with a refutation.
        entries: what each token id stands for.
    """
    assert row.refutation is not None
    names = [named(entry) for entry in entries]
    tokens = " ".join(names[token] for token in row.refutation.witness)
    ahead = f"{-row.refutation.margin:.4g}"
    return (
        f"wrong on {tokens}: the answer is {names[row.answer]}, "
        f"{names[row.refutation.rival]} is ahead of it by {ahead}"
    )
