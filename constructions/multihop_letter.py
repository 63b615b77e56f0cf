"""The letter task: pairs lead to pairs until none follows (urrutia2026heads, App. B)."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import ClassVar

import numpy as np
from flint import arb
from jaxtyping import Int

from constructions.attention import HeadWeights, Layer
from constructions.construction import Network, orthogonal_units, require_length, require_sizes
from constructions.pairs import first_and_sought
from constructions.snap import Snap
from constructions.stack import Block
from constructions.temperature import THREE_QUARTERS, log_beta


@dataclass(frozen=True)
class MultihopLetter(Network):
    """``f_LET``: Retrieval applied ``layers`` times, each time snapped back to one-hot rows.

    A step replaces a token by the earlier or same one whose first letter is the one it seeks;
    without one it stays, which the published Retrieval leaves open. A position is valid if at
    each step all tokens before it that could match are one and the same token; a position that
    is not may hold a mixture, as long as none of it has a letter of the chain first.

    Letters have orthogonal codes in NoPE planes, so a match has the logit 1 and everything else
    0 at any length. What is attended lands beside the state; the snap takes a token over if its
    first letter was sought, and clears the old state once it has been.

    Attributes:
        letters: first letters, and second letters of a (letter, letter) token.
        digits: labels of a (letter, digit) token; ids are those of ``pairs.first_and_sought``.
        layers: how many hops are followed.

    Raises:
        Refusal: if a size is below 1.
    """

    bounded_by: ClassVar[tuple[str, ...]] = (
        "snap_gap_eq_one_of_quarters",
        "layers_gap_eq_one_of_weight",
        "weight_ge_of_floor",
    )

    letters: int
    digits: int
    layers: int

    def __post_init__(self) -> None:
        require_sizes(letters=self.letters, digits=self.digits, layers=self.layers)

    @property
    def vocabulary(self) -> int:
        """The number of pairs of letters, and of letters with a digit."""
        return self.letters * (self.letters + self.digits)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The same layer and snap ``layers`` times; the state is in the first half."""
        first, sought = first_and_sought(self.letters, self.digits)
        state, nothing = np.eye(self.vocabulary), np.zeros((self.vocabulary, self.vocabulary))
        codes = [orthogonal_units(letter, self.letters) for letter in (sought, first)]
        query, key = (np.vstack([code, np.zeros_like(code)]) for code in codes)
        head = HeadWeights(
            angles=np.zeros(query.shape[1] // 2),
            query=query,
            key=key,
            value=np.vstack([state, nothing]),
            output=np.hstack([nothing, state]),
        )
        # Row: the old token; column: the attended one.
        wanted = (sought[:, None] == first).astype(float)
        snap = Snap(
            # Taken over: attended, and sought by the old state. Kept: the old state, unless
            # something it sought was attended.
            read=np.block([[wanted, state], [state, -wanted.T]]),
            offset=np.repeat([-1.0, 0.0], self.vocabulary),
            write=np.block([[state, nothing], [state, nothing]]),
        )
        return (Block(Layer(heads=(head,), residual=True), snap),) * self.layers

    @classmethod
    def for_length(cls, length: int) -> "MultihopLetter":
        """Returns 8 letters, 8 digits and 4 layers, at any length."""
        require_length(cls.name(), length, 2)
        return cls(letters=8, digits=8, layers=4)

    def certified_beta(self, length: int) -> arb:
        """Returns ``log 3(n - 1)``: exactly from here on the target has 3/4 of the weight."""
        require_length(self.name(), length, 2)
        return log_beta(length - 1, arb(1), THREE_QUARTERS)

    def failing_beta(self, length: int) -> arb:
        """Returns ``log (n - 1)`` for one layer, and ``log (n - 1)/3`` for more.

        Below it nothing arrives. Between the two bounds a later layer may still fetch what an
        earlier one blurred.
        """
        require_length(self.name(), length, 2)
        return log_beta(length - 1, arb(1), Fraction(1 if self.layers == 1 else 3))

    def hardest_input(self, length: int) -> Int[np.ndarray, " positions"]:
        """Returns a last token that seeks the letter 0, which only the first token has first.

        All other tokens are copies of (b, b).
        """
        require_length(self.name(), length, 2)
        other = min(1, self.letters - 1)
        tokens = np.full(length, other * self.letters + other)
        tokens[0], tokens[-1] = self.letters**2, other * self.letters
        return tokens
