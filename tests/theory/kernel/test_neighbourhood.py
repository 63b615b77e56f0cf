"""A script fails on the false neighbours of its sentence; those that it shows are kept."""

import pytest

from tests.theory.judged import THEOREMS
from theory import neighbourhood
from theory.kernel import scripts, session
from theory.kernel.coqc import Coq
from theory.kernel.statement import propositions

NAME = "swap_terms_sum_ge_one"
RECORDED = neighbourhood.recorded()


@pytest.mark.parametrize("name", RECORDED)
def test_the_record_is_of_the_neighbours_that_there_are(name: str) -> None:
    """If this fails: ``python -m theory.kernel --neighbours NAME``."""
    neighbours = neighbourhood.stated(THEOREMS[name])
    assert RECORDED[name].of == neighbourhood.hashed(THEOREMS[name], neighbours)
    assert set(RECORDED[name].shown) <= set(neighbours)
    assert RECORDED[name].rejected + len(RECORDED[name].shown) == len(neighbours)


@pytest.mark.parametrize("name", RECORDED)
def test_a_script_fails_on_most_neighbours(name: str) -> None:
    assert RECORDED[name].rejected > len(RECORDED[name].shown)


def test_a_record_reads_back_as_it_was_written() -> None:
    assert neighbourhood.PATH.read_text() == neighbourhood.text(RECORDED)


def test_the_kernel_says_again_what_is_on_record(coq: Coq) -> None:
    assert neighbourhood.explored(coq, THEOREMS[NAME]) == RECORDED[NAME]


def test_answers_count_only_if_the_sentence_itself_is_shown(coq: Coq) -> None:
    """Else a script that fails on everything would pass for one that rejects."""
    claim = THEOREMS[NAME].claim
    script = scripts.path(THEOREMS[NAME].group, NAME).read_text()
    false = propositions(next(iter(THEOREMS[NAME].neighbours.values())))
    with pytest.raises(session.Unanswered, match="does not show the statement"):
        session.shown(coq, script, false, [propositions(claim)])
