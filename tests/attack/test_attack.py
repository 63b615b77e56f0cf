"""A small share of the attack, and the attack on itself: the truth is true, a mistake is found."""

import json
import sys
from collections import Counter
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

from empirical.certificates.one_layer import branch_and_bound
from empirical.models.gptj import GPTJ
from empirical.shipped import attack_table
from empirical.shipped.attack_table import FAULTS
from tests.attack import __main__ as attack
from tests.attack import record, trials
from tests.attack.models import KINDS, checkpoint_of
from tests.attack.truth import PRECISIONS, Truth

MODELS = 2
"""Of one head, of each kind."""


@pytest.mark.parametrize("kind", trials.kinds())
def test_no_fault_is_found(kind: str) -> None:
    number_of_kind = trials.kinds().index(kind)
    several = 2 + number_of_kind % 2
    one_head: trials.Counts = Counter()
    for number in range(MODELS):
        seed = [7, 1, number, number_of_kind]
        one_head += trials.run(np.random.default_rng(seed), kind, 1)
    more = trials.run(np.random.default_rng([7, several, number_of_kind]), kind, several)
    assert {name: n for name in FAULTS if (n := one_head[name] + more[name])} == {}
    assert one_head["rows"] > 5
    assert one_head["clear decided"] >= 0.95 * one_head["clear"]


@pytest.mark.parametrize(("kind", "heads", "seed"), [("sharp", 2, (7031, 14, 0))])
def test_where_a_fault_was_there_is_none(kind: str, heads: int, seed: tuple[int, ...]) -> None:
    """A box without an end once made every term infinite, and a token not allowed the least."""
    counts = trials.run(np.random.default_rng(seed), kind, heads)
    assert {name: counts[name] for name in FAULTS if counts[name]} == {}
    assert counts["rows"] > 0


def test_a_mistake_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that believes any bound above minus one."""
    monkeypatch.setattr(branch_and_bound, "sum_error", lambda *sizes: -1.0)
    counts: trials.Counts = Counter()
    for number in range(20):
        counts += trials.run(np.random.default_rng([3, number]), "plain", 1)
    assert counts["false PROVED"] > 0
    assert counts["wrong horizon"] > 0


@pytest.mark.parametrize("heads", [1, 2, 3])
def test_the_truth_about_products_is_that_of_single_inputs(heads: int) -> None:
    for number, kind in enumerate(sorted(KINDS)):
        true = Truth(checkpoint_of(np.random.default_rng([5, number, heads]), kind, heads))
        choice = next(
            (made for query in range(6) for _, made in true.choices(query, 3)),
            None,
        )
        if choice is None:
            continue
        function = true.function(PRECISIONS[1])
        for tokens, shared in function.logits_of_product(choice):
            for one, two in zip(shared, function.logits(tokens), strict=True):
                assert one.overlaps(two)


@pytest.mark.parametrize("heads", [1, 2])
def test_the_truth_in_floats_is_that_in_balls(heads: int) -> None:
    """Floats decide a sign only where balls find the same."""
    decided = 0
    for number, kind in enumerate(sorted(KINDS)):
        true = Truth(checkpoint_of(np.random.default_rng([6, number, heads]), kind, heads))
        for query in range(len(true.task.entries)):
            for answer, choice in list(true.choices(query, 3))[:1]:
                inputs = np.array(list(product(*choice)))
                margins = true.floats.streams(inputs).margins(answer)
                for tokens, values, errors in zip(
                    inputs.tolist(), margins.values, margins.errors, strict=True
                ):
                    logits = true.function(PRECISIONS[1]).logits(tuple(tokens))
                    for rival in np.flatnonzero(np.abs(values) > errors).tolist():
                        gap = logits[answer] - logits[rival]
                        assert gap > 0 if values[rival] > 0 else gap < 0
                        decided += 1
    assert decided > 500


@torch.inference_mode()
def test_the_truth_is_that_of_a_forward_pass_of_torch() -> None:
    for number in range(12):
        kind = ("plain", "biases", "near ties", "tied")[number % 4]
        checkpoint = checkpoint_of(np.random.default_rng([9, number]), kind, 1 + number % 3)
        model = GPTJ.of(checkpoint.config, checkpoint.weights).double()
        function = Truth(checkpoint).function(PRECISIONS[0])
        rng = np.random.default_rng(number)
        inputs = rng.integers(checkpoint.config.vocab_size, size=(4, 5))
        logits = model(torch.from_numpy(inputs), last_only=True)[:, 0].numpy()
        for tokens, run in zip(inputs.tolist(), logits, strict=True):
            exact = [float(x.mid()) for x in function.logits(tuple(tokens[::-1]))]
            np.testing.assert_allclose(run, exact, rtol=1e-9, atol=1e-9)


def test_counts_go_on_where_they_were_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "counts.jsonl"
    for trials_, more in (("20", []), ("60", ["--resume"])):
        asked = ["--kinds", "plain", "--heads", "1", "--trials", trials_, "--out", str(file), *more]
        monkeypatch.setattr(sys, "argv", ["attack", *asked])
        capsys.readouterr()
        assert attack.main() == 0
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["batch"] for line in lines] == list(range(len(lines)))
    assert sum(line["counts"]["rows"] for line in lines) >= 60
    assert "false PROVED 0" in capsys.readouterr().out


def test_the_trust_page_says_what_was_counted() -> None:
    counts = attack_table.record()
    page = record.PAGE.read_text()
    assert record.with_lines(page, counts) == page
    assert record.lines(counts) in page
    counts["cells"][0]["counts"]["false PROVED"] = 1
    assert record.with_lines(page, counts) != page


def test_a_run_that_went_on_counts_once() -> None:
    lines = [
        {"seed": seed, "heads": 1, "kind": "plain", "counts": {"rows": rows, "models": 5}}
        for seed, rows in ((3, 7), (3, 8), (4, 9))
    ]
    begun = record.added({"runs": [], "cells": []}, lines[:1])
    gone_on = record.added(begun, lines[:2])
    assert gone_on == record.added({"runs": [], "cells": []}, lines[:2])
    assert gone_on == record.added(gone_on, lines[:1])
    other = record.added(gone_on, lines[2:])
    assert other["runs"] == [{"seed": 3, "batches": 2}, {"seed": 4, "batches": 1}]
    assert [cell["counts"] for cell in other["cells"]] == [{"rows": 24, "models": 15}]
