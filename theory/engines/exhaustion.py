"""A sentence survives a finite part of its cases when each of them is shown exactly."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from theory.evidence import Evidence, Verdict

Case = TypeVar("Case")


def every(
    cases: Iterable[Case], holds: Callable[[Case], bool], scope: str, trusts: tuple[str, ...]
) -> Evidence:
    """Show each case; the first that resists leaves the sentence undecided.

    Args:
        cases: All cases of the scope.
        holds: Whether a case holds, computed exactly.
        scope: The cases in words.
        trusts: What ``holds`` relies on.
    """
    resisted = next((case for case in cases if not holds(case)), None)
    return Evidence(
        verdict=Verdict.SURVIVED if resisted is None else Verdict.UNDECIDED,
        trusts=trusts,
        scope=scope,
        detail="" if resisted is None else f"not shown at {resisted}",
    )
