"""Least sums over the inputs of a group, in floats and without a bound of their rounding.

They say where a closer look is worth while. Nothing rests on them: what they call clear is shown by
the checker, or not.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float64, Int

from empirical.certificates.one_layer.tables import Tables
from empirical.certificates.one_layer.worst_case import Allowed, Forms, least_terms
from empirical.recheck.specification import Group

CLEAR = 1e-9
"""Above this share of the sizes that are added up, a sum is clearly positive."""
SMALLEST = 1e-200
"""Weights below it, in units of the heaviest, are left to a closer look."""


class RoughSums:
    """The weights of one query over the inputs of a group.

    Args:
        tables: of the query, in the range of floats.
        group: whose inputs are meant.
        query: the last token.
    """

    def __init__(self, tables: Tables, group: Group, query: int) -> None:
        self.group, self.query = group, query
        last = group.lengths[-1]
        answers = () if group.answer is None else group.answer.tokens
        sets = [group.others, answers, *group.from_last.values(), *group.from_first]
        self.used = sorted({token for tokens in sets for token in tokens})
        scores = tables.scores(0, last)
        peak = scores[:, self.used].max(initial=scores[0, query])
        with np.errstate(over="ignore"):  # a token that stands nowhere may weigh anything
            self.weights: Float64[np.ndarray, "places tokens"] = np.exp(scores - peak)
        heaviest = self.weights[:, self.used].max(axis=1)
        heaviest[0] = self.weights[0, query]
        self._heaviest = np.cumsum(heaviest)

    def clear(
        self, pairs: Forms, answers: Int[np.ndarray, " pairs"] | None
    ) -> Bool[np.ndarray, "pairs lengths"]:
        """At which lengths of the group sums are clearly positive.

        Args:
            pairs: what each token adds.
            answers: the token that stands at one of the group's places in each; none if none does.
        """
        group, positions = self.group, len(self.group.from_first)
        lengths = np.array(group.lengths)
        terms = self._terms(pairs.values)
        sums = np.cumsum(terms, axis=1)
        if answers is not None:
            swaps = self._swaps(terms, pairs.values, answers, group.lengths[-1])
            sums = sums + np.minimum.accumulate(swaps, axis=1)
        whole = sums[:, lengths - 1 - positions]
        for position, tokens in enumerate(group.from_first):
            at = self.weights[lengths - 1 - position]
            whole = whole + least_terms(at, pairs.values, np.array(tokens))
        return self._is_clear(whole, pairs, lengths)

    def open_pieces(self, pair: Forms, answer: int | None, length: int) -> Iterator[Allowed]:
        """The inputs of one length on which one sum may not be clearly positive, worst first.

        Args:
            pair: what each token adds; not clearly positive at this length as a whole.
            answer: the token that stands at one of the group's places; none if none does.
            length: tokens per input.
        """
        whole = self.piece(length)
        if answer is None:
            yield whole
            return
        terms = self._terms(pair.values)[:, :length]
        for position, tokens in enumerate(self.group.from_first):
            place = length - 1 - position
            at = self.weights[place : place + 1]
            terms[:, place] = least_terms(at, pair.values, np.array(tokens))[:, 0]
        sums = terms.sum() + self._swaps(terms, pair.values, np.array([answer]), length)
        clear = self._is_clear(sums, pair, np.full(length, length))[0]
        for place in np.argsort(sums[0]).tolist():
            if place in self.group.places(length) and not clear[place]:
                piece = whole.copy()
                piece[place] = False
                piece[place, answer] = True
                yield piece

    def piece(self, length: int) -> Allowed:
        """All inputs of a length but for the answer, as a product."""
        group = self.group
        piece = np.zeros((length, self.weights.shape[1]), dtype=bool)
        piece[1:, list(group.others)] = True
        piece[0, self.query] = True
        positions = [(length - 1 - at, tokens) for at, tokens in enumerate(group.from_first)]
        for place, tokens in [*group.from_last.items(), *positions]:
            piece[place] = False
            piece[place, list(tokens)] = True
        return piece

    def _terms(
        self, values: Float64[np.ndarray, "pairs tokens"]
    ) -> Float64[np.ndarray, "pairs places"]:
        """The least term at each place, but for the first positions and the answer."""
        terms = least_terms(self.weights, values, np.array(self.group.others))
        terms[:, 0] = self.weights[0, self.query] * values[:, self.query]
        for place, tokens in self.group.from_last.items():
            at = self.weights[place : place + 1]
            terms[:, place] = least_terms(at, values, np.array(tokens))[:, 0]
        return terms

    def _swaps(
        self,
        terms: Float64[np.ndarray, "pairs places"],
        values: Float64[np.ndarray, "pairs tokens"],
        answers: Int[np.ndarray, " pairs"],
        length: int,
    ) -> Float64[np.ndarray, "pairs places"]:
        """What the answer at each place adds over the term there; infinite where it cannot be."""
        swaps = np.full(terms.shape, np.inf)
        places = list(self.group.places(length))
        own = values[np.arange(answers.size), answers]
        placed = self.weights[places][:, answers].T * own[:, None]
        swaps[:, places] = placed - terms[:, places]
        return swaps

    def _is_clear(
        self,
        sums: Float64[np.ndarray, "pairs lengths"],
        pairs: Forms,
        lengths: Int[np.ndarray, " lengths"],
    ) -> Bool[np.ndarray, "pairs lengths"]:
        heaviest = self._heaviest[lengths - 1]
        size = np.abs(pairs.values[:, [*self.used, self.query]]).max(axis=1)
        slack = (CLEAR * size + 2 * pairs.error)[:, None] * heaviest
        clear: Bool[np.ndarray, "pairs lengths"] = (sums > slack) & (heaviest > SMALLEST)
        return clear
