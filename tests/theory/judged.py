"""Each theorem judged once, however many tests ask."""

from functools import cache

from theory import ledger
from theory.ledger import Judgement, Theorem

THEOREMS = {theorem.name: theorem for theorem in ledger.all_theorems()}


@cache
def _judged(name: str) -> Judgement:
    return ledger.judge(THEOREMS[name])


def judged(theorem: Theorem) -> Judgement:
    """The judgement of a theorem of the ledger, unchanged."""
    return _judged(theorem.name)
