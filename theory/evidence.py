"""What an argument for a claim shows, where, and whom it asks us to trust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from theory.notebook import shown


class Verb(StrEnum):
    """The five ways to argue; a theorem module offers any of them as a function of that name."""

    DERIVE = "derive"  # rewriting, over all reals
    DECIDE = "decide"  # no counterexample exists, over all reals
    ENCLOSE = "enclose"  # ball arithmetic, over a stated box or at a stated point
    EXHAUST = "exhaust"  # every case of a finite scope, exactly
    SAMPLE = "sample"  # an attack that failed; never a proof


class Verdict(StrEnum):
    """What an argument ended in."""

    PROVED = "PROVED"
    SURVIVED = "SURVIVED"
    REFUTED = "REFUTED"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One argument, carried out.

    Attributes:
        verdict: How it ended.
        scope: Where it applies: ``all reals``, a box, ``M ≤ 64``, or ``100 samples``.
        trusts: The programs, and the prose, whose correctness it needs.
        detail: An obstacle, or nothing.
        witness: For a refutation, the value of each variable, exactly.
        whole: Whether the scope is the whole sentence.
        conflict: Whether two programs contradicted each other; it fails the sentence.
    """

    verdict: Verdict
    scope: str
    trusts: tuple[str, ...]
    detail: str = ""
    witness: Mapping[str, str] = field(default_factory=dict)
    whole: bool = True
    conflict: bool = False

    _repr_html_ = shown

    def lifted(self, scope: str) -> Evidence:
        """Evidence for a sentence, from evidence for the sentence it reduces to.

        A reduction that fails says nothing about what was reduced to it.
        """
        failed = self.verdict is Verdict.REFUTED
        return replace(
            self,
            verdict=Verdict.UNDECIDED if failed else self.verdict,
            scope=scope,
            trusts=(*self.trusts, "the reduction in the docstring"),
            detail=f"the reduction fails at {dict(self.witness)}" if failed else self.detail,
            witness={},
        )
