"""Decides whether the attention weight of some places stays on one side of a share.

With ``c = 1 − s`` at the places that are asked about and ``−s`` elsewhere, their weight is above a
share s where ``Σ c · w`` is positive, w the weights before the softmax divides by their sum. Every
place chooses its token by itself, so the least sum over all inputs is known exactly.
"""

from collections.abc import Sequence

import numpy as np
from flint import arb, ctx
from jaxtyping import Float64

from empirical.certificates.arithmetic.rounding import centre
from empirical.certificates.one_layer.tables import Tables
from empirical.certificates.specified.sums import CLEAR, RoughSums
from empirical.recheck.certificate import Attention, Case, Verdict
from empirical.recheck.specification import Attends, Group


class AttentionSearch:
    """One last token of a group that asks about attention weights.

    Args:
        tables: of the last token.
        group: whose inputs are meant.
        asked: of them.
        query: the last token.
    """

    def __init__(self, tables: Tables, group: Group, asked: Attends, query: int) -> None:
        self.tables, self.group, self.asked, self.query = tables, group, asked, query
        self._rough = RoughSums(tables, group, query)
        weights, last = self._rough.weights, group.lengths[-1]
        sides = [weights[:, list(group.others)].min(axis=1), weights[:, list(group.others)].max(1)]
        for side, extreme in zip(sides, (np.min, np.max), strict=True):
            side[0] = weights[0, query]
            for place, tokens in group.from_last.items():
                side[place] = extreme(weights[place, list(tokens)])
        self._sides = sides
        self._marked = np.isin(np.arange(last), asked.from_last)
        self._heaviest = np.cumsum(sides[1])

    def case(self, at: int, answer: int | None) -> Case:
        """What is found of one answer, or of a group without one.

        Args:
            at: the group's number.
            answer: the token that stands at one of the group's places.
        """
        lengths = np.array(self.group.lengths)
        ends: int | None = None
        refutation: Attention | None = None
        for length in lengths[~self._clear(answer)].tolist():
            refutation, undecided = self._closer(answer, length)
            if ends is None and (refutation is not None or undecided):
                ends = length
            if refutation is not None:
                break
        if ends is None:
            return Case(at, self.query, answer, Verdict.PROVED)
        verdict = Verdict.UNDECIDED if refutation is None else Verdict.REFUTED
        longest = ends - 1 if ends > lengths[0] else None
        return Case(at, self.query, answer, verdict, longest, refutation=refutation)

    def _terms(self, marked: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """The least that weights between two bounds add, where they are asked about or not."""
        share = self.asked.share
        inside, outside = ((1 - share) * low, -share * high)
        if not self.asked.at_least:
            inside, outside = ((share - 1) * high, share * low)
        terms: np.ndarray = np.where(marked, inside, outside)
        return terms

    def _clear(self, answer: int | None) -> np.ndarray:
        """At which lengths of the group the least sum is clearly positive, in floats."""
        group, positions = self.group, len(self.group.from_first)
        weights, lengths = self._rough.weights, np.array(self.group.lengths)
        low, high = self._sides
        terms = self._terms(self._marked, low, high)
        sums = np.cumsum(terms)
        if answer is not None:
            sums = sums + np.minimum.accumulate(self._swaps(terms, answer, group.lengths[-1]))
        whole = sums[lengths - 1 - positions]
        heaviest = self._heaviest[lengths - 1].copy()
        for position, tokens in enumerate(group.from_first):
            here = weights[lengths - 1 - position][:, list(tokens)]
            marked = np.full(lengths.size, position in self.asked.from_first)
            whole = whole + self._terms(marked, here.min(axis=1), here.max(axis=1))
            heaviest += here.max(axis=1)
        if answer is not None:
            heaviest += weights[:, answer].max()
        clear: np.ndarray = whole > CLEAR * heaviest
        return clear

    def _swaps(
        self, terms: Float64[np.ndarray, " places"], answer: int, length: int
    ) -> Float64[np.ndarray, " places"]:
        """What the answer at each place adds over the term there; infinite where it cannot be."""
        swaps = np.full(terms.shape, np.inf)
        places = list(self.group.places(length))
        own = self._rough.weights[places, answer]
        marked = self._marked[places] | self.asked.on_answer
        swaps[places] = self._terms(marked, own, own) - terms[places]
        return swaps

    def _closer(self, answer: int | None, length: int) -> tuple[Attention | None, bool]:
        """An input of a length that refutes, if any; and whether one may be left that does."""
        undecided = False
        for place in self.group.places(length) or (None,):
            tables: Tables | None = self.tables
            piece = [np.flatnonzero(row).tolist() for row in self._rough.piece(length)]
            if place is not None and answer is not None:
                piece[place] = [answer]
            sum_ = arb(0)
            while tables is not None:
                sum_, tokens = self._least(tables, piece, place)
                if sum_ > 0 or sum_ < 0:
                    break
                tables = tables.refined()
            if tables is not None and sum_ < 0:
                return self._refutation(tables, tokens, place), False
            undecided |= not sum_ > 0
        return None, undecided

    def _least(
        self, tables: Tables, piece: Sequence[Sequence[int]], answer: int | None
    ) -> tuple[arb, list[int]]:
        """A ball around the least sum over a choice of tokens for each place, and its input."""
        balls, inputs = [], []
        with ctx.workprec(tables.bits):
            share, top = arb(self.asked.share), tables.score_balls(0)[self.query]
            for place, tokens in enumerate(piece):
                inside = self.asked.means(place, len(piece), answer)
                factor = (1 - share) if inside else -share
                factor = factor if self.asked.at_least else -factor
                scores = tables.score_balls(place)
                terms = {token: factor * (scores[token] - top).exp() for token in tokens}
                inputs.append(_lightest(terms))
                balls.append(_least_of(list(terms.values())))
            return sum(balls, arb(0)), inputs

    def _refutation(self, tables: Tables, tokens: list[int], answer: int | None) -> Attention:
        """The weight of an input, from the last token backwards, that refutes what is asked."""
        meant = [self.asked.means(place, len(tokens), answer) for place in range(len(tokens))]
        with ctx.workprec(tables.bits):
            top = tables.score_balls(0)[self.query]
            weights = [
                (tables.score_balls(place)[token] - top).exp() for place, token in enumerate(tokens)
            ]
            inside = sum((w for w, within in zip(weights, meant, strict=True) if within), arb(0))
            weight = centre(inside / sum(weights, arb(0)))
        place = answer if self.asked.on_answer else None
        return Attention(tuple(tokens[::-1]), min(max(weight, 0.0), 1.0), place)


def _lightest(terms: dict[int, arb]) -> int:
    """About the token with the least term."""
    lightest, *rest = terms
    for token in rest:
        if terms[token].mid() < terms[lightest].mid():
            lightest = token
    return lightest


def _least_of(balls: Sequence[arb]) -> arb:
    least, *rest = balls
    for ball in rest:
        least = least.min(ball)
    return least
