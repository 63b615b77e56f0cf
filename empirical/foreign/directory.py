"""Hugging Face directories: their configuration, tensors and tokenizer, and nothing else of them.

Only ``config.json``, safetensors files and the tokenizer's JSON are looked at. Names of tensors may
be as old or as wrapped as they come; what they can mean is tried in ``places``.
"""

import hashlib
import json
import os
import re
import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from empirical.files.checkpoint import CONFIG, PICKLE, TASK, WEIGHTS
from empirical.files.json_file import read_json
from empirical.files.safetensors_header import (
    TensorHeader,
    damaged,
    pickle_refusal,
    read_header,
)
from empirical.foreign.families.family import Family
from empirical.foreign.vocabulary import (
    TOKENIZER,
    TOKENIZER_CONFIG,
    Encode,
    Vocabulary,
    tokenizer_of,
)
from theory.refusal import Refusal

INDEX = "model.safetensors.index.json"
ADAPTER = "adapter_config.json"
SHARD = re.compile(r".+-(\d+)-of-(\d+)\.safetensors")
WRAPPERS = re.compile(r"(_orig_mod\.|module\.)+")
"""What torch.compile and data parallel training put before names."""
OLD = {".gamma": ".weight", ".beta": ".bias"}
"""How norms were once called."""
PART = 1 << 24
"""Bytes that are hashed at once."""


@dataclass(frozen=True, eq=False)
class ModelDirectory:
    """A directory whose files were looked at and whose tensors were not.

    Attributes:
        path: the directory.
        headers: what each file of tensors holds.
    """

    path: Path
    headers: Mapping[Path, Mapping[str, TensorHeader]]

    @classmethod
    def read(cls, path: Path) -> "ModelDirectory":
        """Look at the files of a directory.

        Raises:
            Refusal: there is no model in it that can be read.
        """
        if os.path.lexists(path / ADAPTER):
            raise Refusal(
                f"{path} holds an adapter, which is no model by itself: merge it into its model "
                "and save that"
            )
        if not os.path.lexists(path / CONFIG):
            raise Refusal(f"{path} holds no {CONFIG}: name a Hugging Face directory of a model")
        files = _files(path)
        return cls(path, {file: read_header(file) for file in files})

    @cached_property
    def tensors(self) -> dict[str, tuple[Path, TensorHeader]]:
        """Where each tensor lies.

        Raises:
            Refusal: two files hold tensors of one name.
        """
        headers: dict[str, tuple[Path, TensorHeader]] = {}
        for file, held in self.headers.items():
            for name, header in held.items():
                if name in headers:
                    raise Refusal(
                        f"{file} and {headers[name][0].name} both hold {reprlib.repr(name)}: keep "
                        "the files of one model only"
                    )
                headers[name] = file, header
        return headers

    @cached_property
    def fingerprint(self) -> str:
        """sha256 over names, types, shapes and bytes of the tensors, however they are spread."""
        digest = hashlib.sha256()
        for name, (file, header) in sorted(self.tensors.items()):
            digest.update(f"{name} {header.dtype} {list(header.shape)}".encode())
            with file.open("rb") as data:
                data.seek(header.begin)
                left = header.bytes
                while left:
                    part = data.read(min(left, PART))
                    if not part:
                        raise damaged(file, "it has become shorter")
                    digest.update(part)
                    left -= len(part)
        return digest.hexdigest()

    @cached_property
    def configuration(self) -> str:
        """sha256 of the small files that decide what a prompt is and how a head works."""
        files = (CONFIG, TASK, TOKENIZER, TOKENIZER_CONFIG)
        contents = {
            name: read_json(self.path / name) for name in files if (self.path / name).is_file()
        }
        return hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()

    def values(self) -> dict[str, Any]:
        """What ``config.json`` says."""
        return read_json(self.path / CONFIG)

    def tensor_headers(self) -> Iterable[TensorHeader]:
        """What the files say of every tensor."""
        return (header for _, header in self.tensors.values())

    def shape(self, stored: str) -> tuple[int, ...]:
        """The shape of a stored tensor."""
        return self.tensors[stored][1].shape

    def kind(self, stored: str) -> str:
        """The type of a stored tensor's numbers, in safetensors' spelling."""
        return self.tensors[stored][1].dtype

    def places(self, module: Any, family: Family) -> dict[str, str]:
        """The stored tensor of each parameter that a model may have.

        Args:
            module: the model, made without memory.
            family: its family, which knows other names.

        Returns:
            Stored names by the name of the class; what means nothing to it is left out.

        Raises:
            Refusal: two tensors are the same parameter.
        """
        known = {*module.state_dict()}
        stored_names: dict[str, str] = {}
        for stored in self.tensors:
            name = _meaning(stored, known, family)
            if name is None:
                continue
            if name in stored_names:
                raise Refusal(
                    f"{reprlib.repr(stored)} and {reprlib.repr(stored_names[name])} are the same "
                    "parameter: keep the tensors of one model only"
                )
            stored_names[name] = stored
        return stored_names

    def tensor(self, stored: str, _: object = None) -> Tensor:
        """A tensor as it is stored."""
        file, _header = self.tensors[stored]
        try:
            with safe_open(file, framework="pt") as data:
                tensor: Tensor = data.get_tensor(stored)
        except (SafetensorError, OSError) as error:
            raise damaged(file, "its header is not that of a safetensors file") from error
        return tensor

    def vocabulary(self, size: int) -> Vocabulary:
        """Its tokens; see ``Vocabulary.of``."""
        return Vocabulary.of(self.path, size)

    def tokenizer(self) -> Encode | None:
        """What turns text into token ids; see ``tokenizer_of``."""
        return tokenizer_of(self.path)


def _meaning(stored: str, known: set[str], family: Family) -> str | None:
    """Which parameter a stored name means."""
    name = WRAPPERS.sub("", stored) if WRAPPERS.match(stored) else stored
    for old, new in OLD.items():
        name = name.removesuffix(old) + new if name.endswith(old) else name
    for before, after in family.renamed.items():
        if name.startswith(before):
            name = after + name.removeprefix(before)
            break
    if family.merged(name):
        return name
    candidates = (name, f"model.{name}", f"transformer.{name}", f"gpt_neox.{name}")
    return next((candidate for candidate in candidates if candidate in known), None)


def _files(path: Path) -> list[Path]:
    """The files that hold a directory's tensors."""
    if os.path.lexists(path / WEIGHTS):
        return [path / WEIGHTS]
    if os.path.lexists(path / INDEX):
        return _indexed(path)
    if os.path.lexists(path / PICKLE):
        raise pickle_refusal(path / PICKLE)
    others = sorted(path.glob("*.safetensors"))
    shards = [match for file in others if (match := SHARD.fullmatch(file.name))]
    if not shards and not others:
        raise Refusal(f"{path} holds no {WEIGHTS}: save the model there, in safetensors files")
    if not shards:
        raise Refusal(
            f"{path} holds {others[0].name} and no {WEIGHTS}: call it {WEIGHTS} if it is the model"
        )
    totals = {int(match[2]) for match in shards}
    if len(totals) > 1 or {int(match[1]) for match in shards} != {*range(1, max(totals) + 1)}:
        raise Refusal(
            f"{path} holds {len(shards)} of {max(totals)} shards and no {INDEX}: copy the rest"
        )
    return [path / match[0] for match in shards]


def _indexed(path: Path) -> list[Path]:
    """The files that an index names, all of what it lists being in them."""
    places = read_json(path / INDEX).get("weight_map")
    if not isinstance(places, dict) or not all(isinstance(file, str) for file in places.values()):
        raise Refusal(f"{path / INDEX} has no weight_map of names to files: copy it again")
    for file in places.values():
        if file != Path(file).name or not file.endswith(".safetensors") or "\0" in file:
            raise Refusal(
                f"{path / INDEX} points to {reprlib.repr(file)}: let it name safetensors files "
                "inside its directory"
            )
    held = {file: read_header(path / file) for file in sorted(set(places.values()))}
    for name, file in places.items():
        if name not in held[file]:
            raise Refusal(
                f"{path / file} does not hold {reprlib.repr(name)} as {INDEX} says: copy both again"
            )
    return [path / file for file in held]
