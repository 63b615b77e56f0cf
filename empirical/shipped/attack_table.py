"""What was counted when search and checker were attacked with random models, in a table.

``python -m tests.attack`` attacks, ``python -m tests.attack.record`` adds its counts to the table
beside this file. A row is one model, query, answer and length, held against brute force in balls.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_suffix(".json")
FAULTS = (
    "false PROVED",
    "false REFUTED",
    "no input of the row",
    "wrong witness margin",
    "wrong horizon",
    "accuracy missed",
    "false float32",
    "false after check",
    "crash",
)
"""Counts that must stay zero."""


def record() -> dict[str, Any]:
    """Returns ``runs``, with how many of their batches are counted, and ``cells`` of counts."""
    read: dict[str, Any] = json.loads(TABLE.read_text())
    return read


def whole() -> Counter[str]:
    """Returns the counts of all cells together."""
    counts: Counter[str] = Counter()
    for cell in record()["cells"]:
        counts += Counter(cell["counts"])
    return counts
