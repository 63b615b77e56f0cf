"""What the paper tells of language models is what their rows say, counted here a second time."""

import json
import re
from pathlib import Path

import pytest

from empirical.paper.number import Number
from empirical.paper.numbers import language
from empirical.survey.observed.rows import FOLDER, observed_models
from empirical.survey.report import ROLES

FILES = [FOLDER / f"{model.name}.json" for model in observed_models()]
NUMBER = r"−?\d+\.\d+(?:e−?\d+)?"


@pytest.fixture(scope="module")
def told() -> dict[str, Number]:
    """The numbers of language models, which need no judged sentence."""
    return {number.key: number for number in language.numbers([])}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_heads_are_counted(file: Path, told: dict[str, Number]) -> None:
    document = json.loads(file.read_text())
    for role in ROLES:
        count = sum(role in head["labels"] for head in document["heads"])
        assert told[f"roles.{role}.{document['name']}"].text == str(count)
    symbolic = [
        head["means"]
        for head in document["heads"]
        if head["means"]["symbolic"][0] >= 0.9 and head["means"]["positional"][0] <= 0.1
    ]
    resting = [means for means in symbolic if means["first"][0] > 0.5]
    assert told[f"roles.symbolic by rows.{document['name']}"].text == str(len(symbolic))
    assert told[f"roles.of these on the first token.{document['name']}"].text == str(len(resting))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_verdicts_are_those_of_the_rows(file: Path, told: dict[str, Number]) -> None:
    document = json.loads(file.read_text())
    for row in document["claims"]:
        text = told[f"language.{row['name']}.{document['name']}"].text
        verdict, _, measured = text.partition(": ")
        assert verdict == row["outcome"]
        if row["measured"] is not None:
            ends = [float(end.replace("−", "-")) for end in re.findall(NUMBER, measured)]
            wanted = [end for end in row["measured"].values() if end is not None]
            assert ends == pytest.approx(wanted, abs=0.006)


def test_heads_at_length_are_counted(told: dict[str, Number]) -> None:
    for file in FOLDER.glob("*.lengths.json"):
        document = json.loads(file.read_text())
        for length in {head["length"] for head in document["heads"]}:
            some = [head for head in document["heads"] if head["length"] == length]
            still = sum(head["symbolic"] for head in some)
            kept = sum(head["floor"] > 0 for head in some)
            at = f"at-length.at {length} tokens"
            assert told[f"{at}, symbolic.{document['name']}"].text == f"{still} of {len(some)}"
            text = told[f"{at}, no arrangement takes the lead.{document['name']}"].text
            assert text == f"{kept} of {len(some)}"
