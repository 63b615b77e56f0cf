"""The stored numbers of a model of one block by what they do, whatever its family calls them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Affine:
    """A gain and a shift, or a map and what is added to its output.

    Attributes:
        weight: of a norm by channel, of a map outputs × inputs.
        bias: by channel or output; zeros where the family has none.
    """

    weight: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True, eq=False)
class Parts:
    """A block with what stands before and after it; attention and MLP read the same stream.

    Attributes:
        embedding: token ids × width.
        attention_norm: of what attention reads.
        mlp_norm: of what the MLP reads.
        query: rows of a head lie together; of its channels that turn, a pair lies side by side.
        key: the same.
        value: rows of a head lie together.
        output: columns of a head lie together.
        inner: from the normed stream to the hidden units.
        outer: back from them.
        last_norm: of what the classes read.
        head: classes × width.
        query_gain: of the RMSNorm of each head's queries, in the order of their channels; or none.
        key_gain: the same of keys.
    """

    embedding: np.ndarray
    attention_norm: Affine
    mlp_norm: Affine
    query: Affine
    key: Affine
    value: Affine
    output: Affine
    inner: Affine
    outer: Affine
    last_norm: Affine
    head: Affine
    query_gain: np.ndarray | None = None
    key_gain: np.ndarray | None = None
