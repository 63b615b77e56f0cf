"""One query, answer and rival: proved, refuted by an input, or undecided.

Where biases make the bound of ``worst_case`` smaller than the minimum, the product of choices is
split until bound and minimum meet: first at the places that weigh most. What floats cannot tell
is computed again in balls.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from flint import arb, ctx
from jaxtyping import Bool, Float64, Int

from empirical.certificates.arithmetic.rounding import BITS, TINY, UNIT, centre
from empirical.certificates.one_layer.tables import Tables
from empirical.certificates.one_layer.worst_case import forms, unit, weight_error, weights_to
from theory.notebook import shown

NODES = 20_000
"""Pieces that one decision may look at before it gives up."""
TOUCHES = 6
"""How often the direction of a bound is moved to the worst input found with it."""

Allowed = Bool[np.ndarray, "places tokens"]


class Verdict(StrEnum):
    """What is known of the sign of a logit difference over a set of inputs."""

    PROVED = "PROVED"
    REFUTED = "REFUTED"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True, eq=False)
class Decision:
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

    _repr_html_ = shown


def decide(tables: Tables, pieces: Iterable[Allowed], answer: int, rival: int) -> Decision:
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
        PROVED, REFUTED with an input, or UNDECIDED where a tie, 128 bits or too many pieces end it.
    """
    search, undecided = None, False
    for piece in pieces:
        search = search or _Search(tables, len(piece), answer, rival)
        found = search.run(piece)
        if found.verdict is Verdict.REFUTED:
            return found
        undecided |= found.verdict is Verdict.UNDECIDED
    return Decision(Verdict.UNDECIDED if undecided else Verdict.PROVED, rival)


class _Search:
    """Branch and bound on the tokens at single places."""

    def __init__(self, tables: Tables, places: int, answer: int, rival: int) -> None:
        self.tables, self.answer, self.rival = tables, np.array([answer]), np.array([rival])
        self.weights = weights_to(tables, places)
        self.bias = float(tables.bias[answer] - tables.bias[rival])
        self.linear = tables.linear[:, answer] - tables.linear[:, rival]
        self.curved = bool(tables.slants.shape[1]) and abs(self.bias) > 3 * tables.bias_error
        self.blur = weight_error(tables) + (places + 9) * UNIT
        with ctx.workprec(BITS):
            self.bias_ball = tables.bias_ball(answer) - tables.bias_ball(rival)

    def run(self, whole: Allowed) -> Decision:
        """The verdict on one product of choices."""
        stack, seen = [whole], 0
        rival, undecided = int(self.rival[0]), False
        while stack:
            piece = stack.pop()
            seen += 1
            verdict, worst = self._judge(piece)
            if verdict is Verdict.REFUTED:
                margin = self.margin(worst)
                return Decision(verdict, rival, tuple(worst.tolist()), centre(margin))
            if verdict is Verdict.PROVED:
                continue
            free = piece.sum(axis=1) > 1
            if not (self.curved and free.any()):
                undecided = True
            elif seen + len(stack) > NODES:
                return Decision(Verdict.UNDECIDED, rival)
            else:
                stack.extend(self._split(piece, free))
        return Decision(Verdict.UNDECIDED if undecided else Verdict.PROVED, rival)

    def _judge(self, piece: Allowed) -> tuple[Verdict, Int[np.ndarray, " places"]]:
        """What bounds say of a piece, and the worst input they suggest."""
        direction = None
        tried: set[bytes] = set()
        for _ in range(TOUCHES):
            values, error = self._values(direction)
            worst, bound, slack = self._least(piece, values, error)
            if bound > slack:
                return Verdict.PROVED, worst
            if worst.tobytes() in tried:
                break
            tried.add(worst.tobytes())
            if self._real(worst) < slack and self.margin(worst) < 0:
                return Verdict.REFUTED, worst
            if not self.curved:
                break
            direction = self._stream(worst)
        if abs(bound) <= slack:
            alone = bool((piece.sum(axis=1) == 1).all())
            if (self.margin(worst) if alone else self._least_ball(piece, direction)) > 0:
                return Verdict.PROVED, worst
        if self.curved and self.bias < 0:
            return self._descend(piece, worst)
        return Verdict.UNDECIDED, worst

    def _descend(
        self, piece: Allowed, worst: Int[np.ndarray, " places"]
    ) -> tuple[Verdict, Int[np.ndarray, " places"]]:
        """Walk to worse inputs: at a fixed direction the sum separates and touches the norm."""
        for _ in range(TOUCHES):
            rho = unit(self._stream(worst)[None])[0]
            values = self.linear + self.bias * (self.tables.slants @ rho)
            moved, _, slack = self._least(piece, values, 0.0)
            if (moved == worst).all():
                break
            worst = moved
            if self._real(worst) < slack and self.margin(worst) < 0:
                return Verdict.REFUTED, worst
        return Verdict.UNDECIDED, worst

    def _values(
        self, direction: Float64[np.ndarray, " slant"] | None
    ) -> tuple[Float64[np.ndarray, " tokens"], float]:
        """The form of the pair on every token, with its error."""
        rows = None if direction is None else direction[None]
        form = forms(self.tables, self.answer, self.rival, rows)
        return form.values[0], float(form.error[0])

    def _least(
        self, piece: Allowed, values: Float64[np.ndarray, " tokens"], error: float
    ) -> tuple[Int[np.ndarray, " places"], float, float]:
        """The worst input under a form, its sum, and how far floats may be off."""
        weights = self.weights[: len(piece)]
        products = np.where(piece, weights * values, np.inf)
        worst = products.argmin(axis=1)
        least = products[np.arange(len(piece)), worst]
        top = np.abs(values).max() + error + abs(self.bias) * self.tables.norms.max()
        heaviest = float(np.where(piece, weights, 0).max(axis=1).sum())
        slack = 6.6 * (heaviest * (error + top * self.blur) + top * len(piece) * 64 * TINY)
        bound = float(least.sum())
        if self.curved and self.bias <= 0:
            bound += self._bend(piece, worst)
        return worst, bound, slack

    def _bend(self, piece: Allowed, worst: Int[np.ndarray, " places"]) -> float:
        """What the chord loses on the places where one token is left: they add up exactly."""
        fixed = piece.sum(axis=1) == 1
        tokens, weights = worst[fixed], self.weights[np.flatnonzero(fixed), worst[fixed]]
        together = np.sqrt(((weights @ self.tables.slants[tokens]) ** 2).sum())
        apart = (weights * self.tables.norms[tokens]).sum()
        return float(self.bias * (together - apart))

    def _stream(self, tokens: Int[np.ndarray, " places"]) -> Float64[np.ndarray, " slant"]:
        """The unnormalised centred stream of one input."""
        weights = self.weights[np.arange(tokens.size), tokens]
        stream: Float64[np.ndarray, " slant"] = weights @ self.tables.slants[tokens]
        return stream

    def _real(self, tokens: Int[np.ndarray, " places"]) -> float:
        """The sum itself on one input, in floats."""
        weights = self.weights[np.arange(tokens.size), tokens]
        value = float(weights @ self.linear[tokens])
        if self.curved:
            value += self.bias * float(np.sqrt((self._stream(tokens) ** 2).sum()))
        return value

    def _split(self, piece: Allowed, free: Bool[np.ndarray, " places"]) -> Iterator[Allowed]:
        """One piece for each token at the open place that weighs most."""
        heaviest = np.where(piece, self.weights[: len(piece)], -1).max(axis=1)
        place = int(np.where(free, heaviest, -1).argmax())
        for token in np.flatnonzero(piece[place]).tolist():
            part = piece.copy()
            part[place] = False
            part[place, token] = True
            yield part

    def margin(self, tokens: Int[np.ndarray, " places"]) -> arb:
        """The logit difference on one input, in a ball."""
        return margin([self.tables], tokens, int(self.answer[0]), int(self.rival[0]))

    def _least_ball(self, piece: Allowed, direction: Float64[np.ndarray, " slant"] | None) -> arb:
        """The bound on a piece in balls."""
        with ctx.workprec(BITS):
            answer, rival = int(self.answer[0]), int(self.rival[0])
            values = []
            rho = None
            if self.bias_ball > 0 and direction is not None:
                rho = [arb(x) for x in unit(direction[None])[0].tolist()]
            for token in range(piece.shape[1]):
                form = self.tables.linear_ball(token, answer)
                form = form - self.tables.linear_ball(token, rival)
                slant = self.tables.slant_balls(token)
                if rho is not None:
                    pairs = zip(rho, slant, strict=True)
                    form += self.bias_ball * sum((r * s for r, s in pairs), arb(0))
                elif slant and not self.bias_ball > 0:
                    form += self.bias_ball * sum((s * s for s in slant), arb(0)).sqrt()
                values.append(form)
            total = arb(0)
            for place, row in enumerate(piece):
                scores = self.tables.score_balls(place)
                terms = [scores[y].exp() * values[y] for y in np.flatnonzero(row).tolist()]
                total += _least_of(terms)
            return total


def margin(
    heads: Sequence[Tables], tokens: Int[np.ndarray, " places"], answer: int, rival: int
) -> arb:
    """The logit difference on one input, in a ball.

    Args:
        heads: the tables of each head; what they give adds up.
        tokens: the token at each place.
        answer: the class that gains.
        rival: the class that is subtracted.
    """
    with ctx.workprec(BITS):
        gap, stream = arb(0), [arb(0)] * heads[0].slants.shape[1]
        for tables in heads:
            total, linear, part = arb(0), arb(0), [arb(0)] * len(stream)
            for place, token in enumerate(tokens.tolist()):
                weight = tables.score_balls(place)[token].exp()
                total += weight
                form = tables.linear_ball(token, answer)
                linear += weight * (form - tables.linear_ball(token, rival))
                slant = tables.slant_balls(token)
                part = [s + weight * x for s, x in zip(part, slant, strict=True)]
            gap += linear / total
            stream = [s + x / total for s, x in zip(stream, part, strict=True)]
        if not stream:
            return gap
        scale = sum((s * s for s in stream), arb(0)).sqrt()
        bias = heads[0].bias_ball(answer) - heads[0].bias_ball(rival)
        return gap / scale + bias


def _least_of(balls: list[arb]) -> arb:
    """A ball around the least of several numbers."""
    least = balls[0]
    for ball in balls[1:]:
        least = least.min(ball)
    return least
