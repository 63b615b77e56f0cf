"""Models of one block: is the answer right on all inputs of some lengths?

Three looks, each at what the one before leaves open: against the best rival of each token at once,
at all lengths in one pass of floats; against each rival by itself; and in balls, against one rival
with the answer at one place, by a proof tree of the certificate if there is one.
"""

from collections.abc import Mapping, Sequence, Set

import numpy as np

from empirical.recheck.certificate import Leaf
from empirical.recheck.float32 import NO_SLACK, Slack
from empirical.recheck.float_tables import FloatTables
from empirical.recheck.floats import Floats
from empirical.recheck.several_heads import positive_by_thresholds, thresholds_at
from empirical.recheck.specification import Group
from empirical.recheck.sums import Rows, placements_left, positive_by_length
from empirical.recheck.task import Domain, Task
from empirical.recheck.trees import Pair, Piece, whole_piece

Lengths = np.ndarray
"""For each length from 0 whether it is meant."""


class OneBlock:
    """What can be shown of a model of one block.

    Args:
        floats: its tables in floats, and with them in balls.
        inputs: which are meant.
        proven: query, answer, rival, length and place of every proof tree that holds.
    """

    def __init__(
        self, floats: FloatTables, inputs: Task | Group, proven: Set[tuple[int | None, ...]]
    ) -> None:
        self.floats, self.block = floats, floats.block
        self.inputs, self.proven = inputs, proven

    def shown(
        self, query: int, wanted: Mapping[int, Lengths], slack: Slack = NO_SLACK
    ) -> dict[int, Lengths]:
        """At which wanted lengths each answer of a query is right on all inputs.

        Args:
            query: the token at place 0.
            wanted: by answer; all of one size.
            slack: how much further above the answer is to be, for executions in float32.
        """
        last = max(int(np.flatnonzero(lengths).max(initial=0)) for lengths in wanted.values())
        domain = self.inputs.domain(query, last)
        if domain is None:
            return {answer: np.zeros_like(lengths) for answer, lengths in wanted.items()}
        with np.errstate(all="ignore"):  # what leaves the range of floats is not shown in floats
            by_answer = _Look(self, domain, last, slack).shown(
                {answer: lengths[: last + 1] for answer, lengths in wanted.items()}
            )
        return {
            answer: np.pad(lengths, (0, wanted[answer].size - lengths.size))
            for answer, lengths in by_answer.items()
        }


class _Look:
    """One query, up to one length."""

    def __init__(self, model: OneBlock, domain: Domain, last: int, slack: Slack) -> None:
        self.model, self.domain, self.slack = model, domain, slack
        heads = range(model.block.config.heads)
        self.weights = model.floats.every_head(domain.query, last)
        self.forms = [model.floats.forms(head, domain.query, slack) for head in heads]

    def shown(self, wanted: Mapping[int, Lengths]) -> dict[int, Lengths]:
        """At which wanted lengths each answer is right."""
        answers = list(wanted)
        best = [[form.min(axis=0) for form in self._against(answer)] for answer in answers]
        together = [np.array(forms) for forms in zip(*best, strict=True)]
        everything = np.array([wanted[answer] for answer in answers])
        positive = self._positive(together, np.array(answers), everything)
        by_answer = {}
        for answer, mine, at_once in zip(answers, everything, positive, strict=True):
            left = mine & ~at_once
            by_answer[answer] = at_once & mine
            if left.any():
                by_answer[answer] |= self._rival_by_rival(answer, left)
        return by_answer

    def _rivals(self, answer: int) -> list[int]:
        return [token for token in range(self.model.block.config.tokens) if token != answer]

    def _against(self, answer: int) -> list[Floats]:
        """What each token adds to the answer less each rival: by head, rivals × tokens."""
        return [forms.against(answer, self._rivals(answer), self.slack) for forms in self.forms]

    def _positive(self, forms: list[Floats], answers: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """At which lengths floats show each row: rows × lengths."""
        if len(self.weights) > 1:
            return positive_by_thresholds(self.weights, forms, answers, self.domain, wanted)
        rows = Rows(self.weights[0].lowered(forms[0]), answers)
        return positive_by_length(self.weights[0], rows, self.domain)

    def _rival_by_rival(self, answer: int, wanted: Lengths) -> Lengths:
        """Which lengths are shown against every rival by itself."""
        rivals, forms = self._rivals(answer), self._against(answer)
        every = np.tile(wanted, (len(rivals), 1))
        positive = self._positive(forms, np.full(len(rivals), answer), every)
        proved = wanted.copy()
        for length in np.flatnonzero(wanted).tolist():
            left = np.flatnonzero(~positive[:, length]).tolist()
            proved[length] = all(
                self._place_by_place(answer, rivals[row], [form[[row]] for form in forms], length)
                for row in left
            )
        return proved

    def _parted(self, pair: Pair, piece: Piece) -> bool:
        """Can a piece be parted until each part is shown? Only where one head makes it exact."""
        return len(self.weights) == 1 and pair.parted(piece)

    def _place_by_place(self, answer: int, rival: int, forms: list[Floats], length: int) -> bool:
        """Is one rival below the answer at one length, wherever the answer stands?"""
        query, answers = self.domain.query, np.array([answer])
        domain = self.model.inputs.domain(query, length)
        if domain is None:
            return False
        model = self.model
        pair = Pair(model.block, query, answer, rival, self.slack, model.floats)
        leaf = Leaf()
        places: Sequence[int | None] = domain.places or (None,)
        if len(self.weights) > 1:
            thresholds = thresholds_at(self.weights, forms, answers, domain, length)
            leaf = Leaf(tuple(float(threshold[0]) for threshold in thresholds[1:]))
        else:
            row = Rows(self.weights[0].lowered(forms[0]), answers)
            places = placements_left(self.weights[0], row, domain, length)
        return all(
            (query, answer, rival, length, place) in self.model.proven
            or pair.holds(whole_piece(domain, answer, length, place), leaf)
            or self._parted(pair, whole_piece(domain, answer, length, place))
            for place in places
        )
