"""What the paper tells of trained models is what their records say, counted here a second time."""

import json
import re
from pathlib import Path

import pytest

from empirical.paper.number import Number
from empirical.paper.numbers import observations
from empirical.shipped.checkpoints import shipped
from empirical.trajectories.published_claims import ANGLES

RECORDED = [path for path in shipped() if (path / "trajectory.json").exists()]


@pytest.fixture(scope="module")
def observed() -> dict[str, Number]:
    """The numbers of trained models, which need no judged sentence."""
    return {number.key: number for number in observations.numbers([])}


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_angles_within_a_factor_are_those_of_the_trajectory(
    path: Path, observed: dict[str, Number]
) -> None:
    table = json.loads((path / "trajectory.json").read_text())
    pairs = [*zip(table["snapshots"][-1]["main_angle"], ANGLES[table["task"]], strict=True)]
    close = sum(0.5 <= measured / published <= 2 for measured, published in pairs)
    key = f"controlled.angle_eq_published.{path.name}"
    assert observed[key].text == f"{close} of {len(pairs)}"


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_accuracy_at_length_is_that_of_the_manifest(
    path: Path, observed: dict[str, Number]
) -> None:
    count = json.loads((path / "manifest.json").read_text())["accuracy"]["850"]
    text = observed[f"controlled.accuracy_by_length_as_published.{path.name}"].text
    outcome, compared = text.split(": ")
    assert compared.split()[0] == f"{count['correct'] / count['total']:.3g}"
    assert outcome in ("so", "not so", "undecided")


def test_rows_that_hold_are_counted(observed: dict[str, Number]) -> None:
    single = [n.text for key, n in observed.items() if key.startswith("induction.") and " " in key]
    assert len(single) == int(observed["induction.rows"].text) > 20
    held = sum(text.startswith("so: ") for text in single)
    assert 0 < held == int(observed["induction.held"].text)
    assert int(observed["controlled.held"].text) < int(observed["controlled.rows"].text)


AGREES = re.compile(r"\b(?:confirmed|reproduced|is as published|are as published)\b")
DENIED = re.compile(r"\bnot (?:confirmed|reproduced|as published)\b")


def unfounded(text: str, observed: dict[str, Number]) -> list[str]:
    """The sentences that say of controlled models that a claim holds, and name no row that does."""
    sentences = re.split(r"(?<=\.)\s+", " ".join(text.split()))
    baseless = []
    for sentence in filter(AGREES.search, sentences):
        keys = re.findall(r'#num\("(claims\.[^"]+)"\)', sentence)
        shares = [observed[key].text.split(" of ") for key in keys]
        if DENIED.search(sentence) or (keys and all(held == runs for held, runs in shares)):
            continue
        baseless.append(sentence)
    return baseless


def test_what_is_called_as_published_is_so_in_every_run(observed: dict[str, Number]) -> None:
    text = (Path(__file__).parents[3] / "paper" / "main.typ").read_text()
    section = text.partition("= Controlled models")[2].partition("\n= ")[0]
    assert AGREES.search(section)
    assert unfounded(section, observed) == []


def test_words_without_a_row_or_beyond_it_are_found(observed: dict[str, Number]) -> None:
    held, failed = "claims.letter.learned", "claims.letter.long"
    for sentence, fault in (
        (f'It is as published, in #num("{held}") runs.', False),
        (f'It is as published, in #num("{failed}") runs.', True),
        (f'Both are reproduced: #num("{held}") and #num("{failed}").', True),
        ("The order of learning is confirmed.", True),
        ("It is not confirmed.", False),
        ("It was published.", False),
    ):
        assert bool(unfounded(sentence, observed)) == fault
