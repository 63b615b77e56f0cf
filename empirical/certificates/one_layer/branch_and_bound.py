"""One query, answer and rival: proved, refuted by an input, or undecided.

Where biases make the bound of ``worst_case`` smaller than the minimum, the product of choices is
split until bound and minimum meet: first at the places that weigh most. Every piece is judged at
its own scale: weights are in units of the heaviest that may stand in it. What floats cannot tell is
computed again in balls, and what balls of one precision cannot tell, in finer ones.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

import numpy as np
from flint import arb, ctx
from jaxtyping import Float64, Int

from empirical.certificates.arithmetic.rounding import centre, lengths, units
from empirical.certificates.one_layer.input_products import parts_at
from empirical.certificates.one_layer.tables import Tables
from empirical.certificates.one_layer.worst_case import (
    Allowed,
    Weights,
    forms,
    sum_error,
    weight_error,
)
from empirical.recheck.certificate import Verdict
from theory.notebook import fields_as_html

NODES = 20_000
"""Pieces that one decision may look at before it gives up."""
TOUCHES = 6
"""How often the direction of a bound is moved to the worst input found with it."""
DIGITS = 45
"""Bits to which a margin is known that is handed out."""

Input: TypeAlias = Int[np.ndarray, " places"]
Direction: TypeAlias = Float64[np.ndarray, " slant"]


@dataclass(frozen=True, eq=False)
class ProofOutcome:
    """A verdict on one query, answer and rival over a set of inputs.

    Attributes:
        verdict: PROVED if the answer's logit is above the rival's on every input.
        rival: the other class.
        witness: for REFUTED, the token at each place of an input on which it is below.
        margin: for REFUTED, the logit difference on it, without its last digits.
    """

    verdict: Verdict
    rival: int
    witness: tuple[int, ...] | None = None
    margin: float | None = None

    _repr_html_ = fields_as_html


class PieceVerdict(StrEnum):
    """What was found of one piece."""

    PROVED = "PROVED"
    REFUTED = "REFUTED"
    SPLIT = "the bound is too low"
    PRECISION = "balls of this precision do not tell"


def prove_or_refute(
    tables: Tables, pieces: Iterable[Allowed], answer: int, rival: int
) -> ProofOutcome:
    """Is the answer's logit above the rival's, whatever stands at each place?

    The library's door for one-layer models of any kind: ``tables`` may be ``PlainTables``. A tie
    is never a proof.

    Args:
        tables: of one query; places as in ``pieces``.
        pieces: products of choices, ``[places, tokens]`` each, all over the same places, with one
            token or more for each place; the inputs are all inputs of all of them.
        answer: the class that should win.
        rival: the other.

    Returns:
        PROVED, REFUTED with an input, or UNDECIDED where a tie, the last precision or too many
        pieces end it.
    """
    search: _Search | None = None
    undecided = False
    for piece in pieces:
        search = search or _Search(tables, len(piece), answer, rival)
        judgement, worst = search.run(piece)
        while judgement is PieceVerdict.PRECISION and (finer := search.tables.refined()):
            search = _Search(finer, len(piece), answer, rival)
            judgement, worst = search.run(piece)
        if judgement is PieceVerdict.REFUTED:
            gap = centre(precise_margin([search.tables], worst, answer, rival))
            return ProofOutcome(Verdict.REFUTED, rival, tuple(worst.tolist()), gap)
        undecided |= judgement is not PieceVerdict.PROVED
    return ProofOutcome(Verdict.UNDECIDED if undecided else Verdict.PROVED, rival)


class _Search:
    """Branch and bound on the tokens at single places."""

    def __init__(self, tables: Tables, places: int, answer: int, rival: int) -> None:
        self.tables, self.answer, self.rival = tables, answer, rival
        self.balls = _BallSums(tables, answer, rival)
        self.floats = _FloatSums(tables, places, answer, rival) if tables.in_range else None
        self.curved = bool(tables.slants.shape[1]) and not self.balls.bias.is_zero()

    def run(self, whole: Allowed) -> tuple[PieceVerdict, Input]:
        """What is found of one product of choices, with the input for REFUTED, else with any."""
        stack, seen, verdict = [whole], 0, PieceVerdict.PROVED
        worst = whole.argmax(axis=1)
        while stack:
            piece = stack.pop()
            seen += 1
            judgement, worst = self._judge(piece)
            if judgement is PieceVerdict.REFUTED:
                return judgement, worst
            if judgement is PieceVerdict.PRECISION:  # another piece may still be refuted
                verdict = judgement
            if judgement is PieceVerdict.SPLIT:
                if seen + len(stack) > NODES:
                    return judgement, worst
                stack.extend(self._split(piece))
        return verdict, worst

    def _judge(self, piece: Allowed) -> tuple[PieceVerdict, Input]:
        """What bounds say of a piece, and the worst input they suggest."""
        if self.floats is not None:
            judgement = self._judge_in_floats(piece, self.floats)
            if judgement is not None:
                return judgement
        return self._judge_in_balls(piece)

    def _judge_in_floats(
        self, piece: Allowed, sums: "_FloatSums"
    ) -> tuple[PieceVerdict, Input] | None:
        """The same in floats; none if they do not tell."""
        weights = sums.weights_of(piece)
        if weights is None:
            return None
        direction, tried = None, set[bytes]()
        for _ in range(TOUCHES):
            bound = sums.least(piece, weights, direction)
            if bound.least > bound.slack:
                return PieceVerdict.PROVED, bound.worst
            if bound.worst.tobytes() in tried:
                break
            tried.add(bound.worst.tobytes())
            if self._refutes(bound.worst, sums.value(weights, bound.worst), bound.slack):
                return PieceVerdict.REFUTED, bound.worst
            if not self.curved:
                break
            direction = sums.stream(weights, bound.worst)
        if not bound.least < -bound.slack:
            return None
        if not self.curved:
            return None
        witness = self._descend(piece, weights, sums, bound.worst) if sums.bias < 0 else None
        if witness is not None:
            return PieceVerdict.REFUTED, witness
        return PieceVerdict.SPLIT, bound.worst

    def _refutes(self, tokens: Input, value: float, slack: float) -> bool:
        """Is the margin negative on an input whose sum is that in floats?"""
        return value < slack and bool(self.balls.margin(tokens) < 0)

    def _descend(
        self,
        piece: Allowed,
        weights: Float64[np.ndarray, "places tokens"],
        sums: "_FloatSums",
        worst: Input,
    ) -> Input | None:
        """Walk to worse inputs: at a fixed direction the sum separates and touches the norm."""
        for _ in range(TOUCHES):
            bound = sums.touching(piece, weights, sums.stream(weights, worst))
            if (bound.worst == worst).all():
                return None
            worst = bound.worst
            if self._refutes(worst, sums.value(weights, worst), bound.slack):
                return worst
        return None

    def _judge_in_balls(self, piece: Allowed) -> tuple[PieceVerdict, Input]:
        """The same in balls, which tell unless their precision is too low."""
        direction = None
        for _ in range(2):
            bound, worst = self.balls.least(piece, direction)
            if bound > 0:
                return PieceVerdict.PROVED, worst
            margin = self.balls.margin(worst)
            if margin < 0:
                return PieceVerdict.REFUTED, worst
            if bool((piece.sum(axis=1) == 1).all()):
                return (PieceVerdict.PROVED if margin > 0 else PieceVerdict.PRECISION), worst
            if not self.balls.bias > 0:
                break
            direction = self.balls.stream(worst)
        return (PieceVerdict.SPLIT if self.curved else PieceVerdict.PRECISION), worst

    def _split(self, piece: Allowed) -> Iterator[Allowed]:
        """One piece for each token at the open place that weighs most."""
        free = piece.sum(axis=1) > 1
        heaviest = np.zeros(len(piece))
        if self.floats is not None:
            heaviest = self.floats.heaviest(piece)
        place = int(np.where(free, heaviest, -np.inf).argmax())
        yield from parts_at(piece, place)


class _Bound(NamedTuple):
    """A lower bound of a sum over all inputs of a piece.

    Attributes:
        worst: the input that it suggests.
        least: the bound.
        slack: how far floats may be off.
    """

    worst: Input
    least: float
    slack: float


class _FloatSums:
    """Sums of one pair in floats, in units of the heaviest weight of the piece at hand.

    Rounding: as in ``worst_case.sum_error``, doubled for the bend.
    """

    def __init__(self, tables: Tables, places: int, answer: int, rival: int) -> None:
        self.tables, self.answer, self.rival = tables, np.array([answer]), np.array([rival])
        self.parts = Weights.of(tables, 0, places)
        self.bias = float(tables.bias[answer] - tables.bias[rival])
        self.linear = tables.linear[:, answer] - tables.linear[:, rival]
        self.relative = weight_error(tables)

    def weights_of(self, piece: Allowed) -> Float64[np.ndarray, "places tokens"] | None:
        """The weights of all tokens; none if those of the piece are too small to be known."""
        top = self.parts.top(piece)
        return None if top is None else self.parts.over(top)

    def heaviest(self, piece: Allowed) -> Float64[np.ndarray, " places"]:
        """The logarithm of the largest weight at each place, without its fraction."""
        exponents: Float64[np.ndarray, " places"]
        exponents = np.where(piece, self.parts.exponents, -np.inf).max(axis=1)
        return exponents

    def least(
        self,
        piece: Allowed,
        weights: Float64[np.ndarray, "places tokens"],
        direction: Direction | None,
    ) -> _Bound:
        """The bound that touches the norm along a direction, where the bias is positive."""
        rows = None if direction is None else direction[None]
        form = forms(self.tables, self.answer, self.rival, rows)
        bound = self._bound(piece, weights, form.values[0], float(form.error[0]))
        if self.tables.slants.shape[1] and self.bias <= 0:
            return bound._replace(least=bound.least + self._bend(piece, weights, bound.worst))
        return bound

    def touching(
        self, piece: Allowed, weights: Float64[np.ndarray, "places tokens"], direction: Direction
    ) -> _Bound:
        """The least sum with the norm along a direction, which may be above the true one."""
        rho = units(direction[None])[0]
        values = self.linear + self.bias * (self.tables.slants @ rho)
        error = float(forms(self.tables, self.answer, self.rival).error[0])
        return self._bound(piece, weights, values, error)

    def _bound(
        self,
        piece: Allowed,
        weights: Float64[np.ndarray, "places tokens"],
        values: Float64[np.ndarray, " tokens"],
        error: float,
    ) -> _Bound:
        products = np.where(piece, weights * values, np.inf)
        worst = products.argmin(axis=1)
        least = float(products[np.arange(len(piece)), worst].sum())
        heaviest = float(np.where(piece, weights, 0).max(axis=1).sum())
        size = float(np.abs(values).max()) + abs(self.bias) * float(self.tables.norms.max())
        slack = 2 * float(sum_error(heaviest, size + error, error, self.relative, len(piece) + 1))
        return _Bound(worst, least, slack)

    def _bend(
        self, piece: Allowed, weights: Float64[np.ndarray, "places tokens"], worst: Input
    ) -> float:
        """What the chord loses on the places where one token is left: they add up exactly."""
        fixed = np.flatnonzero(piece.sum(axis=1) == 1)
        tokens = worst[fixed]
        mine = weights[fixed, tokens]
        together = float(lengths((mine @ self.tables.slants[tokens])[None])[0])
        apart = float((mine * self.tables.norms[tokens]).sum())
        return self.bias * (together - apart)

    def stream(self, weights: Float64[np.ndarray, "places tokens"], tokens: Input) -> Direction:
        """The unnormalised centred stream of one input."""
        stream: Direction = weights[np.arange(tokens.size), tokens] @ self.tables.slants[tokens]
        return stream

    def value(self, weights: Float64[np.ndarray, "places tokens"], tokens: Input) -> float:
        """The sum itself on one input."""
        value = float(weights[np.arange(tokens.size), tokens] @ self.linear[tokens])
        norm = float(lengths(self.stream(weights, tokens)[None])[0])
        return value + self.bias * norm


class _BallSums:
    """Sums of one pair in balls, in units of the heaviest weight of the piece at hand."""

    def __init__(self, tables: Tables, answer: int, rival: int) -> None:
        self.tables, self.answer, self.rival = tables, answer, rival
        with ctx.workprec(tables.bits):
            self.bias = tables.bias_ball(answer) - tables.bias_ball(rival)
        self._forms: dict[bytes | None, list[arb]] = {}
        self._powers: dict[tuple[int, int], arb] = {}
        self._unit = arb(0)

    def least(self, piece: Allowed, direction: Direction | None) -> tuple[arb, Input]:
        """A lower bound over a piece, and the input that it suggests."""
        with ctx.workprec(self.tables.bits):
            values = self._values(direction)
            choices = [np.flatnonzero(row).tolist() for row in piece]
            heaviest = _heaviest(self.tables, choices)
            total, worst = arb(0), []
            for place, tokens in enumerate(choices):
                terms = [self._weight(place, y, heaviest) * values[y] for y in tokens]
                total += _least_of(terms)
                worst.append(tokens[min(range(len(terms)), key=lambda i: _Middle(terms[i]))])
            if self.tables.slants.shape[1] and not self.bias > 0:
                total += self._bend(choices, heaviest)
            return total, np.array(worst)

    def _weight(self, place: int, token: int, heaviest: arb) -> arb:
        """A weight in units of the exponential of a score; those of the last unit are kept."""
        if heaviest != self._unit:
            self._powers, self._unit = {}, heaviest
        if (place, token) not in self._powers:
            score = self.tables.score_balls(place)[token]
            self._powers[place, token] = (score - heaviest).exp()
        return self._powers[place, token]

    def _values(self, direction: Direction | None) -> list[arb]:
        """The form of every token that touches the norm along a direction, or lies below it."""
        key = None if direction is None else direction.tobytes()
        if key not in self._forms:
            rho = None
            if direction is not None and self.bias > 0:
                rho = [arb(x) for x in units(direction[None])[0].tolist()]
            tokens = range(self.tables.linear.shape[0])
            self._forms[key] = [self._value(token, rho) for token in tokens]
        return self._forms[key]

    def _value(self, token: int, rho: list[arb] | None) -> arb:
        form = self.tables.linear_ball(token, self.answer)
        form = form - self.tables.linear_ball(token, self.rival)
        slant = self.tables.slant_balls(token)
        if rho is not None:
            return form + self.bias * sum((r * s for r, s in zip(rho, slant, strict=True)), arb(0))
        return form + self._against() * _norm(slant)

    def _against(self) -> arb:
        """The bias where it is against the answer, else zero."""
        return self.bias.min(arb(0))

    def _bend(self, choices: list[list[int]], heaviest: arb) -> arb:
        """What the chord loses on the places where one token is left: they add up exactly."""
        together = [arb(0)] * self.tables.slants.shape[1]
        apart = arb(0)
        for place, tokens in enumerate(choices):
            if len(tokens) > 1:
                continue
            slant = self.tables.slant_balls(tokens[0])
            weight = self._weight(place, tokens[0], heaviest)
            together = [x + weight * y for x, y in zip(together, slant, strict=True)]
            apart += weight * _norm(slant)
        return self._against() * (_norm(together) - apart)

    def stream(self, tokens: Input) -> Direction:
        """About the direction of the centred stream of one input."""
        with ctx.workprec(self.tables.bits):
            heaviest = _heaviest(self.tables, [[token] for token in tokens.tolist()])
            stream = [arb(0)] * self.tables.slants.shape[1]
            for place, token in enumerate(tokens.tolist()):
                weight = (self.tables.score_balls(place)[token] - heaviest).exp()
                slant = self.tables.slant_balls(token)
                stream = [x + weight * y for x, y in zip(stream, slant, strict=True)]
            norm = _norm(stream)
            centres = np.array([centre(x / norm) for x in stream])
            return centres if np.isfinite(centres).all() else np.zeros_like(centres)

    def margin(self, tokens: Input) -> arb:
        """The logit difference on one input."""
        return margin([self.tables], tokens, self.answer, self.rival)


def margin(heads: Sequence[Tables], tokens: Input, answer: int, rival: int) -> arb:
    """The logit difference on one input, in a ball.

    Args:
        heads: the tables of each head, of one precision; what they give adds up.
        tokens: the token at each place.
        answer: the class that gains.
        rival: the class that is subtracted.
    """
    with ctx.workprec(heads[0].bits):
        gap, stream = arb(0), [arb(0)] * heads[0].slants.shape[1]
        for tables in heads:
            total, linear, part = arb(0), arb(0), [arb(0)] * len(stream)
            heaviest = _heaviest(tables, [[token] for token in tokens.tolist()])
            for place, token in enumerate(tokens.tolist()):
                weight = (tables.score_balls(place)[token] - heaviest).exp()
                total += weight
                form = tables.linear_ball(token, answer)
                linear += weight * (form - tables.linear_ball(token, rival))
                slant = tables.slant_balls(token)
                part = [s + weight * x for s, x in zip(part, slant, strict=True)]
            gap += linear / total
            stream = [s + x / total for s, x in zip(stream, part, strict=True)]
        if not stream:
            return gap
        bias = heads[0].bias_ball(answer) - heads[0].bias_ball(rival)
        return gap / _norm(stream) + bias


def precise_margin(heads: Sequence[Tables], tokens: Input, answer: int, rival: int) -> arb:
    """The same to ``DIGITS`` bits, in finer balls where these are too wide; or the finest."""
    ball = margin(heads, tokens, answer, rival)
    while ball.rel_accuracy_bits() < DIGITS:
        finer = [tables for head in heads if (tables := head.refined()) is not None]
        if len(finer) < len(heads):
            break
        heads = finer
        ball = margin(heads, tokens, answer, rival)
    return ball


def _heaviest(tables: Tables, choices: list[list[int]]) -> arb:
    """About the largest score that is possible: weights are in units of its exponential."""
    scores = (tables.score_balls(place)[y] for place, tokens in enumerate(choices) for y in tokens)
    return max(scores, key=_Middle).mid()


def _norm(vector: Sequence[arb]) -> arb:
    return sum((x * x for x in vector), arb(0)).sqrt()


class _Middle:
    """A ball that is ordered by its middle."""

    def __init__(self, ball: arb) -> None:
        self.middle = ball.mid()

    def __lt__(self, other: "_Middle") -> bool:
        return bool(self.middle < other.middle)


def _least_of(balls: list[arb]) -> arb:
    """A ball around the least of several numbers."""
    least = balls[0]
    for ball in balls[1:]:
        least = least.min(ball)
    return least
