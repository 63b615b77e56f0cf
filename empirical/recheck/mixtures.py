"""Trees over the inputs of a group whose leaves bound several classes at once.

A leaf is a *condition*: the sum of shares of some classes, each less one rival and a margin, is
positive on all inputs of the leaf; for one or several rivals. It is linear in the forms and biases
of classes, so it is bounded as one class against another is: at all lengths in one pass of floats,
or on the pieces of a tree in balls. The certificate says which shares and margins do, and where the
inputs are parted.

One of several classes wins if their mean logit, with any shares, is above each class outside, as
the largest of several logits is at least their mean.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TypeAlias

import numpy as np
from flint import arb

from empirical.recheck.certificate import Margins, Mixture, MixtureProof, Split
from empirical.recheck.float32 import Slack
from empirical.recheck.float_tables import FloatTables
from empirical.recheck.one_block import Lengths
from empirical.recheck.specification import Group, OneOf
from empirical.recheck.sums import Rows, positive_by_length
from empirical.recheck.tables import Block
from empirical.recheck.task import Domain
from empirical.recheck.trees import Pair

Leaf: TypeAlias = Mixture | Margins


@dataclass(frozen=True)
class Condition:
    """Shares of classes, each less one rival and a margin: their sum is to be positive.

    Attributes:
        classes: that have shares.
        shares: not negative, as many.
        rivals: for each of these by itself.
        by: the margin over each rival, in nats.
    """

    classes: tuple[int, ...]
    shares: tuple[float, ...]
    rivals: tuple[int, ...]
    by: tuple[float, ...]


class MixedPair(Pair):
    """One rival of a condition, in balls.

    Args:
        block: the tables at the first precision, of one head.
        query: the token at place 0.
        condition: what is to be positive.
        row: which of its rivals.
    """

    def __init__(self, block: Block, query: int, condition: Condition, row: int) -> None:
        both = [*zip(condition.classes, condition.shares, strict=True)]
        heaviest = max(both, key=lambda one: one[1])[0]
        super().__init__(block, query, heaviest, condition.rivals[row])
        self._by = condition.by[row]
        self._shares_of = [(kind, arb(share)) for kind, share in both if share]

    def _bias_gap(self, block: Block) -> arb:
        below = block.bias[self.rival] + self._by
        return sum((share * (block.bias[kind] - below) for kind, share in self._shares_of), arb(0))

    def _form_gap(self, block: Block, head: int, token: int) -> arb:
        below = block.form(head, self.query, token, self.rival)
        return sum(
            (
                share * (block.form(head, self.query, token, kind) - below)
                for kind, share in self._shares_of
            ),
            arb(0),
        )


class TreeCheck:
    """What can be shown of the trees of a group.

    Args:
        floats: tables of the block, which has one head, in floats and with them in balls.
        group: the inputs.
    """

    def __init__(self, floats: FloatTables, group: Group) -> None:
        self.floats, self.block, self.group = floats, floats.block, group

    def form_fails(self, proof: MixtureProof, longest: int | None) -> str | None:
        """Why a proof is not about claims up to a length; none if it is."""
        if longest is None or proof.lengths[1] > longest:
            return "a proof is of lengths at which nothing is claimed"
        if proof.lengths[0] not in self.group.lengths:
            return "a proof is of lengths that its group has not"
        alike = proof.lengths[0] - len(self.group.from_first)
        places = [node.place for node in proof.nodes if isinstance(node, Split)]
        if proof.lengths[0] < proof.lengths[1] and any(place >= alike for place in places):
            return "a proof of several lengths parts their inputs where they are not alike"
        if proof.place is not None and proof.place not in self.group.places(proof.lengths[0]):
            return "a proof is of a place at which no answer stands"
        if self.group.answer is not None and proof.place is None and len(proof.nodes) > 1:
            return "a proof parts inputs and does not say where the answer stands"
        return None

    def held(
        self,
        query: int,
        answer: int | None,
        proof: MixtureProof,
        condition_of: Callable[[Leaf], Condition | None],
    ) -> Lengths:
        """At which of its lengths a proof holds.

        Args:
            query: the last token.
            answer: the token that stands at one of the group's places.
            proof: of the form that ``form_fails`` asks for.
            condition_of: what a leaf is to show; none if it cannot be so.
        """
        first, last = proof.lengths
        held = np.zeros(self.group.lengths.stop, dtype=bool)
        domain = self._domain(query, first, proof, answer)
        leaves = None if domain is None else _leaves(proof, domain.choices(first))
        conditions = [] if leaves is None else [condition_of(leaf) for leaf, _ in leaves]
        if leaves is None or None in conditions:
            return held
        held[first : last + 1] = True
        for (_, fixed), condition in zip(leaves, conditions, strict=True):
            assert condition is not None
            asked = _LeafClaim(query, answer, proof, fixed, condition)
            quick = self._in_floats(asked, last)
            for row, more in np.argwhere(~quick[:, first:]).tolist():
                held[first + more] = held[first + more] and self._in_balls(asked, row, first + more)
        return held

    def _domain(
        self, query: int, length: int, proof: MixtureProof, answer: int | None
    ) -> Domain | None:
        """The inputs of a length that a proof is about."""
        domain = self.group.domain(query, length)
        if domain is None or proof.place is None or answer is None:
            return domain
        from_last = {**domain.from_last, proof.place: (answer,)}
        return replace(domain, places=(), from_last=from_last)

    def _in_floats(self, asked: "_LeafClaim", last: int) -> np.ndarray:
        """Where floats show a leaf against rivals: rivals × lengths from 0 to the last."""
        domain = self._domain(asked.query, last, asked.proof, asked.answer)
        condition = asked.condition
        nothing = np.zeros((len(condition.rivals), last + 1), dtype=bool)
        if domain is None or any(place >= last - len(domain.from_first) for place in asked.fixed):
            return nothing
        fixed = {place: (token,) for place, token in asked.fixed.items()}
        part = replace(domain, from_last={**domain.from_last, **fixed})
        weights = self.floats.weights(0, asked.query, last)
        forms = self.floats.forms(0, asked.query, Slack(0.0, 0.0, max(map(abs, condition.by))))
        mixed = forms.mixed(
            condition.classes, np.array(condition.shares), condition.rivals, np.array(condition.by)
        )
        token = asked.query if asked.answer is None else asked.answer
        answers = np.full(len(condition.rivals), token)
        return positive_by_length(weights, Rows(weights.lowered(mixed), answers), part)

    def _in_balls(self, asked: "_LeafClaim", row: int, length: int) -> bool:
        """Do balls show a leaf against one rival, on all inputs of a length?"""
        domain = self._domain(asked.query, length, asked.proof, asked.answer)
        if domain is None:
            return False
        pair = MixedPair(self.block, asked.query, asked.condition, row)
        for place in domain.places or (None,):
            piece = domain.choices(length)
            if place is not None and asked.answer is not None:
                piece[place] = (asked.answer,)
            for fixed, token in asked.fixed.items():
                piece[fixed] = (token,)
            if not pair.parted(tuple(piece)):
                return False
        return True


@dataclass(frozen=True)
class _LeafClaim:
    """A leaf with what it is to show.

    Attributes:
        query: the last token.
        answer: the token at one of the group's places.
        proof: whose leaf it is.
        fixed: the token at each place at which inputs were parted.
        condition: to be shown.
    """

    query: int
    answer: int | None
    proof: MixtureProof
    fixed: Mapping[int, int]
    condition: Condition


class MixtureCheck:
    """What can be shown of the classes of a group, one of which is to win.

    Args:
        floats: tables of the block, which has one head, in floats and with them in balls.
        group: the inputs.
        asked: of each of them.
    """

    def __init__(self, floats: FloatTables, group: Group, asked: OneOf) -> None:
        self.block, self.group, self.asked = floats.block, group, asked
        self.trees = TreeCheck(floats, group)
        self.tokens = floats.config.tokens

    @property
    def rivals(self) -> tuple[int, ...]:
        """The classes outside."""
        return tuple(kind for kind in range(self.tokens) if kind not in self.asked.classes)

    def form_fails(self, proofs: Sequence[MixtureProof], longest: int | None) -> str | None:
        """Why proofs are not about claims up to a length; none if they are."""
        for proof in proofs:
            reason = self.trees.form_fails(proof, longest)
            if reason is not None:
                return reason
            if proof.rival is not None and proof.rival not in self.rivals:
                return "the rival of a proof is no class outside"
            leaves = [node for node in proof.nodes if not isinstance(node, Split)]
            if any(isinstance(leaf, Margins) for leaf in leaves):
                return "a proof has margins where shares are expected"
            shares = [leaf.shares for leaf in leaves if isinstance(leaf, Mixture)]
            if any(len(some) != len(self.asked.classes) for some in shares):
                return "a proof has not one share for each class"
        return None

    def shown(self, query: int, proofs: Sequence[MixtureProof]) -> Lengths:
        """At which lengths all rivals are shown to be below, and no proof fails.

        Args:
            query: the last token.
            proofs: of the form that ``form_fails`` asks for.
        """
        rivals = self.rivals
        below = np.zeros((len(rivals), self.group.lengths.stop), dtype=bool)
        failed = np.zeros(self.group.lengths.stop, dtype=bool)
        with np.errstate(all="ignore"):  # what leaves the range of floats is not shown in floats
            held = [self._held(query, proof) for proof in proofs]
        for proof, lengths in zip(proofs, held, strict=True):
            first, last = proof.lengths
            mine = slice(None) if proof.rival is None else rivals.index(proof.rival)
            below[mine] |= lengths
            failed[first : last + 1] |= ~lengths[first : last + 1]
        every: Lengths = below.all(axis=0) & ~failed
        return every

    def _held(self, query: int, proof: MixtureProof) -> Lengths:
        """At which of its lengths a proof holds."""
        rivals = self.rivals if proof.rival is None else (proof.rival,)

        def condition_of(leaf: Leaf) -> Condition | None:
            if not isinstance(leaf, Mixture):
                return None
            by = (self.asked.by,) * len(rivals)
            return Condition(self.asked.classes, leaf.shares, rivals, by)

        return self.trees.held(query, None, proof, condition_of)

    def lead(self, block: Block, query: int, rival: int, tokens: tuple[int, ...]) -> arb:
        """The largest logit of the classes less a rival's on an input, from the query backwards."""
        margins = (
            Pair(self.block, query, kind, rival).margin(block, tokens)
            for kind in self.asked.classes
        )
        return reduce(arb.max, margins)


def _leaves(
    proof: MixtureProof, whole: Sequence[tuple[int, ...]]
) -> list[tuple[Leaf, Mapping[int, int]]] | None:
    """The leaves of a tree, each with the tokens that are fixed; none if it has not all of them."""
    leaves: list[tuple[Leaf, Mapping[int, int]]] = []
    stack: list[Mapping[int, int]] = [{}]
    for node in proof.nodes:
        if not stack:
            return None
        fixed = stack.pop()
        if not isinstance(node, Split):
            leaves.append((node, fixed))
            continue
        if node.place >= len(whole) or node.place in fixed or len(whole[node.place]) < 2:
            return None
        stack += [{**fixed, node.place: token} for token in reversed(whole[node.place])]
    return None if stack else leaves
