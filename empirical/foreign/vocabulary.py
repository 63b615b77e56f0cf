"""Which tokens a model's prompts may hold, and with which it expects a prompt to begin.

Read from ``tokenizer.json`` and ``tokenizer_config.json``, which hold no code. A directory without
a tokenizer says nothing of its tokens: then every id may be drawn, and prompts begin with none.
"""

import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int64

from empirical.files.json_file import read_json
from theory.refusal import Refusal

TOKENIZER, TOKENIZER_CONFIG = "tokenizer.json", "tokenizer_config.json"
UNUSED = re.compile(
    r"[<\[]\|?_*(unused|reserved|extra_id|pad|dummy)[\w\s-]*\|?[>\]]", re.IGNORECASE
)
"""Names of places that no text fills."""
Encode = Callable[[str], list[int]]
"""What turns text into token ids."""
SPACES = ("\u0120", "\u2581")
"""How vocabularies spell a leading space: of byte-level BPE, and of SentencePiece."""


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The tokens of a model.

    Attributes:
        ordinary: ids that stand in ordinary text, in ascending order: neither special, nor unused,
            nor beyond the tokenizer's own.
        start: ids that the tokenizer puts before every text; empty where it puts none.
        size: how many ids the model has.
        ids: the id of every token by its name; empty where there was no tokenizer to say so.
    """

    ordinary: Int64[np.ndarray, " ordinary"]
    start: tuple[int, ...]
    size: int
    ids: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def unknown(cls, size: int) -> "Vocabulary":
        """Every id, no start: of a model without a tokenizer."""
        return cls(np.arange(size), (), size)

    @classmethod
    def of(cls, path: Path, size: int) -> "Vocabulary":
        """The vocabulary of a model directory.

        Args:
            path: the directory.
            size: how many ids the model has.

        Raises:
            Refusal: the tokenizer's files are damaged, or are those of another model.
        """
        if not (path / TOKENIZER).is_file():
            return cls.unknown(size)
        tokenizer = read_json(path / TOKENIZER)
        settings = path / TOKENIZER_CONFIG
        try:
            names = _names(tokenizer)
            special = {
                token["id"] for token in tokenizer.get("added_tokens") or () if token["special"]
            }
            start = _start(tokenizer, read_json(settings) if settings.is_file() else {}, names)
        except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
            raise Refusal(f"{path / TOKENIZER} is not a tokenizer's file: copy it again") from error
        return cls.named(names, special, start, size, path / TOKENIZER)

    @classmethod
    def named(
        cls,
        names: Mapping[int, str],
        special: Set[int],
        start: tuple[int, ...],
        size: int,
        source: Path,
    ) -> "Vocabulary":
        """A vocabulary whose tokens have names.

        Args:
            names: of every token, by its id.
            special: ids of tokens that no text holds.
            start: what prompts begin with.
            size: how many ids the model has.
            source: where this comes from.

        Raises:
            Refusal: ids are not below ``size``, or no token is ordinary.
        """
        unused = {token for token, name in names.items() if UNUSED.fullmatch(name)}
        ordinary = np.array(sorted(names.keys() - special - unused), dtype=np.int64)
        if not ordinary.size or max(*start, int(ordinary[-1]), 0) >= size or ordinary[0] < 0:
            raise Refusal(
                f"{source} has no tokens, or some beyond the {size} of the model: put the files of "
                "one model together"
            )
        return cls(ordinary, start, size, {name: token for token, name in names.items()})

    @property
    def known(self) -> bool:
        """Whether a tokenizer says what its tokens are."""
        return bool(self.ids)

    def token(self, text: str, *, spaced: bool) -> int | None:
        """The ordinary token that is this text and nothing else, or None.

        Args:
            text: such as a letter.
            spaced: whether it is to begin with a space, in either spelling.
        """
        for space in SPACES if spaced else ("",):
            token = self.ids.get(space + text)
            if token is not None and self._is_ordinary(token):
                return token
        return None

    def _is_ordinary(self, token: int) -> bool:
        place = int(np.searchsorted(self.ordinary, token))
        return place < self.ordinary.size and int(self.ordinary[place]) == token

    @property
    def sentence(self) -> str:
        """What prompts are made of, in a few words."""
        if not self.known:
            return f"any of {self.size:,} ids (no tokenizer says which are special)"
        start = f"start token {', '.join(map(str, self.start))}, then " if self.start else ""
        return f"{start}ordinary tokens ({self.ordinary.size:,} of {self.size:,})"


def tokenizer_of(path: Path) -> Encode | None:
    """What turns text into the token ids of a model directory, without special tokens.

    Args:
        path: the directory.

    Returns:
        The function; None where the directory has no tokenizer.

    Raises:
        Refusal: the library is not installed, or the file is damaged.
    """
    file = path / TOKENIZER
    if not file.is_file():
        return None
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise Refusal("reading text needs a tokenizer: pip install 'ropeproof[hf]'") from error
    try:
        tokenizer: Any = Tokenizer.from_file(str(file))
    except Exception as error:  # whatever the library raises on a damaged file
        raise Refusal(f"{file} is not readable: copy it again") from error
    return lambda text: list(tokenizer.encode(text, add_special_tokens=False).ids)


def _names(tokenizer: dict[str, Any]) -> dict[int, str]:
    """Every token of a tokenizer by its id."""
    vocabulary = tokenizer["model"]["vocab"]
    if isinstance(vocabulary, dict):
        names = {int(token): str(name) for name, token in vocabulary.items()}
    elif not isinstance(vocabulary, list):
        raise TypeError("a vocabulary is an object or a list")
    else:  # Unigram: pairs of name and score
        names = {token: str(pair[0]) for token, pair in enumerate(vocabulary)}
    added = {
        int(token["id"]): str(token["content"]) for token in tokenizer.get("added_tokens") or ()
    }
    return names | added


def _start(
    tokenizer: dict[str, Any], settings: dict[str, Any], names: dict[int, str]
) -> tuple[int, ...]:
    """What the tokenizer puts first: by its settings if they say so, else by its template."""
    asked = settings.get("add_bos_token")
    if asked is False:
        return ()
    if asked is True:
        token = settings["bos_token"]
        name = token["content"] if isinstance(token, dict) else token
        return (next(place for place, other in names.items() if other == name),)
    return _of_template(tokenizer.get("post_processor"))


def _of_template(processor: dict[str, Any] | None) -> tuple[int, ...]:
    """The ids that a post-processor puts before the text."""
    if processor is None:
        return ()
    kind = processor["type"]
    if kind == "Sequence":
        return tuple(token for part in processor["processors"] for token in _of_template(part))
    if kind in ("BertProcessing", "RobertaProcessing"):
        return (int(processor["cls"][1]),)
    if kind != "TemplateProcessing":
        return ()
    ids: list[int] = []
    for piece in processor["single"]:
        if "SpecialToken" not in piece:
            break
        name = piece["SpecialToken"]["id"]
        ids += map(int, processor["special_tokens"][name]["ids"])
    return tuple(ids)
