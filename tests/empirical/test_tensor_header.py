"""A safetensors file that is damaged, cut, lying or a pickle is refused before it is loaded."""

import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from empirical.files import checkpoint
from theory.refusal import Refusal

TENSORS = "model.safetensors"


def header(file: Path) -> bytes:
    data = file.read_bytes()
    return data[8 : 8 + int.from_bytes(data[:8], "little")]


def with_header(file: Path, fields: object, data: bytes = b"") -> None:
    text = json.dumps(fields).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + data)


@given(st.data())
def test_any_flipped_bit_is_refused(shared: Path, data: st.DataObject) -> None:
    file = shared / TENSORS
    sound = file.read_bytes()
    bit = data.draw(
        st.integers(0, 8 * len(sound) - 1) | st.integers(0, 8 * (len(header(file)) + 8))
    )
    damaged = bytearray(sound)
    damaged[bit // 8] ^= 1 << bit % 8
    try:
        file.write_bytes(damaged)
        with pytest.raises(Refusal, match=TENSORS):
            checkpoint.read(shared)
    finally:
        file.write_bytes(sound)


@given(st.data())
def test_any_cut_is_refused(shared: Path, data: st.DataObject) -> None:
    file = shared / TENSORS
    sound = file.read_bytes()
    try:
        file.write_bytes(sound[: data.draw(st.integers(0, len(sound) - 1))])
        with pytest.raises(Refusal, match="is damaged or cut short"):
            checkpoint.read(shared)
    finally:
        file.write_bytes(sound)


@pytest.mark.parametrize(
    "fields",
    [
        [],
        {"a": None},
        {"a": {"dtype": "F32", "shape": [1]}},
        {"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, -4]}},
        {"a": {"dtype": "F32", "shape": [True], "data_offsets": [0, 4]}},
        {"a": {"dtype": "X1", "shape": [1], "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}},
        {"a": {"dtype": "F32", "shape": [2**20] * 60, "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}},
        {
            "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
            "b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
        },
        {"\ud800": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}},
        {"__metadata__": [], "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}},
        {"__metadata__": {"b": []}, "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}},
    ],
)
def test_header_that_does_not_fit_is_refused(directory: Path, fields: object) -> None:
    with_header(directory / TENSORS, fields, data=bytes(4))
    with pytest.raises(Refusal, match="is damaged or cut short"):
        checkpoint.read(directory)


@pytest.mark.parametrize("length", [0, 1, 2**26 + 1, 2**40, 2**64 - 1])
def test_claimed_header_length_is_not_believed(directory: Path, length: int) -> None:
    (directory / TENSORS).write_bytes(struct.pack("<Q", length) + b"{}")
    with pytest.raises(Refusal, match="is damaged or cut short"):
        checkpoint.read(directory)


class Bomb:
    """Unpickled, it would end the test run."""

    def __reduce__(self) -> tuple[Callable[[int], object], tuple[int]]:
        return exit, (1,)


@pytest.mark.parametrize("name", ["pytorch_model.bin", TENSORS])
@pytest.mark.parametrize("protocol", [2, 4, "zip"])
def test_pickle_is_refused_unopened(directory: Path, name: str, protocol: int | str) -> None:
    (directory / TENSORS).unlink()
    data = b"PK\x03\x04" + bytes(20) if protocol == "zip" else pickle.dumps(Bomb(), int(protocol))
    (directory / name).write_bytes(data)
    with pytest.raises(Refusal, match=rf"{name} is a pickle.*save_pretrained"):
        checkpoint.read(directory)
