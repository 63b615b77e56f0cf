"""Every theorem, found by walking the ``theorems`` package: the module name is the theorem name."""

import importlib
import multiprocessing
import os
import pkgutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from difflib import get_close_matches

import sympy as sp

from theory import notebook, theorems
from theory.claim import Claim
from theory.evidence import Evidence, Verb, Verdict
from theory.refusal import Refusal
from theory.tightness import Tightness

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
        expected: The verdict it must have: PROVED, or REFUTED for a published falsehood.
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
            "argued by": tuple(self.arguments),
            "false neighbours": tuple(self.neighbours),
        }
        return notebook.table(self.name, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A theorem with all its evidence gathered.

    Attributes:
        theorem: What was judged.
        evidence: What each verb showed.
        rejected: For each false neighbour, whether the arguments refuted it and proved it not;
            for ``OPPOSITE``, whether the attack did.
        seconds: How long each verb took on the sentence itself.
    """

    theorem: Theorem
    evidence: Mapping[Verb, Evidence]
    rejected: Mapping[str, bool]
    seconds: Mapping[Verb, float]

    @property
    def verdict(self) -> Verdict:
        """What the evidence comes to; contradiction is UNDECIDED, never a choice."""
        said = {e.verdict for e in self.evidence.values()}
        if {Verdict.PROVED, Verdict.REFUTED} <= said:
            return Verdict.UNDECIDED
        order = (Verdict.REFUTED, Verdict.PROVED, Verdict.SURVIVED)
        return next((v for v in order if v in said), Verdict.UNDECIDED)

    @property
    def deciding(self) -> tuple[Evidence, ...]:
        """The evidence behind the verdict; if any covers the whole sentence, only that."""
        behind = tuple(e for e in self.evidence.values() if e.verdict is self.verdict)
        return tuple(e for e in behind if e.whole) or behind

    @property
    def as_expected(self) -> bool:
        """The expected verdict, every false neighbour rejected, no two programs at odds."""
        return (
            self.verdict is self.theorem.expected
            and all(self.rejected.values())
            and not any(evidence.conflict for evidence in self.evidence.values())
        )

    def __repr__(self) -> str:
        return f"<{self.theorem.name}: {self.verdict.value}>"

    def _repr_html_(self) -> str:
        rejected = sum(self.rejected.values())
        rows: dict[str, object] = {
            "says": self.theorem.statement,
            "verdict": self.verdict,
            "where": self.deciding[0].scope,
            "witness": self.deciding[0].witness,
            "trusts": tuple(dict.fromkeys(t for e in self.deciding for t in e.trusts)),
            "replaced by": self.theorem.replaced_by,
            **{v.value: f"{e.verdict} {e.detail}".strip() for v, e in self.evidence.items()},
            "false neighbours rejected": f"{rejected} of {len(self.rejected)}",
        }
        return notebook.table(self.theorem.name, rows)


def all_theorems() -> Iterator[Theorem]:
    """Yield each theorem, by group and name."""
    for info in sorted(_modules(), key=lambda info: info.name):
        module = importlib.import_module(info.name)
        _, _, group, name = info.name.split(".")
        yield Theorem(
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
        )


def find(names: str | Sequence[str] = ()) -> list[Theorem]:
    """The theorems of these names or this name, or all of them if none is given.

    Raises:
        Refusal: If a name is unknown; the message lists the nearest ones.
    """
    names = [names] if isinstance(names, str) else names
    known = {t.name: t for t in all_theorems()}
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.0)
            raise Refusal(f"no theorem is called {name!r}; the nearest are {', '.join(near)}")
    return [known[name] for name in names] if names else list(known.values())


def judge(theorem: Theorem) -> Judgement:
    """Carry out every argument of a theorem, on its sentence and on its false neighbours."""
    evidence, seconds = {}, {}
    for verb, argue in theorem.arguments.items():
        started = time.perf_counter()
        evidence[verb] = argue(theorem.claim)
        seconds[verb] = time.perf_counter() - started
    rejected = {label: rejects(theorem, false) for label, false in theorem.neighbours.items()}
    attack = theorem.arguments[Verb.SAMPLE]
    rejected[OPPOSITE] = attack(opposite(theorem.claim)).verdict is Verdict.REFUTED
    return Judgement(theorem=theorem, evidence=evidence, rejected=rejected, seconds=seconds)


def prove(name: str) -> Judgement:
    """Judge the theorem of this name, as ``ropeproof prove`` does.

    Raises:
        Refusal: If the name is unknown; the message lists the nearest ones.
    """
    (theorem,) = find(name)
    return judge(theorem)


def judge_all(theorems: Sequence[Theorem], jobs: int | None = None) -> Iterator[Judgement]:
    """Judge theorems in order, several at a time, yielding each as soon as it is its turn.

    Args:
        theorems: Sentences of the ledger.
        jobs: How many processes; by default one per processor, and none besides this one
            where there is too little to share out.
    """
    workers = min(jobs or os.cpu_count() or 1, len(theorems) // 4)
    if workers < 2:
        yield from map(judge, theorems)
        return
    # Spawned, not forked: a solver's threads do not survive a fork.
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(prove, [theorem.name for theorem in theorems])


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
    """Whether the theorem's arguments refute ``neighbour`` at least once and never prove it."""
    verdicts = [argue(neighbour).verdict for argue in theorem.arguments.values()]
    return Verdict.REFUTED in verdicts and Verdict.PROVED not in verdicts


def _modules() -> Iterator[pkgutil.ModuleInfo]:
    walk = pkgutil.walk_packages(theorems.__path__, f"{theorems.__name__}.")
    return (info for info in walk if not info.ispkg)
