"""How what an earlier head writes meets the queries of a later one.

The K-composition of olsson2022induction, on tokens: one content per token as the later head reads
it from the stream, one as the earlier head writes it. Constants over tokens are taken off both
sides, as they do not say which token is meant. With rotary planes the meeting depends on the
distance, so scores are over distances.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int

from empirical.heads.canonical import Head
from empirical.scores.copying import eigenvalue_score
from theory.refusal import Refusal


@dataclass(frozen=True)
class Composition:
    """How the keys written by one head meet the queries of another.

    Attributes:
        strength: ``‖Q R_t Kᵀ‖ / ‖Q‖‖K‖`` in Frobenius norms, mean over distances; from 0 to 1.
        matching: ``Σ λ / Σ |λ|`` of the mean over distances of ``Q R_t Kᵀ``; from −1 to 1, where
            1 is a match of each token with itself.
        margin: what a token's own logit has above the mean of its row, mean over tokens and
            distances; 0 for a head that does not match.
    """

    strength: float
    matching: float
    margin: float


def composition(
    head: Head,
    read: Int[np.ndarray, " tokens"],
    written: Int[np.ndarray, " tokens"],
    distances: Int[np.ndarray, " distances"],
) -> Composition:
    """Measure a later head on what an earlier one writes.

    Args:
        head: the later head, on contents of both kinds.
        read: for each token the content that asks.
        written: for each token the content that an earlier head wrote when it attended to it.
        distances: query position minus key position.

    Raises:
        Refusal: queries or keys are the same for every token.
    """
    queries, query_rest = _centred(head.queries[read]), _centred(head.query_rest[read])
    keys, key_rest = _centred(head.keys[written]), _centred(head.key_rest[written])
    norms = [
        np.sqrt((np.abs(planes) ** 2).sum() + (rest**2).sum())
        for planes, rest in ((queries, query_rest), (keys, key_rest))
    ]
    if not min(norms) > 0:
        raise Refusal("queries or keys do not tell tokens apart: give a head that was trained")
    turns = np.exp(1j * np.multiply.outer(distances, head.angles))
    factor = head.attention_factor**2
    met: Float64[np.ndarray, "distances tokens tokens"] = (
        factor * ((queries * turns[:, None]) @ keys.conj().T).real + query_rest @ key_rest.T
    )
    logits = head.scale * met.mean(axis=0)
    return Composition(
        strength=float(np.linalg.norm(met, axis=(1, 2)).mean() / (factor * norms[0] * norms[1])),
        matching=eigenvalue_score(logits),
        margin=float((np.diagonal(logits) - logits.mean(axis=1)).mean()),
    )


def _centred(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows - rows.mean(axis=0))
