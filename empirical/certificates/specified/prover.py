"""Decides what a specification asks of a model of one layer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Int

from empirical.certificates.arithmetic.rounding import centre
from empirical.certificates.one_layer.branch_and_bound import (
    Input,
    ProofOutcome,
    precise_margin,
    prove_or_refute,
)
from empirical.certificates.one_layer.gptj import OneLayerModel
from empirical.certificates.one_layer.prover import LARGEST
from empirical.certificates.one_layer.tables import Tables
from empirical.certificates.one_layer.worst_case import Forms, forms
from empirical.certificates.specified.ahead import Ahead
from empirical.certificates.specified.attention import AttentionSearch
from empirical.certificates.specified.one_of import OneOfSearch
from empirical.certificates.specified.output_shares import ShareSearch
from empirical.certificates.specified.several import HeadsOutcome, HeadsSearch, signed_margin
from empirical.certificates.specified.sums import RoughSums
from empirical.files.checkpoint import Checkpoint
from empirical.recheck.certificate import MOST_ROWS, Case, Refutation, Specified, Verdict
from empirical.recheck.specification import (
    MOST_HEADS,
    Attends,
    Group,
    OneOf,
    SameWinner,
    Share,
    Specification,
)
from theory.refusal import Refusal

KEPT = 1 << 8
"""Last tokens whose tables are kept from one group to the next."""


@dataclass(frozen=True)
class _ClassOutcome:
    """What is found of one class over the lengths of a group.

    Attributes:
        longest: it wins at every length up to this one; none: not even at the first.
        beyond: why it does not win further on; none if it wins at all lengths.
    """

    longest: int | None
    beyond: ProofOutcome | None


class SpecifiedProver:
    """A checkpoint beside what is asked of it.

    Args:
        checkpoint: one block.
        specification: over its tokens.
        seconds: the most to search on one case that asks for one of several classes or a share of
            the output, or in a model of several heads for a class.

    Raises:
        Refusal: another shape, other tokens, or inputs that are too long.
    """

    def __init__(
        self, checkpoint: Checkpoint, specification: Specification, seconds: float = 10.0
    ) -> None:
        config = checkpoint.config
        if config.n_head > MOST_HEADS:
            raise Refusal(
                f"{checkpoint.path} has {config.n_head} heads: specifications are certified for at "
                f"most {MOST_HEADS}"
            )
        reason = specification.why_not_of(config.n_head)
        if reason is not None:
            raise Refusal(f"{checkpoint.path} is not such a model: {reason}")
        if len(specification.entries) != config.vocab_size:
            raise Refusal(
                f"the specification lists {len(specification.entries)} tokens where "
                f"{checkpoint.path} has {config.vocab_size}: list one for each token id"
            )
        longest = max(group.lengths[-1] for group in specification.groups)
        if longest * config.vocab_size > LARGEST:
            most = LARGEST // config.vocab_size
            raise Refusal(f"{longest} tokens are too many: ask for at most {most}")
        if specification.cases > MOST_ROWS:
            raise Refusal(
                f"the specification has {specification.cases} cases, at most {MOST_ROWS} "
                "are certified: name fewer last tokens or answers"
            )
        self.specification, self.classes = specification, config.vocab_size
        self.heads, self.seconds = config.n_head, seconds
        self.tables = lru_cache(maxsize=KEPT)(OneLayerModel(checkpoint).tables)

    def certify(self, tick: Callable[[int, int], object]) -> Specified:
        """Decide every case, which nobody has checked.

        Args:
            tick: called with the number of steps done and of all steps.
        """
        cases: list[Case] = []
        for at, group in enumerate(self.specification.groups):
            for query in group.last:
                tick(len(cases), self.specification.cases)
                with np.errstate(all="ignore"):  # what leaves the range of floats is not clear
                    cases += self._cases(at, group, query)
        return Specified(self.specification, tuple(cases))

    def _cases(self, at: int, group: Group, query: int) -> Iterator[Case]:
        """The cases of one group and last token."""
        heads = [self.tables(query, head) for head in range(self.heads)]
        tables = heads[0]
        if isinstance(group.asked, Attends):
            search = AttentionSearch(heads[group.asked.head or 0], group, group.asked, query)
            answers = (None,) if group.answer is None else group.answer.tokens
            yield from (search.case(at, answer) for answer in answers)
            return
        if isinstance(group.asked, OneOf):
            yield OneOfSearch(tables, group, group.asked, query, self.seconds).case(at)
            return
        if isinstance(group.asked, Share):
            share_search = ShareSearch(tables, group, group.asked, query, self.seconds)
            answers = (None,) if group.answer is None else group.answer.tokens
            yield from (share_search.case(at, answer) for answer in answers)
            return
        if isinstance(group.asked, SameWinner):
            yield self._same_winner(at, group, heads, query)
            return
        winners = [group.asked.winner] if group.asked.winner is not None else []
        winners += [] if group.answer is None else group.answer.tokens
        all_found = self._found(group, heads, query, winners, group.asked.by)
        for winner, of_winner in zip(winners, all_found, strict=True):
            answer = None if group.answer is None else winner
            yield _case(at, query, answer, of_winner, heads, winner)

    def _same_winner(self, at: int, group: Group, heads: Sequence[Tables], query: int) -> Case:
        """Is the winner of one input that of all?"""
        sums = RoughSums(heads[0], group, query)
        some = sums.piece(group.lengths.start).argmax(axis=1)
        winner = self._winner(heads, some)
        if winner is None:
            return Case(at, query, None, Verdict.UNDECIDED)
        (of_winner,) = self._found(group, heads, query, [winner], 0.0)
        case = _case(at, query, None, of_winner, heads, winner)
        claims = case.verdict is not Verdict.UNDECIDED or case.longest is not None
        return Case(
            group=at,
            query=query,
            answer=None,
            verdict=case.verdict,
            longest=case.longest,
            winner=winner if claims else None,
            refutation=case.refutation,
            other=None if case.refutation is None else tuple(some[::-1].tolist()),
            trees=case.trees,
        )

    def _winner(self, heads: Sequence[Tables], tokens: Input) -> int | None:
        """The class that wins on an input; none if two are too near to tell."""
        winner, sure = 0, True
        for rival in range(1, self.classes):
            apart = signed_margin(heads, tokens, winner, rival)
            if apart < 0:
                winner, sure = rival, True
            elif not apart > 0:
                sure = False
        return winner if sure else None

    def _found(
        self, group: Group, heads: Sequence[Tables], query: int, winners: Sequence[int], by: float
    ) -> Iterator["_ClassOutcome | HeadsOutcome"]:
        """How far each of some classes wins, each by as much as is asked."""
        if len(heads) > 1:
            search = HeadsSearch(heads, group, query, self.seconds)
            yield from (search.found(winner, by) for winner in winners)
            return
        (tables,) = heads
        sums = RoughSums(tables, group, query)
        ahead = [Ahead(tables, winner, by) if by else tables for winner in winners]
        pairs = [self._pairs(one, winner) for one, winner in zip(ahead, winners, strict=True)]
        together = _joined([_worst(forms_) for forms_ in pairs])
        answers = None if group.answer is None else np.array(winners)
        clear = sums.clear(together, answers)
        for row, (one, forms_) in enumerate(zip(ahead, pairs, strict=True)):
            open_ = np.array(group.lengths)[~clear[row]]
            yield self._closer(sums, one, forms_, open_)

    def _closer(
        self, sums: RoughSums, tables: Tables, pairs: Forms, lengths: Int[np.ndarray, " lengths"]
    ) -> _ClassOutcome:
        """Look at the lengths at which a class is not clearly ahead of all rivals at once."""
        first, answer = sums.group.lengths.start, sums.group.answer
        if not lengths.size:
            return _ClassOutcome(sums.group.lengths[-1], None)
        clear = sums.clear(pairs, None if answer is None else pairs.answers)
        for length in lengths.tolist():
            open_ = pairs.only(~clear[:, length - first])
            outcome = self._at(sums, tables, open_, length)
            if outcome.verdict is not Verdict.PROVED:
                return _ClassOutcome(length - 1 if length > first else None, outcome)
        return _ClassOutcome(sums.group.lengths[-1], None)

    def _at(self, sums: RoughSums, tables: Tables, pairs: Forms, length: int) -> ProofOutcome:
        """What is found of a class at one length: REFUTED if any of some rivals is above it."""
        result = ProofOutcome(Verdict.PROVED, 0)
        for at, (winner, rival) in enumerate(zip(pairs.answers, pairs.rivals, strict=True)):
            answer = None if sums.group.answer is None else int(winner)
            alone = pairs.only(np.arange(pairs.rivals.size) == at)
            pieces = sums.open_pieces(alone, answer, length)
            outcome = prove_or_refute(tables, pieces, int(winner), int(rival))
            if outcome.verdict is Verdict.REFUTED:
                return outcome
            if outcome.verdict is Verdict.UNDECIDED:
                result = outcome
        return result

    def _pairs(self, tables: Tables, winner: int) -> Forms:
        """A class against every other."""
        rivals = np.flatnonzero(np.arange(self.classes) != winner)
        return forms(tables, np.full(rivals.size, winner), rivals)


def _worst(pairs: Forms) -> Forms:
    """The least that each token adds, against any rival."""
    return Forms(
        pairs.answers[:1],
        pairs.rivals[:1],
        pairs.values.min(axis=0, keepdims=True),
        pairs.error.max(keepdims=True),
    )


def _joined(pairs: Sequence[Forms]) -> Forms:
    return Forms(
        np.concatenate([one.answers for one in pairs]),
        np.concatenate([one.rivals for one in pairs]),
        np.concatenate([one.values for one in pairs]),
        np.concatenate([one.error for one in pairs]),
    )


def _case(
    at: int,
    query: int,
    answer: int | None,
    searched: _ClassOutcome | HeadsOutcome,
    heads: Sequence[Tables],
    winner: int,
) -> Case:
    """A case from what was found of its winner."""
    outcome = searched.beyond
    trees = searched.trees if isinstance(searched, HeadsOutcome) else ()
    if outcome is None:
        return Case(at, query, answer, Verdict.PROVED, trees=trees)
    refutation = None
    if outcome.witness is not None:
        tokens = np.array(outcome.witness)
        apart = centre(precise_margin(heads, tokens, winner, outcome.rival))
        refutation = Refutation(outcome.rival, outcome.witness[::-1], apart)
    return Case(
        group=at,
        query=query,
        answer=answer,
        verdict=outcome.verdict,
        longest=searched.longest,
        refutation=refutation,
        trees=trees,
    )
