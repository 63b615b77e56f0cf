"""The header of a GGUF file, checked against the file before any tensor is read.

Format (GGUF, version 2 and 3, little endian): the magic, the version, how many tensors and how many
entries of metadata there are; the entries, each a name, a type and a value; of each tensor its
name, dimensions (the fastest first), type, and where it begins in the data; then the data, at the
next multiple of the alignment.
"""

import math
import mmap
import reprlib
import stat
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from theory.refusal import Refusal

MAGIC, VERSIONS = b"GGUF", (2, 3)
NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f",
           7: "<?", 10: "<Q", 11: "<q", 12: "<d"}  # fmt: skip
"""Types of numbers in the metadata, and how they are packed."""
STRING, ARRAY = 8, 9
ALIGNMENT = "general.alignment"
MOST_ENTRIES, MOST_DIMENSIONS = 1 << 16, 8
"""What no file of a model needs more of."""

Value: TypeAlias = int | float | bool | str | list[Any]


@dataclass(frozen=True)
class QuantisedTensor:
    """What the header says of one tensor.

    Attributes:
        kind: its type's number.
        shape: its dimensions, the slowest first, as torch has them.
        begin: where its bytes begin in the file.
        size: how many there are.
    """

    kind: int
    shape: tuple[int, ...]
    begin: int
    size: int

    @property
    def items(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True, eq=False)
class GGUFHeader:
    """The header of a file.

    Attributes:
        path: the file.
        metadata: its entries by name.
        tensors: its tensors by name.
    """

    path: Path
    metadata: Mapping[str, Value]
    tensors: Mapping[str, QuantisedTensor]


def read_header(path: Path, blocks: Mapping[int, tuple[int, int]]) -> GGUFHeader:
    """Read and check a header; no tensor is read.

    Args:
        path: the file.
        blocks: for each type of tensor how many numbers one block holds, in how many bytes.

    Raises:
        Refusal: no such file, or a header that does not fit it.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise Refusal(f"{path} is not a file: name a GGUF file")
        with path.open("rb") as file:
            if file.read(4) != MAGIC:
                raise Refusal(f"{path} is no GGUF file: name one, or a model's directory")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _HeaderReader(path, data).header(blocks)
    except OSError as error:
        raise Refusal(f"cannot read {path} ({error.strerror}): name a GGUF file") from error
    except (struct.error, UnicodeDecodeError, RecursionError, IndexError) as error:
        raise damaged(path, "its header is cut short") from error


def damaged(path: Path, how: str) -> Refusal:
    """The sentence for a file that cannot be what was saved."""
    return Refusal(f"{path} is damaged or cut short ({how}): copy it again")


class _HeaderReader:
    """Reads from the beginning on; every count is checked against what is left of the file."""

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self.path, self.data, self.place = path, data, 0

    def header(self, blocks: Mapping[int, tuple[int, int]]) -> GGUFHeader:
        self.place = len(MAGIC)
        version, tensors, entries = self.unpack("<IQQ")
        if version not in VERSIONS:
            raise Refusal(f"{self.path} is GGUF version {version}: save it as version 3")
        if max(tensors, entries) > MOST_ENTRIES:
            raise damaged(self.path, f"it claims {tensors} tensors and {entries} entries")
        metadata: dict[str, Value] = {}
        for _ in range(entries):
            name = self.string()
            metadata[name] = self.value(*self.unpack("<I"))
        described = [self.tensor() for _ in range(tensors)]
        alignment = metadata.get(ALIGNMENT, 32)
        if type(alignment) is not int or not 1 <= alignment <= 1 << 20:
            raise damaged(self.path, "its alignment is none")
        start = -(-self.place // alignment) * alignment
        held = {
            name: self.placed(name, kind, shape, start + offset, blocks)
            for name, kind, shape, offset in described
        }
        if len(held) != len(described):
            raise damaged(self.path, "two tensors have one name")
        return GGUFHeader(self.path, metadata, held)

    def unpack(self, pattern: str) -> tuple[Any, ...]:
        values = struct.unpack_from(pattern, self.data, self.place)
        self.place += struct.calcsize(pattern)
        return values

    def count(self, least: int) -> int:
        """How many things follow, of at least so many bytes each."""
        (count,) = self.unpack("<Q")
        if count * least > len(self.data) - self.place:
            raise damaged(self.path, "it claims more than it holds")
        return int(count)

    def string(self) -> str:
        length = self.count(1)
        text = self.data[self.place : self.place + length].decode()
        self.place += length
        return text

    def value(self, kind: int) -> Value:
        if kind in NUMBERS:
            (number,) = self.unpack(NUMBERS[kind])
            return number  # type: ignore[no-any-return]
        if kind == STRING:
            return self.string()
        if kind != ARRAY:
            raise damaged(self.path, f"its metadata has a value of type {kind}")
        (inner,) = self.unpack("<I")
        if inner in NUMBERS:
            count = self.count(struct.calcsize(NUMBERS[inner]))
            return list(self.unpack(f"<{count}{NUMBERS[inner][1]}"))
        if inner != STRING:
            raise damaged(self.path, f"its metadata has an array of type {inner}")
        return [self.string() for _ in range(self.count(8))]

    def tensor(self) -> tuple[str, int, tuple[int, ...], int]:
        name = self.string()
        (dimensions,) = self.unpack("<I")
        if dimensions > MOST_DIMENSIONS:
            raise damaged(self.path, f"{reprlib.repr(name)} has {dimensions} dimensions")
        shape = self.unpack(f"<{dimensions}Q")
        kind, offset = self.unpack("<IQ")
        return name, kind, tuple(reversed(shape)), offset

    def placed(
        self,
        name: str,
        kind: int,
        shape: tuple[int, ...],
        begin: int,
        blocks: Mapping[int, tuple[int, int]],
    ) -> QuantisedTensor:
        """A tensor whose bytes are all in the file."""
        if kind not in blocks:
            raise Refusal(
                f"{self.path}: {reprlib.repr(name)} is of type {kind}, which is not known here: "
                "save the model in another type, such as Q8_0 or F16"
            )
        numbers, size = blocks[kind]
        if not shape or shape[-1] % numbers:
            raise damaged(self.path, f"{reprlib.repr(name)} is not made of whole blocks")
        bytes_ = math.prod(shape) // numbers * size
        if begin + bytes_ > len(self.data):
            raise damaged(self.path, f"{reprlib.repr(name)} does not lie in it")
        return QuantisedTensor(kind, shape, begin, bytes_)
