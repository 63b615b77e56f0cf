"""Every claim of a certificate of induction, shown again or not."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

from flint import arb, ctx

from empirical.recheck.certificate import Induction, InductionRow, Refutation, Verdict
from empirical.recheck.checkpoint import Checkpoint
from empirical.recheck.failures import Rejected
from empirical.recheck.findings import Tick, Unshown, is_near, positive
from empirical.recheck.induction_leaks import Leaks
from empirical.recheck.induction_paths import Ending
from empirical.recheck.induction_tables import Circuit
from empirical.recheck.task import INDUCTION

MOST_LENGTH = 1 << 12
MOST_MOVED = 1 << 22
"""Contexts times tokens times width: numbers in one table."""


def check_induction(claims: Induction, checkpoint: Checkpoint, tick: Tick) -> list[Unshown]:
    """Show the claims again.

    Args:
        claims: of the certificate.
        checkpoint: that it speaks of.
        tick: called with the number of steps done and of all steps.

    Returns:
        The claims that are not shown.

    Raises:
        Rejected: the claims are not those of the checkpoint's task.
    """
    tokens, length = checkpoint.config.tokens, claims.length
    if checkpoint.task.name != INDUCTION:
        raise Rejected(f"it speaks of induction, the checkpoint of the task {checkpoint.task.name}")
    if not 3 <= length <= MOST_LENGTH:
        raise Rejected(f"induction is certified for 3 to {MOST_LENGTH} tokens, not {length}")
    if tokens * (tokens + 1) * tokens * checkpoint.config.width > MOST_MOVED:
        raise Rejected(
            f"{tokens} tokens of width {checkpoint.config.width} are more than are checked"
        )
    rows = {(row.previous, row.query, row.answer) for row in claims.rows}
    if rows != set(groups(tokens, length)):
        raise Rejected(f"its rows are not the groups of length {length}")
    circuit = Circuit(checkpoint)
    unshown = _unproved(circuit, claims, tick)
    for row in claims.rows:
        reason = _why_not_refuted(circuit, row, length)
        if reason is not None:
            unshown.append(Unshown(row, reason, _undecided(row)))
    return unshown


def groups(tokens: int, length: int) -> list[tuple[int, int, int]]:
    """The token before the last, the last, and the answer, of all inputs of a length."""
    ids = range(tokens)
    return [
        (previous, query, answer)
        for previous, query, answer in product(ids, ids, ids)
        if query not in (previous, answer) and (length > 3 or answer == previous)
    ]


def proved_share(rows: Sequence[InductionRow], length: int) -> Fraction:
    """Of the inputs that the task draws, those in rows that are PROVED: a bound of the accuracy.

    The query is uniform, its earlier place uniform over the length − 2 places before the last two,
    every other token uniform over the tokens but the query. Where the earlier place is the last of
    these, the answer is the token before the last.
    """
    tokens = len({row.query for row in rows})
    last = Fraction(1, length - 2)
    total = Fraction(0)
    for row in filter(_is_proved, rows):
        total += (1 - last) / (tokens - 1) ** 2
        if row.previous == row.answer:
            total += last / (tokens - 1)
    return total / tokens


def _undecided(row: InductionRow) -> InductionRow:
    """What is left of a row that is not shown."""
    return InductionRow(row.previous, row.query, row.answer, Verdict.UNDECIDED)


def _is_proved(row: InductionRow) -> bool:
    return row.verdict is Verdict.PROVED


def _unproved(circuit: Circuit, claims: Induction, tick: Tick) -> list[Unshown]:
    """The rows that are PROVED and not shown again."""
    endings: dict[tuple[int, int], list[InductionRow]] = {}
    for row in filter(_is_proved, claims.rows):
        endings.setdefault((row.previous, row.query), []).append(row)
    if not endings:
        return []
    leaks, unshown = Leaks(circuit, claims.length), []
    for done, ((previous, query), rows) in enumerate(endings.items()):
        tick(done, len(endings))
        held = Ending(leaks, previous, query).proves([row.answer for row in rows])
        for row, proved in zip(rows, held, strict=True):
            if not proved:
                unshown.append(Unshown(row, "PROVED is not shown again", _undecided(row)))
    tick(len(endings), len(endings))
    return unshown


def _why_not_refuted(circuit: Circuit, row: InductionRow, length: int) -> str | None:
    """Why a witness does not refute its row; none if it does, or if there is none."""
    refutation = row.refutation
    if refutation is None:
        return None
    if not _is_input(row, refutation, circuit.tokens, length):
        return "its witness is not an input of the task with its answer"
    rival, witness = refutation.rival, refutation.witness
    if rival == row.answer or rival >= circuit.tokens:
        return "its rival is no other class"

    def margin(tables: Circuit) -> arb:
        return tables.margin(witness, row.answer, rival)

    if not positive(circuit, lambda tables: -margin(tables)):
        return "its witness is not answered wrongly"
    if not is_near(circuit, margin, refutation.margin):
        with ctx.workprec(circuit.precision):
            return f"the margin of its witness is {margin(circuit).str(17)}"
    return None


def _is_input(row: InductionRow, refutation: Refutation, tokens: int, length: int) -> bool:
    """Is the witness an input that ends in the row's tokens and has its answer?"""
    witness = refutation.witness
    if len(witness) != length or max(witness) >= tokens:
        return False
    if witness[-2:] != (row.previous, row.query) or witness.count(row.query) != 2:
        return False
    place = witness.index(row.query)
    return place < length - 2 and witness[place + 1] == row.answer
