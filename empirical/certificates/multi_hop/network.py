"""The stored weights of a network of one head per layer, as exact floats."""

from dataclasses import dataclass

import numpy as np
from flint import ctx
from jaxtyping import Float64

from empirical.certificates.arithmetic.rounding import BITS
from empirical.certificates.multi_hop.forms import WIDEST
from empirical.certificates.one_layer.gptj import angle_balls
from empirical.certificates.one_layer.tables import Turns
from empirical.files.checkpoint import Checkpoint
from theory.refusal import Refusal

Vector = Float64[np.ndarray, " width"]


@dataclass(frozen=True, eq=False)
class StoredMLP:
    """Two linear maps of rows around ``gelu_new``."""

    into: Float64[np.ndarray, "width hidden"]
    into_bias: Float64[np.ndarray, " hidden"]
    back: Float64[np.ndarray, "hidden width"]
    back_bias: Vector


@dataclass(frozen=True, eq=False)
class StoredLayer:
    """One block: what its LayerNorm does after dividing, and its maps of rows.

    Attributes:
        gain: of the LayerNorm.
        shift: of the LayerNorm.
        query, key, value, output: of the head; scores are further divided by √dimension.
        mlp: beside the head, if it writes anything.
    """

    gain: Vector
    shift: Vector
    query: Float64[np.ndarray, "width dim"]
    key: Float64[np.ndarray, "width dim"]
    value: Float64[np.ndarray, "width dim"]
    output: Float64[np.ndarray, "dim width"]
    mlp: StoredMLP | None


class WalkNetwork:
    """A GPT-J checkpoint with one head per block.

    Args:
        checkpoint: read from its directory.

    Attributes:
        embedding: a row per token.
        layers: the blocks in order.
        gain: of the last LayerNorm.
        shift: of the last LayerNorm.
        head: a form on rows for each class.
        bias: of each class.
        epsilon: of every LayerNorm.
        turns: cosines and sines of the rotary angles.

    Raises:
        Refusal: several heads, or a wider model than the room for rounding allows.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        config, path = checkpoint.config, checkpoint.path
        if config.n_head != 1:
            raise Refusal(
                f"{path} has {config.n_head} heads per layer: walks are certified for one head"
            )
        if max(config.n_embd, config.inner, config.vocab_size) > WIDEST:
            raise Refusal(
                f"{path} has more than {WIDEST} tokens, dimensions or hidden units: certify a "
                "smaller model"
            )
        self.config, self.path = config, path
        self._weights = {name: array.astype(float) for name, array in checkpoint.weights.items()}
        self.embedding = self._weights["transformer.wte.weight"]
        self.layers = [self._layer(depth) for depth in range(config.n_layer)]
        self.gain = self._weights["transformer.ln_f.weight"]
        self.shift = self._weights["transformer.ln_f.bias"]
        self.head, self.bias = self._weights["lm_head.weight"], self._weights["lm_head.bias"]
        self.epsilon = float(config.layer_norm_epsilon)
        with ctx.workprec(BITS):
            self.turns = Turns(angle_balls(config))

    def _layer(self, depth: int) -> StoredLayer:
        block = f"transformer.h.{depth}"
        query, key, value, output = (
            self._weights[f"{block}.attn.{name}_proj.weight"].T for name in ("q", "k", "v", "out")
        )
        into, back = (self._weights[f"{block}.mlp.fc_{name}.weight"].T for name in ("in", "out"))
        into_bias, back_bias = (
            self._weights[f"{block}.mlp.fc_{name}.bias"] for name in ("in", "out")
        )
        silent = not back.any() and not back_bias.any()
        return StoredLayer(
            gain=self._weights[f"{block}.ln_1.weight"],
            shift=self._weights[f"{block}.ln_1.bias"],
            query=query,
            key=key,
            value=value,
            output=output,
            mlp=None if silent else StoredMLP(into, into_bias, back, back_bias),
        )
