"""The page of findings on real language models says what the rows say."""

import hashlib
import json
from dataclasses import replace

import pytest

from empirical.report import findings
from empirical.survey.interval import Interval
from empirical.survey.observed.lengths import observed_lengths
from empirical.survey.observed.rows import ObservedModel, observed_models
from empirical.survey.published.claims import EVERY
from empirical.trajectories.published_claims import Reproduction

MODELS = observed_models()
LENGTHS = observed_lengths()
CLAIMS = {claim.name: claim for claim in EVERY}


def test_the_page_is_that_of_the_rows() -> None:
    assert MODELS
    assert findings.PAGE.read_text() == findings.render(MODELS, LENGTHS)


def test_a_page_of_other_rows_is_another() -> None:
    model, rest = MODELS[0], MODELS[1:]
    head, row = model.heads[0], model.claims[0]
    labels = tuple({"sink", "symbolic"} ^ set(head.labels))
    moved = replace(row, measured=Interval(0.123, 0.012, 0.234))
    for other in (
        replace(model, heads=(replace(head, labels=labels), *model.heads[1:])),
        replace(model, claims=(replace(row, outcome=Reproduction.UNDECIDED), *model.claims[1:])),
        replace(model, claims=(moved, *model.claims[1:])),
        replace(model, prompts=9),
    ):
        assert findings.render((other, *rest), LENGTHS) != findings.render(MODELS, LENGTHS)


def test_the_pictures_are_those_of_the_rows() -> None:
    drawn = json.loads((findings.FOLDER / findings.DRAWN).read_text())
    assert {name: entry["rows"] for name, entry in drawn.items()} == findings.drawn_from()
    for name, entry in drawn.items():
        data = (findings.FOLDER / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["file"]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_no_verdict_goes_beyond_its_interval(model: ObservedModel) -> None:
    assert {row.name for row in model.claims} <= CLAIMS.keys()
    for row in model.claims:
        claim = CLAIMS[row.name]
        again = claim.undecided("") if row.measured is None else claim.judged(row.measured, "")
        assert (row.outcome, row.claim) == (again.outcome, again.claim)
    assert len({(head.layer, head.head) for head in model.heads}) == len(model.heads)
    assert len(model.heads) % model.layers == 0


def test_why_a_claim_is_not_reproduced_is_of_its_number() -> None:
    reasons = [(row, why) for _, row, why in findings._failing(MODELS) if why != findings.UNKNOWN]
    assert len(reasons) > 10
    for row, why in reasons:
        low = row.measured.low if row.measured else None
        high = row.measured.high if row.measured else None
        is_open = row.outcome is Reproduction.UNDECIDED and row.measured is not None
        assert (findings.OPEN in why or findings.BARE in why) == is_open
        if why == findings.WHY["fastest"]:
            assert high is not None
            assert high < 0
        if why == findings.NOTHING["letter-lost"]:
            assert low is None
