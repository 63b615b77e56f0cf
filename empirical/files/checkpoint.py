"""Reads and writes checkpoint directories.

A checkpoint is a Hugging Face directory of a GPT-J model (``config.json``,
``model.safetensors``), with ``task.json`` where the task is known and ``manifest.json`` where we
trained it. Everything is checked before anything large is read, and nothing in it is executed.
"""

import hashlib
import os
import reprlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import safetensors.numpy
from jaxtyping import Float, Float32
from safetensors import SafetensorError, safe_open

from empirical.files import atomic
from empirical.files.json_file import read_json
from empirical.files.safetensors_header import TensorHeader, damaged, pickle_refusal, read_header
from empirical.models.config import GPTJConfig
from empirical.models.family import FamilyConfig
from empirical.models.gpt_neox import NeoXConfig
from empirical.models.llama import LlamaConfig
from empirical.models.one_plane import OnePlaneConfig
from empirical.models.smeared import SmearedConfig
from empirical.tasks import task_from_entries, tasks
from empirical.tasks.task import Entry, Task, entries_from_json
from theory.refusal import Refusal

CONFIG, WEIGHTS, TASK, MANIFEST = "config.json", "model.safetensors", "task.json", "manifest.json"
PICKLE = "pytorch_model.bin"
OLD_BUFFERS = (
    ".attn.bias",
    ".attn.masked_bias",
    ".attention.bias",
    ".attention.masked_bias",
    ".attention.rotary_emb.inv_freq",
)
"""Masks and angles that old versions of transformers stored; they are not parameters."""

Weights: TypeAlias = Mapping[str, Float32[np.ndarray, "..."]]


@dataclass(frozen=True)
class TaskRecord:
    """The contents of ``task.json``.

    Attributes:
        name: name of the task.
        entries: the meaning of each token id.
        train_lengths: lengths on which the model was trained, in tokens.
    """

    name: str
    entries: tuple[Entry, ...]
    train_lengths: tuple[int, ...]


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that passed every check.

    Attributes:
        path: its directory.
        config: the shape of the model.
        weights: parameters by Hugging Face name, float32.
        sha256: of ``model.safetensors``, in hexadecimal.
        task: the task of the training, if the directory has ``task.json``.
        manifest: the record of the training, if the directory has ``manifest.json``.
    """

    path: Path
    config: GPTJConfig
    weights: Weights
    sha256: str
    task: TaskRecord | None
    manifest: Mapping[str, Any] | None

    @property
    def known_task(self) -> Task | None:
        """The task that ``task.json`` names, or ``None`` where it names no known one.

        Raises:
            Refusal: the task does not allow the tokens.
        """
        known = self.task is not None and self.task.name in tasks()
        return self.recorded_task if known else None

    @property
    def recorded_task(self) -> Task | None:
        """The task of ``task.json``, or ``None`` where there is no such file.

        Raises:
            Refusal: it is no known task, or does not allow the tokens.
        """
        if self.task is None:
            return None
        with naming(self.path / TASK):
            return task_from_entries(self.task.name, self.task.entries)

    @property
    def seed(self) -> int:
        """The seed of the training; 0 where the manifest has none."""
        return int((self.manifest or {}).get("seed", 0))


def read(path: Path, *kinds: type[GPTJConfig]) -> Checkpoint:
    """Read a checkpoint directory.

    Args:
        path: the directory.
        kinds: the accepted architectures, by default those that canonical heads and certificates
            support: ``GPTJConfig`` and ``OnePlaneConfig``.

    Returns:
        The checkpoint.

    Raises:
        Refusal: a file is missing, damaged or inconsistent with another, a weight is not finite, or
        the architecture is not accepted. The message names the file and the remedy.
    """
    if not os.path.isdir(path):
        raise Refusal(f"{path} is not a directory: name one that holds {CONFIG} and {WEIGHTS}")
    with naming(path / CONFIG):
        values = read_json(path / CONFIG)
        accepted = kinds or (GPTJConfig, OnePlaneConfig)
        matching = [k for k in accepted if k.FIXED["model_type"] == values.get("model_type")]
        config = (matching or accepted)[0].from_json(values)
    task = _read_task(path / TASK, config) if os.path.lexists(path / TASK) else None
    manifest = _read_manifest(path / MANIFEST) if os.path.lexists(path / MANIFEST) else None

    file = path / WEIGHTS
    if not os.path.lexists(file) and os.path.lexists(path / PICKLE):
        raise pickle_refusal(path / PICKLE)
    if not os.path.lexists(file) and manifest is not None:
        raise Refusal(
            f"{path} holds the records of a model without its weights, which are in the repository "
            "and not in the package: name the directory in a clone"
        )
    _check_file(file, config)
    sha256 = file_sha256(file)
    if manifest is not None and manifest.get("sha256") != sha256:
        raise Refusal(
            f"{file} is not the file that {path / MANIFEST} describes (another sha256): "
            "copy the directory again"
        )
    return Checkpoint(path, config, _read_weights(file, config), sha256, task, manifest)


def within(folder: Path) -> list[Path]:
    """Returns the model directories in a folder, at any depth.

    Args:
        folder: a model directory or a folder of such. A model directory, and a path that holds no
        model, is returned as it is.
    """
    if not folder.is_dir() or (folder / CONFIG).exists():
        return [folder]
    return sorted(config.parent for config in folder.rglob(CONFIG)) or [folder]


def read_weights(file: Path, config: GPTJConfig) -> Weights:
    """Read parameters from a file outside a checkpoint, such as a snapshot of training.

    Args:
        file: the safetensors file.
        config: the shape of the model.

    Returns:
        Parameters by Hugging Face name.

    Raises:
        Refusal: the file is missing or damaged, has other parameters, or a weight is not finite.
    """
    _check_file(file, config)
    return _read_weights(file, config)


def file_sha256(file: Path) -> str:
    """Returns the sha256 of a file, in hexadecimal.

    Raises:
        Refusal: it is no file, or cannot be read.
    """
    if not file.is_file():
        raise Refusal(f"{file} is not a file: put the model's safetensors file there")
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        reason = error.strerror
        raise Refusal(f"{file} cannot be read: {reason}: check what it is") from None


def write(
    path: Path,
    config: GPTJConfig,
    weights: Mapping[str, Float[np.ndarray, "..."]],
    task: TaskRecord,
    manifest: Mapping[str, object],
) -> None:
    """Write a checkpoint directory; each file is written whole or not at all.

    The manifest is written last: a directory whose writing was interrupted has no manifest or is
    refused when it is read.

    Args:
        path: the directory; it is created if it is missing.
        config: the shape of the model.
        weights: parameters by Hugging Face name, float32 or float16.
        task: the task of the training.
        manifest: the record of the training, as JSON; the sha256 of the weights is added.

    Raises:
        Refusal: weights or tokens do not fit the configuration, a weight is not finite, or a file
        cannot be written. ValueError: the manifest or the task is not JSON; nothing is written
        then.
    """
    spelling = {"float32": "F32", "float16": "F16"}
    _check_tensors(
        {
            name: TensorHeader(spelling.get(array.dtype.name, array.dtype.name), array.shape)
            for name, array in weights.items()
        },
        config,
    )
    for name, array in weights.items():
        _check_finite(name, array)
    _check_length(path / TASK, len(task.entries), config)
    record = {"task": task.name, "tokens": task.entries, "train_lengths": task.train_lengths}
    data = safetensors.numpy.save(
        {name: np.ascontiguousarray(array) for name, array in weights.items()},
        metadata={"format": "pt"},
    )
    files = {
        WEIGHTS: data,
        CONFIG: atomic.json_bytes(config.to_json()),
        TASK: atomic.json_bytes(record),
        MANIFEST: atomic.json_bytes({**manifest, "sha256": hashlib.sha256(data).hexdigest()}),
    }
    for file, content in files.items():
        atomic.write_bytes(path / file, content)


def shapes(config: GPTJConfig) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yields name and shape of every parameter of a model."""
    if isinstance(config, FamilyConfig | NeoXConfig | LlamaConfig):
        yield from config.shapes()
        return
    width, inner, vocabulary = config.n_embd, config.inner, config.vocab_size
    yield "transformer.wte.weight", (vocabulary, width)
    for layer in range(config.n_layer):
        block = f"transformer.h.{layer}"
        yield f"{block}.ln_1.weight", (width,)
        yield f"{block}.ln_1.bias", (width,)
        for projection in ("q_proj", "k_proj", "v_proj", "out_proj"):
            yield f"{block}.attn.{projection}.weight", (width, width)
        if isinstance(config, SmearedConfig):
            yield f"{block}.attn.k_proj.smear", (config.n_head,)
        yield f"{block}.mlp.fc_in.weight", (inner, width)
        yield f"{block}.mlp.fc_in.bias", (inner,)
        yield f"{block}.mlp.fc_out.weight", (width, inner)
        yield f"{block}.mlp.fc_out.bias", (width,)
    yield "transformer.ln_f.weight", (width,)
    yield "transformer.ln_f.bias", (width,)
    yield "lm_head.weight", (vocabulary, width)
    yield "lm_head.bias", (vocabulary,)


@contextmanager
def naming(file: Path) -> Iterator[None]:
    """Prefix a refusal with the name of a file unless it names the file already."""
    try:
        yield
    except Refusal as refusal:
        if str(file) in str(refusal):
            raise
        raise Refusal(f"{file}: {refusal}") from refusal


def _read_manifest(file: Path) -> dict[str, Any]:
    """Returns the contents of ``manifest.json``; fields that are read have the form they are given.

    Raises:
        Refusal: one has another form.
    """
    manifest = read_json(file)
    seed, plan = manifest.get("seed", 0), manifest.get("config", {})
    accuracy = manifest.get("accuracy", {})
    if type(seed) is not int or not 0 <= seed < 1 << 63:
        raise Refusal(f"{file}: the seed is no whole number from 0 on: copy the file again")
    if not isinstance(plan, dict) or not isinstance(accuracy, dict):
        raise Refusal(f"{file}: config and accuracy are JSON objects: copy the file again")
    if not all(map(_is_count, accuracy.keys(), accuracy.values())):
        raise Refusal(f"{file}: an accuracy counts no right answers of a length: copy it again")
    return manifest


def _is_count(length: str, count: object) -> bool:
    """Whether an entry of the accuracies says how many inputs of a length are answered rightly."""
    if not (length.isascii() and length.isdigit() and len(length) < 19):
        return False
    match count:
        case {"correct": int(correct), "total": int(total), **rest} if not rest:
            return type(correct) is type(total) is int and 0 <= correct <= total > 0
    return False


def _read_task(file: Path, config: GPTJConfig) -> TaskRecord:
    """Returns the contents of ``task.json``.

    Raises:
        Refusal: they do not fit the model.
    """
    match read_json(file):
        case {"task": str(name), "tokens": [*tokens], "train_lengths": [*lengths]} if all(
            type(length) is int and length > 0 for length in lengths
        ):
            pass
        case _:
            raise Refusal(
                f'{file} is not of the form {{"task": name, "tokens": [...], "train_lengths": '
                "[...]}: write it so"
            )
    _check_length(file, len(tokens), config)
    with naming(file):
        return TaskRecord(name, entries_from_json(tokens), tuple(lengths))


def _check_length(file: Path, tokens: int, config: GPTJConfig) -> None:
    """Refuse a token list that does not have one entry per token id."""
    if tokens != config.vocab_size:
        raise Refusal(
            f"{file} lists {tokens} tokens where the model has {config.vocab_size}: "
            "list one entry per token id"
        )


def _check_tensors(headers: Mapping[str, TensorHeader], config: GPTJConfig) -> None:
    """Refuse tensors that are not the parameters of the configuration."""
    names = set()
    # The loop ends at the first missing name, however many layers the configuration claims.
    for name, shape in shapes(config):
        if name not in headers:
            raise Refusal(f"{name} is missing: save all parameters of the model of {CONFIG}")
        header = headers[name]
        if header.shape != shape:
            raise Refusal(
                f"{name} has shape {list(header.shape)} where {CONFIG} asks for "
                f"{list(shape)}: put the two files of one model together"
            )
        if header.dtype not in ("F32", "F16"):
            raise Refusal(f"{name} is stored as {header.dtype}: save the model as float32")
        names.add(name)
    extra = next((n for n in headers if n not in names and not n.endswith(OLD_BUFFERS)), None)
    if extra is not None:
        raise Refusal(
            f"{reprlib.repr(extra)} is no parameter of the model of {CONFIG}: "
            f"remove it or correct {CONFIG}"
        )


def _check_file(file: Path, config: GPTJConfig) -> None:
    """Refuse a file whose header does not list the parameters of the configuration."""
    with naming(file):
        _check_tensors(read_header(file), config)


def _read_weights(file: Path, config: GPTJConfig) -> dict[str, Float32[np.ndarray, "..."]]:
    """Returns the parameters of a file that passed the checks."""
    weights = {}
    try:
        with safe_open(file, framework="np") as tensors, naming(file):
            for name, _ in shapes(config):
                weights[name] = tensors.get_tensor(name).astype(np.float32)
                _check_finite(name, weights[name])
    except (SafetensorError, OSError) as error:
        raise damaged(file, "its header is not that of a safetensors file") from error
    return weights


def _check_finite(name: str, array: np.ndarray) -> None:
    if not np.isfinite(array).all():
        raise Refusal(f"{name} holds NaN or infinite numbers: train or save the model again")
