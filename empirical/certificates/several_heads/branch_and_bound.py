"""Several heads: the sign of a sum of ratios, by branch and bound over the normalisers' ratios.

With ``N_h = Σ_j w_hj(y_j) V_h(y_j)`` and ``Z_h = Σ_j w_hj(y_j)``, the logit difference has the
sign of ``Σ_h N_h/Z_h`` (at least, where biases bend it). Let ``ρ_h = Z_0/Z_h``. For any numbers μ,

    ``Z_0 · Σ_h N_h/Z_h = Σ_j [w_0j (V_0 + Σ_h μ_h) + Σ_h ρ_h w_hj (V_h − μ_h)]``,

because ``Z_0 = ρ_h Z_h``. At fixed ρ and μ the right side is a sum over positions, so its minimum
over inputs is one per position; that minimum is concave in ρ, hence over a box of ρ least at a
corner. With μ the heads' own least averages, no box is needed: every bracket with ``V_h − μ_h``
sums to at least 0. Boxes and tokens are split until bounds or inputs decide. Source: Dinkelbach's
ratio method per head and Lagrangian duality across heads.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from flint import ctx
from jaxtyping import Float64, Int

from empirical.certificates.arithmetic.rounding import BITS, centre
from empirical.certificates.one_layer.branch_and_bound import Allowed, Decision, Verdict, margin
from empirical.certificates.one_layer.tables import Tables
from empirical.certificates.several_heads.ratio_bounds import HeadSums, Ratios
from theory.refusal import Refusal

LARGEST = 8
"""Heads: a box of their ratios has half as many corners as there are subsets of them."""
STEPS = 24
"""How often multipliers are moved on one piece."""
DEEPEST = 200
"""Splits within each other."""

Proof: TypeAlias = dict[str, Any]
"""A tree, as JSON: a leaf holds on its box and its tokens; a split covers them. Ratios are of sums
in units of each head's weight for the first token that may stand at place 0, the query."""


@dataclass(frozen=True, eq=False)
class Settled:
    """A verdict with its proof.

    Attributes:
        decision: the verdict, with a witness if it is REFUTED.
        proofs: for PROVED, one tree for each piece.
    """

    decision: Decision
    proofs: tuple[Proof, ...] = ()


def decide_heads(
    heads: Sequence[Tables],
    pieces: Iterable[Allowed],
    answer: int,
    rival: int,
    seconds: float,
) -> Settled:
    """Is the answer's logit above the rival's, whatever stands at each place?

    The library's door for one-layer models of several heads: ``heads`` may be ``PlainTables``,
    whose values add up over the heads, the direct part standing in any one of them.

    Args:
        heads: the tables of one query, one for each head, over the same tokens and places.
        pieces: products of choices; see ``one_layer.branch_and_bound.decide``.
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
    search, proofs = None, []
    for piece in pieces:
        search = search or _Search(heads, len(piece), answer, rival, deadline)
        proofs.append(search.run(piece))
        if search.witness is not None:
            with ctx.workprec(BITS):
                gap = centre(margin(heads, search.witness, answer, rival))
            found = tuple(search.witness.tolist())
            return Settled(Decision(Verdict.REFUTED, rival, found, gap))
    whole = tuple(proof for proof in proofs if proof is not None)
    if len(whole) < len(proofs):
        return Settled(Decision(Verdict.UNDECIDED, rival))
    return Settled(Decision(Verdict.PROVED, rival), whole)


class _Search(HeadSums):
    """Branch and bound over boxes of ratios and over tokens at single places."""

    def __init__(
        self, heads: Sequence[Tables], places: int, answer: int, rival: int, deadline: float
    ) -> None:
        super().__init__(heads, places, answer, rival)
        self.deadline = deadline
        self.witness: Int[np.ndarray, " places"] | None = None

    def run(self, piece: Allowed) -> Proof | None:
        """A proof for one product of choices; none if a witness or no proof was found."""
        root: Proof = {}
        if self.bias > 0:  # touch where it matters: at the worst input
            worst = self.worst_input(piece, self.terms(self.least_averages(piece)))
            self.touch(self.stream(worst))
            root["touch"] = worst.tolist()
        multipliers = self.least_averages(piece)
        own = np.maximum(self.weights[:, 0, piece[0].argmax()], 1e-300)
        self.units = own[1:] / own[0]
        if self._free_bound(piece, multipliers):
            return {**root, "multipliers": multipliers[1:].tolist()}
        ratios = self.ratios(piece)
        if ratios is None:
            return None
        low, high = ratios
        tree = self._prove(piece, low, high, multipliers[1:], 0)
        return tree and {
            **root,
            "ratios": [(low * self.units).tolist(), (high * self.units).tolist()],
            "tree": tree,
        }

    def _free_bound(self, piece: Allowed, multipliers: Float64[np.ndarray, " heads"]) -> bool:
        """Is no box needed: does every head's bracket sum to something positive?"""
        multipliers = np.array([-multipliers[1:].sum(), *multipliers[1:]])
        least = np.where(piece, self.terms(multipliers), np.inf).min(axis=2).sum(axis=1)
        return bool((least > self.slack(multipliers)).all())

    def _prove(
        self, piece: Allowed, low: Ratios, high: Ratios, multipliers: Ratios, depth: int
    ) -> Proof | None:
        """A tree for one piece and box; none if time, a tie or a witness ends it."""
        if time.monotonic() > self.deadline or depth > DEEPEST:
            return None
        free = piece.sum(axis=1) > 1
        if not free.any():
            worst = piece.argmax(axis=1)
            if self._refutes(worst):
                return None
            with ctx.workprec(BITS):
                shown = bool(margin(self.heads, worst, self.answer, self.rival) > 0)
            return {"input": worst.tolist()} if shown else None
        proved, multipliers, worst = self._climb(piece, low, high, multipliers, STEPS)
        if self.witness is not None:
            return None
        if proved:
            return {"multipliers": multipliers.tolist()}
        total = self.weights[:, np.arange(worst.size), worst].sum(axis=1)
        point = np.clip(total[0] / np.maximum(total[1:], 1e-300), low, high)
        wide = np.log2(np.maximum(high, 1e-300)) - np.log2(np.maximum(low, 1e-300))
        h = int(wide.argmax())
        if wide[h] > 2.0**-20:
            there, _, other = self._climb(piece, point, point, multipliers, STEPS // 3)
            if self.witness is not None:
                return None
            if there or wide[h] > 8:
                return self._split_box(piece, low, high, multipliers, depth, h)
            differs = free & (worst != other)
            free = differs if differs.any() else free
        heavy = (self.weights / total[:, None, None]).sum(axis=0)
        spread = np.where(piece, heavy, -np.inf).max(axis=1)
        place = int(np.where(free, spread, -np.inf).argmax())
        parts = []
        for token in np.flatnonzero(piece[place]).tolist():
            part = piece.copy()
            part[place] = False
            part[place, token] = True
            parts.append(self._prove(part, low, high, multipliers, depth + 1))
            if parts[-1] is None and (self.witness is not None or self._late()):
                return None
        return {"place": place, "parts": parts} if all(parts) else None

    def _split_box(
        self, piece: Allowed, low: Ratios, high: Ratios, mu: Ratios, depth: int, h: int
    ) -> Proof | None:
        """Both halves of a box, cut at the geometric mean of one ratio's bounds."""
        at = float(np.sqrt(max(low[h], 2.0**-60 * high[h]) * high[h]))
        below, above = high.copy(), low.copy()
        below[h] = above[h] = at
        one = self._prove(piece, low, below, mu, depth + 1)
        if one is None and (self.witness is not None or self._late()):
            return None
        two = self._prove(piece, above, high, mu, depth + 1)
        said = at * float(self.units[h])
        return {"ratio": h, "at": said, "below": one, "above": two} if one and two else None

    def _late(self) -> bool:
        return time.monotonic() > self.deadline

    def _climb(
        self, piece: Allowed, low: Ratios, high: Ratios, multipliers: Ratios, steps: int
    ) -> tuple[bool, Ratios, Int[np.ndarray, " places"]]:
        """Move multipliers up the bound, which is concave in them, until it is positive.

        Steps aim at a value a little above the best so far (Polyak's rule).
        """
        best, kept = -np.inf, multipliers
        aim, since = np.inf, 0
        seen: set[bytes] = set()
        for _ in range(steps):
            value, worst, corner = self.least(piece, low, high, multipliers)
            slack = self.slack(np.array([0.0, *multipliers]))
            need = float(slack[0] + (high * slack[1:]).sum())
            if value > need:
                return True, multipliers, worst
            if worst.tobytes() not in seen and self._refutes(worst):
                break
            seen.add(worst.tobytes())
            since = since + 1 if value <= best + 1e-3 * abs(best) else 0
            if value > best:
                best, kept = value, multipliers
            aim = min(aim, 2 * need - best) if np.isfinite(aim) else 2 * need - value
            if since > 2:
                aim, since = aim / 4, 0
            total = self.weights[:, np.arange(worst.size), worst].sum(axis=1)
            slope = total[0] - corner * total[1:]
            size = float((slope**2).sum())
            if size <= 1e-30:
                break
            multipliers = multipliers + slope * ((best - value + aim + need) / size)
        return False, kept, worst

    def _refutes(self, tokens: Int[np.ndarray, " places"]) -> bool:
        """Is the rival above the answer on an input? If so it is the witness."""
        mine = self.weights[:, np.arange(tokens.size), tokens]
        value = float(((mine * self.linear[:, tokens]).sum(axis=1) / mine.sum(axis=1)).sum())
        if self.slants[0].shape[1]:
            value += self.bias * float(np.sqrt((self.stream(tokens) ** 2).sum()))
        if value < 1e-9:
            with ctx.workprec(BITS):
                if margin(self.heads, tokens, self.answer, self.rival) < 0:
                    self.witness = tokens
        return self.witness is not None
