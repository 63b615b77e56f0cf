"""The self-check of a foreign model: the first thing that is said of it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from empirical.foreign.parity import Parity, parity
from empirical.foreign.reading import Model
from empirical.predictions.prediction import Prediction, PredictionOutcome

SHORTEST, SEED = 64, 20_261
"""Tokens of the input at least, and what it is drawn from."""
VERSION = 1
"""Of what is checked: models that passed another version are checked again."""


@dataclass(frozen=True)
class SelfCheck:
    """Canonical heads against the model's own attention, and the same with all angles doubled.

    Attributes:
        length: tokens of the input.
        blocks: one row per block.
        doubled: the control: where it is small, attention hardly depends on position, and the
            check tells little of the angles.
    """

    length: int
    blocks: tuple[Parity, ...]
    doubled: tuple[Parity, ...]

    def rows(self) -> Iterator[Prediction]:
        """One row per block for logits, and one for patterns where they were compared."""
        for block, wrong in zip(self.blocks, self.doubled, strict=True):
            for name, measured, control in (
                ("pattern_eq_own", block.patterns, wrong.patterns),
                ("logit_eq_own", block.logits, wrong.logits),
            ):
                if measured is None:
                    continue
                yield Prediction(
                    name=name,
                    where=f"L{block.layer} n={self.length}",
                    relation="≤",
                    bound=block.bound,
                    measured=measured,
                    theorem="score_eq_sum_cos",
                    detail={"with all angles doubled": control, "logit deviation": block.deviation},
                )

    @property
    def passed(self) -> bool:
        """Whether every row is within what float32 may make of it."""
        return all(row.outcome is PredictionOutcome.PASS for row in self.rows())

    @property
    def line(self) -> str:
        """One sentence."""
        rows = list(self.rows())
        bad = [row.where for row in rows if row.outcome is not PredictionOutcome.PASS]
        logits, control = (
            max(block.logits for block in blocks) for blocks in (self.blocks, self.doubled)
        )
        patterns = [block.patterns for block in self.blocks if block.patterns is not None]
        compared = f"logits within {logits:.1g}"
        if patterns:
            compared = f"attention weights within {max(patterns):.1g}, {compared}"
        verdict = "all as float32 rounds" if not bad else f"NOT in {len(bad)}: {', '.join(bad[:4])}"
        return (
            f"self-check at {self.length} tokens, {len(self.blocks)} blocks: {compared} of the "
            f"model's own ({control:.1g} with all angles doubled): {verdict}"
        )


def self_check_key(fingerprint: str, configuration: str, longest: int) -> str:
    """A hash of what decides the outcome: weights, configuration and length, in hexadecimal."""
    content = [VERSION, "self-check", fingerprint, configuration, max(longest, SHORTEST)]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def self_check(model: Model, longest: int) -> SelfCheck:
    """Check a model on random tokens, at the longest length that anything is said of.

    Args:
        model: the model.
        longest: in tokens.
    """
    length, vocabulary = max(longest, SHORTEST), model.vocabulary
    rng = np.random.default_rng(SEED)
    drawn = rng.choice(vocabulary.ordinary, length - len(vocabulary.start))
    ids = np.concatenate([np.array(vocabulary.start, dtype=np.int64), drawn])
    with np.errstate(all="ignore"):  # what is not finite passes no check
        blocks, doubled = parity(
            model, ids, (lambda head: head, lambda head: replace(head, angles=2 * head.angles))
        )
    return SelfCheck(length, tuple(blocks), tuple(doubled))
