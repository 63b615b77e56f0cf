"""Decides whether a class wins on every input of a group, in a model of several heads.

Thresholds of the heads show most lengths at once, as the checker shows them; what they leave open
goes to the branch and bound of ``several_heads``, rival by rival, until its time is over.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb
from jaxtyping import Bool, Int

from empirical.certificates.document import nodes_of
from empirical.certificates.one_layer.branch_and_bound import Input, ProofOutcome, margin
from empirical.certificates.one_layer.input_products import parts_at
from empirical.certificates.one_layer.tables import Tables
from empirical.certificates.one_layer.worst_case import Allowed, Forms, forms
from empirical.certificates.several_heads.branch_and_bound import (
    Proof,
    VerifiedProofs,
    prove_or_refute_several_heads,
)
from empirical.certificates.specified.ahead import Ahead
from empirical.certificates.specified.sums import RoughSums
from empirical.recheck.certificate import GroupProof, Verdict
from empirical.recheck.float_tables import Weights
from empirical.recheck.several_heads import thresholds_at
from empirical.recheck.specification import Group

ROUNDS = 6
"""Lengths at which the best thresholds are looked for."""
EARLY = 0.25
"""The share of the time that goes to the longest inputs first: they fail most often."""

FAR = 2.0**200
"""A token that stands nowhere may weigh no more, in units of the heaviest that does: the checker's
floats are in units of the heaviest of all."""
FEW = 256
"""Inputs that are run one by one where bounds do not decide soon."""
BRIEFLY = 0.25
"""Seconds for bounds where inputs are few."""


@dataclass(frozen=True, eq=False)
class HeadsOutcome:
    """What is found of one class over the lengths of a group.

    Attributes:
        longest: it wins at every length up to this one; none: not even at the first.
        beyond: why it does not win further on; none if it wins at all lengths.
        trees: proofs up to ``longest``, where thresholds do not do.
    """

    longest: int | None
    beyond: ProofOutcome | None
    trees: tuple[GroupProof, ...]


class HeadsSearch:
    """One last token of a group that asks for a class.

    Args:
        heads: tables of the last token, by head.
        group: whose inputs are meant.
        query: the last token.
        seconds: for one class.
    """

    def __init__(self, heads: Sequence[Tables], group: Group, query: int, seconds: float) -> None:
        self.heads, self.group, self.query, self.seconds = heads, group, query, seconds
        self.sums = [RoughSums(head, group, query) for head in heads]
        self._answered = group.answer is not None

    def found(self, winner: int, by: float) -> HeadsOutcome:
        """How far a class wins.

        Args:
            winner: the class.
            by: at least so many nats.
        """
        deadline = time.monotonic() + self.seconds
        heads = [Ahead(head, winner, by) for head in self.heads] if by else self.heads
        rivals = np.flatnonzero(np.arange(heads[0].linear.shape[1]) != winner)
        left = ~self._clear(heads, winner, rivals)
        lengths = np.array(self.group.lengths)
        open_ = lengths[left.any(axis=0)].tolist()
        trees: list[GroupProof] = []
        early = None
        if len(open_) > 1:
            mine = rivals[left[:, open_[-1] - int(lengths[0])]]
            early, proofs = self._at(heads, winner, mine, open_[-1], EARLY * self.seconds)
            if early.verdict is Verdict.PROVED:
                trees += proofs
                open_ = open_[:-1]
        for length in open_:
            mine = rivals[left[:, length - int(lengths[0])]]
            outcome, proofs = self._at(heads, winner, mine, length, deadline - time.monotonic())
            if outcome.verdict is Verdict.PROVED:
                trees += proofs
                continue
            unknown = outcome.verdict is Verdict.UNDECIDED
            if unknown and early is not None and early.verdict is Verdict.REFUTED:
                outcome = early
            longest = length - 1 if length > lengths[0] else None
            kept = tuple(proof for proof in trees if proof.length < length)
            return HeadsOutcome(longest, outcome, kept)
        return HeadsOutcome(int(lengths[-1]), None, tuple(trees))

    def _clear(
        self, heads: Sequence[Tables], winner: int, rivals: Int[np.ndarray, " rivals"]
    ) -> Bool[np.ndarray, "rivals lengths"]:
        """At which lengths thresholds clearly show a class above each rival."""
        winners = np.full(rivals.size, winner)
        directions = np.sum([head.slants[winners] + head.slants[rivals] for head in heads], axis=0)
        of_heads = [forms(head, winners, rivals, directions) for head in heads]
        first = self.group.lengths.start
        clear = np.zeros((rivals.size, len(self.group.lengths)), dtype=bool)
        if not all(sums.weights.max() < FAR for sums in self.sums):
            return clear
        tried = np.zeros(len(self.group.lengths), dtype=bool)
        for _ in range(ROUNDS):
            left = ~clear.all(axis=0) & ~tried
            if not left.any():
                break
            at = int(np.flatnonzero(left).max())
            tried[at] = True
            clear |= self._by_thresholds(of_heads, winners, first + at)
        return clear

    def _by_thresholds(
        self, of_heads: Sequence[Forms], winners: Int[np.ndarray, " rivals"], length: int
    ) -> Bool[np.ndarray, "rivals lengths"]:
        """The same, with the thresholds that do best at one length."""
        domain = self.group.domain(self.query, length)
        assert domain is not None
        weights = [
            Weights(sums.weights, np.zeros(sums.weights.shape[1]), 0.0) for sums in self.sums
        ]
        values = [form.values for form in of_heads]
        thresholds = thresholds_at(weights, values, winners, domain, length)
        clear = np.ones((winners.size, len(self.group.lengths)), dtype=bool)
        for sums, form, threshold in zip(self.sums, of_heads, thresholds, strict=True):
            above = form.values - threshold[:, None]
            lowered = Forms(form.answers, form.rivals, above, form.error)
            clear &= sums.clear(lowered, winners if self._answered else None)
        return clear

    def _at(
        self,
        heads: Sequence[Tables],
        winner: int,
        rivals: Int[np.ndarray, " rivals"],
        length: int,
        seconds: float,
    ) -> tuple[ProofOutcome, list[GroupProof]]:
        """What is found of a class at one length: REFUTED if any of some rivals is above it."""
        deadline = time.monotonic() + seconds
        result, trees = ProofOutcome(Verdict.PROVED, 0), list[GroupProof]()
        places = list(self.group.places(length)) if self._answered else [None]
        pieces = [self._piece(length, place, winner) for place in places]
        for rival in rivals.tolist():
            left = deadline - time.monotonic()
            few = sum(map(_inputs, pieces)) <= FEW
            seconds = min(left, BRIEFLY) if few else left
            proved = prove_or_refute_several_heads(heads, pieces, winner, rival, seconds)
            if not all(map(_is_written, proved.proofs)):
                proved = VerifiedProofs(ProofOutcome(Verdict.UNDECIDED, rival))
            if proved.outcome.verdict is Verdict.UNDECIDED and few:
                proved = _one_by_one(heads, pieces, winner, rival, deadline)
            if proved.outcome.verdict is Verdict.REFUTED:
                return proved.outcome, []
            if proved.outcome.verdict is Verdict.UNDECIDED:
                result = proved.outcome
                continue
            for place, tree in zip(places, proved.proofs, strict=True):
                nodes, directions = nodes_of(tree)
                trees.append(GroupProof(rival, length, place, directions, nodes))
        return result, trees

    def _piece(self, length: int, place: int | None, winner: int) -> Allowed:
        """All inputs of a length with the answer at one place, or with no answer."""
        piece = self.sums[0].piece(length)
        if place is not None:
            piece[place] = False
            piece[place, winner] = True
        return piece


def signed_margin(heads: Sequence[Tables], tokens: Input, winner: int, rival: int) -> arb:
    """The margin of a class over another on an input, with its sign if any precision tells it."""
    apart = margin(heads, tokens, winner, rival)
    while not (apart > 0 or apart < 0):
        finer = [tables for head in heads if (tables := head.refined()) is not None]
        if len(finer) < len(heads):
            break
        heads, apart = finer, margin(finer, tokens, winner, rival)
    return apart


def _is_written(proof: Proof) -> bool:
    """Are all numbers of a tree finite? A certificate holds no others."""
    try:
        json.dumps(proof, allow_nan=False)
    except ValueError:
        return False
    return True


def _inputs(piece: Allowed) -> int:
    """How many inputs a product of choices has."""
    return int(np.prod(piece.sum(axis=1), dtype=float).clip(max=2.0**60))


def _one_by_one(
    heads: Sequence[Tables], pieces: Sequence[Allowed], winner: int, rival: int, deadline: float
) -> VerifiedProofs:
    """What running every input says."""
    proofs, undecided = [], False
    for piece in pieces:
        proof: Proof | ProofOutcome = _run(heads, piece, winner, rival, deadline)
        if isinstance(proof, dict):
            proofs.append(proof)
        elif proof.verdict is Verdict.REFUTED:
            return VerifiedProofs(proof)
        else:
            undecided = True
    if undecided:
        return VerifiedProofs(ProofOutcome(Verdict.UNDECIDED, rival))
    return VerifiedProofs(ProofOutcome(Verdict.PROVED, rival), tuple(proofs))


def _run(
    heads: Sequence[Tables], piece: Allowed, winner: int, rival: int, deadline: float
) -> Proof | ProofOutcome:
    """A tree down to the inputs of a piece; what refutes it, or UNDECIDED."""
    free = np.flatnonzero(piece.sum(axis=1) > 1)
    if time.monotonic() > deadline:
        return ProofOutcome(Verdict.UNDECIDED, rival)
    if not free.size:
        tokens = piece.argmax(axis=1)
        apart = signed_margin(heads, tokens, winner, rival)
        if apart > 0:
            return {"input": tokens.tolist()}
        refuted = Verdict.REFUTED if apart < 0 else Verdict.UNDECIDED
        return ProofOutcome(refuted, rival, tuple(tokens.tolist()) if apart < 0 else None)
    place, parts, undecided = int(free[0]), [], None
    for part in parts_at(piece, place):
        tree = _run(heads, part, winner, rival, deadline)
        if isinstance(tree, dict):
            parts.append(tree)
        elif tree.verdict is Verdict.REFUTED:
            return tree
        else:
            undecided = tree
    return undecided or {"place": place, "parts": parts}
