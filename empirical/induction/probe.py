"""Draws the inputs on which every snapshot is measured, the same for all runs on a language."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Int64

from empirical.scores.repeats import followers, repeats, translated_repeats
from empirical.tasks.language import Language
from empirical.tasks.segments import Segments

SEED = 20_261
"""Seed of the inputs; no training run uses it."""
TEXTS, INPUTS, SEGMENT = 512, 32, 8
"""Number of texts, number of inputs with repeats, and tokens of a repeated segment."""


@dataclass(frozen=True, eq=False)
class Repeats:
    """Inputs with repeats, and the keys that an induction head attends to in them.

    Attributes:
        ids: token ids.
        targets: whether each key follows an earlier occurrence of the query's token.
    """

    ids: Int64[np.ndarray, "inputs length"]
    targets: Bool[np.ndarray, "inputs length length"]


@dataclass(frozen=True, eq=False)
class Probe:
    """The inputs on which a model of a language is measured.

    Attributes:
        language: the language.
        length: tokens of context.
    """

    language: Language
    length: int

    @cached_property
    def text(self) -> Int64[np.ndarray, "texts tokens"]:
        """Texts of the language, one token longer than the context."""
        return self.language.text(np.random.default_rng((SEED, 0)), TEXTS, self.length + 1)

    @cached_property
    def repeats(self) -> dict[str, Repeats]:
        """Inputs with repeats by kind: ``matching``, ``translated`` and ``patterned``.

        The repeats of ``matching`` are literal. The other kinds exist for languages with two cases.
        In ``translated`` inputs each repeat is in one case. In ``patterned`` inputs each letter has
        a random case, so that only the sequence of letters recurs, which no training text shows;
        queries that also have a literal match have no targets there.
        """
        rng = np.random.default_rng((SEED, 1))
        if not isinstance(self.language, Segments):
            ids = repeats(rng, INPUTS, self.length, self.language.tokens, SEGMENT)
            return {"matching": Repeats(ids, followers(ids))}
        lower, upper, letters = self.language.lower, self.language.upper, self.language.letters
        literal = repeats(rng, INPUTS, self.length, lower, SEGMENT)
        translated = translated_repeats(rng, INPUTS, self.length, lower, upper, SEGMENT)
        drawn = letters[repeats(rng, INPUTS, self.length, lower, SEGMENT)]
        patterned = np.where(rng.random(drawn.shape) < 0.5, upper[drawn], lower[drawn])
        mapped = {}
        for kind, ids in (("translated", translated), ("patterned", patterned)):
            literally = followers(ids).any(axis=2, keepdims=True)
            mapped[kind] = Repeats(ids, followers(letters[ids]) & ~literally)
        return {"matching": Repeats(literal, followers(literal)), **mapped}

    @cached_property
    def repeated(self) -> Int64[np.ndarray, " inputs"]:
        """The last position of each input of literal repeats that has a target."""
        targets = self.repeats["matching"].targets
        has_target = np.asarray(targets.any(axis=2))
        last: Int64[np.ndarray, " inputs"] = self.length - 1 - has_target[:, ::-1].argmax(axis=1)
        return last
