"""Defines the shape of a GPT-J model, as in its ``config.json``."""

import reprlib
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, ClassVar

from theory.refusal import Refusal

LARGEST = 1 << 48
"""Larger than any number in one of these fields."""


@dataclass(frozen=True)
class GPTJConfig:
    """GPT-J's own fields under their Hugging Face names.

    Attributes:
        vocab_size: number of token ids.
        n_embd: width of the residual stream.
        n_layer: number of blocks.
        n_head: number of heads per block.
        rotary_dim: number of leading dimensions of each head that are rotated, in interleaved
        pairs. n_inner: width of the hidden layer of the MLP; ``None`` is four times ``n_embd``.
        n_positions: length of the position table of the Hugging Face class; ours has none.
        layer_norm_epsilon: added to the variance.
        embd_pdrop, attn_pdrop, resid_pdrop: dropout rates of embedding, attention and outputs.

    Raises:
        Refusal: no GPT-J model has this shape; the message names the field.
    """

    vocab_size: int
    n_embd: int
    n_layer: int
    n_head: int
    rotary_dim: int
    n_inner: int | None = None
    n_positions: int = 4096
    layer_norm_epsilon: int | float = 1e-5
    embd_pdrop: int | float = 0.0
    attn_pdrop: int | float = 0.0
    resid_pdrop: int | float = 0.0

    BASE: ClassVar[float] = 10000.0
    """GPT-J's rotary base; its ``config.json`` cannot change it."""

    FIXED: ClassVar[dict[str, object]] = {
        "architectures": ["GPTJForCausalLM"],
        "model_type": "gptj",
        "activation_function": "gelu_new",
        "tie_word_embeddings": False,
        "dtype": "float32",
        "bos_token_id": None,
        "eos_token_id": None,
    }
    """The contents of ``config.json`` besides the fields."""

    def __post_init__(self) -> None:
        """Refuse shapes that no GPT-J model has."""
        for name in ("vocab_size", "n_embd", "n_layer", "n_head", "n_positions", "inner"):
            if getattr(self, name) < 1:
                raise Refusal(f"{name} is {getattr(self, name)}: give a positive number")
        if self.n_embd % self.n_head:
            raise Refusal(
                f"n_embd {self.n_embd} does not split into {self.n_head} heads: "
                "give a multiple of n_head"
            )
        if self.rotary_dim % 2 or not 2 <= self.rotary_dim <= self.head_dim:
            raise Refusal(
                f"rotary_dim {self.rotary_dim} is not made of pairs inside a head of "
                f"{self.head_dim} dimensions: give an even number from 2 to {self.head_dim}"
            )
        if not 0 < self.layer_norm_epsilon < 1:
            raise Refusal(
                f"layer_norm_epsilon is {self.layer_norm_epsilon}: give a number between 0 and 1"
            )
        for name in ("embd_pdrop", "attn_pdrop", "resid_pdrop"):
            if not 0 <= getattr(self, name) < 1:
                raise Refusal(f"{name} is {getattr(self, name)}: give a rate from 0 to below 1")

    @property
    def head_dim(self) -> int:
        """Number of dimensions of one head."""
        return self.n_embd // self.n_head

    @property
    def angles(self) -> tuple[float, ...]:
        """Radians per position of each plane, a geometric sequence from 1 down (su2021roformer)."""
        planes = range(self.rotary_dim // 2)
        return tuple(self.BASE ** (-2 * plane / self.rotary_dim) for plane in planes)

    @property
    def inner(self) -> int:
        """Width of the hidden layer of the MLP."""
        return 4 * self.n_embd if self.n_inner is None else self.n_inner

    def to_json(self) -> dict[str, Any]:
        """Returns the ``config.json`` from which ``transformers`` builds the same model."""
        return {**self.FIXED, **asdict(self)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "GPTJConfig":
        """Read the contents of a ``config.json``.

        Args:
            values: the JSON object; fields that do not affect the function are ignored.

        Returns:
            The configuration.

        Raises:
            Refusal: the architecture is another, a field is missing or of the wrong type, or no
            GPT-J model has this shape.
        """
        complete = {"activation_function": "gelu_new", "tie_word_embeddings": False, **values}
        for name in ("model_type", "activation_function", "tie_word_embeddings"):
            value = complete.get(name)
            if value != cls.FIXED[name]:
                raise Refusal(f"{name} is {reprlib.repr(value)}: only {cls.FIXED[name]!r} is read")
        missing = [f.name for f in fields(cls) if f.default is MISSING and f.name not in values]
        if missing:
            raise Refusal(f"{missing[0]} is missing: add it")
        given: dict[str, Any] = {f.name: values[f.name] for f in fields(cls) if f.name in values}
        for field in fields(cls):
            value = given.get(field.name, field.default)
            kind: Any = field.type
            huge = isinstance(value, int) and abs(value) > LARGEST
            if huge or isinstance(value, bool) or not isinstance(value, kind):
                raise Refusal(
                    f"{field.name} is {reprlib.repr(value)}: give a number as GPT-J has there"
                )
        return cls(**given)
