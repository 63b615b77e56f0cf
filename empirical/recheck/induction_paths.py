"""All inputs of one length that end in the same two tokens.

The answer's logit less a rival's, times what makes it positive, is at least a sum over positions of
a weight that only position and context decide, times what the context adds at least per unit of it,
whatever leaks. The least sum over all inputs is a shortest path from token to token.
"""

import math

import numpy as np

from empirical.recheck.float_tables import Weights, attention_weights
from empirical.recheck.floats import (
    EXP_ERROR,
    EXP_TINY,
    Bounds,
    Floats,
    down,
    exp_of_negative,
    norm_up,
    root_up,
    up,
)
from empirical.recheck.induction_leaks import Leaks, between
from empirical.recheck.sums import Rows, unseen

AT_ONCE = 1 << 22
"""Numbers in one table of gains."""


class Ending:
    """Inputs that end in two tokens.

    Args:
        leaks: of all contexts at the length.
        previous: the token before the last.
        query: the last token, another one.
    """

    def __init__(self, leaks: Leaks, previous: int, query: int) -> None:
        self.leaks, self.previous, self.query = leaks, previous, query
        self.here = previous * leaks.tokens + query
        with np.errstate(all="ignore"):  # what leaves the range of floats is not shown
            self.factor = self._factors(self._shifts())
            self.lengths = self._lengths()

    def proves(self, answers: list[int]) -> list[bool]:
        """Has each answer the largest logit on every input in which it follows the query?"""
        tokens, contexts = self.leaks.tokens, self.leaks.leak.size
        at_once = max(AT_ONCE // (tokens * contexts), 1)
        blocks = (answers[k : k + at_once] for k in range(0, len(answers), at_once))
        with np.errstate(all="ignore"):
            return [proved for block in blocks for proved in self._block_proves(block)]

    def _block_proves(self, answers: list[int]) -> list[bool]:
        """Each answer against all rivals at once and, if that does not show it, one by one."""
        tokens = range(self.leaks.tokens)
        others = [[token for token in tokens if token != answer] for answer in answers]
        gains = [gain[rivals] for gain, rivals in zip(self._gains(answers), others, strict=True)]
        least = np.array([gain.min(axis=0) for gain in gains])
        positive = self._positive(self._weights(answers), np.array(answers), least)
        return [
            bool(at_once) or self._alone(answer, gain)
            for at_once, answer, gain in zip(positive, answers, gains, strict=True)
        ]

    def _alone(self, answer: int, gains: Floats) -> bool:
        """One answer against its rivals, one by one, with the weights of its own inputs."""
        answers = np.full(len(gains), answer)
        return bool(self._positive(self._weights([answer]), answers, gains).all())

    def _weights(self, answers: list[int]) -> Weights:
        """The second block's weights without leak: positions × contexts, first position first.

        Only what stands in an input with one of the answers decides the scale of weights.
        """
        leaks, pairs = self.leaks, self.leaks.tokens * self.leaks.tokens
        allowed = np.zeros((leaks.length, leaks.leak.size), dtype=bool)
        allowed[1:-1, :pairs] = True
        allowed[1:-1, self.query * leaks.tokens : (self.query + 1) * leaks.tokens] = False
        allowed[1:-1, [self.query * leaks.tokens + answer for answer in answers]] = True
        allowed[-1, pairs:] = allowed[0, self.here] = True
        by_distance = attention_weights(
            leaks.queries.row(self.here), leaks.keys, leaks.turns, leaks.length, allowed
        )
        return Weights(by_distance.values[::-1], by_distance.error, by_distance.peak)

    def _shifts(self) -> Bounds:
        """What leaks add to the score of each context, at any distance.

        A score is bilinear: what moves the key, what moves the query, and both, by norms.
        """
        leaks, here = self.leaks, self.here
        query = between(leaks.queries.row(here))
        at_key = leaks.everywhere(query, leaks.stream_keys)
        of_key = leaks.everywhere(query, leaks.moved_keys)
        shifts = at_key * leaks.spread + _leaked(of_key, leaks.rate)
        at_query = leaks.everywhere(leaks.query.streams[here], leaks.plain_keys)
        shifts = shifts + at_query * leaks.spread.each(lambda x: x[[here]])
        by_token = leaks.query.moved[here].each(lambda x: x[:, None])
        of_query = leaks.everywhere(by_token, leaks.plain_keys).each(np.transpose)
        shifts = shifts + _leaked(of_query, leaks.rate[[here]])
        both = up(leaks.query_change[here] * leaks.key_change)
        return shifts + Bounds(-both, both)

    def _factors(self, shifts: Bounds) -> Bounds:
        """What leaks multiply weights by, up to a common factor."""
        top = shifts.high.max()
        light = exp_of_negative(np.minimum(down(shifts.low - top), 0.0))
        # The largest shift less itself is zero, and is not above it where it was rounded up.
        heavy = exp_of_negative(np.minimum(up(shifts.high - top), 0.0))
        return Bounds(down(light * (1 - 2 * EXP_ERROR)), up(heavy * (1 + 2 * EXP_ERROR) + EXP_TINY))

    def _lengths(self) -> Floats:
        """At least the last LayerNorm's divisor, if each context alone were read."""
        leaks, here = self.leaks, self.here
        inverse = leaks.inverse.each(lambda x: x[:, None])
        alone = leaks.write.streams * inverse + leaks.write.shift + leaks.stream.streams[here]
        norm = norm_up(alone.size)
        ground = up(leaks.circuit.config.epsilon * float(leaks.width))
        swing = up(leaks.leak[here] * norm_up(leaks.stream.moved[here].size).max())
        whole = root_up(up(up(norm * norm) + ground)) + leaks.write_change + swing
        return up(up(whole) * (1 + 2.0**-50) / down(math.sqrt(leaks.width)))

    def _gains(self, answers: list[int]) -> Floats:
        """At least what each context adds to an answer less a rival, per unit of its weight.

        Returns:
            Answers × rivals × contexts.
        """
        leaks = self.leaks
        direct = leaks.direct_gaps(self.here)[answers]
        # The last stream's length is not known from below: a bias for the answer counts nothing.
        late = np.minimum(down(leaks.bias.low[answers, None] - leaks.bias.high), 0.0)
        least = down(leaks.parts[answers] + direct[:, :, None])
        least = down(least + down(late[:, :, None] * self.lengths))
        return down(least * np.where(least >= 0, self.factor.low, self.factor.high))

    def _positive(self, weights: Weights, answers: np.ndarray, gains: Floats) -> np.ndarray:
        """Is the least sum along all inputs of each row positive? By the last token, a path.

        Args:
            weights: positions × contexts, of inputs with these answers at least.
            answers: of each row.
            gains: rows × contexts.
        """
        tokens, query, rows = self.leaks.tokens, self.query, np.arange(len(gains))
        lowered = weights.lowered(gains)
        follow_gains = lowered[:, : tokens * tokens].reshape(-1, tokens, tokens)
        first, *middle, _ = weights.values
        fresh = lowered[:, tokens * tokens :] * first[tokens * tokens :]
        asked, answered = fresh[:, query].copy(), np.full_like(fresh, np.inf)
        fresh[:, query] = np.inf
        for weight in middle:
            follow = follow_gains * weight[: tokens * tokens].reshape(tokens, tokens)
            reply = asked + follow[rows, query, answers]
            asked = (fresh + follow[:, :, query]).min(axis=1)
            fresh = (fresh[:, :, None] + follow).min(axis=1)
            answered = (answered[:, :, None] + follow).min(axis=1)
            fresh[:, query] = answered[:, query] = np.inf
            answered[rows, answers] = np.minimum(answered[rows, answers], reply)
        last = lowered[:, self.here] * weights.values[-1, self.here]
        total = answered[:, self.previous] + last
        too_small = len(weights.values) * unseen(Rows(lowered, answers))
        positive: np.ndarray = np.isfinite(total) & (total > too_small)
        return positive


def _leaked(ends: Bounds, rate: Floats) -> Bounds:
    """What a leak adds to a form whose value for each leaking token lies between ends.

    Args:
        ends: contexts × tokens.
        rate: at least the leak over the divisor.
    """
    low = np.minimum(ends.low.min(axis=1), 0.0)
    high = np.maximum(ends.high.max(axis=1), 0.0)
    return Bounds(down(rate * low), up(rate * high))
