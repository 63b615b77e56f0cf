"""Symbolic heads at several lengths: which are looked at, and what is said of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from empirical.foreign.reading import stored_at, windows
from empirical.report import findings
from empirical.survey.interval import Interval
from empirical.survey.observed.lengths import (
    LENGTHS,
    PROMPTS,
    ObservedLengths,
    observed_lengths,
)
from empirical.survey.observed.rows import observed_models
from empirical.survey.report import HeadReport
from empirical.survey.symbolic_lengths import by_length, symbolic_heads
from tests.command_line import ropeproof
from tests.empirical import foreign_models

OBSERVED = observed_lengths()


def report(
    place: tuple[int, int], length: int, *, symbolic: bool, lead: float, floor: float | None
) -> HeadReport:
    """A head whose score and test make it symbolic, or whose score does not."""
    score = 0.95 if symbolic else 0.5
    means = {"token_symbolic": score, "token_positional": 1 - score, "margin": lead}
    return HeadReport(
        layer=place[0],
        head=place[1],
        length=length,
        prompts=3,
        means={name: Interval(value, None, None) for name, value in means.items()},
        shares={},
        tests={"token_symbolic": 0.001},
        use=[],
        biases={},
        averages={},
        offset=(1, 3),
        lost=None,
        floor={str(length): floor, str(2 * length): 99.0},
        peak={},
        top_bounds={},
        profile={},
        lags=[],
        effects={},
    )


def test_heads_are_those_that_are_symbolic_at_first_and_see_all() -> None:
    reports = [
        report((layer, 0), length, symbolic=(layer, length) != (0, 8), lead=1.0, floor=0.5)
        for layer in range(4)
        for length in (8, 16)
    ]
    heads = symbolic_heads(reports, [None, None, 15, 16])
    assert {head.layer for head in heads} == {1, 3}
    assert {head.length for head in heads} == {8, 16}
    assert all(head.floor == 0.5 for head in heads)


def test_medians_and_counts_are_of_each_length() -> None:
    leads, floors = (3.0, 1.0, 2.0), (0.0, 0.25, None)
    reports = [
        report((0, head), 8, symbolic=True, lead=leads[head], floor=floors[head])
        for head in range(3)
    ] + [report((0, head), 16, symbolic=head > 0, lead=1.0, floor=head - 0.5) for head in range(3)]
    short, long = by_length(symbolic_heads(reports, [None]))
    assert (short.length, short.prompts, short.heads, short.still) == (8, 3, 3, 3)
    assert (short.score, short.lead, short.floor, short.kept) == (0.95, 2.0, 0.0, 1)
    assert (long.still, long.kept, long.floor) == (2, 2, 0.5)


def test_windows_are_those_of_the_configuration(tmp_path: Path) -> None:
    for name, config, expected in (
        ("m", foreign_models.config("mistral"), [8, 8]),
        ("g", foreign_models.config("gemma3_text"), [8, None]),
        ("l", foreign_models.config("llama"), [None, None]),
    ):
        assert windows(stored_at(foreign_models.write(tmp_path / name, config))) == expected


def test_the_verb_shows_them_where_several_lengths_are_asked(tmp_path: Path) -> None:
    model = foreign_models.write(tmp_path / "m", foreign_models.config("llama"))
    asked = "--causes", "0", "--prompts", "3", "--table", tmp_path / "heads.jsonl"
    status, out, _ = ropeproof("heads", model, "--lengths", "40,48", *asked)
    assert status == 0
    assert ("symbolic at 40 tokens" in out) != ("no head that sees every token" in out)
    _, out, _ = ropeproof("heads", model, "--lengths", "40", *asked)
    assert "every token" not in out


@pytest.mark.parametrize("model", OBSERVED, ids=lambda model: model.name)
def test_rows_are_of_every_head_at_every_length(model: ObservedLengths) -> None:
    places = {(head.layer, head.head) for head in model.heads}
    assert {(head.layer, head.head, head.length) for head in model.heads} == {
        (*place, length) for place in places for length in LENGTHS
    }
    assert len(places) <= model.symbolic
    assert (len(places) < model.symbolic) <= (model.windowed > 0)
    for head in model.heads:
        assert head.prompts == PROMPTS
        assert head.symbolic or head.length > LENGTHS[0]
        assert head.floor is not None
        assert head.floor <= head.lead.value + 1e-3
    (same,) = (known for known in observed_models() if known.name == model.name)
    assert same.fingerprint == model.fingerprint
    assert len(model.bounds) == len(same.heads) * (model.layers - 1) // model.layers
    for bound in model.bounds:
        assert bound.lowest < 0 < bound.highest
        assert bound.least <= 1 / 256 <= bound.most


def test_a_page_of_other_lengths_is_another() -> None:
    model, rest = OBSERVED[0], OBSERVED[1:]
    head, bound = model.heads[0], model.bounds[0]
    moved = replace(head, floor=99.0, symbolic=not head.symbolic)
    page = findings.render(observed_models(), OBSERVED)
    for other in (
        replace(model, heads=(moved, *model.heads[1:])),
        replace(model, symbolic=model.symbolic + 1),
        replace(model, bounds=(replace(bound, highest=bound.lowest + 1), *model.bounds[1:])),
    ):
        assert findings.render(observed_models(), (other, *rest)) != page


def test_the_picture_s_shares_are_those_of_the_rows() -> None:
    from empirical.figures.language_lengths import rows

    drawn = rows()
    for model in OBSERVED:
        for point in by_length(model.heads):
            own = [
                row for row in drawn if (row["model"], row["length"]) == (model.name, point.length)
            ]
            assert len(own) == point.heads
            assert sum(row["symbolic"] for row in own) == point.still
            assert np.median([row["lead"] for row in own]) == point.lead
