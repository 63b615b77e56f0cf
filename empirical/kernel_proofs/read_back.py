"""Reads what was written for the kernel back, and holds it against the files of the checkpoint.

Shares no code with what wrote it: bytes of ``model.safetensors`` are cut by their header and
unpacked here, and every character of the written files is accounted for.
"""

import hashlib
import json
import math
import re
import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from theory.refusal import Refusal

BLOCK = {
    "ln_gain": "ln_1.weight",
    "ln_bias": "ln_1.bias",
    "q_proj": "attn.q_proj.weight",
    "k_proj": "attn.k_proj.weight",
    "v_proj": "attn.v_proj.weight",
    "out_proj": "attn.out_proj.weight",
    "fc_in": "mlp.fc_in.weight",
    "fc_in_bias": "mlp.fc_in.bias",
    "fc_out": "mlp.fc_out.weight",
    "fc_out_bias": "mlp.fc_out.bias",
}
REST = {
    "wte": "transformer.wte.weight",
    "lnf_gain": "transformer.ln_f.weight",
    "lnf_bias": "transformer.ln_f.bias",
    "lm_head": "lm_head.weight",
    "lm_head_bias": "lm_head.bias",
}
CODES = {"F32": "f", "F16": "e"}


class Text:
    """A text that is read from its start to its end."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.at, self.file = text, 0, file

    def skip(self, expected: str) -> None:
        """Go past what has to stand here."""
        if not self.follows(expected):
            self.fail(f"{expected.strip()[:40]!r} should stand")
        self.at += len(expected)

    def follows(self, text: str) -> bool:
        """Whether this stands here."""
        return self.text.startswith(text, self.at)

    def integer(self) -> int:
        """Go past an integer, in parentheses or not."""
        match = re.compile(r"-?\d+|\((-?\d+)\)").match(self.text, self.at)
        if match is None:
            self.fail("an integer should stand")
        self.at = match.end()
        return int(match[1] or match[0])

    def row(self) -> list[int]:
        """Go past a list of integers."""
        self.skip("[")
        numbers = [self.integer()]
        while self.follows(";"):
            self.skip(";")
            numbers.append(self.integer())
        self.skip("]")
        return numbers

    def end(self) -> None:
        """Nothing may be left."""
        if self.at != len(self.text):
            self.fail("nothing should stand")

    def fail(self, what: str) -> NoReturn:
        """Refuse the text."""
        raise Refusal(f"character {self.at} of {self.file}, where {what}: write it again")


def _tensors(blocks: int) -> dict[str, str]:
    """The tensors of a model by what Coq calls them; those of later blocks end in a number."""
    named = {field: f"transformer.h.0.{name}" for field, name in BLOCK.items()}
    for block in range(1, blocks):
        named |= {
            f"{field}_{block}": f"transformer.h.{block}.{name}" for field, name in BLOCK.items()
        }
    return named | REST


def hold_model_against(text: str, directory: Path) -> int:
    """Compare every number of a ``Model.v`` with those of a checkpoint directory.

    Returns:
        How many weights agree.

    Raises:
        Refusal: one differs, or something else stands in the text.
    """
    data = (directory / "model.safetensors").read_bytes()
    config = json.loads((directory / "config.json").read_text())
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + size])
    machine = "Sint63" in text.partition("From ropeproof")[0]
    kind, scope = ("int", "sint63") if machine else ("Z", "Z")
    at = Text(text, "Model.v")
    at.skip(f"(* sha256 of model.safetensors: {hashlib.sha256(data).hexdigest()} *)\n")
    at.skip(f"From Coq Require Import ZArith List{' Sint63' if machine else ''}.\n")
    at.skip("From ropeproof Require Import GPTJ.\nImport ListNotations.\n")
    at.skip(f"Open Scope {scope}_scope.\n")
    tensors = _tensors(config["n_layer"])
    read = {
        field: _numbers(at, field, header[name]["shape"], kind) for field, name in tensors.items()
    }
    bits = _record(at, config, header)
    for field, name in tensors.items():
        stored = _stored(header[name], data[8 + size :])
        if read[field] != [Fraction(x) * 2**bits for x in stored]:
            raise Refusal(f"{field} of Model.v is not {name} of {directory}: write it again")
    return sum(map(len, read.values()))


def _numbers(at: Text, field: str, shape: list[int], kind: str) -> list[int]:
    """The numbers of one tensor, row by row, and what they are said to mean."""
    matrix = len(shape) == 2
    meant = {(False, "int"): "map Sint63.to_Z ", (True, "int"): "map (map Sint63.to_Z) "}
    at.skip(f"Definition i_{field} : {f'list (list {kind})' if matrix else f'list {kind}'} := ")
    rows = []
    if matrix:
        at.skip("[")
        for row in range(shape[0]):
            at.skip(";\n" if row else "")
            rows.append(at.row())
        at.skip("]")
    else:
        rows.append(at.row())
    if {len(row) for row in rows} != {shape[-1]}:
        at.fail(f"{field} should have rows of {shape[-1]} numbers")
    at.skip(f".\nDefinition z_{field} := {meant.get((matrix, kind), '')}i_{field}.\n")
    return [number for row in rows for number in row]


def _record(at: Text, config: dict[str, Any], header: dict[str, Any]) -> int:
    """The sizes of the model; the exponent of its denominators is returned."""
    sizes = {
        "vocab": config["vocab_size"],
        "width": config["n_embd"],
        "heads": config["n_head"],
        "planes": config["rotary_dim"] // 2,
        "hidden": header["transformer.h.0.mlp.fc_in.bias"]["shape"][0],
    }
    at.skip("Definition model : gptj := {|\n")
    at.skip("; ".join(f"{name} := {number}" for name, number in sizes.items()) + ";\nbits := ")
    bits = at.integer()
    at.skip("%Z; eps_num := ")
    numerator = at.integer()
    at.skip("%Z; eps_bits := ")
    if Fraction(numerator, 2 ** at.integer()) != Fraction(config.get("layer_norm_epsilon", 1e-5)):
        at.fail("epsilon should stand")
    at.skip("%Z;\nangles := ")
    if "angle" in config:
        at.skip("Some ([")
        numerator = at.integer()
        at.skip("%Z], ")
        if Fraction(numerator, 2 ** at.integer()) != Fraction(config["angle"]):
            at.fail("the angle should stand")
        at.skip("%Z)")
    else:
        at.skip("None")
    blocks = []
    for block in range(config["n_layer"]):
        end = f"_{block}" if block else ""
        fields = "; ".join(f"{field} := z_{field}{end}" for field in BLOCK)
        blocks.append(f"{{| {fields} |}}")
    rest = "; ".join(f"{field} := z_{field}" for field in REST)
    joined = ";\n".join(blocks)
    at.skip(f";\nblocks := [{joined}];\n{rest} |}}.\n")
    at.end()
    return bits


def _stored(tensor: dict[str, Any], data: bytes) -> tuple[float, ...]:
    start, _ = tensor["data_offsets"]
    code = f"<{math.prod(tensor['shape'])}{CODES[tensor['dtype']]}"
    return struct.unpack_from(code, data, start)


def hold_tokens_against(text: str, directory: Path) -> int:
    """Compare the token list of a ``Tokens.v`` with that of a checkpoint directory.

    Returns:
        How many tokens agree.

    Raises:
        Refusal: one differs, or something else stands in the text.
    """
    listed = json.loads((directory / "task.json").read_text())["tokens"]
    at = Text(text, "Tokens.v")
    at.skip("From Coq Require Import List ZArith String.\nFrom ropeproof Require Import Tasks.\n")
    at.skip("Import ListNotations.\nOpen Scope string_scope. Open Scope Z_scope.\n")
    at.skip("Definition tokens : list meaning := [")
    for number, token in enumerate(listed):
        at.skip(";\n" if number else "")
        for expected in _spelled(token):
            at.skip(expected)
    at.skip("].\n")
    at.end()
    return len(listed)


def _spelled(token: Any) -> Iterator[str]:
    """What has to stand for one token."""
    if token is None:
        yield "Padding"
    elif isinstance(token, str):
        yield "Letter "
        yield _quoted(token)
    elif isinstance(token, int):
        yield f"Number ({token})"
    else:
        yield "Pair"
        for part in token:
            yield f" (Name {_quoted(part)})" if isinstance(part, str) else f" (Digit ({part}))"


def _quoted(text: str) -> str:
    return '"' + "".join('""' if letter == '"' else letter for letter in text) + '"'
