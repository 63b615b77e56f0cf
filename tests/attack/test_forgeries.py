"""The checker accepts honest certificates of drawn models and no false one; see ``forgeries``."""

import numpy as np
import pytest

from empirical.recheck.failures import Rejected
from empirical.recheck.floats import exp_of_negative
from tests.attack import forgeries
from tests.attack.forgeries import FAULTS, attacked
from tests.attack.subjects import SUBJECTS


@pytest.mark.parametrize("kind", SUBJECTS)
def test_no_false_certificate_is_accepted(kind: str) -> None:
    counts = attacked(kind, np.random.default_rng([14, 1]))
    assert counts["honest"] == 1
    assert counts["false"] >= 8
    assert not any(counts[name] for name in FAULTS)


@pytest.mark.parametrize("seed", [(15, 12), (15, 90), (15, 272), (33, 5)])
def test_induction_beyond_the_range_of_floats_is_undecided(seed: tuple[int, int]) -> None:
    """Scores overflowed or left weights open, or a witness's margin was known to a few digits."""
    counts = attacked("induction", np.random.default_rng(seed))
    assert counts["honest"] == 1
    assert not any(counts[name] for name in FAULTS)


@pytest.mark.parametrize("seed", [(16, 76), (63, 199), (66, 45)])
def test_accuracies_are_shown_whatever_weights_floats_lose(seed: tuple[int, int]) -> None:
    """A token that may stand nowhere, and one too light for a float, parted the windows of sums."""
    counts = attacked("accuracies", np.random.default_rng(seed))
    assert counts["honest"] == 1
    assert not any(counts[name] for name in FAULTS)


def test_weights_far_below_one_that_no_input_has_are_shown() -> None:
    """A context with another answer had a weight beside which those of the row were none."""
    counts = attacked("induction", np.random.default_rng([33, 397]))
    assert counts["honest"] == 1
    assert not any(counts[name] for name in FAULTS)


@pytest.mark.parametrize("seed", [(61, 1), (64, 295)])
def test_ratios_beyond_all_floats_are_no_ends_of_boxes(seed: tuple[int, int]) -> None:
    counts = attacked("two heads", np.random.default_rng(seed))
    assert counts["honest"] == 1
    assert not any(counts[name] for name in FAULTS)


def test_walks_whose_activations_are_huge_are_shown() -> None:
    counts = attacked("walks", np.random.default_rng([31, 55]))
    assert counts["honest"] == 1
    assert not any(counts[name] for name in FAULTS)


def test_a_checker_that_accepts_everything_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgeries, "examine", lambda certificate, checkpoint: [])
    counts = attacked("one head", np.random.default_rng([14, 1]))
    assert counts["false accepted"] > 0


def test_a_checker_that_refuses_everything_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(field: object) -> None:
        raise Rejected("no")

    monkeypatch.setattr(forgeries, "parsed_certificate", refuse)
    counts = attacked("one head", np.random.default_rng([14, 1]))
    assert counts["honest refused"] == 1


def test_what_is_no_number_has_no_power() -> None:
    powers = exp_of_negative(np.array([np.nan, -np.inf, -1e300, -1.0, 0.0]))
    assert np.isnan(powers[0])
    assert powers[1:].tolist() == pytest.approx([0.0, 0.0, np.exp(-1), 1.0])
