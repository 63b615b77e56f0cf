"""The judged ledger without its proofs, and every number of the paper, computed once."""

from typing import Any

import pytest

from empirical.display import ledger_table
from empirical.paper.number import Number
from empirical.paper.numbers import collect
from theory.evidence import Verb, Verdict
from theory.ledger import Judgement, Theorem, all_theorems


def row(theorem: Theorem) -> dict[str, Any]:
    """A row with the counterexample to what is false, and no evidence else."""
    false = theorem.expected is Verdict.REFUTED
    verbs = [Verb.ENCLOSE] if false else []
    return ledger_table.row(
        Judgement(
            theorem=theorem,
            evidence={verb: theorem.arguments[verb](theorem.claim) for verb in verbs},
            rejected={},
            seconds=dict.fromkeys(verbs, 0.0),
        )
    )


@pytest.fixture(scope="package")
def rows() -> list[dict[str, Any]]:
    return [row(theorem) for theorem in all_theorems()]


@pytest.fixture(scope="package")
def numbers(rows: list[dict[str, Any]]) -> dict[str, Number]:
    return collect(rows)
