"""The share of a class in the output: is its softmax probability above or below a number?

With margins m_r of class a over each other class r, its probability is ``1/(1 + Σ exp(−m_r))``. It
is above p if ``Σ exp(−m_r) < 1/p − 1``, so if each margin is above some b_r with
``Σ exp(−b_r) < 1/p − 1``. It is below p if ``log Σ exp(−m_r) > log(1/p − 1)``; for any shares λ
that add up to 1, the left side is at least ``Σ λ_r (−m_r) + H(λ)``, with the entropy H: the mean of
the others, with these shares, is above a by ``log(1/p − 1) − H(λ)``.
"""

from collections.abc import Sequence

import numpy as np
from flint import arb, ctx

from empirical.recheck.attended import WEIGHT_ERROR
from empirical.recheck.certificate import Margins, MixtureProof, Split
from empirical.recheck.findings import positive
from empirical.recheck.float_tables import FloatTables
from empirical.recheck.floats import up
from empirical.recheck.mixtures import Condition, Leaf, TreeCheck
from empirical.recheck.one_block import Lengths
from empirical.recheck.specification import Group, Share
from empirical.recheck.tables import Block
from empirical.recheck.trees import Pair


class ShareCheck:
    """What can be shown of the share of one class.

    Args:
        floats: tables of the block, which has one head, in floats and with them in balls.
        group: the inputs.
        asked: of each of them.
        kind: the class.
    """

    def __init__(self, floats: FloatTables, group: Group, asked: Share, kind: int) -> None:
        self.block, self.group, self.asked, self.kind = floats.block, group, asked, kind
        self.trees = TreeCheck(floats, group)
        self.others = tuple(one for one in range(floats.config.tokens) if one != kind)

    def form_fails(self, proofs: Sequence[MixtureProof], longest: int | None) -> str | None:
        """Why proofs are not about claims up to a length; none if they are."""
        for proof in proofs:
            reason = self.trees.form_fails(proof, longest)
            if reason is not None:
                return reason
            if proof.rival is not None:
                return "a proof names a rival where a share is asked for"
            leaves = [node for node in proof.nodes if not isinstance(node, Split)]
            if any(isinstance(leaf, Margins) != self.asked.at_least for leaf in leaves):
                return "a proof has margins where shares are expected, or the other way round"
            numbers = [
                leaf.margins if isinstance(leaf, Margins) else leaf.shares for leaf in leaves
            ]
            if any(len(some) != len(self.others) for some in numbers):
                return "a proof has not one number for each other class"
        return None

    def shown(self, query: int, answer: int | None, proofs: Sequence[MixtureProof]) -> Lengths:
        """At which lengths proofs cover all inputs, and none fails.

        Args:
            query: the last token.
            answer: the token at one of the group's places.
            proofs: of the form that ``form_fails`` asks for.
        """
        covered: list[set[int | None]] = [set() for _ in range(self.group.lengths.stop)]
        failed = np.zeros(self.group.lengths.stop, dtype=bool)
        with np.errstate(all="ignore"):  # what leaves the range of floats is not shown in floats
            for proof in proofs:
                held = self.trees.held(query, answer, proof, self._condition)
                first, last = proof.lengths
                failed[first : last + 1] |= ~held[first : last + 1]
                for length in np.flatnonzero(held).tolist():
                    covered[length].add(proof.place)
        whole = np.zeros_like(failed)
        for length in self.group.lengths:
            places: Sequence[int | None] = self.group.places(length) or (None,)
            whole[length] = None in covered[length] or covered[length] >= {*places}
        every: Lengths = whole & ~failed
        return every

    def _condition(self, leaf: Leaf) -> Condition | None:
        """What a leaf is to show; none if it would not do."""
        with ctx.workprec(self.block.precision):
            odds = 1 / arb(self.asked.share) - 1
            if isinstance(leaf, Margins):
                rest = sum(((-arb(margin)).exp() for margin in leaf.margins), arb(0))
                enough = bool(odds - rest > 0)
                both = (self.kind,), (1.0,), self.others, leaf.margins
                return Condition(*both) if enough else None
            total = sum(map(arb, leaf.shares), arb(0))
            shares = [arb(share) / total for share in leaf.shares if share]
            entropy = -sum((share * share.log() for share in shares), arb(0))
            by = up(float((odds.log() - entropy).upper()))
        return Condition(self.others, leaf.shares, (self.kind,), (by,))

    def share(self, block: Block, tokens: tuple[int, ...]) -> arb:
        """The probability of the class on an input, from the query backwards."""
        margins = (
            Pair(self.block, tokens[0], self.kind, other).margin(block, tokens)
            for other in self.others
        )
        return 1 / (1 + sum(((-margin).exp() for margin in margins), arb(0)))

    def why_not_refuted(self, tokens: tuple[int, ...], stated: float) -> str | None:
        """Why an input, from the query backwards, does not refute what is asked; none if it does.

        Args:
            tokens: an input of the case.
            stated: the share of the class on it.
        """
        sign = 1 if self.asked.at_least else -1
        limit = self.asked.share
        if not positive(self.block, lambda block: sign * (limit - self.share(block, tokens))):
            return "what is asked is so on its witness"
        if not positive(
            self.block, lambda block: WEIGHT_ERROR - abs(self.share(block, tokens) - stated)
        ):
            with ctx.workprec(self.block.precision):
                return f"the share on its witness is {self.share(self.block, tokens).str(17)}"
        return None
