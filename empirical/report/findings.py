"""The page of findings on real language models, from the rows that are kept of them.

``python -m empirical.report.findings`` writes it, with its pictures.
"""

import hashlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from jinja2 import Environment, StrictUndefined

from empirical.display.published_table import number
from empirical.figures.gallery import find
from empirical.files.atomic import json_bytes, write_bytes, write_json, write_text
from empirical.survey import observed
from empirical.survey.observed.lengths import BOUNDED, ObservedLengths, observed_lengths
from empirical.survey.observed.rows import ObservedHead, ObservedModel, observed_models
from empirical.survey.published.claims import EVERY
from empirical.survey.published.row import PublishedRow
from empirical.survey.report import ROLES
from empirical.survey.symbolic_lengths import by_length
from empirical.trajectories.published_claims import Reproduction

TEMPLATE = Path(__file__).with_name("findings.jinja")
PICTURES = {
    "language_roles": "roles.png",
    "language_depth": "depth.png",
    "language_lengths": "lengths.png",
}
"""Figures, and the files of the page that they are."""
DRAWN = "pictures.json"
"""Says of each picture the hash of its rows, and its own."""
FOLDER = Path(observed.__file__).parent
PAGE = FOLDER.parent / "FINDINGS.md"
SCORED = {
    "token_positional": "positional score, first token left out",
    "token_symbolic": "symbolic score, first token left out",
    "first": "weight on the first token",
    "entropy": "normalised entropy",
    "angle": "mean angle, radians per position",
}
"""Measures whose medians are told, with names."""
BARE = (
    "the prompts have no instruction and no example, and so asked the model is not shown to be "
    "right more often than a guess among the candidates"
)
UNKNOWN = "why was not looked for"
OPEN = "the interval has the bound in it"
FEW = "one head has no interval"
EMBEDDED = (
    "heads read embeddings alone here, not what the layers below have made of them, and few heads "
    "of the token before were found"
)
WHY = {
    "fastest": "the fastest plane alone is less symbolic than the planes after it; the publication "
    "says in words that it is symbolic too, and not how much",
    "number-answered": BARE,
    "letter-answered": BARE,
    "composed": EMBEDDED,
}
"""What stands behind a claim that is not reproduced."""
WHY_OPEN = {"number-answered": BARE, "letter-answered": BARE, "composed": f"{OPEN}; {EMBEDDED}"}
"""What stands behind a claim whose interval has the bound in it."""
NOTHING = dict.fromkeys(
    ("number-lost", "letter-lost", "letter-kept"),
    "what is not answered at the shortest length cannot be lost at a longer one",
) | dict.fromkeys(("previous-positional", "induction-symbolic"), FEW)
"""What stands behind a claim of which nothing was measured."""
NAMED = 3
"""Heads of a role that are named."""
NEEDED = 8
"""Heads whose need is told."""


def render(models: Sequence[ObservedModel], lengths: Sequence[ObservedLengths]) -> str:
    """The page.

    Args:
        models: those that were measured; claims are the same in all that have any.
        lengths: those that were measured at several lengths.
    """
    judged = [model for model in models if model.claims]
    engine = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return engine.from_string(TEMPLATE.read_text()).render(
        models=models,
        lengths=lengths,
        by_length=by_length,
        bounded=_bounded,
        tokens_bounded=BOUNDED,
        roles=ROLES,
        quarters=_quarters,
        with_role=_with_role,
        strongest=_strongest,
        resting=_resting,
        scored=SCORED,
        median=_median,
        two=_two,
        needed=_needed,
        need_of_roles=_need_of_roles,
        interval=number,
        judged=judged,
        claims=list(zip(*(model.claims for model in judged), strict=True)),
        outcomes=_outcomes,
        failing=_failing(judged),
        unmeasured=_unmeasured(judged),
    )


def _quarters(model: ObservedModel) -> list[range]:
    ends = [model.layers * quarter // 4 for quarter in range(5)]
    return [range(first, after) for first, after in pairwise(ends)]


def _with_role(model: ObservedModel, role: str) -> list[ObservedHead]:
    return [head for head in model.heads if role in head.labels]


def _strongest(heads: Sequence[ObservedHead], role: str) -> str:
    ordered = sorted(heads, key=lambda head: -head.means[ROLES[role]].value)[:NAMED]
    return ", ".join(
        f"L{head.layer}H{head.head} {number(head.means[ROLES[role]])}" for head in ordered
    )


def _resting(model: ObservedModel) -> dict[str, int]:
    """How many heads the mark of the first token makes symbolic, and how many are so without."""
    pure = [head for head in model.heads if head.plainly == "symbolic"]
    resting = [head for head in pure if head.rests]
    untold = [head for head in model.heads if {"positional", "symbolic"} & set(head.untold)]
    return {
        "pure": len(pure),
        "resting": len(resting),
        "symbolic": len(_with_role(model, "symbolic")),
        "positional": len(_with_role(model, "positional")),
        "untold": len(untold),
    }


def _median(model: ObservedModel, measure: str, half: int) -> float:
    """The median of a measure over the heads of the first or the second half of the layers."""
    measured = [
        head.means[measure].value
        for head in model.heads
        if measure in head.means and (head.layer >= model.layers / 2) == bool(half)
    ]
    return float(np.median(measured))


def _needed(model: ObservedModel) -> list[ObservedHead]:
    return sorted(model.heads, key=lambda head: -_loss(head))[:NEEDED]


def _loss(head: ObservedHead) -> float:
    assert head.without is not None
    return head.without.value


def _need_of_roles(model: ObservedModel) -> dict[str, float]:
    """Medians of the loss without a head."""
    induction, previous = (
        {(head.layer, head.head): _loss(head) for head in _with_role(model, role)}
        for role in ("induction", "previous token")
    )
    others = [
        _loss(head) for head in model.heads if (head.layer, head.head) not in induction | previous
    ]
    return {
        name: float(np.median(list(losses))) if losses else float("nan")
        for name, losses in (
            ("induction", induction.values()),
            ("previous", previous.values()),
            ("others", others),
        )
    }


def _outcomes(model: ObservedModel, outcome: str) -> int:
    return sum(row.outcome == outcome for row in model.claims)


def _failing(judged: Sequence[ObservedModel]) -> list[tuple[str, PublishedRow, str]]:
    """Model, row and reason of each claim that is not reproduced."""
    return [
        (model.name, row, _why(row))
        for model in judged
        for row in model.claims
        if row.outcome is not Reproduction.REPRODUCED
    ]


def _why(row: PublishedRow) -> str:
    if row.measured is None:
        return NOTHING.get(row.name, UNKNOWN)
    if row.outcome is Reproduction.UNDECIDED:
        return WHY_OPEN.get(row.name, OPEN)
    return WHY.get(row.name, UNKNOWN)


def _unmeasured(judged: Sequence[ObservedModel]) -> list[str]:
    """The claims that no model was asked yet."""
    measured = {row.name for model in judged for row in model.claims}
    return [claim.sentence for claim in EVERY if claim.name not in measured]


def _bounded(model: ObservedLengths) -> dict[str, float]:
    """How little norms say of deeper heads: of how many, and between what weights may lie."""
    widths = [head.highest - head.lowest for head in model.bounds]
    return {
        "heads": len(widths),
        "narrowest": min(widths),
        "median": float(np.median(widths)),
        "least": max(head.least for head in model.bounds),
        "most": min(head.most for head in model.bounds),
    }


def _two(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}".replace("-", "−")


def drawn_from() -> dict[str, str]:
    """A hash, in hexadecimal, of the rows that each picture is drawn from, by file name."""
    return {
        PICTURES[drawing.name]: hashlib.sha256(json_bytes(drawing.rows())).hexdigest()
        for drawing in find(list(PICTURES))
    }


def main() -> None:
    """Write the page, its pictures, and what these were drawn from."""
    write_text(PAGE, render(observed_models(), observed_lengths()))
    record = {}
    for drawing in find(list(PICTURES)):
        name, data = PICTURES[drawing.name], drawing.render(drawing.rows())["png"]
        write_bytes(FOLDER / name, data)
        record[name] = {"rows": drawn_from()[name], "file": hashlib.sha256(data).hexdigest()}
    write_json(FOLDER / DRAWN, record)


if __name__ == "__main__":
    main()
