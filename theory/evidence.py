"""What an argument shows of a claim, and whom it asks us to trust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from theory.claim import Claim
from theory.notebook import fields_as_html

PROSE = "the argument in the docstring"
"""What REDUCED evidence trusts, besides programs."""


class Verb(StrEnum):
    """The six ways to argue.

    A theorem module offers any of the first five as a function of that name; the sixth is there
    if a script stands beside the module.
    """

    DERIVE = "derive"  # rewriting, over all reals
    DECIDE = "decide"  # no counterexample exists, over all reals
    ENCLOSE = "enclose"  # ball arithmetic, over a stated box or at a stated point
    EXHAUST = "exhaust"  # every case of a finite scope, exactly
    SAMPLE = "sample"  # an attack that failed; never a proof
    KERNEL = "kernel"  # Coq's kernel accepts a script for the generated statement


class Verdict(StrEnum):
    """What an argument, or all arguments for a sentence, ended in."""

    PROVED = "PROVED"
    """The whole sentence, quantifiers included, by machine, and on this machine."""
    RECORDED = "RECORDED"
    """Proved so where the record was made, from the same statement and script; not here."""
    REDUCED = "REDUCED"
    """A key step by machine; that the sentence follows from it is argued in prose."""
    SURVIVED = "SURVIVED"
    """No counterexample in a part of the sentence: samples, or each case of a finite part."""
    REFUTED = "REFUTED"
    """A counterexample, or a proof of the negation, by machine."""
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One argument, carried out.

    Attributes:
        verdict: How it ended, about ``of``.
        trusts: The programs, and the prose, whose correctness it needs.
        of: The sentence that was argued for, as the engine read it.
        scope: The part of it that was covered, if not the whole: ``100 samples``, ``M ≤ 64``.
        detail: An obstacle, or nothing.
        witness: For a refutation by a counterexample, the value of each variable, exactly.
        negation: Whether it is a proof of the negation of ``of``, here or on record.
        conflict: Whether two programs contradicted each other; it fails the sentence.
    """

    verdict: Verdict
    trusts: tuple[str, ...]
    of: Claim | None = None
    scope: str = ""
    detail: str = ""
    witness: Mapping[str, str] = field(default_factory=dict)
    negation: bool = False
    conflict: bool = False

    _repr_html_ = fields_as_html

    def towards(self, claim: Claim) -> Evidence:
        """What this shows of a claim, whatever its author meant it for.

        Only evidence that read this very sentence, all of it, can prove it; only evidence that
        read it can refute it. Evidence for its reduction makes it REDUCED, and a reduction that
        fails says nothing of it.
        """
        if self.verdict not in (Verdict.PROVED, Verdict.RECORDED, Verdict.REFUTED):
            return self
        if self.of is not None and self.of.says(claim):
            partial = self.scope and self.verdict is not Verdict.REFUTED
            return replace(self, verdict=Verdict.SURVIVED) if partial else self
        if self.of is None or claim.reduction is None or not self.of.says(claim.reduction):
            detail = f"it is about another sentence: {self.of}"
            return replace(self, verdict=Verdict.UNDECIDED, detail=detail, witness={})
        if self.verdict is Verdict.REFUTED:
            detail = f"the reduction fails at {dict(self.witness)}"
            return replace(self, verdict=Verdict.UNDECIDED, detail=detail, witness={})
        return replace(self, verdict=Verdict.REDUCED, trusts=(*self.trusts, PROSE))
