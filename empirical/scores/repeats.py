"""Draws random inputs in which a segment recurs after gaps of random length.

olsson2022induction repeats 25 tokens four times in a row, so every repeat is 25 positions back and
a head that always attends 24 back would match. Here a random number of random tokens stands
between the repeats, so that no fixed distance matches often.
"""

import numpy as np
from jaxtyping import Bool, Int64

from theory.refusal import Refusal


def repeats(
    rng: np.random.Generator,
    inputs: int,
    length: int,
    alphabet: Int64[np.ndarray, " tokens"],
    segment: int,
) -> Int64[np.ndarray, "inputs length"]:
    """Draw inputs that repeat a segment of distinct tokens, each time after a new gap.

    The lengths of the gaps are uniform from 0 to twice the segment, and so is the position of the
    first segment. Gaps are filled with tokens that the segment does not hold.

    Args:
        rng: the only source of randomness.
        inputs: number of inputs.
        length: tokens per input.
        alphabet: token ids to draw from.
        segment: length of the segment, in tokens.

    Raises:
        Refusal: the alphabet has no token outside the segment, or an input may be too short for
            two segments and the gaps around them.
    """
    return _drawn(rng, inputs, length, alphabet, segment)[0]


def translated_repeats(
    rng: np.random.Generator,
    inputs: int,
    length: int,
    alphabet: Int64[np.ndarray, " tokens"],
    translation: Int64[np.ndarray, " tokens"],
    segment: int,
) -> Int64[np.ndarray, "inputs length"]:
    """Draw inputs as ``repeats`` does, and translate each repeat with probability 1/2.

    The gap after a repeat is translated with it.

    Args:
        rng: the only source of randomness.
        inputs: number of inputs.
        length: tokens per input.
        alphabet: token ids to draw from.
        translation: the translation of each token of the alphabet.
        segment: length of the segment, in tokens.

    Raises:
        Refusal: as ``repeats``.
    """
    drawn, rounds = _drawn(rng, inputs, length, alphabet, segment)
    of = dict(zip(alphabet.tolist(), translation.tolist(), strict=True))
    translated = np.vectorize(of.__getitem__, otypes=[np.int64])(drawn)
    turned = rng.random((inputs, int(rounds.max()) + 1)) < 0.5
    return np.where(np.take_along_axis(turned, rounds, axis=1), translated, drawn)


def _drawn(
    rng: np.random.Generator, inputs: int, length: int, alphabet: np.ndarray, segment: int
) -> tuple[Int64[np.ndarray, "inputs length"], Int64[np.ndarray, "inputs length"]]:
    """Returns the inputs, and how often the segment has begun up to each position."""
    if not 2 <= segment < alphabet.size:
        raise Refusal(
            f"a segment of {segment} different tokens leaves no filler among {alphabet.size}: "
            f"give 2 to {alphabet.size - 1}"
        )
    if length < 6 * segment:
        raise Refusal(
            f"{length} tokens may not hold two segments of {segment} and the gaps around them: "
            f"give at least {6 * segment}"
        )
    drawn = np.empty((inputs, length), dtype=np.int64)
    rounds = np.zeros((inputs, length), dtype=np.int64)
    for row, counts in zip(drawn, rounds, strict=True):
        shuffled = rng.permutation(alphabet)
        chosen, others = shuffled[:segment], shuffled[segment:]
        row[:] = rng.choice(others, length)
        start = int(rng.integers(2 * segment + 1))
        while start < length:
            row[start : start + segment] = chosen[: length - start]
            counts[start:] += 1
            start += segment + int(rng.integers(2 * segment + 1))
    return drawn, rounds


def followers(ids: Int64[np.ndarray, "inputs length"]) -> Bool[np.ndarray, "inputs length length"]:
    """Returns whether key ``j`` follows an earlier occurrence of the token at query ``i``.

    That is ``s_{j−1} = s_i`` with ``1 ≤ j < i``; rows are queries, columns keys.
    """
    every = np.arange(ids.shape[1])
    return np.stack([followers_of(row, every) for row in ids])


def followers_of(
    ids: Int64[np.ndarray, " length"], queries: Int64[np.ndarray, " queries"]
) -> Bool[np.ndarray, "queries length"]:
    """Returns the same for the queries of one input at the given positions."""
    same = np.zeros((queries.size, ids.size), dtype=bool)
    same[:, 1:] = ids[queries, None] == ids[:-1]
    same &= np.arange(ids.size) < queries[:, None]
    return same


def earlier_of(
    ids: Int64[np.ndarray, " length"], queries: Int64[np.ndarray, " queries"]
) -> Bool[np.ndarray, "queries length"]:
    """Returns whether key ``j`` is an earlier occurrence of the token at query ``i``."""
    same: Bool[np.ndarray, "queries length"] = ids[queries, None] == ids
    return same & (np.arange(ids.size) < queries[:, None])
