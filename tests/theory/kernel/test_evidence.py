"""PROVED is what this machine's kernel accepted of these very files; else RECORDED, or nothing."""

import json
from pathlib import Path

import pytest

from tests.theory.judged import THEOREMS
from theory import ledger
from theory.evidence import Evidence, Verdict
from theory.kernel import coqc, library, record, results
from theory.kernel import evidence as kernel
from theory.kernel.checking import Aim
from theory.kernel.coqc import Coq
from theory.ledger import Theorem

NAME = "snap_gap_eq_one_of_quarters"
SCRIPTED = [t for t in THEOREMS.values() if kernel.question(t.group, t.name, t.claim, Aim.HOLDS)]


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's cache in which nothing has been compiled yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def no_coq(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coqc, "installed", lambda: None)


def said(theorem: Theorem = THEOREMS[NAME], *, run: bool = False) -> Evidence:
    aim = Aim.FAILS if theorem.expected is Verdict.REFUTED else Aim.HOLDS
    evidence = kernel.evidence(theorem.group, theorem.name, theorem.claim, aim, run=run)
    assert evidence is not None
    return evidence


@pytest.mark.usefixtures("no_coq")
@pytest.mark.parametrize("theorem", SCRIPTED, ids=lambda t: t.name)
def test_every_script_is_on_record_as_it_is(theorem: Theorem) -> None:
    """If this fails: ``python -m theory.kernel --record NAME``."""
    evidence = said(theorem)
    assert evidence.verdict is Verdict.RECORDED, evidence.detail
    assert coqc.INSTALL in evidence.detail


def test_the_record_is_of_scripts_that_there_are() -> None:
    assert set(record.entries()) == {theorem.name for theorem in SCRIPTED}
    assert record.PATH.read_text() == record.text(record.entries())


@pytest.mark.usefixtures("no_coq")
def test_without_coq_nothing_is_proved_even_if_it_once_was(empty_cache: Path) -> None:
    assert said(run=True).verdict is Verdict.RECORDED
    assert list(empty_cache.iterdir()) == []


def test_a_sentence_without_a_script_has_no_word_from_the_kernel() -> None:
    claim = THEOREMS[NAME].claim
    assert kernel.evidence("softmax", NAME, claim, Aim.HOLDS, run=False) is None


@pytest.mark.usefixtures("no_coq", "empty_cache")
@pytest.mark.parametrize("part", ["statement", "script", "library"])
def test_a_record_of_other_files_says_nothing(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = dict(record.entries())
    known[NAME] = {**known[NAME], part: "0" * 64}
    monkeypatch.setattr(record, "entries", lambda: known)
    evidence = said()
    assert evidence.verdict is Verdict.UNDECIDED
    assert "the record has no proof of this statement by this script" in evidence.detail


@pytest.mark.usefixtures("empty_cache", "no_coq")
def test_a_changed_sentence_is_not_on_record() -> None:
    theorem = THEOREMS[NAME]
    for claim in theorem.neighbours.values():
        evidence = kernel.evidence(theorem.group, NAME, claim, Aim.HOLDS, run=False)
        assert evidence is not None
        assert evidence.verdict is Verdict.UNDECIDED


@pytest.mark.usefixtures("library_alone")
def test_proved_is_only_what_this_machine_compiled(coq: Coq) -> None:
    assert said().verdict is Verdict.RECORDED
    proved = said(run=True)
    assert proved.verdict is Verdict.PROVED
    assert f"Coq {coq.version}" in proved.trusts
    assert said().verdict is Verdict.PROVED


def test_a_kept_result_is_of_its_files_alone(coq: Coq, library_alone: Path) -> None:
    theorem = THEOREMS[NAME]
    question = kernel.question(theorem.group, NAME, theorem.claim, Aim.HOLDS)
    assert question is not None
    assert results.asked(coq, question).shown
    assert results.kept(coq, question) is not None
    for other in (
        results.Question(statement=question.statement + " ", script=question.script, aim=Aim.HOLDS),
        results.Question(statement=question.statement, script=question.script + " ", aim=Aim.HOLDS),
        results.Question(statement=question.statement, script=question.script, aim=Aim.FAILS),
    ):
        assert results.kept(coq, other) is None
    assert results.kept(Coq(coq.path, "0.1"), question) is None
    (kept,) = (library_alone / "ropeproof/kernel/results").iterdir()
    for forged in ('{"assumed": ["Script.hole"], "seconds": 1}', "[]", '{"assumed": 3}', "\0"):
        kept.write_text(forged)
        assert results.kept(coq, question) is None


@pytest.mark.usefixtures("library_alone")
def test_a_script_that_is_not_accepted_leaves_the_sentence_undecided(
    coq: Coq, monkeypatch: pytest.MonkeyPatch
) -> None:
    theorem = THEOREMS[NAME]
    broken = results.Question(statement="", script="Theorem holds : True.", aim=Aim.HOLDS)
    monkeypatch.setattr(kernel, "question", lambda *args: broken)
    evidence = said(run=True)
    assert evidence.verdict is Verdict.UNDECIDED
    assert "the kernel does not accept the script" in evidence.detail
    judgement = ledger.judge(theorem, kernel=True)
    assert judgement.undecided
    assert not judgement.as_expected


def test_the_hash_of_a_library_covers_what_it_requires(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"a": "", "b": "From ropeproof Require Import a.", "c": "From ropeproof Require b."}
    monkeypatch.setattr(library, "source", texts.__getitem__)
    assert library.required("From ropeproof Require Import c.") == ["a", "b", "c"]
    before = {name: library.closure_hash([name]) for name in texts}
    texts["a"] = "Definition one := 1."
    assert all(library.closure_hash([name]) != before[name] for name in texts)
    texts["c"] += " (* more *)"
    assert library.closure_hash(["b"]) != library.closure_hash(["c"])


def test_a_record_reads_back_as_it_was_written(tmp_path: Path) -> None:
    known = {"b": {"shows": "holds"}, "a": {"shows": "fails"}}
    assert json.loads(record.text(known)) == known
    assert [line[1:4] for line in record.text(known).splitlines()[1:3]] == ['a":', 'b":']
