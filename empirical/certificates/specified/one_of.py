"""Decides whether one of several classes wins on every input of a group.

Against one rival: some class of the set is above it on every input if a mean of the classes is,
with any shares. The best shares are those of a game against all inputs; each input on which a mean
is not ahead joins the game, until a mean holds, or an input is found on which no class is ahead, or
no shares do for all: then the inputs are parted by the token at one place. Over many places the
sums that inputs make are nearly convex, so that few parts are needed. Source: von Neumann's minimax
theorem; Kelley's cutting planes.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from flint import arb
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
from empirical.certificates.specified.mixed import Mixed, best_shares
from empirical.certificates.specified.sums import RoughSums
from empirical.recheck.certificate import Case, Mixture, MixtureProof, Refutation, Split, Verdict
from empirical.recheck.specification import Group, OneOf

PIECES = 4096
"""Of one tree."""
TRIES = 12
"""Shares that are tried on one piece, beside one for each class."""
DEPTH = 2
"""How often inputs of all lengths are parted at once."""

Lengths = Bool[np.ndarray, " lengths"]


@dataclass(frozen=True, eq=False)
class _Tried:
    """An input with the margin of each class over the rival, less what is asked for."""

    tokens: Input
    margins: Float64[np.ndarray, " classes"]


@dataclass(frozen=True, eq=False)
class _AgainstOne:
    """What is found of one rival.

    Attributes:
        proofs: at every length before ``ends``.
        ends: the first length at which there is none; none: there is at all.
        witness: an input of that length on which the rival is ahead of every class.
    """

    proofs: tuple[MixtureProof, ...]
    ends: int | None = None
    witness: Input | None = None


class OneOfSearch:
    """One last token of a group that asks for one of several classes.

    Args:
        tables: of the last token.
        group: whose inputs are meant.
        asked: of them.
        query: the last token.
        seconds: after which lengths that are left stay UNDECIDED.
    """

    def __init__(
        self, tables: Tables, group: Group, asked: OneOf, query: int, seconds: float
    ) -> None:
        self.tables, self.group, self.asked, self.query = tables, group, asked, query
        self._deadline = time.monotonic() + seconds
        self._sums = RoughSums(tables, group, query)
        self._last = group.lengths[-1]
        classes = range(tables.linear.shape[1])
        self._rivals = [kind for kind in classes if kind not in asked.classes]

    def case(self, at: int) -> Case:
        """What is found.

        Args:
            at: the group's number.
        """
        proofs, left = self._at_once(None, np.ones(len(self.group.lengths), dtype=bool))
        ends, rival, witness = None, None, None
        for other in self._rivals:
            outcome = self._against(other, left, self._last if ends is None else ends)
            proofs += outcome.proofs
            if outcome.ends is not None and (
                ends is None or outcome.ends < ends or witness is None
            ):
                ends, rival, witness = outcome.ends, other, outcome.witness
        if ends is None or rival is None:
            return Case(at, self.query, None, Verdict.PROVED, shown=tuple(proofs))
        longest = ends - 1 if ends > self.group.lengths.start else None
        kept = tuple(
            replace(proof, lengths=(proof.lengths[0], min(proof.lengths[1], ends - 1)))
            for proof in proofs
            if proof.lengths[0] < ends
        )
        if witness is None:
            return Case(at, self.query, None, Verdict.UNDECIDED, longest, shown=kept)
        refutation = Refutation(rival, tuple(witness[::-1].tolist()), self._lead(witness, rival))
        return Case(
            at, self.query, None, Verdict.REFUTED, longest, refutation=refutation, shown=kept
        )

    def _lead(self, tokens: Input, rival: int) -> float:
        """The margin of the best class over a rival on an input."""
        margins = (
            precise_margin([self.tables], tokens, kind, rival) for kind in self.asked.classes
        )
        return max(map(centre, margins))

    def _mixed(self, shares: Sequence[float], rival: int) -> Mixed:
        return Mixed(self.tables, self.asked.classes, shares, rival, self.asked.by)

    def _forms(self, shares: Sequence[float], rival: int) -> Forms:
        """What each token adds with these shares, at least, against one rival."""
        kinds = [*self.asked.classes, rival]
        direction = np.array([*shares, 1.0]) @ self.tables.slants[kinds]
        pair = np.array([0]), np.array([1])
        return forms(self._mixed(shares, rival), *pair, direction[None])

    def _alone(self, rivals: Sequence[int]) -> Forms:
        """What each token adds to each of the classes, at least, against any of some rivals."""
        rows = [
            [self._forms(shares, rival) for rival in rivals]
            for shares in np.eye(len(self.asked.classes)).tolist()
        ]
        kinds = np.arange(len(rows))
        return Forms(
            kinds,
            kinds,
            np.array([np.min([form.values[0] for form in row], axis=0) for row in rows]),
            np.array([max(float(form.error[0]) for form in row) for row in rows]),
        )

    def _parted(
        self, group: Group, alone: Forms, left: Lengths, depth: int
    ) -> tuple[tuple[Split | Mixture, ...], Lengths]:
        """A tree of one class for each part, and the lengths at which all of them clearly do.

        Args:
            group: the inputs.
            alone: of each class.
            left: the lengths that matter.
            depth: how often inputs may be parted.
        """
        clear = RoughSums(self.tables, group, self.query).clear(alone, None)
        best = int((clear & left).sum(axis=1).argmax())
        leaf = Mixture(tuple(float(kind == best) for kind in range(len(self.asked.classes))))
        place = _heaviest(self._sums, group)
        if not depth or place is None or not (left & ~clear[best]).any():
            return (leaf,), clear[best]
        nodes: list[Split | Mixture] = [Split(place)]
        every = left.copy()
        for token in group.from_last.get(place, group.others):
            part = replace(group, from_last={**group.from_last, place: (token,)})
            mine, clear_there = self._parted(part, alone, every, depth - 1)
            nodes += mine
            every &= clear_there
            if not every.any():
                return (leaf,), clear[best]
        better = every.sum() > (clear[best] & left).sum()
        return (tuple(nodes), every) if better else ((leaf,), clear[best])

    def _at_once(self, rival: int | None, left: Lengths) -> tuple[list[MixtureProof], Lengths]:
        """What floats clearly show of a rival, or of all, by trees; and the lengths that are left.

        Each tree has one class for each part, and is the same at many lengths.
        """
        proofs: list[MixtureProof] = []
        if not left.any():
            return proofs, left
        alone = self._alone(self._rivals if rival is None else [rival])
        for depth in range(DEPTH + 1):
            while left.any():
                nodes, clear = self._parted(self.group, alone, left, depth)
                if not (clear & left).any():
                    break
                proofs += self._proofs(rival, nodes, clear, left)
                left = left & ~clear
        return proofs, left

    def _proofs(
        self, rival: int | None, nodes: tuple[Split | Mixture, ...], clear: Lengths, left: Lengths
    ) -> Iterator[MixtureProof]:
        """One proof for each run of clear lengths of which some are left."""
        edges = np.flatnonzero(np.diff(np.concatenate([[False], clear, [False]]).astype(int)))
        for start, stop in edges.reshape(-1, 2).tolist():
            if left[start:stop].any():
                first = self.group.lengths.start
                yield MixtureProof(rival, (first + start, first + stop - 1), nodes)

    def _against(self, rival: int, left: Lengths, until: int) -> _AgainstOne:
        """What is found of one rival at some lengths, up to one of them."""
        first = self.group.lengths.start
        proofs, left = self._at_once(rival, left & (np.array(self.group.lengths) <= until))
        for length in (first + np.flatnonzero(left)).tolist():
            if not left[length - first]:
                continue
            whole = self._sums.piece(length)
            tree = _Tree(self.tables, self.asked, rival, whole, self._deadline)
            nodes = tree.nodes()
            if nodes is None:
                return _AgainstOne(tuple(proofs), length, tree.witness)
            proofs.append(MixtureProof(rival, (length, length), nodes))
            left[length - first] = False
            if isinstance(nodes[0], Mixture):
                of_shares = self._forms(nodes[0].shares, rival)
                clear = self._sums.clear(of_shares, None)[0]
                proofs += self._proofs(rival, nodes, clear, left)
                left &= ~clear
        return _AgainstOne(tuple(proofs))


def _heaviest(sums: RoughSums, group: Group) -> int | None:
    """The place that weighs most, of those that all lengths have and where several tokens stand."""
    last = group.lengths.start - len(group.from_first)
    free = [place for place in range(1, last) if len(group.from_last.get(place, group.others)) > 1]
    if not free:
        return None
    return max(free, key=lambda place: float(sums.weights[place].max()))


class _Tree:
    """The search for a tree that shows one of several classes above a rival at one length.

    Args:
        tables: of the query.
        asked: the classes.
        rival: the class outside.
        whole: all inputs, as a product.
        deadline: after which nothing more is found.

    Attributes:
        witness: an input on which the rival is ahead of all of them, once one was found.
    """

    def __init__(
        self, tables: Tables, asked: OneOf, rival: int, whole: Allowed, deadline: float
    ) -> None:
        self.tables, self.asked, self.rival, self.whole = tables, asked, rival, whole
        self.deadline = deadline
        self.witness: Input | None = None
        self._tried: list[_Tried] = []
        self._heaviest = np.nan_to_num(tables.scores(0, len(whole)))

    def nodes(self) -> tuple[Split | Mixture, ...] | None:
        """The nodes, each before its parts; none if a witness, a tie, size or time ends it."""
        stack, nodes = [self.whole], list[Split | Mixture]()
        while stack:
            piece = stack.pop()
            shares = self._shares(piece)
            if shares is not None:
                nodes.append(Mixture(tuple(shares.tolist())))
                continue
            free = piece.sum(axis=1) > 1
            late = time.monotonic() > self.deadline or len(nodes) > PIECES
            if self.witness is not None or late or not free.any():
                return None
            place = self._place(piece, free)
            nodes.append(Split(place))
            stack += reversed([*parts_at(piece, place)])
        return tuple(nodes)

    def _shares(self, piece: Allowed) -> Float64[np.ndarray, " classes"] | None:
        """Shares with which the mean is ahead on a whole piece; none if none are found."""
        mine = self._within(piece)
        if not mine:
            self._try(piece.argmax(axis=1))
            mine = self._within(piece)
        for _ in range(len(self.asked.classes) + TRIES):
            if self.witness is not None or time.monotonic() > self.deadline:
                return None
            shares, worst = best_shares(np.stack([one.margins for one in mine]))
            if not worst > 0:
                return None
            mixed = Mixed(
                self.tables, self.asked.classes, shares.tolist(), self.rival, self.asked.by
            )
            outcome = prove_or_refute(mixed, [piece], 0, 1)
            if outcome.verdict is Verdict.PROVED:
                return shares
            if outcome.witness is None:
                return None
            tokens = np.array(outcome.witness)
            if any((one.tokens == tokens).all() for one in mine):
                return None
            self._try(tokens)
            mine = self._within(piece)
        return None

    def _within(self, piece: Allowed) -> list[_Tried]:
        """The inputs that were tried and lie in a piece."""
        rows = np.arange(len(piece))
        return [one for one in self._tried if piece[rows, one.tokens].all()]

    def _try(self, tokens: Input) -> None:
        """Keep an input with its margins; it is the witness if all of them are negative."""
        balls = [self._margin(tokens, kind) for kind in self.asked.classes]
        self._tried.append(_Tried(tokens, np.nan_to_num(np.array([float(b.mid()) for b in balls]))))
        if all(ball < 0 for ball in balls):
            self.witness = tokens

    def _margin(self, tokens: Input, kind: int) -> arb:
        """The margin of a class less what is asked for, with its sign if any precision tells it."""
        tables: Tables | None = self.tables
        while tables is not None:
            ball = margin([tables], tokens, kind, self.rival) - self.asked.by
            if ball > 0 or ball < 0:
                break
            tables = tables.refined()
        return ball

    def _place(self, piece: Allowed, free: Bool[np.ndarray, " places"]) -> int:
        """The place that weighs most, of those at which the inputs that were tried differ."""
        tokens = np.stack([one.tokens for one in self._within(piece)])
        differ = free & (tokens != tokens[0]).any(axis=0)
        heaviest = np.where(piece, self._heaviest, -np.inf).max(axis=1)
        return int(np.where(differ if differ.any() else free, heaviest, -np.inf).argmax())
