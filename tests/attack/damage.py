"""Damage to files: what no command should meet, drawn at random.

A damage is certain where no reader may take the file for what it was; others may leave a file that
means something else, or the same.
"""

import json
import math
import os
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

Rng: TypeAlias = np.random.Generator
JSON: TypeAlias = Any
MOST_BYTES = 1 << 26
"""Of a damaged file, so that a thousand of them can be written."""


@dataclass(frozen=True)
class Damage:
    """What happens to one file.

    Attributes:
        name: of its kind.
        certain: whether every reader of the file must refuse it.
        apply: puts the damaged file where the sound one was.
    """

    name: str
    certain: bool
    apply: Callable[[Path], object]


def drawn(rng: Rng, file: str, data: bytes) -> Damage:
    """A damage to a file of a name and content."""
    kinds: list[Callable[[Rng, bytes], Damage]] = [_of_place, _of_bytes]
    if file.endswith((".json", ".jsonl")):
        kinds += [_of_json, _of_json_value, _of_json_value]
    if file.endswith(".safetensors"):
        kinds += [_of_header, _of_header, _of_tensors]
    if file.endswith(".gguf"):
        kinds += [_of_gguf]
    return kinds[rng.integers(len(kinds))](rng, data)


def _writing(name: str, data: bytes, *, certain: bool) -> Damage:
    return Damage(name, certain, lambda file: file.write_bytes(data))


def _of_place(rng: Rng, _: bytes) -> Damage:
    """Something else stands where the file should."""

    def instead(make: Callable[[Path], object]) -> Callable[[Path], None]:
        def apply(file: Path) -> None:
            file.unlink()
            make(file)

        return apply

    places: list[tuple[str, Callable[[Path], object]]] = [
        ("directory", Path.mkdir),
        ("pipe", os.mkfifo),
        ("link to nowhere", lambda file: file.symlink_to("nowhere")),
        ("link to itself", lambda file: file.symlink_to(file)),
        ("link without end", lambda file: file.symlink_to("/dev/zero")),
        ("link that cannot be read", lambda file: file.symlink_to("/proc/self/mem")),
        ("link to its folder", lambda file: file.symlink_to(file.parent)),
        ("empty", Path.touch),
    ]
    name, make = places[rng.integers(len(places))]
    return Damage(name, certain=True, apply=instead(make))


def _of_bytes(rng: Rng, data: bytes) -> Damage:
    """The bytes are others, whatever they mean."""

    def cut() -> bytes:
        return data[: rng.integers(len(data))]

    def flipped() -> bytes:
        changed = bytearray(data)
        for place in rng.integers(len(data), size=rng.integers(1, 5)):
            changed[place] ^= int(rng.integers(1, 256))
        return bytes(changed)

    def holed() -> bytes:
        start, end = sorted(rng.integers(len(data), size=2))
        return data[:start] + data[end:]

    changes: list[tuple[str, Callable[[], bytes]]] = [
        ("cut short", cut),
        ("flipped bytes", flipped),
        ("a part is missing", holed),
        ("more at the end", lambda: data + rng.bytes(int(rng.integers(1, 99)))),
        ("noise", lambda: rng.bytes(int(rng.integers(1, 4096)))),
        ("zeros", lambda: bytes(len(data))),
        ("byte order mark", lambda: b"\xef\xbb\xbf" + data),
        ("utf-16", lambda: data.decode("latin-1").encode("utf-16")),
        ("pointer of LFS", lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n"),
        ("pickle", lambda: b"\x80\x04\x95" + data),
    ]
    name, change = changes[rng.integers(len(changes))]
    return _writing(name, change(), certain=False)


DEEP = b"[" * 100_000
NO_JSON = (b"NaN", b"-Infinity", DEEP, DEEP + b"]" * 100_000, b'{"x":' * 50_000, b"1e", b"\xff")
"""What no strict JSON has, or none that is read."""


def _of_json(rng: Rng, data: bytes) -> Damage:
    """What is no strict JSON, or JSON of another shape."""
    text = data.strip()
    inside = text[1:] if text[:1] == b"{" else text
    bad = NO_JSON[rng.integers(len(NO_JSON))]
    name = inside[: inside.find(b":")] if b":" in inside else b'"x"'
    changes: list[tuple[str, bytes, bool]] = [
        ("no JSON inside", b'{"spoiled":' + bad + b"," + inside, True),
        ("a field twice", b"{" + name + b":0," + inside, False),
        ("another top", (b"[]", b"7", b"null", b'"x"', b"[{}]", b"{}")[rng.integers(6)], True),
        ("half a letter", b'{"spoiled":"\\ud800",' + inside, False),
        ("a long number", b'{"spoiled":1' + b"0" * 5000 + b"," + inside, False),
        ("a long text", b'{"spoiled":"' + b"x" * (1 << 22) + b'",' + inside, False),
        ("a long list", b'{"spoiled":[' + b"0," * (1 << 20) + b"0]," + inside, False),
        ("a name of much", b'{"' + b"n" * 100_000 + b'":0,' + inside, False),
    ]
    kind, changed, certain = changes[rng.integers(len(changes))]
    return _writing(kind, changed, certain=certain)


VALUES: tuple[JSON, ...] = (
    None, True, False, 0, 1, -1, 0.5, -0.0, 1e308, 1e-320, 2**31, 2**53 + 1, 2**63, 10**30, 10**400,
    "", "x", "\ud800", "\0", "x" * 5000, "../../etc/passwd", [], {}, [[]], [None], [0] * 1000,
    {"x": {"x": []}}, "1", "NaN", -(10**18),
)  # fmt: skip


def places(value: JSON, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all values inside a JSON value."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*path, key)
            yield from places(part, (*path, key))


def _of_json_value(rng: Rng, data: bytes) -> Damage:
    """One to three values are others, or missing, or twice as many."""
    lines = data.splitlines() if b"\n{" in data.strip() else [data]
    number = int(rng.integers(len(lines)))
    try:
        value: JSON = json.loads(lines[number])
    except ValueError:
        return _of_bytes(rng, data)
    kinds = []
    for _ in range(rng.integers(1, 4)):
        every = [*places(value)]
        if not every:
            break
        path = _shallow(rng, every)
        holder = value
        for key in path[:-1]:
            holder = holder[key]
        kinds.append(_changed(rng, holder, path[-1]))
    lines[number] = json.dumps(value).encode()
    return _writing(
        f"{kinds[0] if kinds else 'no'} value", b"\n".join(lines) + b"\n", certain=False
    )


def _shallow(rng: Rng, paths: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
    """A path; a long list does not hide the rest of a document."""
    depth = int(rng.integers(1, 1 + max(map(len, paths))))
    some = [path for path in paths if len(path) == depth]
    return some[rng.integers(len(some))]


def _changed(rng: Rng, holder: JSON, key: Any) -> str:
    """Change one entry of an object or a list, and say how."""
    match rng.integers(5):
        case 0 if isinstance(holder, dict):
            del holder[key]
            return "missing"
        case 1 if isinstance(holder, list):
            holder.append(holder[key])
            return "doubled"
        case 2 if isinstance(holder[key], int | float):
            near = (holder[key] + 1, holder[key] - 1, -holder[key], 2 * holder[key])
            holder[key] = near[rng.integers(len(near))]
            return "near"
        case 3:
            try:
                holder[key] = json.loads(str(holder[key]))
            except ValueError:
                holder[key] = str(holder[key])
            return "retyped"
        case _:
            holder[key] = deepcopy(VALUES[rng.integers(len(VALUES))])
            return "hostile"


def _of_header(rng: Rng, data: bytes) -> Damage:
    """The header of a safetensors file says something else."""
    end = 8 + int.from_bytes(data[:8], "little")
    header: dict[str, JSON] = json.loads(data[8:end])
    names = [name for name in header if name != "__metadata__"]
    name = names[rng.integers(len(names))]
    entry, body = header[name], data[end:]

    def put(**fields: JSON) -> bytes:
        return json.dumps(header | {name: entry | fields}).encode()

    def without() -> bytes:
        return json.dumps({key: value for key, value in header.items() if key != name}).encode()

    start, stop = entry["data_offsets"]
    text = json.dumps(header).encode()
    huge = (2**40, 2**62, 2**63, 10**30, 10**400)[rng.integers(5)]
    changes: list[tuple[str, bytes, bool]] = [
        ("huge dimension", put(shape=[huge]), True),
        ("huge product", put(shape=[2**31, 2**31, 2**31]), True),
        ("huge claim", put(shape=[huge], data_offsets=[start, start + 4 * huge]), True),
        ("negative dimension", put(shape=[-1, -math.prod(entry["shape"])]), True),
        ("negative offsets", put(data_offsets=[-8, stop - start - 8]), True),
        ("overlap", put(data_offsets=[max(0, start - 4), stop - 4]), True),
        ("offsets beyond", put(data_offsets=[start + 2**20, stop + 2**20]), True),
        ("backward offsets", put(data_offsets=[stop, start]), True),
        ("many dimensions", put(shape=[*entry["shape"], *[1] * 500]), True),
        ("no number for a shape", put(shape=[True, "2", None][: 1 + rng.integers(3)]), True),
        ("tensor missing", without(), True),
        ("unknown dtype", put(dtype="F31"), True),
        ("other dtype", put(dtype=("I32", "U32", "F16", "BF16")[rng.integers(4)]), True),
        ("no object", text.replace(b"{", b"[", 1), True),
        ("deep", b'{"x":' + DEEP, True),
        ("another name", text.replace(name.encode(), name.encode()[::-1], 1), False),
        ("shape turned", put(shape=entry["shape"][::-1]), False),
        ("metadata", json.dumps(header | {"__metadata__": {"format": [12]}}).encode(), False),
        ("tensor twice", text[:-1] + b"," + json.dumps({name: entry}).encode()[1:], False),
        ("empty tensor more", json.dumps(header | {"more": _empty(len(body))}).encode(), False),
        ("half a letter", json.dumps(header | {"\ud800": _empty(len(body))}).encode(), False),
    ]  # fmt: skip
    kind, described, certain = changes[rng.integers(len(changes))]
    length = len(described)
    if rng.random() < 0.15:
        kind, certain = "false length of the header", True
        length = (len(data), 2**25, 2**27, 2**63, 2**64 - 1, 0, 1, len(described) - 1)[
            rng.integers(8)
        ]
    return _writing(kind, length.to_bytes(8, "little") + described + body, certain=certain)


def _empty(place: int) -> dict[str, JSON]:
    return {"dtype": "F32", "shape": [0], "data_offsets": [place, place]}


def _of_tensors(rng: Rng, data: bytes) -> Damage:
    """Numbers of a safetensors file are others."""
    end = 8 + int.from_bytes(data[:8], "little")
    numbers = np.frombuffer(data[end : end + (len(data) - end) // 4 * 4], "<f4").copy()
    hostile = (np.nan, np.inf, -np.inf, 3e38, 1e-45, -0.0, 0.0, 2.0**100)[rng.integers(8)]
    which = rng.integers(numbers.size, size=rng.integers(1, 4))
    if rng.random() < 0.3:
        numbers[:] = numbers * np.float32(2.0 ** rng.integers(-60, 60))
    with np.errstate(over="ignore"):
        numbers[which] = hostile
    return _writing("other weights", data[:end] + numbers.tobytes(), certain=False)


def _of_gguf(rng: Rng, data: bytes) -> Damage:
    """Numbers of a GGUF header are others: a count, a length, a type, an offset."""
    changed = bytearray(data)
    width = 8 if rng.random() < 0.5 else 4
    last = min(len(data) - width, 4096)
    values = (0, 1, 2**31 - 1, 2**32 - 1, 2**40, 2**63, 2**64 - 1, int(rng.integers(256)))
    for _ in range(rng.integers(1, 3)):
        place = int(rng.integers(last)) if rng.random() < 0.7 else 4 * int(rng.integers(6))
        value = values[rng.integers(len(values))] % 2 ** (8 * width)
        changed[place : place + width] = value.to_bytes(width, "little")
    return _writing("other numbers in the header", bytes(changed), certain=False)
