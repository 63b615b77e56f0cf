"""Every claim of a certificate of walks, shown again or not."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import islice

import numpy as np
from flint import arb, ctx

from empirical.recheck.certificate import Refutation, Verdict, WalkRow, Walks
from empirical.recheck.checkpoint import Checkpoint
from empirical.recheck.failures import Rejected
from empirical.recheck.findings import Tick, Unshown, is_near, positive
from empirical.recheck.letter_walks import LetterStops
from empirical.recheck.number_walks import NumberStops
from empirical.recheck.streams import AnyPosition
from empirical.recheck.walk_network import WalkNetwork
from empirical.recheck.walk_scores import Rotation
from empirical.recheck.walks import LetterWalks, NumberWalks, Walk, walks_of

MOST_LENGTH = 1 << 12
MOST_BLOCKS = 8
"""Bounds before a block take twice as long as those before the one before it."""
MOST_NUMBERS = 1 << 26
"""Walks times distances times tokens: numbers in one table."""


def check_walks(claims: Walks, checkpoint: Checkpoint, tick: Tick) -> list[Unshown]:
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
    task, length = walks_of(checkpoint.task), claims.length
    _require_depth(checkpoint, task)
    if not 2 <= length <= MOST_LENGTH:
        raise Rejected(f"walks are certified for 2 to {MOST_LENGTH} tokens, not {length}")
    walks = list(islice(task.walks(length), len(claims.rows) + 1))
    if len(walks) * length * checkpoint.config.tokens > MOST_NUMBERS:
        raise Rejected(f"{len(walks)} walks in {length} tokens are more than are checked")
    rows = {row.walk: row for row in claims.rows}
    if not walks or rows.keys() != set(walks):
        raise Rejected(f"its rows are not the walks of length {length}")
    if isinstance(task, LetterWalks) and not all(map(task.off, walks)):
        raise Rejected("nothing may stand off the walks of the checkpoint's task")
    unshown = [
        Unshown(row, "PROVED is not shown again", _undecided(row))
        for row in _unproved(checkpoint, task, claims, walks, tick)
    ]
    for row in claims.rows:
        reason = _why_not_refuted(checkpoint, task, row, length)
        if reason is not None:
            unshown.append(Unshown(row, reason, _undecided(row)))
    return unshown


def proved_share_of_walks(rows: Sequence[WalkRow]) -> Fraction:
    """Of the inputs that the task draws, those in rows that are PROVED: a bound of the accuracy.

    The number of hops is uniform, and so is each token of a walk among those with which a walk of
    as many hops can go on from the tokens before it.
    """
    going_on: dict[tuple[int, Walk], set[int]] = {}
    for row in rows:
        for stop, token in enumerate(row.walk):
            going_on.setdefault((len(row.walk), row.walk[:stop]), set()).add(token)
    sizes = {len(row.walk) for row in rows}
    total = Fraction(0)
    for row in rows:
        if row.verdict is Verdict.PROVED:
            starts = (row.walk[:stop] for stop in range(len(row.walk)))
            ways = math.prod(len(going_on[len(row.walk), start]) for start in starts)
            total += Fraction(1, ways * len(sizes))
    return total


def _require_depth(checkpoint: Checkpoint, task: LetterWalks | NumberWalks) -> None:
    """Refuse networks of another shape than the bound is for."""
    config = checkpoint.config
    if config.heads != 1:
        raise Rejected(f"the checkpoint has {config.heads} heads a block: walks are for one")
    hops = task.most if isinstance(task, LetterWalks) else task.hops
    most = MOST_BLOCKS if isinstance(task, LetterWalks) else hops
    if not hops <= config.blocks <= most:
        raise Rejected(f"the checkpoint has {config.blocks} blocks for walks of {hops} hops")


def _undecided(row: WalkRow) -> WalkRow:
    """What is left of a row that is not shown."""
    return WalkRow(row.walk, Verdict.UNDECIDED)


def _unproved(
    checkpoint: Checkpoint,
    task: LetterWalks | NumberWalks,
    claims: Walks,
    walks: Sequence[Walk],
    tick: Tick,
) -> list[WalkRow]:
    """The rows that are PROVED and not shown again."""
    proved = {row.walk: row for row in claims.rows if row.verdict is Verdict.PROVED}
    held: set[Walk] = set()
    if not proved:
        return []
    with np.errstate(all="ignore"):  # what is not finite shows nothing
        anything: list[AnyPosition] = []
        for _ in range(checkpoint.config.blocks):
            anything.append(AnyPosition(checkpoint, anything))
        rotation = Rotation(checkpoint, claims.length)
        for size in sorted(set(map(len, proved))):
            alike = [walk for walk in walks if len(walk) == size]
            wins: Callable[[Sequence[Walk], int], list[bool]]
            if isinstance(task, LetterWalks):
                wins = LetterStops(checkpoint, anything, task, alike, rotation).shown
            else:
                wins = NumberStops(checkpoint, anything, task, alike, rotation).shown
            for answer in sorted({walk[-1] for walk in alike}):
                asked = [walk for walk in alike if walk[-1] == answer and walk in proved]
                if asked:
                    judged = zip(asked, wins(asked, answer), strict=True)
                    held |= {walk for walk, is_shown in judged if is_shown}
                    tick(len(held), len(proved))
    return [row for walk, row in proved.items() if walk not in held]


def _why_not_refuted(
    checkpoint: Checkpoint, task: LetterWalks | NumberWalks, row: WalkRow, length: int
) -> str | None:
    """Why a witness does not refute its row; none if it does, or if there is none."""
    refutation = row.refutation
    if refutation is None:
        return None
    if not _is_input(task, row, refutation, checkpoint.config.tokens, length):
        return "its witness is not an input of the task with its walk"
    rival, witness = refutation.rival, refutation.witness
    if rival == row.walk[-1] or rival >= checkpoint.config.tokens:
        return "its rival is no other class"
    network = WalkNetwork(checkpoint)

    def margin(tables: WalkNetwork) -> arb:
        return tables.margin(witness, row.walk[-1], rival)

    if not positive(network, lambda tables: -margin(tables)):
        return "its witness is not answered wrongly"
    if not is_near(network, margin, refutation.margin):
        with ctx.workprec(network.precision):
            return f"the margin of its witness is {margin(network).str(17)}"
    return None


def _is_input(
    task: LetterWalks | NumberWalks,
    row: WalkRow,
    refutation: Refutation,
    tokens: int,
    length: int,
) -> bool:
    """Is the witness an input of the length with the row's walk?"""
    witness = refutation.witness
    if len(witness) != length or max(witness) >= tokens:
        return False
    return task.is_input(row.walk, witness)
