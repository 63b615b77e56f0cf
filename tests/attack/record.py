"""The attack that was run by hand: its counts by kind, and the lines of the trust page about it.

``python -m tests.attack.record FILE …`` adds up files of counts into ``record.json`` and writes the
lines into ``theory/TRUST.md``.
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.attack.trials import FAULTS

RECORD = Path(__file__).with_name("record.json")
PAGE = Path(__file__).parents[2] / "theory" / "TRUST.md"
BEGIN, END = "<!-- counts of the attack -->\n", "<!-- end of the attack -->\n"


def added_up(files: list[Path]) -> list[dict[str, Any]]:
    """The counts of files of lines, by kind and number of heads."""
    cells: dict[tuple[int, str], Counter[str]] = {}
    for file in files:
        for text in file.read_text().splitlines():
            line = json.loads(text)
            cells.setdefault((line["heads"], line["kind"]), Counter()).update(line["counts"])
    return [
        {"heads": heads, "kind": kind, "counts": dict(sorted(counts.items()))}
        for (heads, kind), counts in sorted(cells.items())
    ]


def lines(record: list[dict[str, Any]]) -> str:
    """The table of the trust page."""
    rows = ["| heads | kind | models | rows | right | wrong | clear | of these decided | faults |"]
    rows.append("|---|---|---|---|---|---|---|---|---|")
    whole: Counter[str] = Counter()
    for cell in record:
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


def with_lines(page: str, record: list[dict[str, Any]]) -> str:
    """The trust page with the table of a record."""
    pattern = re.escape(BEGIN) + ".*?" + re.escape(END)
    return re.sub(pattern, lambda _: BEGIN + lines(record) + END, page, flags=re.DOTALL)


if __name__ == "__main__":
    found = added_up([Path(name) for name in sys.argv[1:]])
    RECORD.write_text(json.dumps(found, indent=1) + "\n")
    PAGE.write_text(with_lines(PAGE.read_text(), found))
