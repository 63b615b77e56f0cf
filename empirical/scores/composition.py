"""Measures the K-composition of two heads (olsson2022induction), token by token.

The keys of the later head are made of what the earlier head writes; its queries are made of the
embedding. Each token has one content of each kind. The means over tokens are subtracted on both
sides, since they carry no information about the token. With rotary planes the product depends on
the distance, so measures are means over distances.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int

from empirical.heads.canonical import Head
from empirical.scores.copying import eigenvalue_score
from theory.refusal import Refusal


@dataclass(frozen=True)
class Composition:
    """Measures of the queries ``Q`` of a later head on the keys ``K`` that an earlier head wrote.

    Attributes:
        strength: ``‖Q R_t Kᵀ‖ / ‖Q‖‖K‖`` in Frobenius norms, mean over distances; from 0 to 1.
        matching: ``Σ λ / Σ |λ|`` of the mean over distances of ``Q R_t Kᵀ``; from −1 to 1. The
            value 1 is a match of each token with itself.
        margin: a token's logit on its own key minus the mean of its row, mean over tokens and
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
    """Measure a later head on keys made of what an earlier head writes.

    Args:
        head: the later head, on contents of both kinds.
        read: the content of each token as a query.
        written: the content that the earlier head writes if it attends to the token alone.
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
        raise Refusal("all tokens have the same query or the same key: give a trained head")
    turns = np.exp(1j * np.multiply.outer(distances, head.angles))
    factor = head.attention_factor**2
    products: Float64[np.ndarray, "distances tokens tokens"] = (
        factor * ((queries * turns[:, None]) @ keys.conj().T).real + query_rest @ key_rest.T
    )
    logits = head.scale * products.mean(axis=0)
    strengths = np.linalg.norm(products, axis=(1, 2)) / (factor * norms[0] * norms[1])
    return Composition(
        strength=float(strengths.mean()),
        matching=eigenvalue_score(logits),
        margin=float((np.diagonal(logits) - logits.mean(axis=1)).mean()),
    )


def _centred(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows - rows.mean(axis=0))
