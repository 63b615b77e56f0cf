"""Attention weights of one head of a block: is that of some places above or below a share?

With w_j(y) the weight of token y at place j, before the softmax divides by their sum, the places S
together have more than a share s of all weight if ``Σ_j c_j · w_j(y_j)`` is positive, with
``c_j = 1 − s`` at the places of S and ``−s`` elsewhere; less than s if the same sum with the other
sign is. Each place chooses its token by itself, so the least sum is the sum of the least terms.
"""

from collections.abc import Mapping
from functools import partial

import numpy as np
from flint import arb, ctx

from empirical.recheck.findings import positive
from empirical.recheck.float_tables import FloatTables
from empirical.recheck.floats import down
from empirical.recheck.one_block import Lengths
from empirical.recheck.specification import Attends, Group
from empirical.recheck.sums import Marks, Rows, positive_by_length
from empirical.recheck.tables import Block
from empirical.recheck.trees import least

WEIGHT_ERROR = 2.0**-40
"""How far a stated weight may be from the weight."""


class AttentionCheck:
    """What can be shown of the weight that a group asks about.

    Args:
        floats: tables of the block, in floats and with them in balls.
        group: the inputs.
        asked: of each of them.
    """

    def __init__(self, floats: FloatTables, group: Group, asked: Attends) -> None:
        self.floats, self.block, self.group, self.asked = floats, floats.block, group, asked
        self.head = asked.head or 0
        self._least: dict[tuple[int, int, int, tuple[int, ...], bool], arb] = {}

    def shown(self, query: int, wanted: Mapping[int | None, Lengths]) -> dict[int | None, Lengths]:
        """At which wanted lengths what is asked is so on all inputs.

        Args:
            query: the last token.
            wanted: by answer, or by none where the group has no answer; all of one size.
        """
        last = max(int(np.flatnonzero(lengths).max(initial=0)) for lengths in wanted.values())
        with np.errstate(all="ignore"):  # what leaves the range of floats is not shown in floats
            at_once = self._in_floats(query, list(wanted), last)
        by_answer = {}
        for (answer, lengths), positive_lengths in zip(wanted.items(), at_once, strict=True):
            by_answer[answer] = lengths & np.pad(positive_lengths, (0, lengths.size - last - 1))
            for length in np.flatnonzero(lengths & ~by_answer[answer]).tolist():
                by_answer[answer][length] = self._in_balls(query, answer, length)
        return by_answer

    def _in_floats(self, query: int, answers: list[int | None], last: int) -> np.ndarray:
        """What floats show: answers × lengths from 0 to the last."""
        domain = self.group.domain(query, last)
        if domain is None:
            return np.zeros((len(answers), last + 1), dtype=bool)
        weights, asked = self.floats.weights(self.head, query, last), self.asked
        shape = len(answers), self.floats.config.tokens
        inside = down(1 - asked.share) if asked.at_least else down(asked.share - 1)
        outside = -asked.share if asked.at_least else asked.share
        tokens = np.array([query if answer is None else answer for answer in answers])
        marks = Marks(
            weights.lowered(np.full(shape, inside)),
            asked.from_last,
            asked.from_first,
            asked.on_answer,
        )
        rows = Rows(weights.lowered(np.full(shape, outside)), tokens, marks)
        return positive_by_length(weights, rows, domain)

    def _in_balls(self, query: int, answer: int | None, length: int) -> bool:
        """Is it so at one length, wherever the answer stands?"""
        domain = self.group.domain(query, length)
        if domain is None:
            return False
        choices = domain.choices(length)
        for place in domain.places or (None,):
            piece = list(choices)
            if place is not None and answer is not None:
                piece[place] = (answer,)
            if not positive(self.block, partial(self._sum, piece=piece, answer=place)):
                return False
        return True

    def _sum(self, block: Block, piece: list[tuple[int, ...]], answer: int | None) -> arb:
        """The least sum over a choice of tokens for each place, with the answer at one."""
        (query,), length, asked = piece[0], len(piece), self.asked
        share, total = arb(asked.share), arb(0)
        for place, tokens in enumerate(piece):
            inside = asked.means(place, length, answer)
            smallest = self._extreme(block, query, place, tokens, inside == asked.at_least)
            total += (1 - share if inside else share) * smallest
        return total

    def _extreme(
        self, block: Block, query: int, place: int, tokens: tuple[int, ...], least_of_all: bool
    ) -> arb:
        """The least weight of some tokens at a place; or the largest, with a minus."""
        key = block.precision, query, place, tokens, least_of_all
        if key not in self._least:
            weights = (block.attention(self.head, query, token, place) for token in tokens)
            self._least[key] = least(weight if least_of_all else -weight for weight in weights)
        return self._least[key]

    def _parted(self, block: Block, tokens: tuple[int, ...], answer: int | None) -> tuple[arb, arb]:
        """The weights of one input, from the query backwards, at the places meant and elsewhere."""
        inside, outside = arb(0), arb(0)
        for place, token in enumerate(tokens):
            weight = block.attention(self.head, tokens[0], token, place)
            if self.asked.means(place, len(tokens), answer):
                inside += weight
            else:
                outside += weight
        return inside, outside

    def why_not_refuted(
        self, tokens: tuple[int, ...], stated: float, answer: int | None
    ) -> str | None:
        """Why an input, from the query backwards, does not refute what is asked; none if it does.

        Args:
            tokens: an input of the group.
            stated: its weight.
            answer: the place of its answer; none if its weight is not asked for.
        """
        sign = 1 if self.asked.at_least else -1

        def weight(block: Block) -> arb:
            inside, outside = self._parted(block, tokens, answer)
            return inside / (inside + outside)

        def missing(block: Block) -> arb:
            inside, outside = self._parted(block, tokens, answer)
            share = arb(self.asked.share)
            return sign * (share * outside - (1 - share) * inside)

        if not positive(self.block, missing):
            return "what is asked is so on its witness"
        if not positive(self.block, lambda block: WEIGHT_ERROR - abs(weight(block) - stated)):
            with ctx.workprec(self.block.precision):
                return f"the weight of its witness is {weight(self.block).str(17)}"
        return None
