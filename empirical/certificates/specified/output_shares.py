"""Decides whether the softmax probability of a class stays on one side of a share.

``recheck/output_shares.py`` says what shows it: margins over all other classes for a share from
below, a mean of the other classes for a share from above. Margins are somewhat below the least on a
piece, found by moving to worse inputs (Dinkelbach's method); the best mean is that of a game, as in
``one_of``. Where neither does, inputs are parted by the token at one place, down to single inputs.
A mean loses nothing but what parting gives back; margins are least on different inputs, so that
near the share many parts may be needed; where they are too many, or the time is over, the case is
UNDECIDED.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb, ctx
from jaxtyping import Bool, Float64

from empirical.certificates.arithmetic.rounding import centre
from empirical.certificates.one_layer.branch_and_bound import (
    Input,
    margin,
    precise_margin,
    prove_or_refute,
)
from empirical.certificates.one_layer.input_products import parts_at
from empirical.certificates.one_layer.tables import Tables
from empirical.certificates.one_layer.worst_case import Allowed, Forms, forms
from empirical.certificates.specified.mixed import Mixed
from empirical.certificates.specified.sums import RoughSums
from empirical.recheck.certificate import (
    Attention,
    Case,
    Margins,
    Mixture,
    MixtureProof,
    Split,
    Verdict,
)
from empirical.recheck.specification import Group, Share

PIECES = 512
"""Of one tree."""
TRIES = 24
"""Inputs that are tried on one piece for a mean."""
STEPS = 400
"""Of the search for the best mean of some inputs."""
LOWERED = 1e-10
"""Margins are below, and a mean above, by this part more, so that what floats say is so."""
MOST_SPARE = 64.0
"""Nats by which margins need not be lowered further."""
EARLY = 0.25
"""The share of the time that goes to the longest inputs first."""

Lengths = Bool[np.ndarray, " lengths"]
Node = Split | Mixture | Margins


@dataclass(frozen=True, eq=False)
class _Weighed:
    """An input with the margins of the class over all others."""

    tokens: Input
    margins: Float64[np.ndarray, " others"]


class ShareSearch:
    """One last token of a group that asks for the share of a class.

    Args:
        tables: of the last token.
        group: whose inputs are meant.
        asked: of them.
        query: the last token.
        seconds: the most to search on one answer.
    """

    def __init__(
        self, tables: Tables, group: Group, asked: Share, query: int, seconds: float
    ) -> None:
        self.tables, self.group, self.asked, self.query = tables, group, asked, query
        self.seconds = seconds
        self._sums = RoughSums(tables, group, query)

    def case(self, at: int, answer: int | None) -> Case:
        """What is found of one answer, or of a group without one.

        Args:
            at: the group's number.
            answer: the token that stands at one of the group's places.
        """
        kind = answer if self.asked.of is None else self.asked.of
        assert kind is not None
        now = time.monotonic()
        bound = _ShareBound(self.tables, self.asked, kind, now + EARLY * self.seconds)
        first, last = self.group.lengths.start, self.group.lengths[-1]
        left = np.ones(len(self.group.lengths), dtype=bool)
        proofs: list[MixtureProof] = []
        far = bound.leaf(self._pieces(last, answer)) if last > first else None
        longest_witness, bound.deadline = bound.witness, now + self.seconds
        if far is not None:
            proofs += self._everywhere(bound, far, answer, left, last)
        for length in self.group.lengths:
            if not left[length - first]:
                continue
            bound.witness = None
            node = bound.leaf(self._pieces(length, answer))
            if node is not None:
                proofs += self._everywhere(bound, node, answer, left, length)
                continue
            parts = None if bound.witness is not None else self._parted(bound, length, answer)
            if parts is None:
                witness = longest_witness if bound.witness is None else bound.witness
                return self._ended(at, answer, bound, proofs, length, witness)
            proofs += parts
        return Case(at, self.query, answer, Verdict.PROVED, shown=tuple(proofs))

    def _ended(
        self,
        at: int,
        answer: int | None,
        bound: "_ShareBound",
        proofs: Sequence[MixtureProof],
        length: int,
        witness: Input | None,
    ) -> Case:
        """The case where a length is not shown, with a witness if there is one."""
        longest = length - 1 if length > self.group.lengths.start else None
        kept = tuple(
            MixtureProof(p.rival, (p.lengths[0], min(p.lengths[1], length - 1)), p.nodes, p.place)
            for p in proofs
            if p.lengths[0] < length
        )
        refutation, verdict = None, Verdict.UNDECIDED
        if witness is not None:
            verdict = Verdict.REFUTED
            share = min(max(centre(bound.share(witness)), 0.0), 1.0)
            refutation = Attention(tuple(witness[::-1].tolist()), share)
        return Case(at, self.query, answer, verdict, longest, refutation=refutation, shown=kept)

    def _pieces(self, length: int, answer: int | None) -> list[Allowed]:
        """All inputs of a length, one product for each place of the answer."""
        whole = self._sums.piece(length)
        if answer is None:
            return [whole]
        pieces = []
        for place in self.group.places(length):
            piece = whole.copy()
            piece[place] = False
            piece[place, answer] = True
            pieces.append(piece)
        return pieces

    def _everywhere(
        self,
        bound: "_ShareBound",
        node: Mixture | Margins,
        answer: int | None,
        left: Lengths,
        length: int,
    ) -> Iterator[MixtureProof]:
        """One leaf at every length at which it clearly holds, and at the one it was found for."""
        answers = None if answer is None else np.full(bound.rows(node), answer)
        clear = np.array(self._sums.clear(bound.forms(node), answers).all(axis=0))
        first = self.group.lengths.start
        clear[length - first] = True
        edges = np.flatnonzero(np.diff(np.concatenate([[False], clear, [False]]).astype(int)))
        for start, stop in edges.reshape(-1, 2).tolist():
            if left[start:stop].any():
                yield MixtureProof(None, (first + start, first + stop - 1), (node,))
        left &= ~clear

    def _parted(
        self, bound: "_ShareBound", length: int, answer: int | None
    ) -> list[MixtureProof] | None:
        """Trees of one length, one for each place of the answer; none if one is not found."""
        places: Sequence[int | None] = [None] if answer is None else [*self.group.places(length)]
        proofs = []
        for place, piece in zip(places, self._pieces(length, answer), strict=True):
            nodes = bound.tree(piece)
            if nodes is None:
                return None
            proofs.append(MixtureProof(None, (length, length), nodes, place))
        return proofs


class _ShareBound:
    """Bounds of the share of one class on pieces.

    Args:
        tables: of the query.
        asked: which share.
        kind: of which class.
        deadline: after which nothing more is found.

    Attributes:
        witness: an input on which it is not so, once one was found.
    """

    def __init__(self, tables: Tables, asked: Share, kind: int, deadline: float) -> None:
        self.deadline = deadline
        self.tables, self.asked, self.kind = tables, asked, kind
        self.others = [one for one in range(tables.linear.shape[1]) if one != kind]
        self.odds = 1 / asked.share - 1
        self.witness: Input | None = None
        self._tried: list[_Weighed] = []

    def share(self, tokens: Input) -> arb:
        """The share of the class on an input, to about 2⁻⁴⁵ if some precision tells it."""
        tables: Tables | None = self.tables
        while tables is not None:
            with ctx.workprec(tables.bits):
                margins = (margin([tables], tokens, self.kind, one) for one in self.others)
                share: arb = 1 / (1 + sum(((-one).exp() for one in margins), arb(0)))
            if share.rad() < 2.0**-45 and not abs(share - self.asked.share).contains(0):
                break
            tables = tables.refined()
        return share

    def rows(self, node: Mixture | Margins) -> int:
        """How many sums a leaf needs to be positive."""
        return len(self.others) if isinstance(node, Margins) else 1

    def forms(self, node: Mixture | Margins) -> Forms:
        """What each token adds to the sums of a leaf."""
        pair = np.array([0]), np.array([1])
        if isinstance(node, Mixture):
            return forms(self._mean(np.array(node.shares)), *pair)
        rows = [
            forms(self._over(other, by), *pair)
            for other, by in zip(self.others, node.margins, strict=True)
        ]
        count = np.arange(len(rows))
        return Forms(
            count,
            count,
            np.concatenate([row.values for row in rows]),
            np.concatenate([row.error for row in rows]),
        )

    def tree(self, whole: Allowed) -> tuple[Node, ...] | None:
        """The nodes of a tree, each before its parts; none if a witness or its size ends it."""
        heaviest = np.nan_to_num(self.tables.scores(0, len(whole)))
        stack, nodes = [whole], list[Node]()
        while stack:
            piece = stack.pop()
            leaf = self.leaf([piece])
            if leaf is not None:
                nodes.append(leaf)
                continue
            free = piece.sum(axis=1) > 1
            late = time.monotonic() > self.deadline or len(nodes) > PIECES
            if self.witness is not None or late or not free.any():
                return None
            weights = np.where(piece, heaviest, -np.inf).max(axis=1)
            place = int(np.where(free, weights, -np.inf).argmax())
            nodes.append(Split(place))
            stack += reversed([*parts_at(piece, place)])
        return tuple(nodes)

    def leaf(self, pieces: Sequence[Allowed]) -> Mixture | Margins | None:
        """A leaf that holds on all of some pieces of one length; none if none is found."""
        if time.monotonic() > self.deadline:
            return None
        if not any(self._within(piece) for piece in pieces):
            self._try(pieces[0].argmax(axis=1))
        return self._margins(pieces) if self.asked.at_least else self._shares(pieces)

    def _margins(self, pieces: Sequence[Allowed]) -> Margins | None:
        """Margins over the other classes that hold and are large enough together."""
        proved = np.full(len(self.others), -np.inf)
        while self.witness is None and time.monotonic() < self.deadline:
            by = self._wanted(pieces)
            if by is None:
                return None
            open_ = np.flatnonzero(proved < by).tolist()
            if not open_:
                return Margins(tuple(proved.tolist()))
            row = max(open_, key=lambda row: -by[row])
            outcome = prove_or_refute(self._over(self.others[row], float(by[row])), pieces, 0, 1)
            if outcome.verdict is Verdict.PROVED:
                proved[row] = by[row]
            elif outcome.witness is None:
                return None
            else:
                self._try(np.array(outcome.witness))
        return None

    def _wanted(self, pieces: Sequence[Allowed]) -> Float64[np.ndarray, " others"] | None:
        """Margins below those of all inputs that were tried, by half of what there is to spare."""
        mine = [one.margins for piece in pieces for one in self._within(piece)]
        least: Float64[np.ndarray, " others"] = np.min(mine, axis=0)
        with np.errstate(over="ignore", divide="ignore"):
            rest = float(np.exp(-least).sum())
            spare = float(np.log(self.odds) - np.log(rest)) if rest > 0 else MOST_SPARE
        if not spare > 0:
            return None
        wanted: Float64[np.ndarray, " others"]
        wanted = least - min(spare, MOST_SPARE) / 2 - LOWERED * np.abs(least)
        return wanted

    def _shares(self, pieces: Sequence[Allowed]) -> Mixture | None:
        """A mean of the other classes that is far enough above; none if none is found."""
        for _ in range(TRIES):
            if self.witness is not None:
                return None
            mine = [one for piece in pieces for one in self._within(piece)]
            shares, enough = _best_mean(np.stack([-one.margins for one in mine]), self.odds)
            if not enough:
                return None
            outcome = prove_or_refute(self._mean(shares), pieces, 0, 1)
            if outcome.verdict is Verdict.PROVED:
                return Mixture(tuple(shares.tolist()))
            if outcome.witness is None:
                return None
            tokens = np.array(outcome.witness)
            if any((one.tokens == tokens).all() for one in mine):
                return None
            self._try(tokens)
        return None

    def _over(self, other: int, by: float) -> Mixed:
        """The class less another and a margin."""
        return Mixed(self.tables, [self.kind], [1.0], other, by)

    def _mean(self, shares: Float64[np.ndarray, " others"]) -> Mixed:
        """The mean of the others less the class, and less what it is to be above it."""
        by = float(np.log(self.odds)) - _entropy(shares)
        by += LOWERED * (1 + abs(by))
        return Mixed(self.tables, self.others, shares.tolist(), self.kind, by)

    def _within(self, piece: Allowed) -> list[_Weighed]:
        """The inputs that were tried and lie in a piece."""
        rows = np.arange(len(piece))
        return [
            one
            for one in self._tried
            if len(one.tokens) == len(piece) and piece[rows, one.tokens].all()
        ]

    def _try(self, tokens: Input) -> _Weighed:
        """Keep an input with its margins; it is the witness if its share is on the wrong side."""
        margins = [precise_margin([self.tables], tokens, self.kind, one) for one in self.others]
        tried = _Weighed(tokens, np.nan_to_num(np.array([float(one.mid()) for one in margins])))
        self._tried.append(tried)
        missing = self.asked.share - self.share(tokens)
        if (missing if self.asked.at_least else -missing) > 0:
            self.witness = tokens
        return tried


def _entropy(shares: Float64[np.ndarray, " others"]) -> float:
    """In nats, of shares that add up to about 1."""
    some = shares[shares > 0] / shares.sum()
    return float(-(some * np.log(some)).sum())


def _best_mean(
    gaps: Float64[np.ndarray, "inputs others"], odds: float
) -> tuple[Float64[np.ndarray, " others"], bool]:
    """Shares whose mean gap and entropy are largest on the worst of some inputs.

    For any weights q of the inputs, the best shares are the softmax of the mean gap; the weights
    are those for which its log-sum-exp is least, found by steps against its slope.

    Args:
        gaps: of the other classes over the class.
        odds: what the sum of the exponentials is to be above.

    Returns:
        The shares, and whether mean and entropy are about large enough on these inputs.
    """
    weights = np.full(len(gaps), 1 / len(gaps))
    size = max(float(np.ptp(gaps, axis=0).max()), 1e-9)
    best, value = _softmax(weights @ gaps), -np.inf
    for step in range(STEPS if len(gaps) > 1 else 1):
        shares = _softmax(weights @ gaps)
        means = gaps @ shares
        reached = float(means.min()) + _entropy(shares)
        if reached > value:
            best, value = shares, reached
        weights = weights * np.exp(-(means - means.min()) / size * 4 / (1 + step) ** 0.5)
        weights /= weights.sum()
    return best, value > float(np.log(odds))


def _softmax(gaps: Float64[np.ndarray, " others"]) -> Float64[np.ndarray, " others"]:
    shares: Float64[np.ndarray, " others"] = np.exp(gaps - gaps.max())
    shares /= shares.sum()
    return shares
