"""A checkpoint directory, read strictly: ``config.json``, ``model.safetensors``, ``task.json``.

A GPT-J model as Hugging Face stores it, one whose heads turn in a single plane by an angle of
choice, or a GPT-NeoX, Phi or Llama of one layer. Each file is read once; what is hashed is what is
used.
"""

import hashlib
import math
import reprlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, deserialize

from empirical.recheck import gpt_neox, gptj, llama
from empirical.recheck.certificate import FILES
from empirical.recheck.config import Architecture, Config, named
from empirical.recheck.failures import Malformed
from empirical.recheck.fields import Field, read, read_bytes
from empirical.recheck.gpt_neox import gpt_neox_parts, gpt_neox_shapes, parsed_gpt_neox
from empirical.recheck.gptj import gptj_parts, gptj_shapes, parsed_gptj
from empirical.recheck.llama import llama_parts, llama_shapes, parsed_llama
from empirical.recheck.parts import Parts
from empirical.recheck.phi import parsed_phi, phi_parts, phi_shapes
from empirical.recheck.task import Task, parsed_task

CONFIG, WEIGHTS, TASK = FILES
MOST_PARAMETERS = 1 << 22
"""Of a model: a ball takes some two hundred bytes."""
MOST_WEIGHT_BYTES = 8 * MOST_PARAMETERS
DTYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}
LLAMAS = Architecture.LLAMA, Architecture.MISTRAL, Architecture.QWEN2, Architecture.QWEN3
"""Architectures that are read as a Llama."""
OF_TASKS = Architecture.GPTJ, Architecture.ONE_PLANE
"""Architectures of which certificates of tasks speak; those of specifications speak of all."""


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
    config = parsed_config(config_field, *OF_TASKS)
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


def parsed_config(top: Field, *architectures: Architecture) -> Config:
    """The shape of a model from its ``config.json``.

    Args:
        top: the whole file.
        architectures: that are read; by default all.
    """
    fields = top.any_object()
    kind = named(top, fields, "model_type").choice(*(architectures or Architecture))
    architecture = Architecture(kind)
    if architecture is Architecture.GPT_NEOX:
        return parsed_gpt_neox(top)
    if architecture is Architecture.PHI:
        return parsed_phi(top)
    if architecture in LLAMAS:
        return parsed_llama(top, architecture)
    return parsed_gptj(top, architecture)


def shapes(config: Config) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and shape of every parameter of a model."""
    if config.architecture is Architecture.GPT_NEOX:
        return gpt_neox_shapes(config)
    if config.architecture is Architecture.PHI:
        return phi_shapes(config)
    if config.architecture in LLAMAS:
        return llama_shapes(config)
    return gptj_shapes(config)


def parts_of(model: Model) -> Parts:
    """The stored numbers of a model of one block by what they do."""
    if model.config.architecture is Architecture.GPT_NEOX:
        return gpt_neox_parts(model.weights, model.config)
    if model.config.architecture is Architecture.PHI:
        return phi_parts(model.weights, model.config)
    if model.config.architecture in LLAMAS:
        return llama_parts(model.weights, model.config)
    return gptj_parts(model.weights, model.config)


def _is_buffer(name: str, config: Config) -> bool:
    """Whether a tensor is no parameter, but was stored beside them by old versions."""
    if config.architecture is Architecture.GPT_NEOX:
        return name in gpt_neox.OLD_BUFFERS
    return config.architecture in OF_TASKS and name.endswith(gptj.OLD_BUFFERS)


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
        if name not in weights and not _is_buffer(name, config):
            raise Malformed(f"{file}: {name!r} is no parameter of the model of config.json")
    writes = gpt_neox.WRITES if config.architecture is Architecture.GPT_NEOX else llama.WRITES
    if config.serial and weights[writes].any():
        raise Malformed(
            f"{file}: its MLP reads what attention wrote, and writes: {writes} is not zero"
        )
    return weights
