"""Reads the header of a safetensors file and checks it against the file before any tensor is read.

Format: eight bytes, little endian, hold the length of the JSON header; then the header, one object
``{name: {dtype, shape, data_offsets}}`` with optional ``__metadata__``; then the data, which the
offsets must cover without hole or overlap (safetensors, format description).
"""

import json
import math
import reprlib
import stat
from dataclasses import dataclass
from pathlib import Path

from empirical.files.json_file import LFS, lfs_refusal
from theory.refusal import Refusal

ITEM_BYTES = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2,
    "I64": 8, "I32": 4, "I16": 2, "I8": 1,
    "U64": 8, "U32": 4, "U16": 2, "U8": 1, "BOOL": 1,
    "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1,
}  # fmt: skip
LARGEST_HEADER = 1 << 26
"""Bytes; the format itself allows 100 MB."""
MOST_DIMENSIONS, LARGEST_DIMENSION = 64, 1 << 63
"""The limits of NumPy; they keep the product of a shape a small number."""
PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")
"""The first bytes of a pickle, and of the zip archive in which torch wraps one."""


@dataclass(frozen=True)
class TensorHeader:
    """The header of one tensor.

    Attributes:
        dtype: its item type, in the spelling of safetensors.
        shape: its dimensions.
        begin: where its bytes begin in the file.
    """

    dtype: str
    shape: tuple[int, ...]
    begin: int = 0

    @property
    def items(self) -> int:
        """Number of items of the tensor."""
        return math.prod(self.shape)

    @property
    def bytes(self) -> int:
        """How many bytes that takes."""
        return ITEM_BYTES[self.dtype] * self.items


def pickle_refusal(path: Path) -> Refusal:
    """Returns the refusal of a pickle, which can run code when it is opened."""
    return Refusal(
        f"{path} is a pickle, which can run code when opened: convert it where it is trusted with "
        "transformers, AutoModelForCausalLM.from_pretrained(OLD).save_pretrained(NEW)"
    )


def read_header(path: Path) -> dict[str, TensorHeader]:
    """Read and check the header of a safetensors file; no tensor is read.

    Args:
        path: the file.

    Returns:
        The header of each tensor by name.

    Raises:
        Refusal: the file is missing or a pickle, or its header does not fit it.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise Refusal(f"{path} is not a file: put the model's safetensors file there")
        size = status.st_size
        with path.open("rb") as file:
            start = file.read(8)
            length = int.from_bytes(start, "little")
            if not 2 <= length <= min(size - 8, LARGEST_HEADER):
                if start.startswith(PICKLES):
                    raise pickle_refusal(path)
                if (start + file.read(len(LFS))).startswith(LFS):
                    raise lfs_refusal(path)
                raise damaged(path, "its header does not fit into it")
            header = json.loads(file.read(length))
    except OSError as error:
        raise Refusal(
            f"cannot read {path} ({error.strerror}): put the model's safetensors file there"
        ) from error
    except Refusal:
        raise
    except (ValueError, RecursionError) as error:
        raise damaged(path, "its header is not JSON") from error
    return _checked(path, header, 8 + length, size - 8 - length)


def _texts(metadata: object) -> bool:
    """Whether metadata are texts by name, as other readers of the format ask."""
    return isinstance(metadata, dict) and all(isinstance(text, str) for text in metadata.values())


def _checked(
    path: Path, header: object, data_start: int, data_bytes: int
) -> dict[str, TensorHeader]:
    """Returns the tensors of a parsed header.

    Raises:
        Refusal: their spans do not tile the data exactly.
    """
    if not isinstance(header, dict):
        raise damaged(path, "its header is not a JSON object")
    spans = []
    tensors = {}
    for name, fields in header.items():
        if name == "__metadata__":
            if not _texts(fields):
                raise damaged(path, "its metadata is no JSON object of texts")
            continue
        if not name.isprintable():
            raise damaged(path, f"{reprlib.repr(name)} is no name of a tensor")
        match fields:
            case {
                "dtype": str(dtype),
                "shape": [*shape],
                "data_offsets": [int(begin), int(end)],
            } if (
                dtype in ITEM_BYTES
                and len(shape) <= MOST_DIMENSIONS
                and all(type(n) is int and 0 <= n < LARGEST_DIMENSION for n in shape)
            ):
                pass
            case _:
                raise damaged(path, f"its header describes {reprlib.repr(name)} in no known way")
        if end - begin != ITEM_BYTES[dtype] * math.prod(shape):
            raise damaged(path, f"{reprlib.repr(name)} does not have the bytes of its shape")
        spans.append((begin, end))
        tensors[name] = TensorHeader(dtype, tuple(shape), data_start + begin)
    covered = 0
    for begin, end in sorted(spans):
        if begin != covered:
            raise damaged(path, "its tensors leave holes or overlap")
        covered = end
    if covered != data_bytes:
        raise damaged(path, f"it holds {data_bytes} bytes of data where {covered} are described")
    return tensors


def damaged(path: Path, how: str) -> Refusal:
    """Returns the refusal of a damaged file."""
    return Refusal(f"{path} is damaged or cut short ({how}): copy it again")
