"""One of several classes wins: shown by means of their logits, against each class outside.

The largest of several logits is at least their mean, with any shares. A mean less a rival's logit
is linear in the forms and biases of classes, so it is bounded as one class against another is: at
all lengths in one pass of floats, or on the pieces of a tree in balls. The certificate says which
shares do, and where the inputs of a length are parted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from flint import arb

from empirical.recheck.certificate import Mixture, MixtureProof, Split
from empirical.recheck.float32 import Slack
from empirical.recheck.float_tables import FloatTables
from empirical.recheck.one_block import Lengths
from empirical.recheck.specification import Group, OneOf
from empirical.recheck.sums import Rows, positive_by_length
from empirical.recheck.tables import Block
from empirical.recheck.trees import Pair, Piece


class MixedPair(Pair):
    """Shares of several classes, each less one rival and a margin, in balls.

    Args:
        block: the tables at the first precision, of one head.
        query: the token at place 0.
        asked: the classes, and by how much one of them is to be ahead.
        shares: of each class.
        rival: the class that should be below.
    """

    def __init__(
        self, block: Block, query: int, asked: OneOf, shares: Sequence[float], rival: int
    ) -> None:
        heaviest = max(zip(shares, asked.classes, strict=True))[1]
        super().__init__(block, query, heaviest, rival)
        self._by = asked.by
        self._shares_of = [
            (kind, arb(share)) for kind, share in zip(asked.classes, shares, strict=True) if share
        ]

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


class MixtureCheck:
    """What can be shown of the classes of a group, one of which is to win.

    Args:
        floats: tables of the block, which has one head, in floats and with them in balls.
        group: the inputs.
        asked: of each of them.
    """

    def __init__(self, floats: FloatTables, group: Group, asked: OneOf) -> None:
        self.floats, self.block, self.group, self.asked = floats, floats.block, group, asked
        self.tokens = floats.config.tokens

    @property
    def rivals(self) -> list[int]:
        """The classes outside."""
        return [kind for kind in range(self.tokens) if kind not in self.asked.classes]

    def form_fails(self, proofs: Sequence[MixtureProof], longest: int | None) -> str | None:
        """Why proofs are not about claims up to a length; none if they are."""
        for proof in proofs:
            if longest is None or proof.lengths[1] > longest:
                return "a proof is of lengths at which nothing is claimed"
            if proof.lengths[0] not in self.group.lengths:
                return "a proof is of lengths that its group has not"
            if proof.rival is not None and proof.rival not in self.rivals:
                return "the rival of a proof is no class outside"
            alike = proof.lengths[0] - len(self.group.from_first)
            places = [node.place for node in proof.nodes if isinstance(node, Split)]
            if proof.lengths[0] < proof.lengths[1] and any(place >= alike for place in places):
                return "a proof of several lengths parts their inputs where they are not alike"
            shares = [node.shares for node in proof.nodes if isinstance(node, Mixture)]
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
        first, last = proof.lengths
        held = np.zeros(self.group.lengths.stop, dtype=bool)
        domain = self.group.domain(query, first)
        leaves = None if domain is None else _leaves(proof, tuple(domain.choices(first)))
        if leaves is None:
            return held
        rivals = self.rivals if proof.rival is None else [proof.rival]
        held[first : last + 1] = True
        for leaf in leaves:
            quick = self._in_floats(query, leaf, rivals, last)
            for row, more in np.argwhere(~quick[:, first:]).tolist():
                at = first + more
                held[at] = held[at] and self._in_balls(query, leaf, rivals[row], at)
        return held

    def _in_floats(self, query: int, leaf: "_Leaf", rivals: Sequence[int], last: int) -> np.ndarray:
        """Where floats show a leaf against rivals: rivals × lengths from 0 to the last."""
        domain = self.group.domain(query, last)
        if domain is None or any(place >= last - len(domain.from_first) for place in leaf.fixed):
            return np.zeros((len(rivals), last + 1), dtype=bool)
        fixed = {place: (token,) for place, token in leaf.fixed.items()}
        part = replace(domain, from_last={**domain.from_last, **fixed})
        weights = self.floats.weights(0, query, last)
        forms = self.floats.forms(0, query, Slack(0.0, 0.0, self.asked.by))
        mixed = forms.mixed(self.asked.classes, np.array(leaf.shares), rivals, self.asked.by)
        nowhere = np.full(len(rivals), query)  # the group has no answer that would stand anywhere
        return positive_by_length(weights, Rows(weights.lowered(mixed), nowhere), part)

    def _in_balls(self, query: int, leaf: "_Leaf", rival: int, length: int) -> bool:
        """Do balls show a leaf, on all inputs of a length?"""
        domain = self.group.domain(query, length)
        if domain is None:
            return False
        piece = domain.choices(length)
        for place, token in leaf.fixed.items():
            piece[place] = (token,)
        pair = MixedPair(self.block, query, self.asked, leaf.shares, rival)
        return pair.parted(tuple(piece))

    def lead(self, block: Block, query: int, rival: int, tokens: tuple[int, ...]) -> arb:
        """The largest logit of the classes less a rival's on an input, from the query backwards."""
        margins = (
            Pair(self.block, query, kind, rival).margin(block, tokens)
            for kind in self.asked.classes
        )
        return reduce(arb.max, margins)


@dataclass(frozen=True)
class _Leaf:
    """The shares that are to do where some places hold one token each.

    Attributes:
        shares: of the classes.
        fixed: the token at each of these places.
    """

    shares: tuple[float, ...]
    fixed: Mapping[int, int]


def _leaves(proof: MixtureProof, whole: Piece) -> list[_Leaf] | None:
    """The leaves of a tree; none if its nodes do not part the whole into them."""
    leaves: list[_Leaf] = []
    stack: list[Mapping[int, int]] = [{}]
    for node in proof.nodes:
        if not stack:
            return None
        fixed = stack.pop()
        if isinstance(node, Mixture):
            leaves.append(_Leaf(node.shares, fixed))
            continue
        if node.place >= len(whole) or node.place in fixed or len(whole[node.place]) < 2:
            return None
        stack += [{**fixed, node.place: token} for token in reversed(whole[node.place])]
    return None if stack else leaves
