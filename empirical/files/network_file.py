"""Reads and writes ``network.safetensors``, for hand-set networks that fit no published layout.

The layout is documented in ``constructions/FORMAT.md``. Nothing in a file is executed, and
everything is checked before a tensor is read.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import safetensors.numpy
from jaxtyping import Float, Int
from safetensors import SafetensorError, safe_open

from constructions.attention import HeadWeights, Layer
from constructions.construction import Network
from constructions.snap import Snap
from constructions.stack import Block, rows, states
from empirical.files import atomic
from empirical.files.safetensors_header import damaged, read_header
from theory.refusal import Refusal

FILE = "network.safetensors"
FORMAT = "ropeproof-network-1"

Tensors = dict[str, Float[np.ndarray, "..."]]


@dataclass(frozen=True, eq=False)
class Stored:
    """The contents of a network file.

    Attributes:
        construction: the name of its construction.
        settings: the vocabulary sizes and angles of the construction.
        length: tokens of the inputs for which it is meant.
        beta: inverse temperature of all layers; infinity is hard attention.
        embedding: one row per token.
        embedding_of_previous: what a token adds to the row after it, or ``None``.
        blocks: attention layers and snaps, first to last.
    """

    construction: str
    settings: Mapping[str, object]
    length: int
    beta: float
    embedding: Float[np.ndarray, "vocabulary width"]
    embedding_of_previous: Float[np.ndarray, "vocabulary width"] | None
    blocks: tuple[Block, ...]

    def run(self, tokens: Int[np.ndarray, " positions"]) -> Int[np.ndarray, " positions"]:
        """Returns the output token at every position, computed from the stored tensors alone."""
        x = rows(tokens, self.embedding, self.embedding_of_previous)
        output = states(self.blocks, x, self.beta)[-1]
        return np.asarray(output[:, : len(self.embedding)].argmax(axis=-1))


def write(path: Path, network: Network, length: int, beta: float) -> None:
    """Write ``FILE`` into a directory, whole or not at all.

    Args:
        path: the directory; it is created if it is missing.
        network: the network.
        length: tokens of the inputs for which it is meant.
        beta: inverse temperature.

    Raises:
        Refusal: the file cannot be written.
    """
    tensors: Tensors = {"embedding": network.embedding}
    if network.embedding_of_previous is not None:
        tensors["embedding_of_previous"] = network.embedding_of_previous
    shape: list[dict[str, object]] = []
    for number, block in enumerate(network.blocks):
        for index, head in enumerate(block.layer.heads):
            tensors |= _tensors(f"block.{number}.head.{index}", head)
        if block.snap is not None:
            tensors |= _tensors(f"block.{number}.snap", block.snap)
        shape.append(
            {
                "heads": len(block.layer.heads),
                "residual": block.layer.residual,
                "snap": block.snap is not None,
            }
        )
    config = {
        "construction": network.name(),
        "settings": asdict(network),
        "length": length,
        "beta": "inf" if math.isinf(beta) else beta,
        "blocks": shape,
    }
    data = safetensors.numpy.save(
        {name: np.ascontiguousarray(array) for name, array in tensors.items()},
        metadata={"format": FORMAT, "config": json.dumps(config, allow_nan=False)},
    )
    atomic.write_bytes(path / FILE, data)


def read(path: Path) -> Stored:
    """Read ``FILE`` of a directory.

    Args:
        path: the directory.

    Raises:
        Refusal: the file is missing, damaged or of another format, or its tensors do not fit its
            configuration; the message names the file.
    """
    file = path / FILE
    headers = read_header(file)
    if any(header.dtype != "F64" for header in headers.values()):
        raise Refusal(f"{file} holds numbers other than float64: write it again")
    try:
        with safe_open(file, framework="np") as stored:
            metadata = stored.metadata() or {}
            tensors: Tensors = {name: stored.get_tensor(name) for name in headers}
    except (SafetensorError, OSError) as error:
        raise damaged(file, "its header is not that of a safetensors file") from error
    if metadata.get("format") != FORMAT:
        raise Refusal(f"{file} is not of the format {FORMAT}: write it again")
    try:
        config = json.loads(metadata["config"])
        return Stored(
            construction=config["construction"],
            settings=config["settings"],
            length=int(config["length"]),
            beta=float(config["beta"]),
            embedding=tensors.pop("embedding"),
            embedding_of_previous=tensors.pop("embedding_of_previous", None),
            blocks=tuple(
                _block(number, shape, tensors) for number, shape in enumerate(config["blocks"])
            ),
        )
    except Refusal as refusal:
        raise Refusal(f"{file}: {refusal}") from refusal
    except (
        LookupError,
        TypeError,
        ValueError,
        ArithmeticError,
        AttributeError,
        RecursionError,
    ) as error:
        raise damaged(file, "its configuration does not describe its tensors") from error


def _tensors(prefix: str, part: HeadWeights | Snap) -> Tensors:
    """Returns the matrices of a head or a snap by tensor name."""
    return {f"{prefix}.{field.name}": getattr(part, field.name) for field in fields(part)}


def _block(number: int, shape: Mapping[str, object], tensors: Tensors) -> Block:
    """Returns the block of a number, made of the tensors that bear it."""

    def taken(prefix: str, kind: type[HeadWeights] | type[Snap]) -> Tensors:
        return {f.name: tensors[f"block.{number}.{prefix}.{f.name}"] for f in fields(kind)}

    heads = tuple(
        HeadWeights(**taken(f"head.{index}", HeadWeights))
        for index in range(int(str(shape["heads"])))
    )
    snap = Snap(**taken("snap", Snap)) if shape["snap"] else None
    return Block(Layer(heads, residual=bool(shape["residual"])), snap)
