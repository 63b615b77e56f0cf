"""Every theorem, found by walking the ``theorems`` package: the module name is the theorem name."""

import importlib
import os
import pkgutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache, partial

import sympy as sp

from theory import notebook, sending, theorems
from theory.claim import Claim
from theory.engines import sampling
from theory.evidence import Evidence, Verb, Verdict
from theory.kernel import coqc, together
from theory.kernel.checking import Aim
from theory.kernel.evidence import evidence as kernel_evidence
from theory.kernel.evidence import question
from theory.kernel.library import BrokenLibrary
from theory.kernel.names import Untranslatable
from theory.kernel.results import Question
from theory.processes import forked_after
from theory.refusal import Refusal
from theory.tightness import Tightness

ESTABLISHED = frozenset({Verdict.PROVED, Verdict.RECORDED, Verdict.REDUCED})
"""What a sentence that is held to be true may end in."""

STRENGTH = (
    Verdict.REFUTED,
    Verdict.PROVED,
    Verdict.RECORDED,
    Verdict.REDUCED,
    Verdict.SURVIVED,
)
"""Of several verdicts the first one here is the sentence's."""

KERNEL_SAYS = frozenset({Verdict.PROVED, Verdict.RECORDED, Verdict.REFUTED})

OPPOSITE = "the opposite"
"""The neighbour that every sentence has: see ``opposite``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theorem:
    """A claim, its name, its prose, and the arguments its module offers.

    Attributes:
        name: The module's name, which is the sentence in words.
        group: The folder it lives in.
        prose: The module's docstring.
        claim: The sentence.
        arguments: For each verb the module offers, the function that carries it out.
        neighbours: False sentences close by, labelled; the same arguments must reject each.
        expected: PROVED, or REFUTED for a published falsehood: see ``Judgement.as_expected``.
        cites: The sentences that its argument in prose uses, by name.
        replaced_by: For a falsehood, the name of the true sentence that replaces it.
        repaired: For a falsehood, the same sentence with a true bound: it must not be refuted.
        tightness: Where an inequality is closest to an equation.
    """

    name: str
    group: str
    prose: str
    claim: Claim
    arguments: Mapping[Verb, Callable[[Claim], Evidence]]
    neighbours: Mapping[str, Claim]
    expected: Verdict
    replaced_by: str
    repaired: Claim | None
    tightness: Tightness | None
    cites: tuple[str, ...]

    @property
    def aim(self) -> Aim:
        """What the script beside it is to show."""
        return Aim.FAILS if self.expected is Verdict.REFUTED else Aim.HOLDS

    @property
    def statement(self) -> str:
        """The sentence in words: the first paragraph of the prose, on one line."""
        return " ".join(self.prose.strip().split("\n\n")[0].split())

    def _repr_html_(self) -> str:
        rows = {
            "says": self.statement,
            "formula": self.claim,
            "source": self.claim.source,
            "expected": self.expected,
            "replaced by": self.replaced_by,
            "cites": self.cites,
            "argued by": tuple(self.arguments),
            "false neighbours": tuple(self.neighbours),
        }
        return notebook.table(self.name, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A theorem with all its evidence gathered.

    Attributes:
        theorem: What was judged.
        evidence: What each verb showed of the sentence.
        rejected: For each false neighbour, whether it was refuted and nothing proved it;
            for ``OPPOSITE``, whether the attack refuted it.
        seconds: How long each verb took on the sentence itself.
        cited: Where the verdict rests on prose, that on each sentence which the theorem cites.
    """

    theorem: Theorem
    evidence: Mapping[Verb, Evidence]
    rejected: Mapping[str, bool]
    seconds: Mapping[Verb, float]
    cited: Mapping[str, Verdict] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The strongest that the evidence shows.

        A contradiction is UNDECIDED, never a choice. So is what is argued in prose from a
        sentence that has fallen itself.
        """
        verdicts = {e.verdict for e in self.evidence.values() if not self._is_recorded_negation(e)}
        if Verdict.REFUTED in verdicts and verdicts & {Verdict.PROVED, Verdict.RECORDED}:
            return Verdict.UNDECIDED
        strongest = next(
            (verdict for verdict in STRENGTH if verdict in verdicts), Verdict.UNDECIDED
        )
        if strongest is Verdict.REDUCED and self.fallen:
            return Verdict.UNDECIDED
        return strongest

    @property
    def fallen(self) -> tuple[str, ...]:
        """The cited sentences that are not established."""
        return tuple(name for name, v in self.cited.items() if v not in ESTABLISHED)

    @property
    def deciding(self) -> tuple[Evidence, ...]:
        """The evidence behind the verdict, the kernel's first."""
        verbs = sorted(self.evidence, key=lambda verb: verb is not Verb.KERNEL)
        return tuple(self.evidence[v] for v in verbs if self.evidence[v].verdict is self.verdict)

    @property
    def trusts(self) -> tuple[str, ...]:
        """What the verdict needs: the kernel's list where it speaks, else that of all engines."""
        behind = self.deciding[:1] if self.kernel else self.deciding
        return tuple(dict.fromkeys(program for e in behind for program in e.trusts))

    @property
    def witness(self) -> Mapping[str, str]:
        """The counterexample, if it is refuted by one."""
        return next((e.witness for e in self.deciding if e.witness), {})

    @property
    def kernel(self) -> bool:
        """Whether the kernel stands behind the verdict, here or on record."""
        evidence = self.evidence.get(Verb.KERNEL)
        return evidence is not None and evidence.verdict in KERNEL_SAYS

    @property
    def undecided(self) -> bool:
        """Whether the sentence, or the script beside it, is undecided and not a plain failure."""
        failed = self.verdict is Verdict.REFUTED and self.theorem.expected is not Verdict.REFUTED
        return not failed and Verdict.UNDECIDED in (self.verdict, self._of_kernel)

    @property
    def as_expected(self) -> bool:
        """Established or refuted as it must be, and every false neighbour rejected.

        A script beside it must be accepted, here or on record, and no two programs may be at
        odds.
        """
        expected = {Verdict.REFUTED} if self.theorem.expected is Verdict.REFUTED else ESTABLISHED
        return (
            self.verdict in expected
            and self._of_kernel is not Verdict.UNDECIDED
            and all(self.rejected.values())
            and not any(evidence.conflict for evidence in self.evidence.values())
        )

    @property
    def _of_kernel(self) -> Verdict | None:
        evidence = self.evidence.get(Verb.KERNEL)
        return evidence.verdict if evidence else None

    @staticmethod
    def _is_recorded_negation(evidence: Evidence) -> bool:
        return evidence.negation and evidence.verdict is Verdict.RECORDED

    def __repr__(self) -> str:
        return f"<{self.theorem.name}: {self.verdict.value}>"

    def _repr_html_(self) -> str:
        rejected = sum(self.rejected.values())
        rows: dict[str, object] = {
            "says": self.theorem.statement,
            "verdict": self.verdict,
            "of": self.theorem.claim.scope,
            "witness": self.witness,
            "trusts": self.trusts,
            "replaced by": self.theorem.replaced_by,
            "fallen": self.fallen,
            **{v.value: f"{e.verdict} {e.detail}".strip() for v, e in self.evidence.items()},
            "false neighbours refuted": f"{rejected} of {len(self.rejected)}",
        }
        return notebook.table(self.theorem.name, rows)


def all_theorems() -> Iterator[Theorem]:
    """Yield each theorem, by group and name."""
    return map(_theorem, _modules().values())


def _theorem(module_name: str) -> Theorem:
    """The theorem of a module."""
    module = importlib.import_module(module_name)
    _, _, group, name = module_name.split(".")
    return Theorem(
        name=name,
        group=group,
        prose=module.__doc__ or "",
        claim=module.claim,
        arguments={v: getattr(module, v.value) for v in Verb if hasattr(module, v.value)},
        neighbours=module.neighbours,
        expected=getattr(module, "expected", Verdict.PROVED),
        replaced_by=getattr(module, "replaced_by", ""),
        repaired=getattr(module, "repaired", None),
        tightness=getattr(module, "tightness", None),
        cites=getattr(module, "cites", ()),
    )


def find(names: str | Sequence[str] = ()) -> list[Theorem]:
    """The theorems of these names or this name, or all of them if none is given.

    No module is imported for a theorem that is not asked for.

    Raises:
        Refusal: If a name is unknown; the message lists the nearest ones.
    """
    names = [names] if isinstance(names, str) else names
    modules = _modules()
    for name in names:
        if name not in modules:
            near = get_close_matches(name, modules, n=3, cutoff=0.0)
            raise Refusal(f"no theorem is called {name!r}; the nearest are {', '.join(near)}")
    return [_theorem(modules[name]) for name in names or modules]


def judge(theorem: Theorem, *, kernel: bool = False) -> Judgement:
    """Carry out every argument of a theorem, on its sentence and on its false neighbours.

    Args:
        theorem: A sentence of the ledger.
        kernel: Whether the script beside it is compiled now, if this machine has not yet
            compiled it; if not, only what the kernel said before counts, here or on record.
    """
    evidence, seconds = gathered(theorem, kernel=kernel)
    rejected = {label: rejects(theorem, false) for label, false in theorem.neighbours.items()}
    attack = theorem.arguments[Verb.SAMPLE]
    with sampling.thorough():
        turned = attack(opposite(theorem.claim)).verdict
    rejected[OPPOSITE] = turned is Verdict.REFUTED
    judgement = Judgement(theorem=theorem, evidence=evidence, rejected=rejected, seconds=seconds)
    if judgement.verdict is not Verdict.REDUCED:
        return judgement
    return replace(judgement, cited={name: verdict_on(name) for name in theorem.cites})


def questions(theorems: Iterable[Theorem]) -> dict[str, Question]:
    """What the kernel is asked of theorems beside which a script stands, by name.

    Raises:
        Untranslatable: If a sentence has no statement.
    """
    asked = {t.name: question(t.group, t.name, t.claim, t.aim) for t in theorems}
    return {name: posed for name, posed in asked.items() if posed is not None}


def compile_scripts(theorems: Iterable[Theorem]) -> Iterator[str]:
    """Let Coq check the scripts beside theorems, many at once, so that judging finds them checked.

    What does not come through here is asked alone when it is judged, and told there.

    Args:
        theorems: Sentences of the ledger.

    Yields:
        The name of each whose script was compiled; nothing where Coq is missing.
    """
    coq = coqc.installed()
    if coq is not None:
        with suppress(Untranslatable, BrokenLibrary):
            yield from together.asked(coq, questions(theorems))


def prove(name: str, *, kernel: bool = False) -> Judgement:
    """Judge the theorem of this name, as ``ropeproof prove`` does.

    Args:
        name: A theorem of the ledger.
        kernel: Whether its script is compiled now: see ``judge``.

    Raises:
        Refusal: If the name is unknown; the message lists the nearest ones.
    """
    (theorem,) = find(name)
    return judge(theorem, kernel=kernel)


def gathered(
    theorem: Theorem, *, kernel: bool = False
) -> tuple[dict[Verb, Evidence], dict[Verb, float]]:
    """What each verb shows of the sentence, and how many seconds it took."""
    evidence, seconds = {}, {}
    for verb in theorem.arguments:
        started = time.perf_counter()
        evidence[verb] = argue(theorem, verb, theorem.claim)
        seconds[verb] = time.perf_counter() - started
    started = time.perf_counter()
    of_kernel = kernel_evidence(theorem.group, theorem.name, theorem.claim, theorem.aim, run=kernel)
    if of_kernel is not None:
        evidence[Verb.KERNEL] = of_kernel.towards(theorem.claim)
        seconds[Verb.KERNEL] = time.perf_counter() - started
    return evidence, seconds


def argue(theorem: Theorem, verb: Verb, claim: Claim) -> Evidence:
    """What one of a theorem's own arguments shows of a claim."""
    return theorem.arguments[verb](claim).towards(claim)


@cache
def verdict_on(name: str) -> Verdict:
    """The verdict on a sentence that another one cites, without its neighbours."""
    (theorem,) = find([name])
    evidence, seconds = gathered(theorem)
    cited = {other: verdict_on(other) for other in theorem.cites}
    return Judgement(
        theorem=theorem, evidence=evidence, rejected={}, seconds=seconds, cited=cited
    ).verdict


def judge_all(
    theorems: Sequence[Theorem], jobs: int | None = None, *, kernel: bool = False
) -> Iterator[Judgement]:
    """Judge theorems in order, several at a time, yielding each as soon as it is its turn.

    Args:
        theorems: Sentences of the ledger.
        jobs: How many processes; by default one per processor, and none besides this one
            where there is too little to share out.
        kernel: Whether scripts are compiled now: see ``judge``.
    """
    workers = min(jobs or os.cpu_count() or 1, len(theorems) // (1 if kernel else 4))
    if workers < 2:
        yield from (judge(theorem, kernel=kernel) for theorem in theorems)
        return
    # The process that they start from has asked no solver anything: a solver's threads would not
    # survive a fork.
    context = forked_after(__name__, *_modules().values())
    with ProcessPoolExecutor(workers, context) as pool:
        names = [theorem.name for theorem in theorems]
        sent = pool.map(partial(_proved, kernel=kernel), names)
        yield from map(sending.unpacked, sent, theorems)


def _proved(name: str, *, kernel: bool) -> bytes:
    return sending.packed(prove(name, kernel=kernel))


def opposite(claim: Claim) -> Claim:
    """The equation shifted by one, or the inequality turned round with one to spare.

    It is false wherever the hypotheses can be met: a vacuous sentence is found by it.
    """
    match claim.conclusion:
        case sp.Eq():
            turned = sp.Eq(claim.gap, 1, evaluate=False)
        case order:
            turned = sp.Lt(order.gts + 1, order.lts, evaluate=False)
    return replace(claim, conclusion=turned)


def rejects(theorem: Theorem, neighbour: Claim) -> bool:
    """Whether one of the theorem's arguments refutes ``neighbour``, and none takes it for true.

    Samples, which take nothing for true, are drawn only where no other argument refutes.
    """
    reasoning = [verb for verb in theorem.arguments if verb is not Verb.SAMPLE]
    verdicts = {argue(theorem, verb, neighbour).verdict for verb in reasoning}
    if Verdict.REFUTED not in verdicts:
        with sampling.thorough():
            verdicts.add(argue(theorem, Verb.SAMPLE, neighbour).verdict)
    return Verdict.REFUTED in verdicts and not verdicts & ESTABLISHED


def _modules() -> dict[str, str]:
    """The module of each theorem by the theorem's name, by group and name."""
    walk = pkgutil.walk_packages(theorems.__path__, f"{theorems.__name__}.")
    names = sorted(info.name for info in walk if not info.ispkg)
    return {name.rpartition(".")[2]: name for name in names}
