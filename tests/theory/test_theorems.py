"""Every sentence ends as expected, is attacked, and could have ended otherwise."""

import importlib
import re
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
import sympy as sp
from flint import arb, ctx, fmpq
from sympy.core.relational import Relational

from tests.theory.judged import THEOREMS as BY_NAME
from tests.theory.judged import judged
from theory import ledger, trust
from theory.claim import Claim, gap
from theory.engines import enclosure, smt
from theory.engines.balls import compiled
from theory.evidence import Evidence, Verb, Verdict
from theory.ledger import Theorem

THEOREMS = list(BY_NAME.values())
each_theorem = pytest.mark.parametrize("theorem", THEOREMS, ids=lambda t: t.name)
TRUE = [t for t in THEOREMS if t.expected is Verdict.PROVED]
BORDER = arb(fmpq(1, 100))
"""How far beyond its hypotheses the point of a numerical sentence may lie: 2.993 for arcosh 10."""
README = Path(__file__).parents[2] / "README.md"
FALSE = [t for t in THEOREMS if t.expected is Verdict.REFUTED]


@each_theorem
def test_sentence_ends_as_expected_and_rejects_its_neighbours(theorem: Theorem) -> None:
    judgement = judged(theorem)
    assert theorem.neighbours, "a sentence needs a false neighbour of its own"
    assert all(judgement.rejected.values()), judgement.rejected
    assert judgement.as_expected, judgement.evidence


@each_theorem
def test_no_argument_against_what_is_expected(theorem: Theorem) -> None:
    against = {Verdict.REFUTED} if theorem.expected is Verdict.PROVED else ledger.ESTABLISHED
    for evidence in judged(theorem).evidence.values():
        assert evidence.negation or evidence.verdict not in against


@each_theorem
def test_samples_never_prove(theorem: Theorem) -> None:
    sampled = judged(theorem).evidence[Verb.SAMPLE]
    assert sampled.verdict not in ledger.ESTABLISHED
    assert sampled.verdict is Verdict.REFUTED or sampled.scope


@pytest.mark.parametrize("theorem", FALSE, ids=lambda t: t.name)
def test_a_falsehood_has_a_witness_and_a_replacement(theorem: Theorem) -> None:
    judgement = judged(theorem)
    assert judgement.witness
    (replacement,) = ledger.find([theorem.replaced_by])
    assert replacement.expected is Verdict.PROVED


@pytest.mark.parametrize("theorem", FALSE, ids=lambda t: t.name)
def test_the_refutation_spares_the_repaired_sentence(theorem: Theorem) -> None:
    assert theorem.repaired is not None
    for argue in theorem.arguments.values():
        assert argue(theorem.repaired).verdict is not Verdict.REFUTED


@pytest.mark.parametrize("theorem", [t for t in THEOREMS if t.tightness], ids=lambda t: t.name)
def test_tightness_is_attained(theorem: Theorem) -> None:
    """At the point given, the ratio of the two sides is the one given, within a tiny ball."""
    assert theorem.tightness is not None
    ranges = dict.fromkeys(theorem.claim.sizes, (1, 9))
    points = list(theorem.tightness.points(theorem.claim, ranges))
    assert points
    for point in points:
        sizes = {x: int(v) for x, v in point.items() if x in theorem.claim.sizes}
        given = theorem.claim.given_at(sizes)
        numbers = (g for g in given if isinstance(g, Relational) and not g.free_symbols)
        if any(enclosure.fails(g, {}) for g in numbers):
            continue
        conclusion = theorem.claim.conclusion
        with ctx.workprec(enclosure.BITS):
            at = {x: enclosure.to_arb(v, {}) for x, v in point.items() if x not in sizes}
            for hypothesis in given:
                assert isinstance(hypothesis, Relational)
                assert enclosure.to_arb(gap(hypothesis), at) > -BORDER, hypothesis
            small, large = (compiled(e)(at, sizes) for e in (conclusion.lts, conclusion.gts))
            difference = small - large * enclosure.to_arb(theorem.tightness.ratio, {})
            assert difference.contains(0)
            assert difference.rad() < 1e-20


@pytest.mark.parametrize("theorem", TRUE, ids=lambda t: t.name)
def test_how_tight_an_inequality_is_can_be_said(theorem: Theorem) -> None:
    """Unless one of its sides is 0, which has no ratio."""
    conclusion = theorem.claim.conclusion
    if not isinstance(conclusion, sp.Eq) and 0 not in conclusion.args:
        assert theorem.tightness


@pytest.mark.parametrize("theorem", TRUE, ids=lambda t: t.name)
def test_the_kernel_or_two_engines_speak_or_the_prose_says_why_not(theorem: Theorem) -> None:
    """The two solvers behind ``decide`` are independent of each other."""
    if judged(theorem).kernel:
        return
    strong = (Verdict.PROVED, Verdict.REDUCED)
    proving = {v: e for v, e in judged(theorem).evidence.items() if e.verdict in strong}
    decided = proving.pop(Verb.DECIDE, None)
    solvers = set(smt.SOLVERS) & set(decided.trusts) if decided else set()
    engines = len(proving) + len(solvers)
    assert engines >= 2 or "One engine:" in theorem.prose


@each_theorem
def test_prose_says_what_why_and_where_from(theorem: Theorem) -> None:
    assert theorem.statement.endswith(".")
    assert theorem.claim.source
    if theorem.expected is Verdict.PROVED:
        assert "Proof idea:" in theorem.prose


def test_names_are_unique_and_found() -> None:
    folder = Path(str(files("theory").joinpath("theorems")))
    names = [file.stem for file in folder.rglob("*.py") if file.stem != "__init__"]
    assert len(set(names)) == len(names)
    assert sorted(t.name for t in ledger.find([])) == sorted(names)


def test_contradicting_engines_leave_a_sentence_undecided() -> None:
    theorem = THEOREMS[0]
    evidence = judged(theorem).evidence[Verb.SAMPLE]
    both = {
        Verb.DERIVE: replace(evidence, verdict=Verdict.PROVED),
        Verb.SAMPLE: replace(evidence, verdict=Verdict.REFUTED),
    }
    judgement = ledger.Judgement(theorem=theorem, evidence=both, rejected={}, seconds={})
    assert judgement.verdict is Verdict.UNDECIDED
    assert not judgement.as_expected


def test_a_sample_alone_is_not_a_proof() -> None:
    theorem = TRUE[0]
    alone = {Verb.SAMPLE: judged(theorem).evidence[Verb.SAMPLE]}
    judgement = ledger.Judgement(theorem=theorem, evidence=alone, rejected={}, seconds={})
    assert judgement.verdict is Verdict.SURVIVED
    assert not judgement.as_expected


def test_a_variant_is_sampled_where_nothing_else_refutes_it_and_may_not_be_established() -> None:
    theorem, claim = TRUE[0], TRUE[0].claim
    asked: list[Verb] = []

    def ending(verb: Verb, verdict: Verdict) -> Callable[[Claim], Evidence]:
        def argument(of: Claim) -> Evidence:
            asked.append(verb)
            return Evidence(verdict=verdict, trusts=(), of=of)

        return argument

    for derived, decided, sampled, rejected in (
        (Verdict.REFUTED, Verdict.UNDECIDED, Verdict.SURVIVED, True),
        (Verdict.UNDECIDED, Verdict.UNDECIDED, Verdict.REFUTED, True),
        (Verdict.UNDECIDED, Verdict.UNDECIDED, Verdict.SURVIVED, False),
        (Verdict.REFUTED, Verdict.PROVED, Verdict.REFUTED, False),
        (Verdict.PROVED, Verdict.UNDECIDED, Verdict.REFUTED, False),
    ):
        ends = {Verb.DERIVE: derived, Verb.DECIDE: decided, Verb.SAMPLE: sampled}
        arguments = {verb: ending(verb, verdict) for verb, verdict in ends.items()}
        asked.clear()
        assert ledger.rejects(replace(theorem, arguments=arguments), claim) is rejected
        refuted = Verdict.REFUTED in (derived, decided)
        assert asked == [Verb.DERIVE, Verb.DECIDE, *([] if refuted else [Verb.SAMPLE])]


def test_a_part_of_the_cases_is_not_a_proof() -> None:
    theorem = next(t for t in TRUE if Verb.EXHAUST in t.arguments)
    some = {Verb.EXHAUST: judged(theorem).evidence[Verb.EXHAUST]}
    assert replace(judged(theorem), evidence=some).verdict is Verdict.SURVIVED


@each_theorem
def test_what_is_proved_trusts_no_prose(theorem: Theorem) -> None:
    for evidence in judged(theorem).evidence.values():
        prose = [trusted for trusted in evidence.trusts if "docstring" in trusted]
        assert bool(prose) == (evidence.verdict is Verdict.REDUCED)


@each_theorem
def test_what_an_argument_uses_is_cited_as_data(theorem: Theorem) -> None:
    idea = theorem.prose.partition("Proof idea:")[2].partition("Tight:")[0]
    assert set(re.findall(r"\w+", idea)) & BY_NAME.keys() <= set(theorem.cites)
    assert set(theorem.cites) <= BY_NAME.keys() - {theorem.name}


def test_no_sentence_is_cited_in_a_circle() -> None:
    left = {theorem.name: set(theorem.cites) for theorem in THEOREMS}
    while grounded := {name for name, cited in left.items() if not cited & left.keys()}:
        left = {name: cited for name, cited in left.items() if name not in grounded}
    assert not left


def test_a_fallen_sentence_takes_its_dependants_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """Falsify a cited sentence: what is argued in prose from it falls, and what cites that."""
    cited, citing = BY_NAME["index_gap_le_of_reach"], BY_NAME["index_floor_le_of_length"]
    false = next(iter(cited.neighbours.values()))
    theorems = [replace(cited, claim=false), citing]
    monkeypatch.setattr(ledger, "find", lambda names: [t for t in theorems if t.name in names])
    monkeypatch.setattr(ledger, "kernel_evidence", lambda *args, **options: None)
    ledger.verdict_on.cache_clear()
    judgement = ledger.judge(replace(citing, neighbours={}))
    ledger.verdict_on.cache_clear()
    assert judgement.fallen == (cited.name,)
    assert judgement.verdict is Verdict.UNDECIDED
    assert replace(judgement, cited={}).verdict is Verdict.REDUCED
    proved = replace(judgement.evidence[Verb.DERIVE], verdict=Verdict.PROVED)
    assert replace(judgement, evidence={Verb.KERNEL: proved}).verdict is Verdict.PROVED


def test_every_module_offers_only_known_names() -> None:
    """A misspelt verb would never run; every public function is a verb or ``sentence``."""
    for theorem in THEOREMS:
        module = importlib.import_module(f"theory.theorems.{theorem.group}.{theorem.name}")
        own = {
            name
            for name, value in vars(module).items()
            if callable(value) and getattr(value, "__module__", "") == module.__name__
        }
        assert own <= {verb.value for verb in set(Verb) - {Verb.KERNEL}} | {"sentence"}


def test_processes_judge_as_one_does() -> None:
    """But for the samples, which depend on the modules that a process has imported."""
    enclosed = [theorem for theorem in THEOREMS if Verb.ENCLOSE in theorem.arguments]
    some = [*enclosed[::3], *TRUE[:2]]
    for theorem, judgement in zip(some, ledger.judge_all(some, jobs=2), strict=True):
        alone = judged(theorem)
        assert judgement.theorem.name == theorem.name
        assert judgement.rejected == alone.rejected
        for verb, evidence in judgement.evidence.items():
            assert evidence.verdict is alone.evidence[verb].verdict
            assert verb is Verb.SAMPLE or evidence == alone.evidence[verb]


def test_the_pages_say_what_the_ledger_says() -> None:
    for page in (Path(str(files("theory").joinpath("TRUST.md"))), README):
        assert trust.rewrite(page.read_text(), [judged(t) for t in THEOREMS]) == page.read_text()


def test_programs_at_odds_fail_a_sentence() -> None:
    judgement = judged(TRUE[0])
    evidence = {
        verb: replace(e, conflict=verb is Verb.SAMPLE) for verb, e in judgement.evidence.items()
    }
    assert judgement.as_expected
    assert not replace(judgement, evidence=evidence).as_expected


def test_a_vacuous_sentence_is_found() -> None:
    (theorem,) = ledger.find(["weight_ge_of_floor"])
    n = theorem.claim.sizes[0]
    never = replace(theorem.claim, given=(*theorem.claim.given, sp.Le(n, 1)))
    judgement = ledger.judge(replace(theorem, claim=never, neighbours={}))
    assert not judgement.rejected[ledger.OPPOSITE]
    assert not judgement.as_expected
