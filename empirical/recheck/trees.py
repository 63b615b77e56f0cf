"""Proof trees, and single bounds and inputs, in balls.

Whether one answer's logit is above one rival's on every input of a *piece*, a choice of tokens for
each place. A tree parts the piece, by the token at a place or by the ratio of two normalisers,
until a bound is positive on each part. ``README.md`` shows why a bound holds. A ball whose sign is
not known is computed again at twice the precision.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import product
from typing import TypeAlias

import numpy as np
from flint import arb, ctx

from empirical.recheck.certificate import Cut, GroupProof, Leaf, Node, Proof, Run, Split, Within
from empirical.recheck.corner_sums import ends_of_shifts, factors_at, positive_at_corners
from empirical.recheck.findings import positive
from empirical.recheck.float32 import NO_SLACK, Slack
from empirical.recheck.float_tables import FloatTables
from empirical.recheck.floats import Floats, bounds_of, down
from empirical.recheck.tables import Block
from empirical.recheck.task import Domain

MOST_PARTS = 20_000
"""Into which one piece is parted without a proof tree."""
TOUCHES = 6
"""How often the direction of a bound is moved."""

Piece: TypeAlias = tuple[tuple[int, ...], ...]
"""The tokens that may stand at each place, the query's first."""
Masses: TypeAlias = tuple[tuple[int, int, arb], ...]
"""Head, token and mass: the direction of a sum of streams."""
Terms: TypeAlias = list[list[arb]]
"""By place and token."""


def whole_piece(domain: Domain, answer: int, length: int, place: int | None) -> Piece:
    """All inputs of a length with the answer at one place, or with no answer if it has none."""
    choices = domain.choices(length)
    if place is not None:
        choices[place] = (answer,)
    return tuple(choices)


class Pair:
    """An answer and a rival of one query, in balls of any precision.

    Args:
        block: the tables at the first precision.
        query: the token at place 0.
        answer: the class that should be above.
        rival: the class that should be below.
        slack: how much further above; where there are several heads, of the bias alone.
        floats: the tables in floats, in which leaves are tried first; none: in balls alone.
    """

    def __init__(
        self,
        block: Block,
        query: int,
        answer: int,
        rival: int,
        slack: Slack = NO_SLACK,
        floats: FloatTables | None = None,
    ) -> None:
        self.block, self.query, self.answer, self.rival = block, query, answer, rival
        self.slack, self.floats = slack, floats
        self._terms = lru_cache(maxsize=4)(self._terms_of)
        self._forms = lru_cache(maxsize=4)(self._forms_of)
        self._forms_in_floats = lru_cache(maxsize=4)(self._least_forms)

    def holds(self, piece: Piece, leaf: Leaf) -> bool:
        """Is the bound of a leaf positive on a piece, for all ratios?"""
        return self._leaf(piece, leaf, None, None)

    def parted(self, piece: Piece) -> bool:
        """Can a piece be parted, with one head, until a bound is positive on each part?

        Parted is the open place that weighs most. Where the bias is positive, the direction of a
        bound is moved to the worst input found with it, a few times.
        """
        stack, seen = [piece], 0
        while stack:
            part = stack.pop()
            seen += 1
            if self._part_holds(part):
                continue
            places = [place for place, tokens in enumerate(part) if len(tokens) > 1]
            if not places or seen + len(stack) > MOST_PARTS or self._wrong_at_worst(part):
                return False
            place = max(places, key=lambda place: self._heaviest(place, part[place]))
            stack += [(*part[:place], (token,), *part[place + 1 :]) for token in part[place]]
        return True

    def _wrong_at_worst(self, piece: Piece) -> bool:
        """Is the answer below the rival on the input that the bound suggests?"""
        worst = self._worst(piece, None)
        with ctx.workprec(self.block.precision):
            return bool(self.margin(self.block, worst) < 0)

    def _part_holds(self, piece: Piece) -> bool:
        if all(len(tokens) == 1 for tokens in piece):
            return self.runs(tuple(tokens[0] for tokens in piece))
        with ctx.workprec(self.block.precision):
            tries = TOUCHES if self._late(self.block) > 0 else 1
        direction: tuple[int, ...] | None = None
        for _ in range(tries):
            if self._leaf(piece, Leaf(), direction, None):
                return True
            worst = self._worst(piece, direction)
            if worst == direction:
                return False
            direction = worst
        return False

    def _worst(self, piece: Piece, direction: tuple[int, ...] | None) -> tuple[int, ...]:
        """About the input of the least sum of bounds."""
        with ctx.workprec(self.block.precision):
            terms = self._terms(self.block, len(piece), (), direction, (1.0,))
            return tuple(terms.lightest(place, tokens) for place, tokens in enumerate(piece))

    def _heaviest(self, place: int, tokens: tuple[int, ...]) -> float:
        """About the largest score of some tokens at a place."""
        with ctx.workprec(self.block.precision):
            return max(float(self.block.score(0, self.query, y, place).mid()) for y in tokens)

    def runs(self, tokens: tuple[int, ...]) -> bool:
        """Is the answer above the rival on one input, from the query backwards?"""
        if self.slack.weight == self.slack.linear == 0:
            return positive(self.block, lambda block: self.margin(block, tokens) - self.slack.bias)
        masses = dict(enumerate(tokens))
        return positive(self.block, lambda block: self._sum_of(block, masses))

    def margin(self, block: Block, tokens: tuple[int, ...]) -> arb:
        """The answer's logit less the rival's on one input, from the query backwards."""
        masses = self._shares(block, tokens)
        linear = sum((mass * self._gap(block, head, y) for head, y, mass in masses), arb(0))
        return linear / self._norm(block, masses) + self._bias_gap(block)

    def why_not(self, proof: Proof | GroupProof, piece: Piece) -> str | None:
        """The reason why a proof tree does not hold on a piece; none if it holds."""
        stack = [_State(piece, None)]
        for at, node in enumerate(proof.nodes):
            if not stack:
                return f"its tree is complete before node {at}"
            parts, reason = self._parts(stack.pop(), node, proof)
            if reason:
                return f"{reason} (node {at})"
            stack += reversed(parts)
        return "its tree lacks a part" if stack else None

    def _parts(
        self, state: "_State", node: Node, proof: Proof | GroupProof
    ) -> tuple[list["_State"], str | None]:
        """The parts into which a node parts what is to be shown, and why it may not."""
        match node:
            case Split(place):
                return _split(state, place)
            case Cut(head, number):
                return _cut(state, head, number)
            case Within() as box:
                reason = self._box_fails(box, state.piece)
                return ([] if reason else [_State(state.piece, _shared(state.box, box))]), reason
            case Run():
                return [], self._run_fails(state.piece)
            case Leaf(multipliers, boxed, along):
                if len(multipliers) != self.block.config.heads - 1:
                    return [], "a leaf has not one multiplier for each head but one"
                if boxed and state.box is None:
                    return [], "a leaf of a box has none"
                direction = None if along is None else proof.directions[along]
                box_of_leaf = state.box if boxed else None
                held = self._leaf(state.piece, node, direction, box_of_leaf)
                return [], None if held else "a leaf does not hold"

    def _run_fails(self, piece: Piece) -> str | None:
        if any(len(tokens) > 1 for tokens in piece):
            return "an input is called for where several are left"
        held = self.runs(tuple(tokens[0] for tokens in piece))
        return None if held else "an input is not answered rightly"

    def _box_fails(self, box: Within, piece: Piece) -> str | None:
        """Is some ratio of normalisers outside of a box, on some input?"""
        if len(box.low) != self.block.config.heads - 1:
            return "its box is not of a ratio for each head but one"
        for head, (low, high) in enumerate(zip(box.low, box.high, strict=True), start=1):
            within = low == 0 or self._ratio_above(piece, 0, head, 1.0, low)
            if not (within and self._ratio_above(piece, head, 0, high, 1.0)):
                return "a ratio may lie outside of its box"
        return None

    def _ratio_above(self, piece: Piece, one: int, two: int, first: float, second: float) -> bool:
        """Is ``first · Z`` of one head above ``second · Z`` of another, on every input?"""

        def difference(block: Block) -> arb:
            total = arb(0)
            for place, tokens in enumerate(piece):
                total += least(
                    first * block.attention(one, self.query, token, place)
                    - second * block.attention(two, self.query, token, place)
                    for token in tokens
                )
            return total

        return positive(self.block, difference)

    def _leaf(
        self, piece: Piece, leaf: Leaf, direction: tuple[int, ...] | None, box: Within | None
    ) -> bool:
        """Is the bound positive at every corner of the box of ratios?"""
        at = corners(box, self.block.config.heads)
        if self._positive_in_floats(piece, leaf, direction, at):
            return True
        for corner in at:
            bound = partial(
                self._bound,
                piece=piece,
                multipliers=leaf.multipliers,
                direction=direction,
                corner=corner,
            )
            if not positive(self.block, bound):
                return False
        return True

    def _positive_in_floats(
        self,
        piece: Piece,
        leaf: Leaf,
        direction: tuple[int, ...] | None,
        at: list[tuple[float, ...]],
    ) -> bool:
        """Do floats show that the bound is positive at some corners?"""
        if self.floats is None:
            return False
        weights = self.floats.every_head(self.query, len(piece))
        heads = range(self.block.config.heads)
        with (
            ctx.workprec(self.block.precision),
            np.errstate(all="ignore"),  # what leaves the range of floats is not shown in floats
        ):
            own = [self.block.score(head, self.query, self.query, 0) for head in heads]
            factors = factors_at(weights, own, at)
            if factors is None:
                return False
            forms = self._forms_in_floats(direction) - ends_of_shifts(leaf.multipliers)[:, None]
            return positive_at_corners(weights, down(forms), factors, piece)

    def _least_forms(self, direction: tuple[int, ...] | None) -> Floats:
        """The least that each form may be: heads × tokens."""
        return bounds_of(self._forms(self.block, direction)).low

    def _bound(
        self,
        block: Block,
        piece: Piece,
        multipliers: tuple[float, ...],
        direction: tuple[int, ...] | None,
        corner: tuple[float, ...],
    ) -> arb:
        """The least sum over a piece at one corner."""
        terms = self._terms(block, len(piece), multipliers, direction, corner)
        if block.config.heads > 1 or not self._late(block) < 0:
            parts = (terms.least(place, tokens) for place, tokens in enumerate(piece))
            return sum(parts, arb(0))
        # Where one token is left, the norm of the sum of streams is used instead of their norms'.
        open_places = [place for place, tokens in enumerate(piece) if len(tokens) > 1]
        fixed = {place: tokens[0] for place, tokens in enumerate(piece) if len(tokens) == 1}
        parts = (terms.least(place, piece[place]) for place in open_places)
        return sum(parts, self._sum_of(block, fixed))

    def _sum_of(self, block: Block, tokens: Mapping[int, int]) -> arb:
        """What tokens at their places add with one head, with the norm of their streams' sum."""
        masses: dict[int, arb] = {}
        for place, token in tokens.items():
            weight = block.attention(0, self.query, token, place)
            masses[token] = masses.get(token, arb(0)) + weight
        linear = sum((mass * self._gap(block, 0, y) for y, mass in masses.items()), arb(0))
        streams = tuple((0, token, mass) for token, mass in masses.items())
        return linear + self._late(block) * self._norm(block, streams)

    def _terms_of(
        self,
        block: Block,
        length: int,
        multipliers: tuple[float, ...],
        direction: tuple[int, ...] | None,
        corner: tuple[float, ...],
    ) -> "_Terms":
        """Terms at a corner."""
        forms = self._forms(block, direction)
        first = -sum((arb(x) for x in multipliers), arb(0))
        shifts = [first, *(arb(x) for x in multipliers)]
        shifted = [[form - shift for form in row] for row, shift in zip(forms, shifts, strict=True)]
        return _Terms(block, self.query, shifted, corner)

    def _forms_of(self, block: Block, direction: tuple[int, ...] | None) -> list[list[arb]]:
        """At least what each token adds per unit of weight, by head and token."""
        late, tokens = self._late(block), range(block.config.tokens)
        heads = range(block.config.heads)
        gaps = [[self._gap(block, head, token) for token in tokens] for head in heads]
        if late < 0:
            return [
                [
                    gap + late * self._norm(block, ((head, token, arb(1)),))
                    for token, gap in zip(tokens, gaps[head], strict=True)
                ]
                for head in heads
            ]
        if late == 0:
            return gaps
        masses = (
            self._default_direction(block) if direction is None else self._shares(block, direction)
        )
        masses = tuple((head, token, mass.mid()) for head, token, mass in masses)
        inner, norm = block.along(self.query, masses)
        slope = late / norm.upper()
        return [
            [gap + slope * along for gap, along in zip(*of_head, strict=True)]
            for of_head in zip(gaps, inner, strict=True)
        ]

    def _late(self, block: Block) -> arb:
        """A number that is not above what the last biases add to the answer less the rival."""
        late: arb = self._bias_gap(block).lower()
        return (late - self.slack.bias).lower()

    def _bias_gap(self, block: Block) -> arb:
        """What the last biases add to the answer less the rival."""
        return block.bias[self.answer] - block.bias[self.rival]

    def _form_gap(self, block: Block, head: int, token: int) -> arb:
        """The form of the answer less that of the rival."""
        answer = block.form(head, self.query, token, self.answer)
        return answer - block.form(head, self.query, token, self.rival)

    def _gap(self, block: Block, head: int, token: int) -> arb:
        """The form of the answer less that of the rival, less the slack of a unit of weight."""
        gap = self._form_gap(block, head, token)
        if self.slack == NO_SLACK:
            return gap
        late = abs(self._bias_gap(block)) + self.slack.bias
        size = abs(gap) + late * self._norm(block, ((head, token, arb(1)),))
        return gap - self.slack.weight * size - self.slack.linear

    def _default_direction(self, block: Block) -> Masses:
        heads, tokens = range(block.config.heads), (self.answer, self.rival)
        return tuple((head, token, arb(1)) for head in heads for token in tokens)

    def _shares(self, block: Block, tokens: tuple[int, ...]) -> Masses:
        """The normalised weight of every token of an input, by head."""
        shares = []
        for head in range(block.config.heads):
            weights: dict[int, arb] = {}
            for place, token in enumerate(tokens):
                weight = block.attention(head, self.query, token, place)
                weights[token] = weights.get(token, arb(0)) + weight
            total = sum(weights.values(), arb(0))
            shares += [(head, token, weight / total) for token, weight in weights.items()]
        return tuple(shares)

    def _inner(self, block: Block, masses: Masses, head: int, token: int) -> arb:
        """The inner product of the sum of masses times streams with one stream."""
        products = (
            mass * block.gram(self.query, (other_head, other), (head, token))
            for other_head, other, mass in masses
        )
        return sum(products, arb(0))

    def _norm(self, block: Block, masses: Masses) -> arb:
        """The norm of a sum of masses times streams."""
        square = sum(
            (mass * self._inner(block, masses, head, token) for head, token, mass in masses), arb(0)
        )
        return square.sqrt()


class _Terms:
    """Weight times shifted form, added up over the heads, by place and token."""

    def __init__(
        self, block: Block, query: int, forms: list[list[arb]], corner: tuple[float, ...]
    ) -> None:
        self._block, self._query, self._forms = block, query, forms
        self._heads = [(head, factor) for head, factor in enumerate(corner) if factor != 0]
        self._least: dict[tuple[int, tuple[int, ...]], arb] = {}
        self._each: dict[tuple[int, int], arb] = {}

    def least(self, place: int, tokens: tuple[int, ...]) -> arb:
        """A ball around the least term of some tokens at a place."""
        key = place, tokens
        if key not in self._least:
            self._least[key] = least(self._term(place, token) for token in tokens)
        return self._least[key]

    def lightest(self, place: int, tokens: tuple[int, ...]) -> int:
        """About the token with the least term at a place."""
        return min(tokens, key=lambda token: self._term(place, token).mid())

    def _term(self, place: int, token: int) -> arb:
        key = place, token
        if key not in self._each:
            total = arb(0)
            for head, factor in self._heads:
                weight = self._block.attention(head, self._query, token, place)
                total += factor * weight * self._forms[head][token]
            self._each[key] = total
        return self._each[key]


@dataclass(frozen=True)
class _State:
    """A part of a tree that is still to be shown."""

    piece: Piece
    box: Within | None


def corners(box: Within | None, heads: int) -> list[tuple[float, ...]]:
    """Factors of the heads at which a bound is to be positive.

    A bound is a sum over heads of ratio times bracket, and concave in the ratios: over a box it is
    least at a corner. Without a box every head's bracket is to be positive by itself.
    """
    if box is not None:
        sides = [sorted({low, high}) for low, high in zip(box.low, box.high, strict=True)]
        return [(1.0, *ratios) for ratios in product(*sides)]
    return [tuple(float(head == other) for other in range(heads)) for head in range(heads)]


def least(balls: Iterable[arb]) -> arb:
    """A ball around the least of several numbers."""
    first, *rest = balls
    for ball in rest:
        first = first.min(ball)
    return first


def _shared(box: Within | None, other: Within) -> Within:
    """What two boxes share, or one of them where they share nothing."""
    if box is None:
        return other
    low = tuple(map(max, box.low, other.low))
    high = tuple(map(min, box.high, other.high))
    return Within(low, high)


def _split(state: _State, place: int) -> tuple[list[_State], str | None]:
    """One part for each token at a place."""
    piece = state.piece
    if place >= len(piece) or len(piece[place]) < 2:
        return [], "a place is split at which one token is left"
    return [
        _State((*piece[:place], (token,), *piece[place + 1 :]), state.box) for token in piece[place]
    ], None


def _cut(state: _State, head: int, at: float) -> tuple[list[_State], str | None]:
    """The parts of a box below and above a number."""
    box = state.box
    if box is None or head > len(box.low):
        return [], "a ratio is cut that has no box"
    low, high = box.low[head - 1], box.high[head - 1]
    if not low <= at <= high:
        return [], "a box is cut outside"
    below = (*box.high[: head - 1], at, *box.high[head:])
    above = (*box.low[: head - 1], at, *box.low[head:])
    return [
        _State(state.piece, Within(box.low, below)),
        _State(state.piece, Within(above, box.high)),
    ], None
