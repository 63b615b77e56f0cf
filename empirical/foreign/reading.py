"""Reading the models of other people: of any family that is known here, from either kind of file.

A Hugging Face directory with safetensors files, or a GGUF file. ``transformers`` gets the parsed
configuration and the tensors, never the directory: nothing it might look for there, such as code,
adapters or pickles, is found. What files claim is checked before anything large is allocated.
"""

import os
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor

from empirical.files.checkpoint import CONFIG, WEIGHTS, naming
from empirical.files.json_file import read_json
from empirical.foreign.directory import ADAPTER, ModelDirectory
from empirical.foreign.families import family_named
from empirical.foreign.families.family import Family
from empirical.foreign.gguf_model import SUFFIX, GGUFModel
from empirical.foreign.unembedding import UnembeddingMoments
from empirical.foreign.vocabulary import Vocabulary
from theory.refusal import Refusal

CODE = ("auto_map", "custom_pipelines", "quantization_config", "transformers_weights")
"""Entries of a configuration that name code, other files, or weights in another form."""
LABELS = ("num_labels", "id2label", "label2id")
"""Entries that say nothing of a language model and can be made to claim any amount of memory."""
DROPPED = ("attn_implementation", "_attn_implementation", "_attn_implementation_internal")
"""Entries that choose code: the model's own eager attention is what is compared with."""
FLOATS = ("F32", "F16", "BF16")
PART = 1 << 22
"""Numbers of a tensor that are checked at once."""
Stored: TypeAlias = ModelDirectory | GGUFModel
"""The files of a model, looked at but not read."""
SHORTEST = 256
"""Tokens for which a model is always ready, as the self-check runs it whatever is asked."""


@dataclass(frozen=True, eq=False)
class Model:
    """A model that passed every check, in float32 and evaluation mode.

    Attributes:
        path: its directory.
        family: how its attention works.
        module: the model as ``transformers`` made it.
        fingerprint: sha256 over names, types, shapes and bytes of its tensors, in hexadecimal, the
            same however they are spread over files; of a GGUF file, over its bytes.
        vocabulary: which tokens its prompts may hold.
    """

    path: Path
    family: Family
    module: Any
    fingerprint: str
    vocabulary: Vocabulary

    @property
    def layers(self) -> int:
        """How many blocks it has."""
        return len(self.family.blocks_of(self.module))

    @cached_property
    def unembedding(self) -> UnembeddingMoments:
        """The moments of its unembedding."""
        return UnembeddingMoments.of(self.module.get_output_embeddings().weight)


def model_type(path: Path) -> object:
    """What the ``config.json`` of a directory calls its family; None where there is none.

    Raises:
        Refusal: the ``config.json`` cannot be read.
    """
    if not (path / CONFIG).is_file():
        return None
    return read_json(path / CONFIG).get("model_type")


def stored_at(path: Path) -> Stored:
    """The files of a model, looked at but not read.

    Args:
        path: a directory, a GGUF file, or a directory that holds nothing but one.

    Raises:
        Refusal: there is no such file or directory, or what it holds is no model.
    """
    if not os.path.lexists(path):
        raise Refusal(f"there is no {path}: name a model's directory or a GGUF file")
    if not path.is_dir():
        if path.suffix == SUFFIX:
            return GGUFModel.read(path)
        raise Refusal(f"{path} is no directory and no {SUFFIX} file: name a model's directory")
    packed = sorted(path.glob(f"*{SUFFIX}"))
    if packed and not os.path.lexists(path / CONFIG) and not os.path.lexists(path / ADAPTER):
        if len(packed) > 1:
            raise Refusal(f"{path} holds {len(packed)} GGUF files: name one, such as {packed[0]}")
        return GGUFModel.read(packed[0])
    return ModelDirectory.read(path)


def read(path: Path, longest: int = 0) -> Model:
    """Read a model.

    Args:
        path: its directory, or its GGUF file.
        longest: tokens of the longest input that it will be run on, if more than ``SHORTEST``.

    Returns:
        The model.

    Raises:
        Refusal: ``transformers`` is not installed; anything is missing, damaged, not finite, asks
            for code, is larger than memory, or belongs to no family that is read.
    """
    return read_stored(stored_at(path), longest)


def read_stored(stored: Stored, longest: int = 0) -> Model:
    """Read a model whose files were looked at; see ``read``."""
    _refuse_size(stored)
    family, values, config = _configured(stored, longest)
    with naming(_source(stored)):
        empty = _empty(family, config)
    with naming(stored.path):
        places = stored.places(empty, family)
        _check_tensors(stored, family, places, empty)
    tensors = {name: _loaded(stored, place, values) for name, place in sorted(places.items())}
    return Model(
        stored.path,
        family,
        _built(family, config, tensors, stored.path),
        stored.fingerprint,
        stored.vocabulary(config.vocab_size),
    )


def windows(stored: Stored) -> list[int | None]:
    """The window of each layer's heads, in tokens; None where they see all.

    Args:
        stored: the model's files, of which no tensor is read.

    Raises:
        Refusal: the configuration cannot be read, or its family is not.
    """
    family, _, config = _configured(stored, SHORTEST)
    return [family.window(config, layer) for layer in range(config.num_hidden_layers)]


def _source(stored: Stored) -> Path:
    """The file that holds the configuration."""
    return stored.path / CONFIG if isinstance(stored, ModelDirectory) else stored.path


def _configured(stored: Stored, longest: int) -> tuple[Family, dict[str, Any], Any]:
    """The family, what the files say of the configuration, and the finished configuration."""
    with naming(_source(stored)):
        values = stored.values()
        family = family_named(values.get("model_type"))
        values = family.text_part(values)
        _refuse_code(values)
        config = _config(family, values, len(stored.tensors), max(longest, SHORTEST))
        if isinstance(stored, GGUFModel):
            stored.agrees(config, family.rotated(config))
    return family, values, config


def _built(family: Family, config: Any, tensors: dict[str, Tensor], path: Path) -> Any:
    """The model of a configuration and its tensors."""
    module, report = _class(family).from_pretrained(
        None,
        config=config,
        state_dict=tensors,
        dtype=torch.float32,
        attn_implementation="eager",
        output_loading_info=True,
    )
    absent = sorted({*report["missing_keys"], *map(str, report["mismatched_keys"])})
    if absent:
        raise Refusal(
            f"{path}: {absent[0]} is missing or of another shape: save all parameters of the model "
            f"of {CONFIG}"
        )
    return module.eval()


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


def _refuse_size(stored: Stored) -> None:
    needed = sum(4 * header.items for header in stored.tensor_headers())
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if needed > memory:
        raise Refusal(
            f"{stored.path} takes {needed / 2**30:.0f} GiB in float32 and this machine has "
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
        kept = {k: v for k, v in values.items() if k not in (*LABELS, *DROPPED)}
        config = kind.from_dict(kept)
        config.use_cache = False
        if config.num_hidden_layers < 1:
            raise Refusal(
                f"a model of {config.num_hidden_layers} layers has no head: copy it again"
            )
        if family.model_type == "gptj":  # its class turns by a table of this many positions
            config.n_positions = longest
        for layer in range(config.num_hidden_layers):
            family.angles(config, layer, longest)
        outside = family.outside(config) or _no_window(config)
    except Refusal:
        raise
    except Exception as error:  # whatever transformers raises on a hostile configuration
        raise Refusal(
            f"transformers cannot read it ({_first_line(error)}): copy it again"
        ) from error
    if outside is not None:
        raise Refusal(f"a {family.model_type} model is not covered where {outside}")
    return config


def _no_window(config: Any) -> str | None:
    """Why layers that are said to have a window cannot have one."""
    sliding = "sliding_attention" in (getattr(config, "layer_types", None) or ())
    if sliding and getattr(config, "sliding_window", None) is None:
        return (
            "layer_types has sliding layers and there is no window (sliding_window, or "
            "use_sliding_window, is not set)"
        )
    return None


def _empty(family: Family, config: Any) -> Any:
    """The model without memory for its parameters."""
    try:
        with torch.device("meta"):
            return _class(family)(config)
    except Exception as error:  # as above
        raise Refusal(
            f"no model can be made of it ({_first_line(error)}): copy it again"
        ) from error


def _first_line(error: Exception) -> str:
    return reprlib.repr(str(error).strip().split("\n")[0])


def _check_tensors(stored: Stored, family: Family, places: Mapping[str, str], empty: Any) -> None:
    """Every parameter is there, in a shape and a type that can be read.

    What ``transformers`` merges itself, as of experts, it also misses itself.
    """
    for name, parameter in empty.named_parameters():
        if family.merged(name) and name not in places:
            continue
        if name not in places:
            raise Refusal(f"{name} is missing: save all parameters of the model of {CONFIG}")
        shape = stored.shape(places[name])
        if shape != tuple(parameter.shape):
            raise Refusal(
                f"{name} has shape {list(shape)} where {CONFIG} asks for "
                f"{list(parameter.shape)}: put the files of one model together"
            )
    for name, place in places.items():
        kind = stored.kind(place)
        if kind not in FLOATS:
            raise Refusal(
                f"{name} is stored as {kind}, numbers of which are not weights by themselves: save "
                "the model as float32 or bfloat16"
            )


def _loaded(stored: Stored, place: str, values: Mapping[str, Any]) -> Tensor:
    """One tensor in float32."""
    tensor = stored.tensor(place, values).float()
    if not all(part.isfinite().all() for part in torch.split(tensor.flatten(), PART)):
        raise Refusal(
            f"{stored.path}: {place} holds NaN or infinite numbers, as float16 does where it "
            "overflows: save the model again as float32"
        )
    return tensor
