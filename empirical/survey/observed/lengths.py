"""What was measured of symbolic heads of real language models at length, in a file for each.

``python -m empirical.survey.observed.lengths TABLE MODEL…`` writes them from a survey's table, in
which ``ropeproof heads MODEL --lengths … --causes 0`` keeps what it measures; the rest is measured.
Numbers are rounded to four digits.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from empirical.files.atomic import write_text
from empirical.foreign.reading import Model, stored_at, windows
from empirical.foreign.sources import PACKAGED, model_named
from empirical.survey.interval import Interval
from empirical.survey.norm_bounds import norm_bounds
from empirical.survey.observed.rows import FOLDER, in_lines, rounded
from empirical.survey.prompts import Prompts
from empirical.survey.report import report
from empirical.survey.run import survey
from empirical.survey.symbolic_lengths import SymbolicHead, symbolic_heads
from empirical.survey.table import SurveyTable
from empirical.survey.unit import opened, self_check_line, units

LENGTHS, PROMPTS = (256, 512, 1024, 2048, 4096), 2
"""Lengths in tokens, and how many prompts are measured at each."""
BOUNDED = 256
"""Tokens of the contexts in which deeper heads are bounded."""


@dataclass(frozen=True)
class BoundedHead:
    """What norms alone say of one deeper head in every context of ``BOUNDED`` tokens.

    Attributes:
        layer: the block.
        head: the head of the block.
        lowest: no logit is below.
        highest: none is above.
        least: the token before the query has at least this weight.
        most: it has at most this.
    """

    layer: int
    head: int
    lowest: float
    highest: float
    least: float
    most: float


@dataclass(frozen=True)
class ObservedLengths:
    """What was measured of one real model at several lengths.

    Attributes:
        name: by which the model goes.
        fingerprint: sha256 of its file, in hexadecimal.
        self_check: canonical heads against the model's own attention at the longest length.
        layers: how many blocks it has.
        windowed: how many of them have heads that do not see all of the longest prompts.
        symbolic: how many heads are symbolic at the shortest length, those included.
        heads: those that see every token, at each length.
        bounds: what norms say of deeper heads.
    """

    name: str
    fingerprint: str
    self_check: str
    layers: int
    windowed: int
    symbolic: int
    heads: Sequence[SymbolicHead]
    bounds: Sequence[BoundedHead]


@cache
def observed_lengths() -> tuple[ObservedLengths, ...]:
    """The models of which such rows are kept, in the order of ``PACKAGED``."""
    files = [_file(name) for name in PACKAGED]
    return tuple(_read(json.loads(file.read_text())) for file in files if file.is_file())


def _file(name: str) -> Path:
    return FOLDER / f"{name}.lengths.json"


def _read(document: dict[str, Any]) -> ObservedLengths:
    heads = tuple(
        SymbolicHead(**row | {name: Interval(*row[name]) for name in ("score", "lead")})
        for row in document["heads"]
    )
    bounds = tuple(BoundedHead(**row) for row in document["bounds"])
    return ObservedLengths(**document | {"heads": heads, "bounds": bounds})


def observed(name: str, table: SurveyTable) -> ObservedLengths:
    """What a table holds of a packaged model; what it lacks is measured.

    Args:
        name: of ``PACKAGED``.
        table: of a survey.

    Raises:
        Refusal: the packages of the model are not installed, or its heads are not read as they are.
    """
    stored = stored_at(model_named(name))
    longest = max(LENGTHS)
    line = self_check_line(stored, longest, table)
    todo = units(stored, Prompts("repeats"), PROMPTS, LENGTHS)
    survey(todo, table)
    reports = report([table.records[unit.key] for unit in todo])
    of_layers = windows(stored)
    every = symbolic_heads(reports, [None] * len(of_layers))
    return ObservedLengths(
        name=name,
        fingerprint=stored.fingerprint,
        self_check=line,
        layers=len(of_layers),
        windowed=sum((window or longest) < longest for window in of_layers),
        symbolic=len({(row.layer, row.head) for row in every}),
        heads=symbolic_heads(reports, of_layers),
        bounds=_bounds(opened(stored.path, stored.fingerprint, longest)[0]),
    )


def _bounds(model: Model) -> list[BoundedHead]:
    """Of every head that is deeper than the first layer."""
    heads = []
    for layer in range(1, model.layers):
        for head in range(model.module.config.num_attention_heads):
            bounds = norm_bounds(model, layer, head, 1, BOUNDED)
            heads.append(
                BoundedHead(
                    layer=layer,
                    head=head,
                    lowest=float(bounds.lowest.min()),
                    highest=float(bounds.highest.max()),
                    least=float(bounds.least[-1]),
                    most=float(bounds.most[-1]),
                )
            )
    return heads


def main(table: str, *names: str) -> None:
    """Write the rows of some models, a line for each head and length."""
    for name in names:
        document = rounded(asdict(observed(name, SurveyTable(Path(table)))))
        for row in document["heads"]:
            row |= {name: [*row[name].values()] for name in ("score", "lead")}
        write_text(_file(name), in_lines(document))


if __name__ == "__main__":
    main(*sys.argv[1:])
