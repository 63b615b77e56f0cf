"""Two layers at one length: every bigram's least contribution, and the worst path of bigrams.

The logit difference of answer and rival, times the second softmax's normaliser and the last
LayerNorm's scale, is ``Σ_j w_j h_j``: w_j the exponential of position j's score, h_j the difference
that its value and the stream of the query make together. Both depend on the bigram at j and, within
intervals, on the leak of its context and of the query's. With the ends of the intervals each term
is at least ``min(w⁻h⁻, w⁺h⁻)``, and the least sum over all inputs is a shortest path.

A linear form of a divided stream, ``(ℓ·c + ε ℓ·e) / σ``, lies between its ends over e and ε times
the better end of σ, which is convex in εe: above its tangent at 0, below its largest vertex. A
score is bilinear: its two sides are bounded one by one, and the product of both changes by norms.
Source: the route of "worst leak first, slack carried, then dynamic programming" is our own.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float64, Int

from empirical.certificates.rounding import TINY, exp
from empirical.certificates.two_layers import Linear, TwoLayers

SLACK = 2.0**-36
"""Rounding of floats in units of the absolute values that go into a number: each is made of at
most 2¹² sums and products of entries that were rounded once from balls, (2¹² + 20)·u < 2⁻⁴⁰."""

Grid: TypeAlias = Float64[np.ndarray, "positions contexts"]
Terms: TypeAlias = Float64[np.ndarray, "pairs contexts"]
Sums: TypeAlias = Float64[np.ndarray, "pairs tokens"]
Pairs: TypeAlias = Int[np.ndarray, " pairs"]


class Step(NamedTuple):
    """Where a walk along one position stands.

    Attributes:
        follow: a bound of each token's part after each other one.
        fresh: least sums of inputs without the query so far, by their last token.
        asked: least sums of inputs that end in their first query.
        answered: least sums of inputs in which the answer has come, by their last token.
    """

    follow: Float64[np.ndarray, "pairs tokens tokens"]
    fresh: Sums
    asked: Float64[np.ndarray, " pairs"]
    answered: Sums


class Contexts:
    """What the leak does to every context at every position of an input.

    Args:
        model: its tables.
        length: tokens per input.

    Attributes:
        leak: an upper bound of ε.
        low: a lower bound of LayerNorm's divisor.
        high: an upper bound.
    """

    def __init__(self, model: TwoLayers, length: int) -> None:
        self.model, self.length = model, length
        self.turns = np.hstack([model.turns.block(0, length), np.ones((length, 1))])
        self.root = float(model.ground) ** 0.5
        self.leak = self._leak()
        self.low, self.high = self.scales()

    def _leak(self) -> Grid:
        """``W/(w₀ + w₁ + W)`` with the heaviest token at each distance from 2 on."""
        model, tokens = self.model, self.model.tokens
        far = np.zeros((self.length, tokens + 1, tokens))
        scores = np.einsum("qkt,dt->dqk", model.amplitudes, self.turns[2:]) - model.peak
        heaviest = exp(scores).max(axis=2) * (1 + 2 * SLACK * model.peak) + 64 * TINY
        far[2:, :tokens] = heaviest.cumsum(axis=0)[:, None]
        rest = far.reshape(self.length, -1)
        share = rest / np.where(rest > 0, model.near + rest, 1)
        leak: Grid = np.minimum(share * (1 + SLACK), 1.0)
        return leak

    def scales(self) -> tuple[Grid, Grid]:
        """A tangent below and the largest vertex above what the leak makes of the divisor."""
        model, width = self.model, self.model.config.n_embd
        stream, scale, reach = model.stream, model.scale, model.stream.reach
        moved = stream.values[:, None] - stream.mixes
        along, square = (moved * stream.contexts).sum(axis=2), (moved**2).sum(axis=2)
        falling = np.minimum(along.min(axis=0), 0) / (width * scale)
        low = scale + self.leak * falling - SLACK * reach
        rise = np.zeros_like(self.leak)
        for one, two in zip(along, square, strict=True):
            np.maximum(rise, 2 * self.leak * one + self.leak**2 * two, out=rise)
        high = np.sqrt(scale**2 + (rise + SLACK * reach**2) / width) * (1 + SLACK)
        return np.maximum(low, self.root * (1 - SLACK)), high

    def change(self, linear: Linear) -> Grid:
        """A bound on how far a linear map of a divided stream moves from no leak."""
        furthest = np.zeros(self.leak.shape[1])
        for value in linear.values:
            np.maximum(furthest, ((value - linear.mixes) ** 2).sum(axis=1), out=furthest)
        size = np.sqrt((linear.contexts**2).sum(axis=1))
        scale = self.model.scale
        spread = np.maximum(1 / self.low - 1 / scale, 1 / scale - 1 / self.high)
        grid: Grid = size * spread + self.leak * np.sqrt(furthest) / self.low
        return grid


class Paths:
    """All inputs that end in two given tokens, the last of which occurred once before.

    Args:
        contexts: of the model and the length.
        previous: the token before the last.
        query: the last token, another.
        others: token ids that may stand elsewhere; the query is not among them.
    """

    def __init__(
        self, contexts: Contexts, previous: int, query: int, others: Int[np.ndarray, " others"]
    ) -> None:
        self.contexts, self.model = contexts, contexts.model
        self.previous, self.query, self.others = previous, query, others
        self.here = previous * self.model.tokens + query
        grids = (contexts.leak, contexts.low, contexts.high)
        self.ends = tuple(float(grid[-1, self.here]) for grid in grids)
        self._weigh()
        self._measure()

    def _weigh(self) -> None:
        """Both ends of the second layer's weight of every context at every position."""
        model, here, far = self.model, self.here, self.contexts
        query, key = model.query, model.key
        own = query.contexts[here]
        at = (own / model.scale[here] + query.constant)[None]
        by_context, by_mix, by_value = (
            self._scores(at, rows)[:, 0] for rows in (key.contexts, key.mixes, key.values)
        )
        least, most = (end(by_value, axis=1, keepdims=True) - by_mix for end in (np.min, np.max))
        low, high = _ends(by_context, least, most, far.leak, far.low, far.high)
        # The query's side moves too; the keys there are those of no leak.
        nominal = key.contexts / model.scale[:, None] + key.constant
        moving = self._scores(np.vstack([own, query.values - query.mixes[here]]), nominal)
        least, most = moving[:, 1:].min(axis=1), moving[:, 1:].max(axis=1)
        own_low, own_high = _ends(moving[:, 0], least, most, *self.ends)
        rest = self._scores(at, key.constant[None])[:, 0] - moving[:, 0] / model.scale[here]
        slack = far.change(query)[-1, here] * far.change(key) * (1 + SLACK)
        sizes = query.reach / self.ends[1] + _norm(query.constant), _norm(key.constant)
        slack = slack + 8 * SLACK * sizes[0] * (key.reach / far.low + sizes[1])
        low, high = low + own_low + rest - slack, high + own_high + rest + slack
        self.shift = float(high.max())
        self.light = np.maximum(exp(low - self.shift) * (1 - SLACK) - 64 * TINY, 0)
        self.heavy = exp(high - self.shift) * (1 + SLACK) + 64 * TINY

    def _scores(
        self, queries: Float64[np.ndarray, "queries dim"], keys: Float64[np.ndarray, "keys dim"]
    ) -> Float64[np.ndarray, "positions queries keys"]:
        """Each query at the last position with each key at each position."""
        rotary = self.model.config.rotary_dim
        q, k = queries[:, None, :rotary], keys[None, :, :rotary]
        cosines = q[..., ::2] * k[..., ::2] + q[..., 1::2] * k[..., 1::2]
        sines = q[..., ::2] * k[..., 1::2] - q[..., 1::2] * k[..., ::2]
        rest = queries[:, rotary:] @ keys[:, rotary:].T
        terms = np.concatenate([cosines, sines, rest[..., None]], axis=2)
        scores: Float64[np.ndarray, "positions queries keys"] = np.tensordot(
            self.contexts.turns[::-1], terms, axes=(1, 2)
        )
        return scores

    def _measure(self) -> None:
        """The last stream that each context alone would make: its direction and its length."""
        model, here, far = self.model, self.here, self.contexts
        self.root = float(model.config.n_embd) ** 0.5
        stream, write = model.stream, model.write
        alone = stream.contexts[here] + write.contexts / model.scale[:, None] + write.constant
        lengths = np.sqrt((alone**2).sum(axis=1))
        self.directions = alone / (lengths * (1 + SLACK) + TINY)[:, None]
        moved = far.change(write) + self._swing(stream.values - stream.mixes[here])
        size = stream.reach + write.reach / far.low + _norm(write.constant)
        bound = np.hypot(lengths, self.root * far.root) + moved + SLACK * size
        self.lengths = bound / self.root * (1 + SLACK)

    def _swing(self, rows: Float64[np.ndarray, "tokens width"]) -> float:
        """How far the query's own stream may move."""
        return self.ends[0] * float(np.sqrt((rows**2).sum(axis=1).max()))

    def terms(self, answers: Pairs, rivals: Pairs) -> Iterator[Terms]:
        """A lower bound of every context's part of each pair's sum, position by position."""
        model, here, far = self.model, self.here, self.contexts
        stream, write, direct, form = model.stream, model.write, model.direct, model.form
        gap = model.bias[answers] - model.bias[rivals]
        # A bias for the answer counts along one direction of the stream, one against it in full.
        target = self.directions[self.query * model.tokens + answers]
        along = (np.maximum(gap, 0) / self.root)[:, None] * target

        def both(
            logits: Float64[np.ndarray, "rows classes"], streams: Float64[np.ndarray, "rows width"]
        ) -> Float64[np.ndarray, "pairs rows"]:
            gaps = (logits[:, answers] - logits[:, rivals]).T
            found: Float64[np.ndarray, "pairs rows"] = gaps + along @ streams.T
            return found

        at, mix = both(form.contexts, write.contexts), both(form.mixes, write.mixes)
        falling = np.minimum(both(form.values, write.values).min(axis=1)[:, None] - mix, 0)
        moved = both(direct.values - direct.mixes[here], stream.values - stream.mixes[here])
        flat = both(direct.contexts[[here]], stream.contexts[[here]])
        flat = flat + both(form.constant[None], write.constant[None])
        flat = flat + self.ends[0] * np.minimum(moved.min(axis=1), 0)[:, None]
        against, most = np.minimum(gap, 0)[:, None], float(np.abs(gap).max())
        blur = (2 * form.reach + most * write.reach) / far.low
        blur = blur + 2 * (direct.reach + _norm(form.constant))
        blur = blur + most * (stream.reach + _norm(write.constant))
        blur = 8 * SLACK * (blur + float(np.abs(model.bias).max()) * self.lengths)
        grids = (far.leak, far.low, far.high, self.lengths, blur, self.light, self.heavy)
        for leak, low, high, length, error, light, heavy in zip(*grids, strict=True):
            part = at + leak * falling
            part = np.where(part >= 0, part / high, part / low) + flat + against * length - error
            part = part * np.where(part >= 0, light, heavy)
            yield part - 2 * SLACK * np.abs(part)

    def _walk(self, answers: Pairs, rivals: Pairs) -> Iterator[Step]:
        """Least sums up to each position, by the token there."""
        tokens, pairs = self.model.tokens, np.arange(answers.size)
        wall = np.full((tokens, tokens), np.inf)
        wall[np.ix_(self.others, self.others)] = 0
        fresh = answered = asked = np.full(0, np.inf)
        for position, terms in enumerate(self.terms(answers, rivals)):
            follow = terms[:, : tokens**2].reshape(-1, tokens, tokens)
            if position == 0:
                first = terms[:, tokens**2 :]
                asked, fresh = first[:, self.query], first + wall[self.others[0]]
                answered = np.full_like(fresh, np.inf)
            elif position < self.contexts.length - 1:
                reply = asked + follow[pairs, self.query, answers]
                asked = (fresh + follow[:, :, self.query]).min(axis=1)
                follow = follow + wall
                fresh = (fresh[:, :, None] + follow).min(axis=1)
                answered = (answered[:, :, None] + follow).min(axis=1)
                answered[pairs, answers] = np.minimum(answered[pairs, answers], reply)
            else:
                answered = answered + terms[:, self.here, None]
            yield Step(follow, fresh, asked, answered)

    def least(self, answers: Pairs, rivals: Pairs) -> Float64[np.ndarray, " pairs"]:
        """A lower bound of each pair's sum over all inputs in which the answer follows the query.

        Args:
            answers: classes that should win, among ``others``.
            rivals: the other classes.

        Returns:
            In units of ``exp(shift)``; infinite where there is no such input.
        """
        (last,) = deque(self._walk(answers, rivals), maxlen=1)
        found: Float64[np.ndarray, " pairs"] = last.answered[:, self.previous]
        return found

    def worst(self, answer: int, rival: int) -> tuple[int, ...]:
        """The input of the least sum of bounds; there must be one."""
        steps = list(self._walk(np.array([answer]), np.array([rival])))
        tokens, answered = [self.query, self.previous], True
        for position in range(len(steps) - 2, 0, -1):
            here, before, token = steps[position], steps[position - 1], tokens[-1]
            if token == self.query:
                answered = False
            sums = (before.answered if answered else before.fresh)[0] + here.follow[0, :, token]
            reply = before.asked[0] + here.follow[0, self.query, token]
            if answered and token == answer and reply <= sums.min():
                tokens.append(self.query)
            else:
                tokens.append(int(sums.argmin()))
        return tuple(tokens[::-1])


def _ends(at: Any, least: Any, most: Any, leak: Any, low: Any, high: Any) -> tuple[Any, Any]:
    """Both ends of ``(at + ε·x)/σ`` for ε up to ``leak``, x from least to most, σ low to high."""
    bottom, top = at + leak * np.minimum(least, 0), at + leak * np.maximum(most, 0)
    return (
        np.where(bottom >= 0, bottom / high, bottom / low),
        np.where(top >= 0, top / low, top / high),
    )


def _norm(vector: Float64[np.ndarray, " width"]) -> float:
    return float(np.sqrt((vector**2).sum()))
