"""Builds small models of other families with ``transformers``, to be trained on our tasks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from empirical.models.config import GPTJConfig
from theory.refusal import Refusal


@dataclass(frozen=True)
class FamilyConfig(GPTJConfig):
    """The shape of a Llama or GPT-NeoX model, in GPT-J's names.

    Attributes:
        family: its ``model_type``.
        n_key_head: number of key heads per block, each shared by equally many heads; ``None`` is
        ``n_head``.

    Raises:
        Refusal: no model of the family has this shape.
    """

    family: str = "llama"
    n_key_head: int | None = None

    CLASSES: ClassVar[dict[str, str]] = {
        "gpt_neox": "GPTNeoXForCausalLM",
        "llama": "LlamaForCausalLM",
    }
    """The class of each family in ``transformers``."""

    def __post_init__(self) -> None:
        """Refuse shapes that no model of the family has."""
        super().__post_init__()
        if self.family not in self.CLASSES:
            raise Refusal(f"family is {self.family!r}: choose {' or '.join(self.CLASSES)}")
        shared = self.n_head if self.n_key_head is None else self.n_key_head
        if shared < 1 or self.n_head % shared or (shared < self.n_head) > (self.family == "llama"):
            raise Refusal(
                f"{self.n_head} heads of {self.family} cannot share {shared} key heads: "
                "give as many, or in llama a divisor"
            )
        if self.family == "llama" and self.rotary_dim != self.head_dim:
            raise Refusal(
                f"rotary_dim is {self.rotary_dim}: heads of llama turn in all {self.head_dim}"
            )
        if self.embd_pdrop or self.attn_pdrop or self.resid_pdrop:
            raise Refusal("models of other families are trained without dropout: give rates of 0")

    def to_json(self) -> dict[str, Any]:
        """Returns the ``config.json`` from which ``transformers`` builds the model."""
        llama = self.family == "llama"
        return {
            "architectures": [self.CLASSES[self.family]],
            "model_type": self.family,
            "vocab_size": self.vocab_size,
            "hidden_size": self.n_embd,
            "num_hidden_layers": self.n_layer,
            "num_attention_heads": self.n_head,
            **({"num_key_value_heads": self.n_key_head or self.n_head} if llama else {}),
            "intermediate_size": self.inner,
            "max_position_embeddings": self.n_positions,
            "rms_norm_eps" if llama else "layer_norm_eps": self.layer_norm_epsilon,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": self.BASE,
                **({} if llama else {"partial_rotary_factor": self.rotary_dim / self.head_dim}),
            },
            "tie_word_embeddings": False,
            "dtype": "float32",
            "bos_token_id": None,
            "eos_token_id": None,
        }

    def shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yields name and shape of every parameter.

        Raises:
            Refusal: ``transformers`` is not installed.
        """
        with torch.device("meta"):
            for name, parameter in FamilyModel(self).named_parameters():
                yield name, tuple(parameter.shape)


class FamilyModel(nn.Module):
    """A model of ``transformers`` with the interface of ``GPTJ``; parameters keep their names.

    Args:
        config: the shape.

    Raises:
        Refusal: ``transformers`` is not installed.
    """

    def __init__(self, config: FamilyConfig) -> None:
        super().__init__()
        try:
            import transformers
        except ImportError as error:
            raise Refusal(
                f"a {config.family} model is made by transformers, which is not installed: "
                "pip install 'ropeproof[hf]'"
            ) from error
        kind: Any = getattr(transformers, config.CLASSES[config.family])
        self.causal = kind(kind.config_class.from_dict(config.to_json()))

    def named_parameters(self, *args: Any, **kwargs: Any) -> Iterator[tuple[str, nn.Parameter]]:
        """Yields the parameters by the names that they have in files."""
        parameters: Iterator[tuple[str, nn.Parameter]]
        parameters = self.causal.named_parameters(*args, **kwargs)
        return parameters

    def forward(
        self, ids: Int[Tensor, "batch length"], last_only: bool = False
    ) -> Float[Tensor, "batch rows vocabulary"]:
        """Returns the logits of the next token, at every position or at the last; see ``GPTJ``."""
        kept = 1 if last_only else 0
        logits: Tensor = self.causal(ids, use_cache=False, logits_to_keep=kept).logits
        return logits
