"""Several heads: the sign of a sum of ratios, by branch and bound over the normalisers' ratios.

With ``N_h = Σ_j w_hj(y_j) V_h(y_j)`` and ``Z_h = Σ_j w_hj(y_j)``, the logit difference has the
sign of ``Σ_h N_h/Z_h`` (at least, where biases bend it). Let ``ρ_h = Z_0/Z_h``. For any numbers μ,

    ``Z_0 · Σ_h N_h/Z_h = Σ_j [w_0j (V_0 + Σ_h μ_h) + Σ_h ρ_h w_hj (V_h − μ_h)]``,

because ``Z_0 = ρ_h Z_h``. At fixed ρ and μ the right side is a sum over positions, so its minimum
over inputs is one per position; that minimum is concave in ρ, hence over a box of ρ least at a
corner. With μ the heads' own least averages, no box is needed: every bracket with ``V_h − μ_h``
sums to at least 0. Boxes and tokens are split until bounds or inputs decide; what floats do not
bound is split down to single inputs, which balls decide. Source: Dinkelbach's ratio method per head
and Lagrangian duality across heads.
"""

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float64

from empirical.certificates.arithmetic.rounding import centre
from empirical.certificates.one_layer.branch_and_bound import (
    ProofOutcome,
    margin,
    precise_margin,
)
from empirical.certificates.one_layer.input_products import parts_at
from empirical.certificates.one_layer.tables import Tables
from empirical.certificates.one_layer.worst_case import Allowed
from empirical.certificates.several_heads.ratio_bounds import (
    HeadSums,
    Input,
    PieceSums,
    RatioBox,
    Ratios,
)
from empirical.recheck.certificate import Verdict
from theory.refusal import Refusal

LARGEST = 8
"""Heads: a box of their ratios has half as many corners as there are subsets of them."""
STEPS = 24
"""How often multipliers are moved on one piece."""
DEEPEST = 200
"""Splits within each other."""
THIN = 0.25
"""Boxes are not split where bounds of a ratio are apart by less, as a logarithm to base 2: what is
left of the gap is that of mixtures of inputs, which only splits at places close."""
WIDE = 8.0
"""Boxes are split before places where they are apart by more."""
NARROWER = 0.9
"""A box is shown anew on a piece where it is by this factor narrower, as a logarithm."""
FARTHEST = 2.0**300
"""Multipliers stay below: times weights and ratios, which are no larger, they are floats."""
CLEARLY = 2.0**-30
"""An input is run in balls where its margin in floats is below this part of its terms."""

Proof: TypeAlias = dict[str, Any]
"""A tree, as JSON; what a node says holds on its product of choices and in its box of ratios:

- ``ratios``, ``tree``: the ratios lie between these bounds; then the tree, in that part of the box;
- ``touch``, ``tree``: the tree, with bounds that touch the norm along the stream of an input;
- ``thresholds``: each head's average is above its own, in any box;
- ``multipliers``: the bound is positive with these;
- ``ratio``, ``at``, ``below``, ``above``: both parts of a box, cut in one ratio;
- ``place``, ``parts``: one part for each token at a place;
- ``input``: a single input is answered rightly.

Ratios are of sums in units of each head's weight for the first token that may stand at place 0, the
query."""


@dataclass(frozen=True, eq=False)
class VerifiedProofs:
    """A verdict with its proofs.

    Attributes:
        outcome: the verdict, with a witness if it is REFUTED.
        proofs: for PROVED, one tree for each piece.
    """

    outcome: ProofOutcome
    proofs: tuple[Proof, ...] = ()


def prove_or_refute_several_heads(
    heads: Sequence[Tables],
    pieces: Iterable[Allowed],
    answer: int,
    rival: int,
    seconds: float,
) -> VerifiedProofs:
    """Is the answer's logit above the rival's, whatever stands at each place?

    The library's door for one-layer models of several heads: ``heads`` may be ``PlainTables``,
    whose values add up over the heads, the direct part standing in any one of them.

    Args:
        heads: the tables of one query, one for each head, over the same tokens and places.
        pieces: products of choices; see ``one_layer.branch_and_bound.prove_or_refute``.
        answer: the class that should win.
        rival: the other.
        seconds: after which to give up and say UNDECIDED.

    Returns:
        PROVED with its proofs, REFUTED with an input, or UNDECIDED.

    Raises:
        Refusal: too many heads, or tables over different tokens.
    """
    if len(heads) > LARGEST:
        raise Refusal(f"there are {len(heads)} heads: certificates are for at most {LARGEST}")
    if len({head.linear.shape for head in heads}) > 1:
        raise Refusal(
            "the heads' tables differ in shape: give all over the same tokens and classes"
        )
    deadline = time.monotonic() + seconds
    proofs: list[Proof | None] = []
    for piece in pieces:
        if time.monotonic() > deadline:
            return VerifiedProofs(ProofOutcome(Verdict.UNDECIDED, rival))
        search = _SeveralHeadsSearch(heads, piece, answer, rival, deadline)
        proof = search.run()
        while proof is None and search.imprecise and (finer := _refined(search.heads)):
            search = _SeveralHeadsSearch(finer, piece, answer, rival, deadline)
            proof = search.run()
        if search.witness is not None:
            gap = centre(precise_margin(search.heads, search.witness, answer, rival))
            witness = tuple(search.witness.tolist())
            return VerifiedProofs(ProofOutcome(Verdict.REFUTED, rival, witness, gap))
        proofs.append(proof)
    whole = tuple(proof for proof in proofs if proof is not None)
    if len(whole) < len(proofs):
        return VerifiedProofs(ProofOutcome(Verdict.UNDECIDED, rival))
    return VerifiedProofs(ProofOutcome(Verdict.PROVED, rival), whole)


def _refined(heads: Sequence[Tables]) -> list[Tables]:
    """The same tables with finer balls; none after the last precision."""
    finer = [tables for head in heads if (tables := head.refined()) is not None]
    return finer if len(finer) == len(heads) else []


class _SeveralHeadsSearch:
    """Branch and bound over boxes of ratios and over tokens at single places.

    Attributes:
        witness: an input on which the rival is above the answer, once one was found.
        imprecise: whether balls left the sign of a margin open.
    """

    def __init__(
        self, heads: Sequence[Tables], piece: Allowed, answer: int, rival: int, deadline: float
    ) -> None:
        self.heads, self.answer, self.rival, self.deadline = heads, answer, rival, deadline
        self.piece = piece
        self.sums: HeadSums | None = None
        if all(head.in_range for head in heads):
            first = int(piece[0].argmax())
            self.sums = HeadSums(heads, len(piece), answer, rival, first)
        self.witness: Input | None = None
        self.imprecise = False

    def run(self) -> Proof | None:
        """A proof for the whole product of choices; none if a witness or no proof was found."""
        touched = self._touch()
        tree = self._prove(self.piece, None, None, 0)
        if tree is None or touched is None or self.sums is None:
            return tree
        return {"touch": touched.tolist(), "tree": tree}

    def _touch(self) -> Input | None:
        """Where the bias is positive, let the bound touch the norm at the worst input: that."""
        at = self._sums_on(self.piece)
        if at is None or not at.sums.bias > 0:
            return None
        worst = at.worst_input(at.terms(at.least_averages()).sum(axis=0))
        at.sums.touch(at.stream(worst))
        return worst

    def _sums_on(self, piece: Allowed) -> PieceSums | None:
        """The sums over a piece; none where floats do not tell them."""
        return None if self.sums is None else self.sums.on(piece)

    def _over(self) -> bool:
        """Is there no more to do?"""
        return self.witness is not None or time.monotonic() > self.deadline

    def _prove(
        self, piece: Allowed, box: RatioBox | None, multipliers: Ratios | None, depth: int
    ) -> Proof | None:
        """A tree for one piece and box; none if time, a tie or a witness ends it.

        Args:
            piece: the product of choices.
            box: what is known of the ratios, in units of proofs.
            multipliers: to start from.
            depth: splits so far.
        """
        if self._over() or depth > DEEPEST:
            return None
        if bool((piece.sum(axis=1) == 1).all()):
            return self._input(piece.argmax(axis=1))
        at = self._sums_on(piece)
        if at is None:
            return self._split_place(piece, self._first_open(piece), box, None, depth)
        averages = at.least_averages()
        if at.thresholds_prove(averages[1:]):
            return {"thresholds": averages[1:].tolist()}
        ratios = at.ratios()
        narrowed = box if ratios is None else at.proof_units(ratios).within(box)
        if narrowed is None:
            return self._split_place(piece, self._first_open(piece), box, None, depth)
        if box is not None and at.own_units(box).usable():
            kept = (narrowed.widths() >= NARROWER * box.widths()).all()
            narrowed = box if kept else narrowed
        start = averages[1:] if multipliers is None else multipliers
        tree = self._prove_in_box(at, narrowed, start, depth)
        if tree is None or narrowed is box or ratios is None:
            return tree
        mine = at.proof_units(ratios)
        return {"ratios": [mine.low.tolist(), mine.high.tolist()], "tree": tree}

    def _input(self, tokens: Input) -> Proof | None:
        """The leaf of a single input."""
        gap = margin(self.heads, tokens, self.answer, self.rival)
        if gap > 0:
            return {"input": tokens.tolist()}
        if gap < 0:
            self.witness = tokens
        else:
            self.imprecise = True
        return None

    def _prove_in_box(
        self, at: PieceSums, box: RatioBox, multipliers: Ratios, depth: int
    ) -> Proof | None:
        """A tree for one piece with its box: a leaf, or a split of either."""
        own = at.own_units(box)
        if not own.usable():
            return self._split_place(at.piece, self._first_open(at.piece), box, None, depth)
        proved, multipliers, worst = self._climb(at, own, multipliers, STEPS)
        if self.witness is not None:
            return None
        if proved:
            return {"multipliers": multipliers.tolist()}
        free = at.piece.sum(axis=1) > 1
        widths = own.widths()
        widest = float(widths.max(initial=0.0))
        totals = np.maximum(at.totals(worst), 2.0**-1000)
        if widest > THIN:
            point = np.clip(totals[0] / totals[1:], own.low, own.high)
            there, _, other = self._climb(at, RatioBox(point, point), multipliers, STEPS // 3)
            if self.witness is not None:
                return None
            if there or widest > WIDE:
                return self._split_box(at, box, multipliers, depth, int(widths.argmax()))
            differs = free & (worst != other)
            free = differs if differs.any() else free
        shares = (at.weights / totals[:, None, None]).sum(axis=0)
        heaviest = np.where(at.piece, shares, -np.inf).max(axis=1)
        place = int(np.where(free, heaviest, -np.inf).argmax())
        return self._split_place(at.piece, place, box, multipliers, depth)

    @staticmethod
    def _first_open(piece: Allowed) -> int:
        """The first place at which several tokens may stand."""
        return int((piece.sum(axis=1) > 1).argmax())

    def _split_place(
        self,
        piece: Allowed,
        place: int,
        box: RatioBox | None,
        multipliers: Ratios | None,
        depth: int,
    ) -> Proof | None:
        """One part for each token at a place."""
        parts = []
        for part in parts_at(piece, place):
            parts.append(self._prove(part, box, multipliers, depth + 1))
            if self._over():
                return None
        return {"place": place, "parts": parts} if None not in parts else None

    def _split_box(
        self, at: PieceSums, box: RatioBox, multipliers: Ratios, depth: int, ratio: int
    ) -> Proof | None:
        """Both halves of a box, cut at the geometric mean of one ratio's bounds."""
        low, high = float(box.low[ratio]), float(box.high[ratio])
        cut = float(np.sqrt(max(low, 2.0**-60 * high)) * np.sqrt(high))
        below, above = box.high.copy(), box.low.copy()
        below[ratio] = above[ratio] = cut
        parts = []
        for half in (RatioBox(box.low, below), RatioBox(above, box.high)):
            if depth >= DEEPEST or self._over():
                return None
            parts.append(self._prove_in_box(at, half, multipliers, depth + 1))
        if None in parts:
            return None
        return {"ratio": ratio, "at": cut, "below": parts[0], "above": parts[1]}

    def _climb(
        self, at: PieceSums, box: RatioBox, multipliers: Ratios, steps: int
    ) -> tuple[bool, Ratios, Input]:
        """Move multipliers up the bound, which is concave in them, until it is positive.

        Steps aim at a value a little above the best so far (Polyak's rule).

        Args:
            at: the sums of a piece.
            box: of ratios, in units of the piece.
            multipliers: to start from.
            steps: at most.

        Returns:
            Whether the bound is positive, the multipliers, and the worst input.
        """
        best, kept = -np.inf, multipliers
        aim, since = np.inf, 0
        seen: set[bytes] = set()
        for _ in range(steps):
            value, worst, corner = at.least(box, multipliers)
            need = at.need(box, multipliers)
            if value > need:
                return True, multipliers, worst
            if worst.tobytes() not in seen and self._refutes(at, worst):
                break
            seen.add(worst.tobytes())
            since = since + 1 if value <= best + 1e-3 * abs(best) else 0
            if value > best:
                best, kept = value, multipliers
            aim = min(aim, 2 * need - best) if np.isfinite(aim) else 2 * need - value
            if since > 2:
                aim, since = aim / 4, 0
            moved = multipliers + _step(at.totals(worst), corner, best - value + aim + need)
            if not (np.abs(moved) <= FARTHEST).all() or (moved == multipliers).all():
                break
            multipliers = moved
        return False, kept, worst

    def _refutes(self, at: PieceSums, tokens: Input) -> bool:
        """Is the rival above the answer on an input? If so it is the witness."""
        value, size = at.value(tokens)
        if value < CLEARLY * size:
            gap = margin(self.heads, tokens, self.answer, self.rival)
            if gap < 0:
                self.witness = tokens
        return self.witness is not None


def _step(totals: Float64[np.ndarray, " heads"], corner: Ratios, rise: float) -> Ratios:
    """How far to move multipliers for a bound to rise by so much along its slope; or not at all."""
    unmoved: Ratios = np.zeros_like(corner)
    with np.errstate(over="ignore", invalid="ignore"):
        slope: Ratios = totals[0] - corner * totals[1:]
        size = float((slope**2).sum())
        factor = rise / size if size > 0 else 0.0
        step: Ratios = slope * factor
    return step if math.isfinite(size) and np.isfinite(step).all() else unmoved
