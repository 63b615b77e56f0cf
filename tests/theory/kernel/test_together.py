"""Together, scripts show what each shows alone, over the axioms that they share, and no more."""

import shutil
from pathlib import Path

import pytest

from tests.theory.conftest import keep_library_alone
from tests.theory.kernel.test_checking import HEAD, PROOF, RESTATED, SENSE, STATEMENT, square, wrong
from theory.kernel import library, record, results, together
from theory.kernel.checking import Aim, check
from theory.kernel.coqc import Coq
from theory.kernel.results import Question

REFUTATION = (
    f"{HEAD}{STATEMENT}Theorem fails : ~ sentence.\n"
    f"Proof. intros H. specialize (H 0). lra. Qed.\n{SENSE}"
)
TRUE = {
    "square": Question(statement=square, script=PROOF, aim=Aim.HOLDS),
    "wrong": Question(statement=wrong, script=REFUTATION, aim=Aim.FAILS),
}
SHARED = (
    "ClassicalDedekindReals.sig_forall_dec",
    "FunctionalExtensionality.functional_extensionality_dep",
)


pytestmark = pytest.mark.usefixtures("library_alone")


def known(
    monkeypatch: pytest.MonkeyPatch, questions: dict[str, Question], assumes: tuple[str, ...]
) -> None:
    """Let the record say that these questions were answered over these axioms."""
    entries = {
        name: {"shows": asked.aim.value, **asked.hashes, "coq": "", "assumes": list(assumes)}
        for name, asked in questions.items()
    }
    monkeypatch.setattr(record, "entries", lambda: entries)


@pytest.fixture(scope="module")
def left(coq: Coq, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run of the true questions leaves that ends before Coq says what they assume."""
    with pytest.MonkeyPatch.context() as patch:
        keep_library_alone(tmp_path_factory.mktemp("cache"), patch)
        known(patch, TRUE, SHARED)
        running = together.asked(coq, TRUE)
        assert {next(running), next(running)} == set(TRUE)
        running.close()
        assert not any(results.kept(coq, asked) for asked in TRUE.values())
        return library.cache_folder() / "compiled"


def go_on(left: Path, coq: Coq, *questions: Question) -> None:
    """Give the run of a test the compiled files of some of them, of which nothing is shown."""
    for question in questions:
        name = f"s{results.key(coq, question)[:32]}"
        shutil.copytree(left / name, library.cache_folder() / "compiled" / name)


def kept(coq: Coq, questions: dict[str, Question]) -> dict[str, tuple[str, ...]]:
    """What a run keeps: by name, the axioms."""
    assert set(together.asked(coq, questions)) == set(questions)
    assert list((library.cache_folder() / "compiled").iterdir()) == []
    outcomes = {name: results.kept(coq, asked) for name, asked in questions.items()}
    return {name: outcome.assumed for name, outcome in outcomes.items() if outcome is not None}


def test_what_is_shown_together_is_shown_alone(coq: Coq, monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, TRUE, SHARED)
    assert kept(coq, TRUE) == dict.fromkeys(TRUE, SHARED)
    alone = [check(coq, q.statement, q.script, q.aim) for q in TRUE.values()]
    assert all(outcome.shown for outcome in alone)
    assert {axiom for outcome in alone for axiom in outcome.assumed} == set(SHARED)
    assert list(together.asked(coq, TRUE)) == []


FALSE = {
    "another statement": Question(statement=wrong, script=PROOF, aim=Aim.HOLDS),
    "another sentence": Question(
        statement=wrong,
        script=f"{RESTATED}Theorem holds : sentence.\nProof. exact I. Qed.\n{SENSE}",
        aim=Aim.HOLDS,
    ),
    "a hole": Question(
        statement=wrong,
        script=f"{HEAD}{STATEMENT}Variable holds : sentence.\n{SENSE}",
        aim=Aim.HOLDS,
    ),
    "the other aim": Question(statement=wrong, script=REFUTATION, aim=Aim.HOLDS),
    "a word": Question(statement=wrong, script=f"{PROOF}Axiom a : True.", aim=Aim.HOLDS),
}


@pytest.mark.parametrize("label", FALSE)
def test_a_script_that_shows_nothing_is_not_kept_among_others(
    label: str, coq: Coq, left: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = {"square": TRUE["square"], label: FALSE[label]}
    go_on(left, coq, TRUE["square"])
    known(monkeypatch, questions, SHARED)
    assert label not in kept(coq, questions)


def test_a_record_of_other_axioms_keeps_nothing(
    coq: Coq, left: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = {"square": TRUE["square"]}
    for assumes in (SHARED[:1], (*SHARED, "Classical_Prop.classic"), ()):
        go_on(left, coq, TRUE["square"])
        known(monkeypatch, questions, assumes)
        assert kept(coq, questions) == {}


def test_what_the_record_does_not_know_is_asked_alone(
    coq: Coq, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, {"wrong": TRUE["square"]}, SHARED)
    assert list(together.asked(coq, TRUE)) == []


def test_an_interrupted_run_compiles_nothing_twice(
    coq: Coq, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, TRUE, SHARED)
    running = together.asked(coq, TRUE)
    next(running)
    running.close()
    compiled = library.cache_folder() / "compiled"
    assert len(list(compiled.glob("*/Script.vo"))) == len(TRUE)
    assert results.kept(coq, TRUE["square"]) is None
    monkeypatch.setattr(together, "compile_script", None)
    assert kept(coq, TRUE) == dict.fromkeys(TRUE, SHARED)


def test_files_that_another_run_took_away_end_nothing(
    coq: Coq, left: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on(left, coq, *TRUE.values())
    known(monkeypatch, TRUE, SHARED)
    running = together.asked(coq, TRUE)
    assert {next(running), next(running)} == set(TRUE)
    shutil.rmtree(library.cache_folder() / "compiled")
    assert list(running) == []
    assert results.kept(coq, TRUE["square"]) is None
