"""The attack that was run by hand: its counts by kind, and the lines of the trust page about it.

``python -m tests.attack.record FILE …`` adds files of counts, one of each run, to the table of
``empirical.shipped.attack_table``, and writes the lines into ``theory/TRUST.md``. A run that went
on is added again: its seed says which it is, and only batches not yet in the record count.
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from empirical.shipped.attack_table import FAULTS, TABLE

PAGE = Path(__file__).parents[2] / "theory" / "TRUST.md"
BEGIN, END = "<!-- counts of the attack -->\n", "<!-- end of the attack -->\n"


def added(record: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    """A record with one run's lines of counts, by kind and number of heads.

    Args:
        record: its runs, with how many of their batches are counted, and its cells of counts.
        lines: of one run, batch after batch from the first.
    """
    runs = {run["seed"]: run["batches"] for run in record["runs"]}
    cells = {(cell["heads"], cell["kind"]): Counter(cell["counts"]) for cell in record["cells"]}
    (seed,) = {line["seed"] for line in lines}
    for line in lines[runs.get(seed, 0) :]:
        cells.setdefault((line["heads"], line["kind"]), Counter()).update(line["counts"])
    runs[seed] = max(runs.get(seed, 0), len(lines))
    return {
        "runs": [{"seed": seed, "batches": batches} for seed, batches in sorted(runs.items())],
        "cells": [
            {"heads": heads, "kind": kind, "counts": dict(sorted(counts.items()))}
            for (heads, kind), counts in sorted(cells.items())
        ],
    }


def lines(record: dict[str, Any]) -> str:
    """The table of the trust page."""
    rows = ["| heads | kind | models | rows | right | wrong | clear | of these decided | faults |"]
    rows.append("|---|---|---|---|---|---|---|---|---|")
    whole: Counter[str] = Counter()
    for cell in record["cells"]:
        counts = Counter(cell["counts"])
        whole += counts
        rows.append(_row(str(cell["heads"]), cell["kind"], counts))
    rows.append(_row("", "all", whole))
    more = (
        f"Also held against the truth: {whole['horizons']} horizons, {whole['accuracies']} "
        f"accuracies, {whole['float32 rows']} rows in float32 against torch, and what the checker "
        f"left of {whole['rows after check']} rows."
    )
    return "\n".join([*rows, "", more]) + "\n"


def _row(heads: str, kind: str, counts: Counter[str]) -> str:
    faults = sum(counts[name] for name in FAULTS)
    decided = f"{counts['clear decided'] / max(counts['clear'], 1):.2%}"
    numbers = [counts[name] for name in ("models", "rows", "truth right", "truth wrong", "clear")]
    cells = [heads, kind, *map(str, numbers), decided, str(faults)]
    return "| " + " | ".join(cells) + " |"


def with_lines(page: str, record: dict[str, Any]) -> str:
    """The trust page with the table of a record."""
    pattern = re.escape(BEGIN) + ".*?" + re.escape(END)
    return re.sub(pattern, lambda _: BEGIN + lines(record) + END, page, flags=re.DOTALL)


def main(files: list[str]) -> None:
    """Add the files to the record."""
    record = json.loads(TABLE.read_text())
    for name in files:
        record = added(record, [json.loads(text) for text in Path(name).read_text().splitlines()])
    TABLE.write_text(json.dumps(record, indent=1) + "\n")
    PAGE.write_text(with_lines(PAGE.read_text(), record))


if __name__ == "__main__":
    main(sys.argv[1:])
