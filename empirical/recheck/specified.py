"""Every claim about a specification, shown again or not: models of one block."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import groupby

import numpy as np
from flint import arb, ctx

from empirical.recheck.attended import AttentionCheck
from empirical.recheck.certificate import (
    MOST_POSITIONS,
    Attention,
    Case,
    GroupProof,
    MixtureProof,
    Refutation,
    Specified,
    Verdict,
)
from empirical.recheck.checkpoint import Model
from empirical.recheck.failures import Rejected
from empirical.recheck.findings import MARGIN_ERROR, Tick, Unshown, positive
from empirical.recheck.float32 import Slack
from empirical.recheck.float_tables import FloatTables
from empirical.recheck.mixtures import MixtureCheck
from empirical.recheck.one_block import Lengths, OneBlock
from empirical.recheck.output_shares import ShareCheck
from empirical.recheck.specification import (
    MOST_HEADS,
    Attends,
    Group,
    OneOf,
    SameWinner,
    Share,
    Specification,
    Wins,
)
from empirical.recheck.tables import Block
from empirical.recheck.trees import Pair, whole_piece


def check_specified(claims: Specified, model: Model, tick: Tick) -> list[Unshown]:
    """Show the claims again.

    Args:
        claims: of the certificate.
        model: that it speaks of.
        tick: called with the number of steps done and of all steps.

    Returns:
        The claims that are not shown.

    Raises:
        Rejected: the claims are not the cases of the specification, or it is not of the model.
    """
    _check_shape(claims, model)
    check = _CaseCheck(claims.specification, model)
    together = [
        [*cases] for _, cases in groupby(claims.rows, key=lambda case: (case.group, case.query))
    ]
    for done, cases in enumerate(together):
        tick(done, len(together))
        check.cases(cases)
    tick(len(together), len(together))
    return check.unshown


def _check_shape(claims: Specified, model: Model) -> None:
    """Are the specification and its cases such that they can be shown of the model?"""
    specification, config = claims.specification, model.config
    if config.blocks != 1 or config.heads > MOST_HEADS:
        raise Rejected(
            f"the checkpoint has {config.blocks} blocks of {config.heads} heads: specifications "
            f"are for one block of at most {MOST_HEADS} heads"
        )
    reason = specification.why_not_of(config.heads)
    if reason is not None:
        raise Rejected(f"its specification is not of the model: {reason}")
    if len(specification.entries) != config.tokens:
        raise Rejected(
            f"its specification lists {len(specification.entries)} tokens where the model has "
            f"{config.tokens}"
        )
    longest = max(group.lengths[-1] for group in specification.groups)
    if longest * config.tokens > MOST_POSITIONS:
        raise Rejected(f"inputs of {longest} tokens are longer than is checked")
    # Counted first: a small specification may have more cases than can be listed.
    if specification.cases != len(claims.rows):
        raise Rejected(
            f"it has {len(claims.rows)} rows, its specification {specification.cases} cases"
        )
    if [(row.group, row.query, row.answer) for row in claims.rows] != [*specification.names()]:
        raise Rejected("its rows are not the cases of its specification, in their order")


class _CaseCheck:
    """A specification beside the model that it speaks of."""

    def __init__(self, specification: Specification, model: Model) -> None:
        self.specification = specification
        self.block = Block(model)
        self.floats = FloatTables(self.block)
        self.tokens = model.config.tokens
        self.unshown: list[Unshown] = []

    def cases(self, cases: Sequence[Case]) -> None:
        """Show the cases of one group and last token again."""
        group = self.specification.groups[cases[0].group]
        claimed: dict[int | None, Lengths] = {}
        for case in cases:
            lengths = _claimed_lengths(group, case)
            if lengths is not None:
                claimed[_subject(group, case)] = lengths
        trees = [self._why_no_trees(group, case) for case in cases]
        proven = {
            (case.query, _winner(group, case), proof.rival, proof.length, proof.place)
            for case, reason in zip(cases, trees, strict=True)
            if reason is None
            for proof in case.trees
        }
        proved = self._shown(group, cases[0].query, claimed, proven)
        for case, reason in zip(cases, trees, strict=True):
            self._judge(group, case, proved, reason)

    def _why_no_trees(self, group: Group, case: Case) -> str | None:
        """Why the trees of a case do not hold; none if they do."""
        if not case.trees:
            return None
        winner, lengths = _winner(group, case), _claimed_lengths(group, case)
        no_class = not isinstance(group.asked, Wins | SameWinner)
        if winner is None or winner >= self.tokens or no_class:
            return "it has trees for which its group does not ask"
        for proof in case.trees:
            reason = self._why_no_tree(group, case, proof, winner)
            claimed = lengths is not None and proof.length < lengths.size and lengths[proof.length]
            if reason is None and not claimed:
                reason = "nothing is claimed of its length"
            if reason is not None:
                where = "" if proof.place is None else f", place {proof.place}"
                return f"its tree of rival {proof.rival}, length {proof.length}{where}: {reason}"
        return None

    def _why_no_tree(self, group: Group, case: Case, proof: GroupProof, winner: int) -> str | None:
        """Why one tree does not hold; none if it does."""
        domain = group.domain(case.query, proof.length)
        if domain is None:
            return "there is no such input"
        if proof.place not in (domain.places or (None,)):
            return "the answer does not stand there"
        if proof.rival == winner or proof.rival >= self.tokens:
            return "its rival is no other class"
        if any(token >= self.tokens for tokens in proof.directions for token in tokens):
            return "one of its directions has an unknown token"
        slack = _slack(group)
        pair = Pair(self.block, case.query, winner, proof.rival, slack, self.floats)
        return pair.why_not(proof, whole_piece(domain, winner, proof.length, proof.place))

    def _shown(
        self,
        group: Group,
        query: int,
        claimed: Mapping[int | None, Lengths],
        proven: Set[tuple[int | None, ...]],
    ) -> Mapping[int | None, Lengths]:
        """At which claimed lengths what is asked of each subject is shown."""
        if isinstance(group.asked, Attends) and claimed:
            return AttentionCheck(self.floats, group, group.asked).shown(query, claimed)
        if isinstance(group.asked, OneOf | Share):
            return {}
        classes = {
            winner: lengths
            for winner, lengths in claimed.items()
            if winner is not None and winner < self.tokens
        }
        if not classes:
            return {}
        model = OneBlock(self.floats, group, proven)
        proved = model.shown(query, classes, _slack(group))
        return {winner: proved[winner] for winner in classes}

    def _judge(
        self, group: Group, case: Case, proved: Mapping[int | None, Lengths], trees: str | None
    ) -> None:
        """Note a case that is not shown, with what is shown of it instead.

        Args:
            group: of the case.
            case: as it is claimed.
            proved: lengths by subject.
            trees: why its trees do not hold; none if they do.
        """
        subject, lengths = _subject(group, case), _claimed_lengths(group, case)
        reason, longest = self._why_not_of_form(group, case) or trees, case.longest
        if reason is not None:
            longest = None
        elif lengths is not None:
            good = proved[subject] if subject in proved else np.zeros_like(lengths)
            if isinstance(group.asked, OneOf):
                good = MixtureCheck(self.floats, group, group.asked).shown(case.query, case.shown)
            elif isinstance(group.asked, Share):
                check = self._share_check(group, group.asked, case)
                good = check.shown(case.query, case.answer, case.shown)
            missing = np.flatnonzero(lengths & ~good)
            if missing.size:
                first = int(missing[0])
                reason = f"what is asked is not shown again at {first} tokens"
                longest = first - 1 if first > group.lengths.start else None
        if reason is None and case.refutation is not None:
            reason = self._why_not_refuted(group, case, case.refutation)
        if reason is not None:
            winner = case.winner if longest is not None else None
            left = replace(
                case, verdict=Verdict.UNDECIDED, longest=longest, winner=winner,
                refutation=None, other=None, shown=tuple(_up_to(case.shown, longest)),
                trees=tuple(p for p in case.trees if longest is not None and p.length <= longest),
            )  # fmt: skip
            self.unshown.append(Unshown(case, reason, left))

    def _why_not_of_form(self, group: Group, case: Case) -> str | None:
        """Why a case is not of the form that its group asks for; none if it is."""
        reason = _form_fails(group, case)
        if reason is not None or not isinstance(group.asked, OneOf | Share):
            return reason
        last = group.lengths[-1] if case.verdict is Verdict.PROVED else case.longest
        if isinstance(group.asked, Share):
            return self._share_check(group, group.asked, case).form_fails(case.shown, last)
        return MixtureCheck(self.floats, group, group.asked).form_fails(case.shown, last)

    def _share_check(self, group: Group, asked: Share, case: Case) -> ShareCheck:
        kind = case.answer if asked.of is None else asked.of
        assert kind is not None  # a group whose answer is asked for has cases with one
        return ShareCheck(self.floats, group, asked, kind)

    def _why_not_refuted(
        self, group: Group, case: Case, refutation: Refutation | Attention
    ) -> str | None:
        """Why inputs do not refute what is asked; none if they do."""
        tokens = refutation.witness[::-1]
        place = refutation.place if isinstance(refutation, Attention) else None
        if not _is_input(group, case, tokens, place):
            return "its witness is not an input of its case"
        if isinstance(refutation, Attention) and isinstance(group.asked, Share):
            check_of_share = self._share_check(group, group.asked, case)
            return check_of_share.why_not_refuted(tokens, refutation.weight)
        if isinstance(refutation, Attention):
            assert isinstance(group.asked, Attends)
            check = AttentionCheck(self.floats, group, group.asked)
            return check.why_not_refuted(tokens, refutation.weight, place)
        if isinstance(group.asked, OneOf):
            return self._why_none_behind(group, group.asked, refutation, tokens)
        winner, rival = _winner(group, case), refutation.rival
        if winner is None or rival == winner or max(winner, rival) >= self.tokens:
            return "its rival is no other class"
        pair = Pair(self.block, case.query, winner, rival)
        by = group.asked.by if isinstance(group.asked, Wins) else 0.0

        reason = self._why_not_behind(lambda block: pair.margin(block, tokens), refutation, by)
        if reason is not None or case.other is None:
            return reason
        return self._why_not_won(group, case, case.other, winner)

    def _why_none_behind(
        self, group: Group, asked: OneOf, refutation: Refutation, tokens: tuple[int, ...]
    ) -> str | None:
        """Why a rival is not shown to be ahead of all of several classes; none if it is."""
        check, rival = MixtureCheck(self.floats, group, asked), refutation.rival
        if rival not in check.rivals:
            return "its rival is no class outside"
        return self._why_not_behind(
            lambda block: check.lead(block, tokens[0], rival, tokens), refutation, asked.by
        )

    def _why_not_behind(
        self, margin: Callable[[Block], arb], refutation: Refutation, by: float
    ) -> str | None:
        """Why a margin is not below what is asked, or not what is stated; none if it is."""
        if not positive(self.block, lambda block: by - margin(block)):
            return "what is asked is so on its witness"
        if not positive(self.block, lambda block: _nearness(margin(block), refutation.margin, by)):
            with ctx.workprec(self.block.precision):
                return f"the margin of its witness is {margin(self.block).str(17)}"
        return None

    def _why_not_won(
        self, group: Group, case: Case, other: tuple[int, ...], winner: int
    ) -> str | None:
        """Why a class is not shown to win on another input of a case; none if it is."""
        tokens = other[::-1]
        if not _is_input(group, case, tokens):
            return "its other input is not an input of its case"
        for rival in range(self.tokens):
            if rival != winner and not Pair(self.block, case.query, winner, rival).runs(tokens):
                return "its winner does not win on its other input"
        return None


def _nearness(exact: arb, stated: float, by: float) -> arb:
    """Positive if a stated margin is a margin, to a part ``MARGIN_ERROR`` of it and of ``by``."""
    return MARGIN_ERROR * (abs(exact) + by) - abs(exact - stated)


def _up_to(proofs: Sequence[MixtureProof], longest: int | None) -> Iterator[MixtureProof]:
    """What proofs say of inputs up to a length."""
    for proof in proofs:
        first, last = proof.lengths
        if longest is not None and first <= longest:
            yield replace(proof, lengths=(first, min(last, longest)))


def _subject(group: Group, case: Case) -> int | None:
    """The class, or the answer, that distinguishes a case from others of its last token."""
    weighed = isinstance(group.asked, Attends | Share)
    return case.answer if weighed else _winner(group, case)


def _winner(group: Group, case: Case) -> int | None:
    """The class that is claimed to win; none if none is named."""
    if not isinstance(group.asked, Wins):
        return case.winner
    return case.answer if group.asked.winner is None else group.asked.winner


def _slack(group: Group) -> Slack:
    """How much the winner is to be ahead, in real numbers."""
    return Slack(0.0, 0.0, group.asked.by if isinstance(group.asked, Wins) else 0.0)


def _claimed_lengths(group: Group, case: Case) -> Lengths | None:
    """For each length from 0, whether the winner is claimed to win there; none: nowhere."""
    last = group.lengths[-1] if case.verdict is Verdict.PROVED else case.longest
    if last is None or last not in group.lengths:
        return None
    claimed = np.zeros(group.lengths.stop, dtype=bool)
    claimed[group.lengths.start : last + 1] = True
    return claimed


def _form_fails(group: Group, case: Case) -> str | None:
    """The same, but for proofs."""
    if case.shown and not isinstance(group.asked, OneOf | Share):
        return "it has proofs for which its group does not ask"
    if isinstance(group.asked, Attends):
        return _form_of_attention_fails(group.asked.on_answer, group, case)
    if isinstance(group.asked, Share):
        return _form_of_attention_fails(False, group, case)
    if isinstance(case.refutation, Attention):
        return "it is refuted by a weight that its group does not ask about"
    asks_winner = isinstance(group.asked, Wins | OneOf)
    if asks_winner and (case.winner is not None or case.other is not None):
        return "it names a winner, which its group does"
    something = case.verdict is not Verdict.UNDECIDED or case.longest is not None
    if not asks_winner and something != (case.winner is not None):
        return "it names a winner of nothing, or none where there is one"
    if not asks_winner and (case.verdict is Verdict.REFUTED) != (case.other is not None):
        return "two inputs refute it, with two winners"
    return _longest_fails(group, case)


def _form_of_attention_fails(on_answer: bool, group: Group, case: Case) -> str | None:
    """The same where a group asks about weights, of the answer or not, or about a share."""
    if case.winner is not None or case.other is not None:
        return "it names a winner of which its group says nothing"
    if isinstance(case.refutation, Refutation):
        return "it is refuted by a rival where its group asks about weights"
    if case.refutation is not None and (case.refutation.place is not None) != on_answer:
        return "its answer has a place of which its group does not ask the weight, or none"
    return _longest_fails(group, case)


def _longest_fails(group: Group, case: Case) -> str | None:
    """The same of its longest inputs."""
    if case.longest is not None and case.longest not in group.lengths:
        return "its longest inputs are not of its group"
    if case.longest == group.lengths[-1]:
        return "it is shown at all lengths, and not PROVED"
    return None


def _is_input(group: Group, case: Case, tokens: tuple[int, ...], place: int | None = None) -> bool:
    """Are tokens, from the query backwards, an input of the case, with the answer at a place?"""
    domain = group.domain(case.query, len(tokens))
    if domain is not None and place is not None:
        if place not in domain.places:
            return False
        domain = replace(domain, places=(place,))
    answer = case.query if case.answer is None else case.answer
    return domain is not None and domain.has(answer, tokens)
