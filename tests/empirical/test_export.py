"""Written networks, run in float32 by torch, answer as the float64 reference does.

GPT-J directories are run by transformers, native files by the formulas of their format.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from constructions.catalogue import every_construction
from constructions.construction import Network
from empirical.files import network_export, network_file
from empirical.verbs.construct import MARGIN
from tests.constructions import specifications
from tests.constructions.comparison import all_inputs, with_outputs
from tests.empirical import float32_network, small_models

PAIRS = {"letters": 2, "digits": 1}
SMALL: dict[str, tuple[int, dict[str, int]]] = {
    "absolute_index": (4, {"letters": 3}),
    "index": (5, {"letters": 2, "integers": 3}),
    "induction": (7, {"symbols": 3}),
    "information_retrieval": (4, {"symbols": 3, "integers": 1}),
    "multihop_letter": (4, {**PAIRS, "layers": 3}),
    "multihop_number": (4, {"letters": 2, "integers": 3, "layers": 3}),
    "partial_induction": (4, PAIRS),
    "previous_token": (6, {"symbols": 3}),
    "reflexive": (6, {"symbols": 3}),
    "retrieval": (4, PAIRS),
    "smeared_key": (6, {"symbols": 3}),
}
"""Lengths and sizes at which all inputs can be tried."""
LONG = 16
DRAWN = 10_000
FEWER: dict[str, dict[str, int]] = {
    "information_retrieval": {"symbols": 4, "integers": 2},
    "multihop_letter": {"letters": 4, "digits": 2, "layers": 2},
    "multihop_number": {"layers": 2},
    "partial_induction": {"letters": 4, "digits": 2},
    "retrieval": {"letters": 4, "digits": 2},
}
"""Sizes in place of four layers and vocabularies of a hundred, for speed."""


def float32_answers(path: Path, inputs: list[list[int]]) -> np.ndarray:
    """The answers at every position, by whatever reads the directory."""
    tokens = torch.tensor(inputs)
    if (path / network_file.FILE).exists():
        stored = network_file.read(path)
        answered = [float32_network.answers(stored, part) for part in torch.split(tokens, 1_000)]
        return torch.cat(answered).numpy()
    model: Any = small_models.theirs(path)
    with torch.inference_mode():
        parts = [model(part).logits.argmax(-1) for part in torch.split(tokens, 1_000)]
    return torch.cat(parts).numpy()


def written(path: Path, network: Network, length: int) -> float:
    """Write the network at the temperature that ``ropeproof construct`` takes, and return it."""
    beta = MARGIN * float(network.certified_beta(length).upper()) or 1.0
    network_export.write(path, network, length, beta)
    return beta


@pytest.mark.parametrize("name", every_construction())
def test_float32_is_right_on_every_short_input(name: str, tmp_path: Path) -> None:
    longest, sizes = SMALL[name]
    network = replace(every_construction()[name].for_length(longest), **sizes)
    beta = written(tmp_path, network, longest)
    every = list(all_inputs(network, longest))  # shorter ones are their beginnings
    specification = getattr(specifications, name)
    valid = compared = 0
    answered = float32_answers(tmp_path, every).tolist()
    referred = with_outputs(network, every, beta)
    for (tokens, reference), given in zip(referred, answered, strict=True):
        answers = specification(network, tokens)
        if any(answer is not None for answer in answers):
            valid += 1
            for own, expected, answer in zip(given, reference, answers, strict=True):
                assert answer is None or own == expected == answer, tokens
                compared += answer is not None
    assert valid >= 16
    assert compared > valid or name == "absolute_index"


def letters_told_apart(network: Any, rng: np.random.Generator) -> np.ndarray:
    """Pairs, of which no two begin with one letter; what the last one seeks is there."""
    letters, rows = network.letters, np.arange(DRAWN)
    second = rng.integers(letters + network.digits, size=(DRAWN, letters))
    first = np.arange(letters)
    digit = letters**2 + first * network.digits + second - letters
    ids = np.where(second < letters, first * letters + second, digit)
    held = rng.integers(letters, size=(DRAWN, LONG))
    asking = held[:, -1]
    sought = np.where(second < letters, second, first)[rows, asking]
    held[rows, rng.integers(LONG - 1, size=DRAWN)] = sought
    tokens: np.ndarray = ids[rows[:, None], held]
    return tokens


def repeats(symbols: int, rng: np.random.Generator, length: int) -> np.ndarray:
    """Symbols, of which the last one has always been followed by the same."""
    rows = np.arange(DRAWN)
    asked = rng.integers(symbols, size=DRAWN)
    follower = (asked + rng.integers(1, symbols, size=DRAWN)) % symbols
    tokens = rng.integers(symbols, size=(DRAWN, length))
    tokens[rows, rng.integers(length - 3, size=DRAWN)] = asked
    for j in range(1, length):
        tokens[:, j] = np.where(tokens[:, j - 1] == asked, follower, tokens[:, j])
    tokens[:, -2] = np.where(tokens[:, -2] == asked, follower, tokens[:, -2])
    tokens[:, -1] = asked
    return tokens


def drawn(network: Any, rng: np.random.Generator) -> np.ndarray:
    """Inputs that are valid at their last position."""
    match network.name():
        case "index" | "multihop_number":  # no integer reaches back beyond the first token
            known = network.letters + np.minimum(np.arange(LONG) + 1, network.integers)
            return rng.integers(0, known, size=(DRAWN, LONG))
        case "absolute_index":
            tokens = rng.integers(network.vocabulary, size=(DRAWN, LONG))
            tokens[:, -1] = rng.integers(network.letters, network.vocabulary, size=DRAWN)
            return tokens
        case "information_retrieval":
            rows, integers = np.arange(DRAWN), network.integers
            pair = rng.integers(integers, size=(DRAWN, network.symbols))
            pair += network.symbols + integers * np.arange(network.symbols)
            held = rng.integers(network.symbols, size=(DRAWN, LONG))
            bare = rng.random((DRAWN, LONG)) < 0.5
            place = rng.integers(LONG - 1, size=DRAWN)
            held[rows, place], bare[rows, place], bare[:, -1] = held[:, -1], False, True
            return np.where(bare, held, pair[rows[:, None], held])
        case "retrieval" | "multihop_letter" | "partial_induction":
            return letters_told_apart(network, rng)
        case "smeared_key":
            return repeats(network.symbols, rng, LONG)
        case "induction":
            start = np.full((DRAWN, 1), network.symbols)
            return np.hstack([start, repeats(network.symbols, rng, LONG - 1)])
        case _:
            return rng.integers(network.vocabulary, size=(DRAWN, LONG))


@pytest.mark.parametrize("name", every_construction())
def test_float32_is_right_on_long_inputs(name: str, tmp_path: Path) -> None:
    network = replace(every_construction()[name].for_length(LONG), **FEWER.get(name, {}))
    beta = written(tmp_path, network, LONG)
    inputs = drawn(network, np.random.default_rng(LONG))
    specification = getattr(specifications, name)
    given = float32_answers(tmp_path, inputs.tolist())[:, -1]
    parts = np.split(inputs, DRAWN // 1_000)
    expected = np.concatenate([network.run(part, beta)[:, -1] for part in parts])
    np.testing.assert_array_equal(given, expected)
    specified = [specification(network, tokens)[-1] for tokens in inputs[:300].tolist()]
    assert expected[:300].tolist() == specified
    assert len(set(specified)) > 2
