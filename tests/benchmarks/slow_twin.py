"""The table of a real model's heads against the slow twin, on one prompt of 256 tokens.

``python -m tests.benchmarks.slow_twin MODEL [EVERY]`` reads a packaged model with our reader and
with that of ``transformers``, measures every head on the former and compares with the twin on the
latter. Of each ``EVERY``-th head it also compares the losses without it.
"""

import sys
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from empirical.foreign import reading
from empirical.foreign.reading import Model
from empirical.foreign.sources import model_named
from empirical.survey.causes import causes
from empirical.survey.measure import measure
from empirical.survey.measured_heads import LENGTH
from empirical.survey.prompts import Prompts
from tests.empirical.survey.slow_rows import named_as_by_twin, slow_copies, slow_losses, slow_rows

COARSE = {"offset", "lost", "hits_previous", "hits_prefix"}
"""Whole numbers: they are the same or not."""


class Compared:
    """How many numbers were compared of each measure, and how far apart they are."""

    def __init__(self) -> None:
        self.gaps: dict[str, list[float]] = {}

    def add(self, name: str, ours: float | None, twin: float | None, where: str) -> None:
        """Compare two numbers, or that neither is there."""
        if ours is None or twin is None:
            gap = 0.0 if ours is twin else np.inf
        else:
            gap = abs(float(ours) - float(twin))
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
        ours = named_as_by_twin(row)
        where = f"L{twin.layer}H{twin.head}"
        for name, value in twin.values.items():
            compared.add(name.split()[0], ours[name], value, where)
        compared.add("weights of its own", 0.0, twin.anchored, where)
    return compared


def compare_losses(
    compared: Compared, ours: Model, module: Any, ids: np.ndarray, every: int
) -> None:
    """The losses on runs of second copies, of the whole model and without some heads."""
    count = ours.module.config.num_attention_heads
    chosen = list(product(range(ours.layers), range(count)))[::every]
    runs = slow_copies(ids)
    whole, removed = causes(ours, ids, chosen, ("zero",))
    removals = [(None, 0, whole), *((row.layer, row.head, row.losses) for row in removed)]
    for layer, head, losses in removals:
        twin = slow_losses(module, ids, layer, head)
        name = "loss" if layer is None else "loss without"
        for run, loss in zip(runs, losses.copies, strict=True):
            compared.add(name, loss, float(twin[run].mean()), f"L{layer}H{head}")


def main(name: str, every: str = "0") -> None:
    """Compare and print."""
    path = model_named(name)
    ours, module = reading.read(path, LENGTH), read_by_transformers(path)
    ids = Prompts("repeats").draw(0, 1, LENGTH, ours.vocabulary, None)[0]
    compared = compare_rows(module, ids, [row.to_json() for row in measure(ours, ids, 0)])
    if int(every):
        compare_losses(compared, ours, module, ids, int(every))
    compared.write()


if __name__ == "__main__":
    main(*sys.argv[1:])
