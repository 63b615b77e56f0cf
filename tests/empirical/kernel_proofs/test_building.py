"""Files are compiled side by side; none runs on after one has failed or the user has ended it."""

import time
from pathlib import Path

import pytest

from empirical.kernel_proofs.building import Source, build
from tests.empirical.recheck.certificates import quiet
from tests.theory.conftest import coq as coq
from theory.kernel import library
from theory.kernel.coqc import Coq, Limits

ENDLESS = "Fixpoint f n := match n with O => O | S m => f m + f m end.\nCompute f 60.\n"


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(library, "cache_folder", lambda: tmp_path)


def test_the_first_that_fails_ends_those_that_run(coq: Coq) -> None:
    sources = [Source("Endless", ENDLESS), Source("False_", "Lemma l : O = 1. reflexivity. Qed.\n")]
    started = time.perf_counter()
    built = build(coq, sources, Limits(600), 2, quiet)
    assert list(built) == ["False_"]
    assert built["False_"].obstacle
    assert time.perf_counter() - started < 300


def test_an_interrupt_ends_those_that_run(coq: Coq, tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    started = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        build(coq, [Source("Endless", ENDLESS)], Limits(600), 2, interrupt)
    assert time.perf_counter() - started < 300
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_each_file_finds_what_it_needs_and_is_compiled_once(coq: Coq) -> None:
    first = Source("First", "Definition one := 1.\n")
    last = Source("Last", "From made Require Import First.\nPrint one.\n", (first,))
    built = build(coq, [last], Limits(), 2, quiet)
    assert [one.obstacle for one in built.values()] == ["", ""]
    assert "one = 1" in built["Last"].output
    again = build(coq, [last], Limits(), 2, quiet)
    assert [one.seconds for one in again.values()] == [0, 0]
    assert again["Last"].output == built["Last"].output
