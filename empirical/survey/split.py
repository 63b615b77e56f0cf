"""How much of a head's logits each part of queries and keys contributes."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex128, Float64, Int

from empirical.heads.canonical import Head


@dataclass(frozen=True)
class VarianceShares:
    """Shares of the variance of one query's logits over its keys; they add up to 1.

    A query is a fixed part plus the rest, and so is a key. A share is the covariance of a term with
    the logit over the variance of the logit, so a term that works against the others is negative.

    Attributes:
        fixed_fixed: fixed query with fixed key: depends on the distance alone.
        rest_fixed: rest of the query with fixed key: for this query, on the distance alone.
        fixed_rest: fixed query with the rest of the keys.
        rest_rest: content with content.
    """

    fixed_fixed: float
    rest_fixed: float
    fixed_rest: float
    rest_rest: float


def split(
    head: Head,
    query: int,
    keys: Int[np.ndarray, " keys"],
    fixed_query: Complex128[np.ndarray, " planes"],
    fixed_key: Complex128[np.ndarray, " planes"],
    fixed_query_rest: Float64[np.ndarray, " rest"],
    fixed_key_rest: Float64[np.ndarray, " rest"],
) -> VarianceShares:
    """Split the logits, before a soft-cap, of a query at position ``query`` over its keys.

    Args:
        head: a head whose content ``p`` stands at position ``p``.
        query: the content that asks.
        keys: the contents that are asked.
        fixed_query: the part of the query that is set apart, such as its bias.
        fixed_key: the part of every key that is set apart.
        fixed_query_rest: the same of unrotated channels.
        fixed_key_rest: likewise.
    """
    turns = np.exp(1j * np.multiply.outer(query - keys, head.angles))
    factor = head.attention_factor**2
    queries = (fixed_query, head.queries[query] - fixed_query)
    query_rests = (fixed_query_rest, head.query_rest[query] - fixed_query_rest)
    many = np.broadcast_to(fixed_key, head.keys[keys].shape)
    many_rest = np.broadcast_to(fixed_key_rest, head.key_rest[keys].shape)
    terms = [
        factor * (turns * planes.conj() * asked).real.sum(axis=1) + (rests * asked_rest).sum(axis=1)
        for planes, rests in (
            (many, many_rest),
            (head.keys[keys] - many, head.key_rest[keys] - many_rest),
        )
        for asked, asked_rest in zip(queries, query_rests, strict=True)
    ]
    total = np.sum(terms, axis=0)
    centred = total - total.mean()
    variance = centred @ centred
    shares = [float(term @ centred / variance) if variance > 0 else 0.0 for term in terms]
    return VarianceShares(*shares)
