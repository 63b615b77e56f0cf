"""The table of a real model's heads against the slow twin, on the first prompt of a survey.

``python -m tests.benchmarks.slow_twin MODEL TABLE [EVERY]`` reads a packaged model with the reader
of ``transformers``, and not with ours, and compares every head's measures with the twin's. Of each
``EVERY``-th head it also compares the losses without it. The table is one that ``ropeproof heads``
has filled at 256 tokens.
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from empirical.foreign.reading import stored_at
from empirical.foreign.sources import model_named
from empirical.survey.cause_unit import cause_units
from empirical.survey.prompts import Prompts
from empirical.survey.published.heads import LENGTH, PROMPTS
from empirical.survey.table import SurveyTable
from empirical.survey.unit import units
from tests.empirical.survey.slow_rows import slow_copies, slow_losses, slow_rows

COARSE = {"offset", "lost"}
"""Whole numbers: they are the same or not."""


class Compared:
    """How many numbers were compared of each measure, and how far apart they are."""

    def __init__(self) -> None:
        self.gaps: dict[str, list[float]] = {}

    def add(self, name: str, ours: float | None, twin: float | None, where: str) -> None:
        """Compare two numbers, or that neither is there."""
        missing = ours is None or twin is None
        gap = float(ours is not twin) * np.inf if missing else abs(float(ours) - float(twin))  # type: ignore[arg-type]
        if np.isinf(gap) or (name in COARSE and gap):
            sys.stdout.write(f"{where} {name}: {ours} and {twin}\n")
        self.gaps.setdefault(name, []).append(gap)

    def write(self) -> None:
        """One line for each measure, then the sum."""
        for name, gaps in self.gaps.items():
            same = [gap for gap in gaps if np.isfinite(gap)]
            worst, middle = max(same, default=0.0), float(np.median(gaps))
            sys.stdout.write(
                f"{name:18s} {len(gaps):5d} numbers, largest difference {worst:.2g}, "
                f"median {middle:.1g}, on one side only {len(gaps) - len(same)}\n"
            )
        sys.stdout.write(f"{sum(map(len, self.gaps.values()))} numbers\n")


def read_by_transformers(path: Path) -> Any:
    """The model as ``transformers`` reads a GGUF file."""
    import transformers

    kind: Any = transformers.AutoModelForCausalLM
    return kind.from_pretrained(
        path.parent, gguf_file=path.name, attn_implementation="eager", dtype="float32"
    ).eval()


def compare_rows(module: Any, ids: np.ndarray, rows: Iterable[Mapping[str, Any]]) -> Compared:
    """Every measure of every head."""
    compared = Compared()
    for row, twin in zip(rows, slow_rows(module, ids), strict=True):
        outlook = row["outlook"]
        ours = {**row, **outlook, "lost": (outlook["first_kept"] or outlook["anywhere"])["lost"]}
        where = f"L{twin.layer}H{twin.head}"
        for name, value in twin.values.items():
            compared.add(name, ours[name], value, where)
        compared.add("weights of its own", 0.0, twin.anchored, where)
    return compared


def compare_losses(
    compared: Compared, module: Any, ids: np.ndarray, record: Mapping[str, Any], every: int
) -> None:
    """The losses on runs of second copies, of the whole model and without some heads."""
    runs = slow_copies(ids)
    chosen = [(None, 0, record["whole"])]
    chosen += [(row["layer"], row["head"], row["losses"]) for row in record["removed"][::every]]
    for layer, head, losses in chosen:
        twin = slow_losses(module, ids, layer, head)
        name = "loss" if layer is None else "loss without"
        for run, ours in zip(runs, losses["copies"], strict=True):
            compared.add(name, ours, float(twin[run].mean()), f"L{layer}H{head}")


def main(name: str, table: str, every: str = "0") -> None:
    """Compare and print."""
    stored, kept = stored_at(model_named(name)), SurveyTable(Path(table))
    module = read_by_transformers(stored.path)
    vocabulary = stored.vocabulary(module.config.vocab_size)
    prompts = Prompts("repeats")
    ids = prompts.draw(0, 1, LENGTH, vocabulary, None)[0]
    record = kept.records[units(stored, prompts, PROMPTS, (LENGTH,))[0].key]
    compared = compare_rows(module, ids, [row for row in record["rows"] if row["prompt"] == 0])
    if int(every):
        (unit,) = cause_units(stored, prompts, 1, (LENGTH,), ("zero",), None)
        compare_losses(compared, module, ids, kept.records[unit.key], int(every))
    compared.write()


if __name__ == "__main__":
    main(*sys.argv[1:])
