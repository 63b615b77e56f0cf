"""The record: which scripts the kernel accepted for which statements, where the record was made.

It is a file of the tree. A machine without Coq can tell from it that a statement and a script
are those that were checked, and no more; continuous integration makes it anew and compares.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from theory.kernel.checking import Outcome
from theory.kernel.coqc import Coq
from theory.kernel.results import Question

PATH = Path(str(files("theory.kernel").joinpath("record.json")))

Entry = Mapping[str, Any]


def entry(coq: Coq, question: Question, outcome: Outcome) -> Entry:
    """What the record says of an accepted proof: hashes, the compiler's version and axioms."""
    return {
        "shows": question.aim.value,
        **question.hashes,
        "coq": coq.version,
        "assumes": list(outcome.assumed),
    }


@cache
def entries() -> Mapping[str, Entry]:
    """The record, by the name of the sentence."""
    recorded: dict[str, Entry] = json.loads(PATH.read_text()) if PATH.is_file() else {}
    return recorded


def found(name: str, question: Question) -> Entry | None:
    """The entry of a sentence, if it is of this very statement, script and library.

    Raises:
        BrokenLibrary: If the script requires a library file that is not there.
    """
    known = entries().get(name)
    same = {"shows": question.aim.value, **question.hashes}
    if known is None or any(known.get(key) != value for key, value in same.items()):
        return None
    return known


def text(known: Mapping[str, Entry]) -> str:
    """The record as a file, one line a sentence."""
    lines = [f"{json.dumps(name)}: {json.dumps(known[name])}" for name in sorted(known)]
    return "{\n" + ",\n".join(lines) + "\n}\n"
