"""Reading the models of other people: a Hugging Face directory of any family that is known here.

Only ``config.json`` and safetensors files are read. ``transformers`` gets the parsed configuration
and the tensors, never the directory: nothing it might look for there, such as code, adapters or
pickles, is found. What files claim is checked before anything large is allocated.
"""

import hashlib
import os
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from empirical.files.checkpoint import CONFIG, PICKLE, WEIGHTS, naming
from empirical.files.json_file import read_json
from empirical.files.safetensors_header import (
    TensorHeader,
    damaged,
    pickle_refusal,
    read_header,
)
from empirical.foreign.families import family_named
from empirical.foreign.families.family import Family
from theory.refusal import Refusal

INDEX = "model.safetensors.index.json"
CODE = ("auto_map", "custom_pipelines", "quantization_config", "transformers_weights")
"""Entries of a configuration that name code, other files, or weights in another form."""
LABELS = ("num_labels", "id2label", "label2id")
"""Entries that say nothing of a language model and can be made to claim any amount of memory."""
FLOATS = ("F32", "F16", "BF16")
PART = 1 << 22
"""Numbers of a tensor that are checked at once."""
SHORTEST = 256
"""Tokens for which a model is always ready, as the self-check runs it whatever is asked."""


@dataclass(frozen=True, eq=False)
class Model:
    """A model that passed every check, in float32 and evaluation mode.

    Attributes:
        path: its directory.
        family: how its attention works.
        module: the model as ``transformers`` made it.
        fingerprint: sha256 over names, types, shapes and bytes of its tensors, in hexadecimal; the
            same however they are spread over files.
    """

    path: Path
    family: Family
    module: Any
    fingerprint: str

    @property
    def layers(self) -> int:
        """How many blocks it has."""
        return len(self.family.blocks_of(self.module))


def model_type(path: Path) -> object:
    """What the ``config.json`` of a directory calls its family.

    Raises:
        Refusal: no directory, or no readable ``config.json``.
    """
    if not os.path.isdir(path):
        raise Refusal(f"{path} is not a directory: name one that holds {CONFIG} and {WEIGHTS}")
    return read_json(path / CONFIG).get("model_type")


def read(path: Path, longest: int = 0) -> Model:
    """Read a model directory.

    Args:
        path: the directory.
        longest: tokens of the longest input that it will be run on, if more than ``SHORTEST``.

    Returns:
        The model.

    Raises:
        Refusal: ``transformers`` is not installed; anything is missing, damaged, not finite, asks
            for code, is larger than memory, or belongs to no family that is read.
    """
    with naming(path / CONFIG):
        family = family_named(model_type(path))
        values = read_json(path / CONFIG)
        _refuse_code(values)
    files = _headers(path)
    claimed = {
        family.renamed.get(name, name): header
        for headers in files.values()
        for name, header in headers.items()
    }
    _refuse_size(path, claimed)
    with naming(path / CONFIG):
        config = _config(family, values, len(claimed), max(longest, SHORTEST))
        needed, known = _shapes(family, config)
    with naming(path):
        _check_tensors(claimed, needed, known)
    tensors, fingerprint = _tensors(family, files, known)
    module = _class(family).from_pretrained(
        None, config=config, state_dict=tensors, dtype=torch.float32, attn_implementation="eager"
    )
    return Model(path, family, module.eval(), fingerprint)


def _class(family: Family) -> Any:
    try:
        import transformers
    except ImportError as error:
        raise Refusal(
            f"a {family.model_type} model is read with transformers, which is not installed: "
            "pip install 'ropeproof[hf]'"
        ) from error
    logging: Any = transformers.logging
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    return getattr(transformers, family.model_class)


def _refuse_code(values: Mapping[str, Any]) -> None:
    asked = next((name for name in CODE if values.get(name)), None)
    if asked is not None:
        raise Refusal(
            f"it has {asked}, and nothing but {CONFIG} and {WEIGHTS} of a published family is "
            "read: save the model as plain float32 weights of that family"
        )


def _headers(path: Path) -> dict[Path, dict[str, TensorHeader]]:
    """The checked headers of all weight files of a directory."""
    if os.path.lexists(path / "adapter_config.json"):
        raise Refusal(f"{path} holds an adapter: merge it into its model and save that")
    if os.path.lexists(path / WEIGHTS) or not os.path.lexists(path / INDEX):
        if not os.path.lexists(path / WEIGHTS) and os.path.lexists(path / PICKLE):
            raise pickle_refusal(path / PICKLE)
        return {path / WEIGHTS: read_header(path / WEIGHTS)}
    places = read_json(path / INDEX).get("weight_map")
    if not isinstance(places, dict) or not all(isinstance(file, str) for file in places.values()):
        raise Refusal(f"{path / INDEX} has no weight_map of names to files: copy it again")
    for file in places.values():
        if file != Path(file).name or not file.endswith(".safetensors") or "\0" in file:
            raise Refusal(
                f"{path / INDEX} points to {reprlib.repr(file)}: let it name safetensors files "
                "inside its directory"
            )
    files = {path / file: read_header(path / file) for file in sorted(set(places.values()))}
    for name, file in places.items():
        if name not in files[path / file]:
            raise Refusal(
                f"{path / file} does not hold {reprlib.repr(name)} as {INDEX} says: copy both again"
            )
    if sum(map(len, files.values())) != len(places):
        raise Refusal(f"{path / INDEX} does not list every tensor of its files once: copy it again")
    return files


def _refuse_size(path: Path, claimed: Mapping[str, TensorHeader]) -> None:
    needed = sum(4 * header.items for header in claimed.values())
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if needed > memory:
        raise Refusal(
            f"{path} takes {needed / 2**30:.0f} GiB in float32 and this machine has "
            f"{memory / 2**30:.0f}: use a larger one"
        )


def _config(family: Family, values: Mapping[str, Any], tensors: int, longest: int) -> Any:
    """The configuration as ``transformers`` understands it, if its family is covered."""
    kind = _class(family).config_class
    layers = values.get(kind.attribute_map.get("num_hidden_layers", "num_hidden_layers"), 0)
    if not isinstance(layers, int) or layers > tensors:
        raise Refusal(
            f"{reprlib.repr(layers)} layers are more than there are tensors: "
            "put the files of one model together"
        )
    try:
        config = kind.from_dict({k: v for k, v in values.items() if k not in LABELS})
        config.use_cache = False
        if family.model_type == "gptj":  # its class turns by a table of this many positions
            config.n_positions = longest
        for layer in range(config.num_hidden_layers):
            family.angles(config, layer, longest)
        outside = family.outside(config)
    except Refusal:
        raise
    except Exception as error:  # whatever transformers raises on a hostile configuration
        raise Refusal(
            f"transformers cannot read it ({_first_line(error)}): copy it again"
        ) from error
    if outside is not None:
        raise Refusal(f"a {family.model_type} model is not covered where {outside}")
    return config


def _shapes(family: Family, config: Any) -> tuple[dict[str, tuple[int, ...]], set[str]]:
    """Shapes of the parameters that a model must have, and every name that it may have."""
    try:
        with torch.device("meta"):
            empty = _class(family)(config)
    except Exception as error:  # as above
        raise Refusal(
            f"no model can be made of it ({_first_line(error)}): copy it again"
        ) from error
    parameters = {name: tuple(value.shape) for name, value in empty.named_parameters()}
    return parameters, {*empty.state_dict()}


def _first_line(error: Exception) -> str:
    return reprlib.repr(str(error).strip().split("\n")[0])


def _check_tensors(
    claimed: Mapping[str, TensorHeader], needed: Mapping[str, tuple[int, ...]], known: set[str]
) -> None:
    for name, shape in needed.items():
        if name not in claimed:
            raise Refusal(f"{name} is missing: save all parameters of the model of {CONFIG}")
        if claimed[name].shape != shape:
            raise Refusal(
                f"{name} has shape {list(claimed[name].shape)} where {CONFIG} asks for "
                f"{list(shape)}: put the files of one model together"
            )
    for name in known & claimed.keys():
        if claimed[name].dtype not in FLOATS:
            raise Refusal(f"{name} is stored as {claimed[name].dtype}: save the model as float32")


def _tensors(
    family: Family, files: Mapping[Path, Mapping[str, TensorHeader]], known: set[str]
) -> tuple[dict[str, Tensor], str]:
    """The model's tensors in float32, and their fingerprint."""
    tensors = {}
    digest = hashlib.sha256()
    places = {
        family.renamed.get(name, name): (file, name)
        for file, names in files.items()
        for name in names
    }
    for name in sorted(known & places.keys()):
        file, stored_name = places[name]
        try:
            with safe_open(file, framework="pt") as stored:
                tensor = stored.get_tensor(stored_name)
        except (SafetensorError, OSError) as error:
            raise damaged(file, "its header is not that of a safetensors file") from error
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        digest.update(tensor.contiguous().view(torch.uint8).numpy())
        tensors[name] = tensor.float()
        if not all(part.isfinite().all() for part in torch.split(tensors[name].flatten(), PART)):
            raise Refusal(
                f"{file}: {name} holds NaN or infinite numbers, as float16 does where it "
                "overflows: save the model again as float32"
            )
    return tensors, digest.hexdigest()
