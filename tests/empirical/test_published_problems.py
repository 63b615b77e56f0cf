"""What is shipped of the problems of others is so: inputs run again, some rows decided again."""

from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.models.gptj import GPTJ
from empirical.recheck.fields import Field
from empirical.recheck.specification import parsed_specification
from empirical.shipped import published_problems
from empirical.shipped.checkpoints import directory_named
from empirical.shipped.published_problems import (
    COUNTED,
    FREE,
    LARGEST,
    LAST,
    PYTHON,
    STRINGS,
    by_near,
    inputs_of,
    overwhelmed,
    right_answers,
    share,
)
from empirical.tasks.python_source import ALPHABET
from empirical.training.recipes import plan_for
from tests.empirical.certificates.random_specifications import Document, cases, inputs
from tests.empirical.certificates.test_specified import counting
from tests.empirical.manifests import assert_made_by

STRINGS_SHOWN, NUMBERS_SHOWN = published_problems.read()


def network(checkpoint: Checkpoint) -> GPTJ:
    made = GPTJ(checkpoint.config)
    made.load_state_dict({name: torch.from_numpy(w) for name, w in checkpoint.weights.items()})
    return made.double().eval()


@pytest.fixture(scope="module")
def python() -> Checkpoint:
    return checkpoint.read(directory_named(PYTHON))


@pytest.mark.parametrize("name", sorted(LARGEST))
def test_models_of_numbers_say_how_they_were_made(name: str) -> None:
    assert_made_by(checkpoint.read(directory_named(name)), plan_for(Path(name).name))


def test_the_model_of_python_says_how_it_was_made(python: Checkpoint) -> None:
    """Its data are the library of the Python that trained it, which need not be this one."""
    assert python.manifest is not None
    assert python.manifest["config"] == plan_for("python").to_json()
    assert not str(python.manifest["commit"]).endswith("-dirty")
    assert python.manifest["accuracy"]["64"]["correct"] > 0.4 * 1562


def test_every_string_is_decided_with_every_last_token() -> None:
    named = [(row.string, row.last) for row in STRINGS_SHOWN]
    assert sorted(named) == sorted(product(STRINGS, LAST))
    assert {row.verdict for row in STRINGS_SHOWN} == {"PROVED", "REFUTED"}
    for row in STRINGS_SHOWN:
        assert (row.free == FREE) == (row.verdict == "PROVED")


@torch.inference_mode()
def test_the_two_inputs_of_a_string_differ_in_their_output(python: Checkpoint) -> None:
    model = network(python)

    def output(text: str) -> str:
        ids = torch.tensor([[ALPHABET.index(letter) for letter in text]])
        return str(ALPHABET[int(model(ids, last_only=True)[0, 0].argmax())])

    for row in STRINGS_SHOWN:
        assert output(row.string + row.last) == row.output
        if row.verdict == "PROVED":
            continue
        assert row.one is not None
        assert row.other is not None
        assert row.free is not None
        for text in (row.one, row.other):
            assert text.startswith(row.string)
            assert text.endswith(row.last)
        assert output(row.one) == row.output != output(row.other)
        assert len(row.other) == len(row.string) + row.free + 2


def test_the_page_shows_the_tables() -> None:
    page = Path(published_problems.__file__).parents[1] / "FOUND.md"
    lines = page.read_text().split("\n")
    assert [line for line in published_problems.page() if line not in lines] == []


def test_a_string_is_decided_again(python: Checkpoint) -> None:
    string = STRINGS[0]
    rows = [replace(row, seconds=0) for row in STRINGS_SHOWN if row.string == string]
    again = [replace(row, seconds=0) for row in overwhelmed(python, string)]
    assert sorted(again, key=str) == sorted(rows, key=str)


def test_groups_by_near_numbers_are_all_inputs_each_once() -> None:
    for tokens, length in ((6, 4), (7, 3)):
        document: Document = {
            "format": "ropeproof specification",
            "version": 1,
            "tokens": [*range(tokens)],
            "groups": by_near(tokens, length),
        }
        specification = parsed_specification(Field("numbers", "", document))
        seen = Counter[tuple[int, ...]]()
        for at, query, answer in cases(document):
            these = inputs(document, at, query, answer, length)
            assert len(these) == inputs_of(specification.groups[at], length)
            asked = document["groups"][at]["asked"]["wins"]
            largest = asked if answer is None else answer
            seen.update((*numbers, largest) for numbers in these)
        every = product(range(tokens), repeat=length)
        assert seen == Counter((*numbers, max(numbers)) for numbers in every)


@torch.inference_mode()
def test_right_answers_are_those_of_a_forward_pass() -> None:
    every = np.array([*product(range(5), repeat=4)])
    counts = []
    for seed in range(3):
        model = counting(5, seed, 12.0)
        still = {name: 0 * w if "mlp" in name else w for name, w in model.weights.items()}
        model = replace(model, weights=still)
        logits = network(model)(torch.from_numpy(every), last_only=True)[:, 0].numpy()
        counts.append(right_answers(model))
        assert counts[-1] == int((logits.argmax(axis=1) == every.max(axis=1)).sum())
    assert 0 < min(counts) < len(every)


def test_certified_accuracies_are_below_the_counted_ones() -> None:
    assert [row.model for row in NUMBERS_SHOWN] == [*LARGEST]
    for row in NUMBERS_SHOWN:
        model = checkpoint.read(directory_named(row.model))
        assert row.inputs == model.config.vocab_size**row.numbers
        assert row.proved + row.refuted <= row.cases
        assert 0 < share(row) < 1
        assert (row.right is None) == (row.numbers > COUNTED)
        if row.right is not None:
            assert row.certified <= row.right <= row.inputs - row.refuted
