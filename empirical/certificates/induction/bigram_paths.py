"""Two layers at one length: every bigram's least contribution, and the worst path of bigrams.

The logit difference of answer and rival, times the second softmax's normaliser and the last
LayerNorm's scale, is ``Σ_j w_j h_j``: w_j the exponential of position j's score, h_j the difference
that its value and the stream of the query make together. Without leaks w_j follows from position
and bigram. What the leaks of its context and of the query's change is held in intervals that no
position enters: a factor of w_j, and all of h_j. A term is at least w_j times the *gain* of the
bigram, ``min(f⁻h⁻, f⁺h⁻)``, and the least sum over all inputs is a shortest path.

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

from empirical.certificates.arithmetic.rounding import TINY, exp
from empirical.certificates.induction.context_tables import Linear, TwoLayerTables

SLACK = 2.0**-36
"""Rounding of floats in units of the absolute values that go into a number: each is made of at
most 2¹² sums and products of entries that are within 2u of their balls, (2¹³ + 20)·u < 2⁻³⁹."""
ROOM = 2.0**-20
"""Terms are this much lower than shown, so that rounding otherwise shows them too."""

Each: TypeAlias = Float64[np.ndarray, " contexts"]
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


class BigramContexts:
    """What the leak does to every context, wherever it stands in inputs of one length.

    Args:
        model: its tables.
        length: tokens per input.

    Attributes:
        turns: cosines, sines and 1 by distance.
        leak: an upper bound of ε.
        low: a lower bound of LayerNorm's divisor.
        high: an upper bound.
    """

    def __init__(self, model: TwoLayerTables, length: int) -> None:
        self.model, self.length = model, length
        self.turns = np.hstack([model.turns.block(0, length), np.ones((length, 1))])
        self.root = float(model.ground) ** 0.5
        self._turning = model.turning * (length - 1) * (1 + SLACK)
        with np.errstate(all="ignore"):  # what leaves the range of floats is no number
            self.leak = self.worst_leak()
            self.low, self.high = self._scales()
            self.parts = self._parts()

    def worst_leak(self) -> Each:
        """``W/(w₀ + w₁ + W)`` at the last position, with the heaviest token at each distance.

        No numbers where scores leave the range of floats.
        """
        model, tokens = self.model, self.model.tokens
        scores = np.einsum("qkt,dt->dqk", model.amplitudes, self.turns[2:]) - model.peak
        if not _has_powers(scores):
            return np.full(tokens**2 + tokens, np.nan)
        heaviest = exp(scores).max(axis=2) * (1 + 2 * SLACK * model.peak) + 64 * TINY
        rest = np.tile(heaviest.sum(axis=0), tokens + 1)
        rest[tokens**2 :] = 0
        share = rest / np.where(rest > 0, model.near + rest, 1)
        leak: Each = np.minimum(share * (1 + SLACK), 1.0)
        return leak

    def _scales(self) -> tuple[Each, Each]:
        """A tangent below and the largest vertex above what the leak makes of the divisor."""
        model, width = self.model, self.model.config.n_embd
        stream, scale, reach = model.stream, model.scale, model.stream.reach
        moved = stream.values[:, None] - stream.mixes
        along, square = (moved * stream.contexts).sum(axis=2), (moved**2).sum(axis=2)
        falling = np.minimum(along.min(axis=0), 0) / (width * scale)
        low = scale + self.leak * falling - SLACK * reach
        rise = np.maximum(2 * self.leak * along + self.leak**2 * square, 0).max(axis=0)
        high = np.sqrt(scale**2 + (rise + SLACK * reach**2) / width) * (1 + SLACK)
        return np.maximum(low, self.root * (1 - SLACK)), high

    def _parts(self) -> Float64[np.ndarray, "answers rivals contexts"]:
        """A lower bound of what each context's value adds to a class less another."""
        form = self.model.form
        least = np.full((form.values.shape[1],) * 2 + self.leak.shape, np.inf)
        for value in form.values:
            moved = (value - form.mixes).T
            np.minimum(least, moved[:, None] - moved, out=least)
        least = (form.contexts.T[:, None] - form.contexts.T) + self.leak * np.minimum(least, 0)
        least -= 8 * SLACK * form.reach
        parts: Float64[np.ndarray, "answers rivals contexts"] = np.where(
            least >= 0, least / self.high, least / self.low
        )
        return parts

    def change(self, linear: Linear) -> Each:
        """A bound on how far a linear map of a divided stream moves from no leak."""
        furthest = ((linear.values[:, None] - linear.mixes) ** 2).sum(axis=2).max(axis=0)
        size = np.sqrt((linear.contexts**2).sum(axis=1))
        scale = self.model.scale
        spread = np.maximum(1 / self.low - 1 / scale, 1 / scale - 1 / self.high)
        moved: Each = size * spread + self.leak * np.sqrt(furthest) / self.low
        return moved

    def scores(
        self, query: Float64[np.ndarray, " dim"], keys: Float64[np.ndarray, "keys dim"]
    ) -> Float64[np.ndarray, "positions keys"]:
        """A query at the last position with each key at each position."""
        rotary = self.model.config.rotary_dim
        q, k = query[:rotary], keys[:, :rotary]
        cosines = q[::2] * k[:, ::2] + q[1::2] * k[:, 1::2]
        sines = q[::2] * k[:, 1::2] - q[1::2] * k[:, ::2]
        rest = keys[:, rotary:] @ query[rotary:]
        terms = np.concatenate([cosines, sines, rest[:, None]], axis=1)
        scores: Float64[np.ndarray, "positions keys"] = self.turns[::-1] @ terms.T
        return scores

    def everywhere(
        self, queries: Float64[np.ndarray, "queries dim"], keys: Float64[np.ndarray, "keys dim"]
    ) -> tuple[Float64[np.ndarray, "queries keys"], Float64[np.ndarray, "queries keys"]]:
        """Centre and radius of each query's scores with each key, over all distances.

        A plane that turns by less than a radian counts as it stands, and as far as it turns.
        """
        slow = np.ones(queries.shape[1])
        slow[: self.model.config.rotary_dim] = np.repeat(self._turning < 1, 2)
        planes = self._turning.size
        sizes = [
            np.hypot(rows[:, : 2 * planes : 2], rows[:, 1 : 2 * planes : 2])
            for rows in (queries, keys)
        ]
        turned = sizes[0] * np.minimum(self._turning, 1)
        return (queries * slow) @ keys.T, turned @ sizes[1].T * (1 + SLACK)


class Paths:
    """All inputs that end in two given tokens, the last of which occurred once before.

    Args:
        contexts: of the model and the length.
        previous: the token before the last.
        query: the last token, another.
        others: token ids that may stand elsewhere; the query is not among them.

    Attributes:
        known: whether weights are known: scores stay in the range of floats. If not, nothing else
            is.
    """

    def __init__(
        self,
        contexts: BigramContexts,
        previous: int,
        query: int,
        others: Int[np.ndarray, " others"],
    ) -> None:
        self.contexts, self.model = contexts, contexts.model
        self.previous, self.query, self.others = previous, query, others
        self.here = previous * self.model.tokens + query
        each = (contexts.leak, contexts.low, contexts.high)
        self.ends = tuple(float(bound[self.here]) for bound in each)
        with np.errstate(all="ignore"):  # what leaves the range of floats is not known
            self._weigh()
            if self.known:
                self._measure()

    def _weigh(self) -> None:
        """Every context's weight with no leak at each position, and what leaks make of it."""
        model, here, far = self.model, self.here, self.contexts
        query, key, scale = model.query, model.key, model.scale
        own = query.contexts[here]
        at = own / scale[here] + query.constant
        nominal = key.contexts / scale[:, None] + key.constant
        leak, low, high = self.ends
        # The key's side moves: the stream's scale, then what leaks into it.
        centre, radius = (part[0] for part in far.everywhere(at[None], key.contexts))
        bounds = [_moved(centre, radius, 1 / end - 1 / scale) for end in (far.low, far.high)]
        moved = (key.values[:, None] - key.mixes).reshape(-1, key.mixes.shape[1])
        centre, radius = (
            part.reshape(model.tokens, -1) for part in far.everywhere(at[None], moved)
        )
        bounds.append(_leaked(centre, radius, far.leak / far.low))
        # So does the query's.
        centre, radius = (part[0] for part in far.everywhere(own[None], nominal))
        both = [_moved(centre, radius, 1 / end - 1 / scale[here]) for end in (low, high)]
        centre, radius = far.everywhere(query.values - query.mixes[here], nominal)
        both.append(_leaked(centre, radius, leak / low))
        sizes = query.reach / low + _norm(query.constant), _norm(key.constant)
        slack = far.change(query)[here] * far.change(key) * (1 + SLACK)
        slack = slack + 8 * SLACK * sizes[0] * (key.reach / far.low + sizes[1])
        least, most = -slack, slack
        for one, two, more in (bounds, both):
            least = least + np.minimum(one[0], two[0]) + more[0]
            most = most + np.maximum(one[1], two[1]) + more[1]
        scores = far.scores(at, nominal)
        self.shift = float(scores.max()), float(most.max())
        scores, least, most = scores - self.shift[0], least - self.shift[1], most - self.shift[1]
        self.known = all(map(_has_powers, (scores, least, most)))
        if not self.known:
            return
        self.weights = exp(scores)
        self.light = np.maximum(exp(least) * (1 - SLACK) - 64 * TINY, 0)
        self.heavy = exp(most) * (1 + SLACK) + 64 * TINY

    def _measure(self) -> None:
        """The last LayerNorm's divisor, at most, if each context alone were read."""
        model, here, far = self.model, self.here, self.contexts
        root = float(model.config.n_embd) ** 0.5
        stream, write = model.stream, model.write
        alone = stream.contexts[here] + write.contexts / model.scale[:, None] + write.constant
        swing = stream.values - stream.mixes[here]
        moved = far.change(write) + self.ends[0] * float(np.sqrt((swing**2).sum(axis=1).max()))
        size = stream.reach + write.reach / far.low + _norm(write.constant)
        bound = np.hypot(np.sqrt((alone**2).sum(axis=1)), root * far.root) + moved + SLACK * size
        self.lengths = bound / root * (1 + SLACK)

    def gains(self, answers: Pairs, rivals: Pairs) -> Terms:
        """A lower bound of what every context adds to each pair's sum, per unit of its weight."""
        model, direct, form = self.model, self.model.direct, self.model.form
        flat = direct.contexts[self.here] + form.constant
        moved = direct.values - direct.mixes[self.here]
        falling = np.minimum((moved[:, answers] - moved[:, rivals]).min(axis=0), 0)
        flat = flat[answers] - flat[rivals] + self.ends[0] * falling
        # The last stream's length is not known from below: a bias for the answer counts nothing.
        against = np.minimum(model.bias[answers] - model.bias[rivals], 0)[:, None]
        blur = 2 * (direct.reach + _norm(form.constant))
        blur = 8 * SLACK * (blur + float(np.abs(model.bias).max()) * self.lengths)
        part = self.contexts.parts[answers, rivals] + flat[:, None]
        part = part + against * self.lengths - blur
        part = part * np.where(part >= 0, self.light, self.heavy)
        gains: Terms = part - (ROOM + 4 * SLACK) * np.abs(part)
        return gains

    def _walk(self, answers: Pairs, gains: Terms) -> Iterator[Step]:
        """Least sums up to each position, by the token there."""
        tokens, pairs, rest = self.model.tokens, np.arange(answers.size), self.others
        wall = np.full((tokens, tokens), np.inf)
        wall[np.ix_(rest, rest)] = 0
        after, first = gains[:, : tokens**2].reshape(-1, tokens, tokens), gains[:, tokens**2 :]
        fresh = answered = asked = np.full(0, np.inf)
        for position, weights in enumerate(self.weights):
            follow = after * weights[: tokens**2].reshape(tokens, tokens)
            if position == 0:
                began = first * weights[tokens**2 :]
                asked, fresh = began[:, self.query], began + wall[rest[0]]
                answered = np.full_like(fresh, np.inf)
            elif position < self.contexts.length - 1:
                reply = asked + follow[pairs, self.query, answers]
                asked = (fresh + follow[:, :, self.query]).min(axis=1)
                follow = follow + wall
                fresh = (fresh[:, :, None] + follow).min(axis=1)
                answered = (answered[:, :, None] + follow).min(axis=1)
                answered[pairs, answers] = np.minimum(answered[pairs, answers], reply)
            else:
                answered = answered + follow[:, self.previous, self.query, None]
            yield Step(follow, fresh, asked, answered)

    def least(self, answers: Pairs, gains: Terms) -> Float64[np.ndarray, " pairs"]:
        """A lower bound of each pair's sum over all inputs in which the answer follows the query.

        Args:
            answers: classes that should win, among ``others``.
            gains: of each pair.

        Returns:
            In units of ``exp`` of both shifts; infinite where there is no such input.
        """
        (last,) = deque(self._walk(answers, gains), maxlen=1)
        unseen = 128 * TINY * self.contexts.length * np.abs(gains).max(axis=1)
        least: Float64[np.ndarray, " pairs"] = last.answered[:, self.previous] - unseen
        return least

    def worst(self, answer: int, gains: Terms) -> tuple[int, ...]:
        """The input of the least sum of bounds for one pair; there must be one."""
        steps = list(self._walk(np.array([answer]), gains))
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


def _moved(centre: Any, radius: Any, by: Any) -> tuple[Any, Any]:
    """Both ends of ``x · by`` for x within a radius of a centre."""
    return centre * by - radius * np.abs(by), centre * by + radius * np.abs(by)


def _leaked(centre: Any, radius: Any, rate: Any) -> tuple[Any, Any]:
    """Both ends of ``r · x`` for r up to ``rate`` and x in the hull of any row's interval and 0."""
    bottom, top = (centre - radius).min(axis=0), (centre + radius).max(axis=0)
    return rate * np.minimum(bottom, 0), rate * np.maximum(top, 0)


def _has_powers(exponents: Float64[np.ndarray, "*shape"]) -> bool:
    """Whether ``exp`` takes them."""
    return bool((np.isfinite(exponents) & (exponents <= 1)).all())


def _norm(vector: Float64[np.ndarray, " width"]) -> float:
    return float(np.sqrt((vector**2).sum()))
