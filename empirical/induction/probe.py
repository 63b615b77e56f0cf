"""The inputs on which every snapshot of a run is measured, the same for all runs of a language."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Int64

from empirical.scores.repeats import followers, repeats, translated_repeats
from empirical.tasks.language import Language
from empirical.tasks.segments import Segments

SEED = 20_261
"""Of the inputs; no training run uses it."""
TEXTS, INPUTS, SEGMENT = 512, 32, 8
"""Texts of the language, inputs with repeats, tokens that come again in these."""


@dataclass(frozen=True, eq=False)
class Repeats:
    """Inputs with repeats, and what is to be found in them.

    Attributes:
        ids: token ids.
        targets: for each query the keys after earlier occurrences.
    """

    ids: Int64[np.ndarray, "inputs length"]
    targets: Bool[np.ndarray, "inputs length length"]


@dataclass(frozen=True, eq=False)
class Probe:
    """What is asked of a model of a language.

    Attributes:
        language: which.
        length: tokens of context.
    """

    language: Language
    length: int

    @cached_property
    def text(self) -> Int64[np.ndarray, "texts tokens"]:
        """Texts of the language, a token longer than the context."""
        return self.language.text(np.random.default_rng((SEED, 0)), TEXTS, self.length + 1)

    @cached_property
    def repeats(self) -> dict[str, Repeats]:
        """Inputs by kind: literal repeats, and for letters in two cases others of two kinds.

        In translated ones, each repeat is in one case; in patterned ones each letter is, so that
        only the pattern of letters comes again, which no training text shows. There, queries
        that also have a literal match do not count.
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
        """In each input of literal repeats, the last position that has something to find."""
        targets = self.repeats["matching"].targets
        found = np.asarray(targets.any(axis=2))
        last: Int64[np.ndarray, " inputs"] = self.length - 1 - found[:, ::-1].argmax(axis=1)
        return last
