"""Attack the search: ``python -m tests.attack --trials N --seed S [--out FILE --resume]``.

Draws models of all kinds until N rows were judged, and prints what was counted by kind and number
of heads. ``--out`` keeps the counts of every batch of models as one line of JSON; ``--resume``
goes on after the last line. Exit 1 if a fault was found.
"""

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from empirical.shipped.attack_table import FAULTS
from tests.attack import trials

BATCH = 5
"""Models of one kind and number of heads, which one line counts."""

EXTRAS = (
    "horizons",
    "accuracies",
    "float32 rows",
    "rows after check",
    "decided after check",
    "differences of search and checker",
    "models that the checker refuses",
)


def main() -> int:
    """Run the batches that are missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument("--trials", type=int, default=2000, help="rows to judge in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--heads", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--kinds", nargs="+", default=trials.kinds(), choices=trials.kinds())
    parser.add_argument("--out", type=Path, help="a file of counts, one line per batch")
    parser.add_argument("--resume", action="store_true", help="go on with that file")
    asked = parser.parse_args()
    lines = _read(asked.out) if asked.resume and asked.out else []
    if asked.out and not asked.resume:
        asked.out.write_text("")
    commit = _commit()
    cells = [(kind, heads) for heads in asked.heads for kind in asked.kinds]
    batch = len(lines)
    rows = sum(line["counts"].get("rows", 0) for line in lines)
    while rows < asked.trials:
        kind, heads = cells[batch % len(cells)]
        line = {"batch": batch, "seed": asked.seed, "commit": commit, "kind": kind, "heads": heads}
        line |= run_batch(asked.seed, batch, kind, heads)
        lines.append(line)
        rows += line["counts"].get("rows", 0)
        batch += 1
        if asked.out:
            with asked.out.open("a") as stream:
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
    print(table(lines))
    return int(any(line["faults"] for line in lines))


def run_batch(seed: int, batch: int, kind: str, heads: int) -> dict[str, Any]:
    """The counts of one batch, and which of its models a fault was found with."""
    counts: trials.Counts = Counter()
    faults = []
    for model in range(BATCH):
        of_model = trials.run(np.random.default_rng([seed, batch, model]), kind, heads)
        counts += of_model
        named = {name: of_model[name] for name in FAULTS if of_model[name]}
        if named:
            faults.append({"model": model, **named})
    return {"counts": dict(sorted(counts.items())), "faults": faults}


def table(lines: list[dict[str, Any]]) -> str:
    """What was counted, by kind and number of heads."""
    cells: dict[tuple[str, int], trials.Counts] = {}
    for line in lines:
        cells.setdefault((line["kind"], line["heads"]), Counter()).update(line["counts"])
    heads = sorted({number for _, number in cells})
    for number in heads:
        mine = [counts for (_, other), counts in cells.items() if other == number]
        cells["all", number] = sum(mine, Counter())
    title = f"{'kind':16} heads    rows  right  clear  decided    near  decided  faults"
    rows = [title]
    for (kind, number), counts in sorted(cells.items(), key=lambda cell: (cell[0][1], cell[0])):
        shares = [
            f"{counts[name]:6} {counts[f'{name} decided'] / max(counts[name], 1):8.2%}"
            for name in ("clear", "near")
        ]
        faults = sum(counts[name] for name in FAULTS)
        rows.append(
            f"{kind:16} {number:5} {counts['rows']:7} {counts['truth right']:6} "
            f"{shares[0]}  {shares[1]} {faults:7}"
        )
    whole: trials.Counts = sum((cells["all", number] for number in heads), Counter())
    fault_counts = [f"{name} {whole[name]}" for name in FAULTS]
    extras = [f"{name} {whole[name]}" for name in EXTRAS]
    return "\n".join([*rows, ", ".join(fault_counts), ", ".join(extras)])


def _read(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def _commit() -> str:
    asked = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
