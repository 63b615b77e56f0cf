"""Holds what is decided of the shipped models of several heads, in a table beside this file.

``python -m empirical.shipped.several_heads_table`` decides the inputs of each model at each length
within a budget of time, a longer one where the shorter leaves rows undecided, and writes the table;
it takes minutes.
"""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from empirical.certificates.document import checked
from empirical.certificates.one_layer.prover import certify
from empirical.certificates.several_heads.prover import SeveralProver
from empirical.files import checkpoint
from empirical.files.atomic import write_json
from empirical.files.checkpoint import Checkpoint
from empirical.recheck.certificate import OneHop, Verdict
from empirical.recheck.findings import silent
from empirical.shipped.checkpoints import directory_named
from theory.refusal import Refusal

TABLE = Path(__file__).with_suffix(".json")
NAMES = tuple(f"several-heads/{task}-{n}" for task in ("index", "retrieval") for n in (2, 4, 8))
BUDGETS = {16: (6.0, 60.0), 32: (6.0,), 64: (6.0,)}
"""By length, seconds for the search of all of its rows; each row has its share of them at most."""


@dataclass(frozen=True)
class Decided:
    """What the checker shows of one model at one length.

    Attributes:
        model: its name.
        heads: of its layer.
        length: tokens per input.
        budget: seconds that the search was given.
        rows: a last token and an answer each.
        proved: rows of which every input is answered rightly.
        refuted: rows with an input that is not.
        searched: seconds of processor time of the search.
        checked: seconds of processor time of the checker.
    """

    model: str
    heads: int
    length: int
    budget: float
    rows: int
    proved: int
    refuted: int
    searched: float
    checked: float

    @property
    def decided(self) -> int:
        """Rows that are proved or refuted."""
        return self.proved + self.refuted


def decide(model: Checkpoint, name: str, length: int, budget: float) -> Decided:
    """Search the rows of a length, and have the checker show them.

    Args:
        model: one layer of several heads, with a task.
        name: of the model.
        length: tokens per input.
        budget: seconds for the search.

    Raises:
        Refusal: the model has another shape or no task, or the checker shows less than the search.
    """
    prover = SeveralProver(model, budget)
    rows = sum(len(domain.answers) for domain in prover.domains(length))
    prover.seconds = budget / rows
    started = time.process_time()
    content = certify(prover, model.sha256, length, None, silent)
    searched = time.process_time()
    outcome = checked(content, model.path)
    ended = time.process_time()
    claims = outcome.certificate.claims
    if outcome.differences or not isinstance(claims, OneHop):
        raise Refusal(f"search and checker differ, please report it: {outcome.differences}")
    verdicts = [row.verdict for row in claims.rows]
    return Decided(
        model=name,
        heads=model.config.n_head,
        length=length,
        budget=budget,
        rows=rows,
        proved=verdicts.count(Verdict.PROVED),
        refuted=verdicts.count(Verdict.REFUTED),
        searched=round(searched - started, 1),
        checked=round(ended - searched, 1),
    )


def table() -> list[Decided]:
    """The rows of the table: of each model and length one for each budget that was needed."""
    return [Decided(**row) for row in json.loads(TABLE.read_text())]


def page() -> list[str]:
    """The lines of the table in ``FOUND.md``."""
    lines = ["| model | heads | tokens | proved | refuted | undecided | search, s | check, s |"]
    lines.append("|---" * 8 + "|")
    for row in table():
        counts = (row.heads, row.length, row.proved, row.refuted, row.rows - row.decided)
        times = (f"{row.searched:.1f} of {row.budget:.0f}", f"{row.checked:.1f}")
        cells = " | ".join([f"`{row.model}`", *map(str, counts), *times])
        lines.append(f"| {cells} |")
    return lines


def main() -> None:
    """Decide all models at all lengths; the table is written after each."""
    rows: list[Decided] = []
    for name in NAMES:
        model = checkpoint.read(directory_named(name))
        for length, budgets in BUDGETS.items():
            for budget in budgets:
                rows.append(decide(model, name, length, budget))
                write_json(TABLE, [asdict(row) for row in rows])
                if rows[-1].decided == rows[-1].rows:
                    break


if __name__ == "__main__":
    main()
