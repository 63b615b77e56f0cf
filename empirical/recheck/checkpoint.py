"""A checkpoint directory, read strictly: ``config.json``, ``model.safetensors``, ``task.json``.

A GPT-J model as Hugging Face stores it, or one whose heads turn in a single plane by an angle of
choice. Each file is read once; what is hashed is what is used.
"""

import hashlib
import math
import reprlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, deserialize

from empirical.recheck.certificate import FILES
from empirical.recheck.failures import Malformed
from empirical.recheck.fields import MOST_TOKENS, Field, read, read_bytes
from empirical.recheck.task import Task, parsed_task

CONFIG, WEIGHTS, TASK = FILES
BASE = 10_000
"""GPT-J's rotary base."""
MOST_PARAMETERS = 1 << 22
"""Of a model: a ball takes some two hundred bytes."""
MOST_WEIGHT_BYTES = 8 * MOST_PARAMETERS
MOST_DIMENSIONS = 1 << 16
MOST_PAIRS = 1 << 22
"""Pairs of streams of which an inner product is kept: of a query, or of a head and a token."""
OLD_BUFFERS = (".attn.bias", ".attn.masked_bias")
"""Causal masks that old versions of transformers stored; they are no parameters."""
DTYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}
GPTJ, ONE_PLANE = "gptj", "one-plane-gptj"


@dataclass(frozen=True)
class Config:
    """The shape of a model.

    Attributes:
        tokens: token ids; classes are as many.
        width: of the residual stream.
        blocks: one after the other.
        heads: of each block.
        rotary: leading dimensions of a head that are rotated, in interleaved pairs.
        inner: width of the hidden layer of the MLP.
        epsilon: added to the variance in every LayerNorm.
        angle: radians per position of the only plane; none: the ladder of GPT-J.
    """

    tokens: int
    width: int
    blocks: int
    heads: int
    rotary: int
    inner: int
    epsilon: float
    angle: float | None

    @property
    def dimension(self) -> int:
        """Of a head."""
        return self.width // self.heads


@dataclass(frozen=True, eq=False)
class Model:
    """A model that was read: a checkpoint without its task.

    Attributes:
        config: its shape.
        weights: its parameters in float32 or float16, by name; all finite.
        sha256: of each file, in hexadecimal.
    """

    config: Config
    weights: dict[str, np.ndarray]
    sha256: dict[str, str]


@dataclass(frozen=True, eq=False)
class Checkpoint(Model):
    """A checkpoint that was read.

    Attributes:
        task: which inputs are meant.
    """

    task: Task


def read_model(directory: Path) -> Model:
    """Read ``config.json`` and ``model.safetensors`` of a checkpoint directory.

    Raises:
        Malformed: a file is missing or damaged, or the two do not fit together.
    """
    field, config_bytes = read(directory / CONFIG)
    config = parsed_config(field)
    weights, weight_bytes = _read_weights(directory, config)
    return Model(config, weights, {CONFIG: _hash(config_bytes), WEIGHTS: _hash(weight_bytes)})


def read_checkpoint(directory: Path) -> Checkpoint:
    """Read a checkpoint directory.

    Raises:
        Malformed: a file is missing or damaged, or the three do not fit together.
    """
    config_field, config_bytes = read(directory / CONFIG)
    config = parsed_config(config_field)
    task_field, task_bytes = read(directory / TASK)
    task = parsed_task(task_field, config.tokens)
    weights, weight_bytes = _read_weights(directory, config)
    contents = {CONFIG: config_bytes, WEIGHTS: weight_bytes, TASK: task_bytes}
    sha256 = {name: _hash(data) for name, data in contents.items()}
    return Checkpoint(config, weights, sha256, task)


def _read_weights(directory: Path, config: Config) -> tuple[dict[str, np.ndarray], bytes]:
    file = directory / WEIGHTS
    data = read_bytes(file, MOST_WEIGHT_BYTES)
    return parsed_weights(data, str(file), config), data


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def parsed_config(top: Field) -> Config:
    """The shape of a model from its ``config.json``.

    Fields that do not change the function of the model are not looked at.
    """
    fields = top.any_object()

    def count(name: str, most: int = MOST_DIMENSIONS) -> int:
        if name not in fields:
            top.fail(f"the field {name!r} is missing")
        return fields[name].integer(1, most)

    if "model_type" not in fields:
        top.fail("the field 'model_type' is missing")
    kind = fields["model_type"].choice(GPTJ, ONE_PLANE)
    if "activation_function" in fields:
        fields["activation_function"].choice("gelu_new")
    if fields.get("tie_word_embeddings", top).value is True:
        fields["tie_word_embeddings"].fail("tied embeddings are not read")
    width, heads, rotary = count("n_embd"), count("n_head"), count("rotary_dim")
    if width % heads:
        fields["n_embd"].fail(f"{width} does not split into {heads} heads")
    if rotary % 2 or rotary > width // heads:
        fields["rotary_dim"].fail(f"{rotary} is not made of pairs inside a head")
    has_inner = "n_inner" in fields and fields["n_inner"].value is not None
    epsilon = fields["layer_norm_epsilon"].number(0, 1) if "layer_norm_epsilon" in fields else 1e-5
    if not 0 < epsilon < 1:
        fields["layer_norm_epsilon"].fail("it is not between 0 and 1")
    angle = None
    if kind == ONE_PLANE:
        if "angle" not in fields:
            top.fail("the field 'angle' is missing")
        angle = fields["angle"].number(-sys.float_info.max, sys.float_info.max)
        if rotary != 2:
            fields["rotary_dim"].fail("one plane has 2 dimensions")
    tokens = count("vocab_size", MOST_TOKENS)
    if (tokens * (heads + 1)) ** 2 > MOST_PAIRS:
        top.fail(f"{tokens} tokens and {heads} heads are more than are checked")
    return Config(
        tokens=tokens,
        width=width,
        blocks=count("n_layer"),
        heads=heads,
        rotary=rotary,
        inner=count("n_inner") if has_inner else 4 * width,
        epsilon=epsilon,
        angle=angle,
    )


def shapes(config: Config) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and shape of every parameter of a model."""
    width, inner, tokens = config.width, config.inner, config.tokens
    yield "transformer.wte.weight", (tokens, width)
    for block in range(config.blocks):
        name = f"transformer.h.{block}"
        yield f"{name}.ln_1.weight", (width,)
        yield f"{name}.ln_1.bias", (width,)
        for projection in ("q_proj", "k_proj", "v_proj", "out_proj"):
            yield f"{name}.attn.{projection}.weight", (width, width)
        yield f"{name}.mlp.fc_in.weight", (inner, width)
        yield f"{name}.mlp.fc_in.bias", (inner,)
        yield f"{name}.mlp.fc_out.weight", (width, inner)
        yield f"{name}.mlp.fc_out.bias", (width,)
    yield "transformer.ln_f.weight", (width,)
    yield "transformer.ln_f.bias", (width,)
    yield "lm_head.weight", (tokens, width)
    yield "lm_head.bias", (tokens,)


def parsed_weights(data: bytes, file: str, config: Config) -> dict[str, np.ndarray]:
    """The parameters of a model from its ``model.safetensors``.

    Raises:
        Malformed: the file is damaged, holds other tensors, or a number in it is not finite.
    """
    try:
        tensors: dict[str, Any] = dict(deserialize(data))  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise Malformed(f"{file}: it is damaged or is no safetensors file ({error})") from error
    weights = {}
    total = 0
    for name, shape in shapes(config):
        if name not in tensors:
            raise Malformed(f"{file}: the tensor {name} is missing")
        tensor = tensors[name]
        if tuple(tensor["shape"]) != shape:
            shape_text = reprlib.repr(tensor["shape"])
            raise Malformed(f"{file}: {name} has the shape {shape_text}, not {list(shape)}")
        if tensor["dtype"] not in DTYPES:
            raise Malformed(f"{file}: {name} is stored as {tensor['dtype']}, not as F32 or F16")
        total += math.prod(shape)
        if total > MOST_PARAMETERS:
            raise Malformed(f"{file}: it has above {MOST_PARAMETERS} parameters")
        array = np.frombuffer(bytes(tensor["data"]), DTYPES[tensor["dtype"]]).reshape(shape)
        if not np.isfinite(array).all():
            raise Malformed(f"{file}: {name} holds NaN or infinite numbers")
        weights[name] = array
    for name in tensors:
        if name not in weights and not name.endswith(OLD_BUFFERS):
            raise Malformed(f"{file}: {name!r} is no parameter of the model of config.json")
    return weights
