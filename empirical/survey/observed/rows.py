"""What was measured of real language models, in a file for each beside this one.

``python -m empirical.survey.observed.rows TABLE MODEL…`` writes them from a survey's table, in
which ``ropeproof heads`` and ``ropeproof claims`` keep what they measure; the rest is measured.
Numbers are rounded to four digits.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from empirical.files.atomic import write_text
from empirical.foreign.reading import stored_at
from empirical.foreign.sources import PACKAGED, model_named
from empirical.scores.purity import GAMMAS, Behaviour, purity
from empirical.survey.interval import Interval
from empirical.survey.measured_heads import CAUSES, LENGTH, PROMPTS
from empirical.survey.published.claims import published_rows, row_of
from empirical.survey.published.heads import LONGEST, heads_with_roles
from empirical.survey.published.row import PublishedRow
from empirical.survey.report import LABEL, HeadReport
from empirical.survey.run import survey
from empirical.survey.table import SurveyTable
from empirical.survey.unit import Unit, opened, self_check_line

FOLDER = Path(__file__).parent
DIGITS = 4
MEASURES = (
    "first",
    "token_positional",
    "token_symbolic",
    "positional",
    "symbolic",
    "previous",
    "prefix",
    "duplicate",
    "standing",
    "entropy",
    "angle",
)
"""Measures of a head that are kept; see ``empirical.survey.measure``."""
LIBRARIES = ("torch", "transformers", "gguf", "numpy", "scipy")


@dataclass(frozen=True)
class ObservedHead:
    """One head of a real model.

    Attributes:
        layer: the block.
        head: the head of the block.
        labels: its roles.
        untold: roles that it misses by their tests alone.
        means: of each of ``MEASURES`` that exists, with bootstrap intervals over prompts.
        without: loss on second copies without the head, in units of that with it.
        lost: the shortest length at which the lead of the last token's target may be lost.
    """

    layer: int
    head: int
    labels: tuple[str, ...]
    untold: tuple[str, ...]
    means: Mapping[str, Interval]
    without: Interval | None
    lost: int | None

    @property
    def plainly(self) -> Behaviour | None:
        """What it is by the scores that swap residual rows, the first token's among them."""
        return purity(self.means["positional"].value, self.means["symbolic"].value, GAMMAS[0])

    @property
    def rests(self) -> bool:
        """Whether it gives more than half of its weight to the first token."""
        return "first" in self.means and self.means["first"].value > LABEL

    @classmethod
    def of(cls, report: HeadReport) -> "ObservedHead":
        """What is kept of a report."""
        effect = report.effects.get("zero")
        return cls(
            layer=report.layer,
            head=report.head,
            labels=tuple(report.labels),
            untold=tuple(report.untold),
            means={name: report.means[name] for name in MEASURES if name in report.means},
            without=None if effect is None else effect.copies,
            lost=report.lost,
        )


@dataclass(frozen=True)
class ObservedModel:
    """What was measured of one real model.

    Attributes:
        name: by which the model goes.
        install: what ``pip install`` is given for it.
        fingerprint: sha256 of its file, in hexadecimal.
        versions: of ropeproof and the libraries that took part.
        self_check: canonical heads against the model's own attention, in a sentence.
        made_of: what prompts were made of.
        length: tokens of each.
        prompts: how many.
        causes: on how many of them every head was removed.
        heads: every head, layer after layer.
        claims: what was published, judged on the model.
    """

    name: str
    install: str
    fingerprint: str
    versions: Mapping[str, str]
    self_check: str
    made_of: str
    length: int
    prompts: int
    causes: int
    heads: Sequence[ObservedHead]
    claims: Sequence[PublishedRow]

    @property
    def layers(self) -> int:
        """How many blocks it has."""
        return 1 + max(head.layer for head in self.heads)


@cache
def observed_models() -> tuple[ObservedModel, ...]:
    """The models of which rows are kept, in the order of ``PACKAGED``."""
    files = [FOLDER / f"{name}.json" for name in PACKAGED]
    return tuple(_read(json.loads(file.read_text())) for file in files if file.is_file())


def _read(document: dict[str, Any]) -> ObservedModel:
    heads = tuple(
        ObservedHead(
            **head
            | {
                "labels": tuple(head["labels"]),
                "untold": tuple(head["untold"]),
                "means": {name: Interval(*ends) for name, ends in head["means"].items()},
                "without": None if head["without"] is None else Interval(*head["without"]),
            }
        )
        for head in document["heads"]
    )
    return ObservedModel(
        **document | {"heads": heads, "claims": tuple(map(row_of, document["claims"]))}
    )


def observed(name: str, table: SurveyTable) -> ObservedModel:
    """What a table holds of a packaged model; what it lacks is measured.

    Args:
        name: of ``PACKAGED``.
        table: of a survey.

    Raises:
        Refusal: the packages of the model are not installed, or its heads are not read as they are.
    """
    stored = stored_at(model_named(name))
    made_of: dict[str, None] = {}

    def measure(_: str, todo: Sequence[Unit]) -> list[dict[str, Any]]:
        survey(todo, table)
        records = [table.records[unit.key] for unit in todo]
        made_of.update(dict.fromkeys(record["made_of"] for record in records))
        return records

    heads = heads_with_roles(stored, measure)
    encode = stored.tokenizer()
    assert encode is not None
    model, _ = opened(stored.path, stored.fingerprint, LONGEST)
    return ObservedModel(
        name=name,
        install=PACKAGED[name].install,
        fingerprint=stored.fingerprint,
        versions={library: version(library) for library in ("ropeproof", *LIBRARIES)},
        self_check=self_check_line(stored, LENGTH, table),
        made_of=next(iter(made_of)),
        length=LENGTH,
        prompts=PROMPTS,
        causes=CAUSES,
        heads=tuple(map(ObservedHead.of, heads)),
        claims=tuple(published_rows(model, encode, heads, table)),
    )


def write(path: Path, model: ObservedModel) -> None:
    """Write the rows of a model as JSON, a line for each head and each claim.

    Args:
        path: the file.
        model: its rows; intervals of heads become lists of value, low end and high end.
    """
    document = rounded(asdict(model))
    for head in document["heads"]:
        head["means"] = {name: [*ends.values()] for name, ends in head["means"].items()}
        head["without"] = head["without"] and [*head["without"].values()]
    write_text(path, in_lines(document))


def in_lines(document: Mapping[str, Any]) -> str:
    """JSON, with a line for each entry, and for each item of an entry that is a list."""
    entries = [f"{json.dumps(name)}: {_lines(value)}" for name, value in document.items()]
    return "{\n" + ",\n".join(entries) + "\n}\n"


def _lines(value: object) -> str:
    """JSON, with a line for each item of a list."""
    if not isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return "[\n" + ",\n".join(json.dumps(item, ensure_ascii=False) for item in value) + "\n]"


def rounded(value: Any) -> Any:
    """The same with every number rounded to ``DIGITS`` digits."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {name: rounded(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value


def main(table: str, *names: str) -> None:
    """Write the rows of some models."""
    for name in names:
        write(FOLDER / f"{name}.json", observed(name, SurveyTable(Path(table))))


if __name__ == "__main__":
    main(*sys.argv[1:])
