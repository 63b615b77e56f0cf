"""The shape of a model, and what is common to reading it from the ``config.json`` of any family."""

from dataclasses import dataclass
from enum import StrEnum

from empirical.recheck.fields import MOST_TOKENS, Field, Fields

MOST_DIMENSIONS = 1 << 16
MOST_PAIRS = 1 << 22
"""Pairs of streams of which an inner product is kept: of a query, or of a head and a token."""


class Architecture(StrEnum):
    """Architectures that are read, by their ``model_type``."""

    GPTJ = "gptj"
    ONE_PLANE = "one-plane-gptj"
    GPT_NEOX = "gpt_neox"
    LLAMA = "llama"
    MISTRAL = "mistral"
    QWEN2 = "qwen2"
    QWEN3 = "qwen3"
    PHI = "phi"


class Activation(StrEnum):
    """What an MLP applies to each hidden unit."""

    GELU_TANH = "gelu_new"
    GELU = "gelu"
    RELU = "relu"


@dataclass(frozen=True)
class Config:
    """The shape of a model.

    Attributes:
        architecture: its family.
        tokens: token ids; classes are as many.
        width: of the residual stream.
        blocks: one after the other.
        heads: of each block.
        rotary: leading dimensions of a head that are rotated, in pairs.
        inner: width of the hidden layer of the MLP.
        epsilon: added to the variance in every LayerNorm.
        base: of the ladder of angles.
        angle: radians per position of the only plane; none: the ladder.
        activation: of the MLP.
        attention_biased: whether query, key, value and output of a head have biases.
        tied: whether the unembedding is the embedding.
        rms: whether norms take no mean off.
        serial: whether the MLP reads what attention wrote, so that it has to write a constant.
        key_heads: keys and values of the block, each shared by as many heads; 0: one for each.
    """

    architecture: Architecture
    tokens: int
    width: int
    blocks: int
    heads: int
    rotary: int
    inner: int
    epsilon: float
    base: float
    angle: float | None = None
    activation: Activation = Activation.GELU_TANH
    attention_biased: bool = False
    tied: bool = False
    rms: bool = False
    serial: bool = False
    key_heads: int = 0

    @property
    def dimension(self) -> int:
        """Of a head."""
        return self.width // self.heads


def named(top: Field, fields: Fields, name: str) -> Field:
    """A field that has to be there."""
    if name not in fields:
        top.fail(f"the field {name!r} is missing")
    return fields[name]


def count(top: Field, fields: Fields, name: str, most: int = MOST_DIMENSIONS) -> int:
    """A positive whole number that has to be there."""
    return named(top, fields, name).integer(1, most)


def token_count(top: Field, fields: Fields, heads: int) -> int:
    """The number of token ids, of which no more are taken than can be compared in pairs."""
    tokens = count(top, fields, "vocab_size", MOST_TOKENS)
    if (tokens * (heads + 1)) ** 2 > MOST_PAIRS:
        top.fail(f"{tokens} tokens and {heads} heads are more than are checked")
    return tokens


def small_positive(field: Field) -> float:
    """What is added to a variance."""
    epsilon = field.number(0, 1)
    if not 0 < epsilon < 1:
        field.fail("it is not between 0 and 1")
    return epsilon
