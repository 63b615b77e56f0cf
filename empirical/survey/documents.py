"""The user's own documents in token ids, each from its beginning on.

A file is a document, and a folder holds one in each of its files. Where more prompts are asked for
than there are documents, further ones begin at later paragraphs, after a blank line.
"""

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from empirical.files.text_file import read_text
from empirical.foreign.vocabulary import Encode
from theory.refusal import Refusal

LONGEST_TOKEN = 32
"""Characters of a text that are encoded for each token wanted."""
MOST_FILES = 10_000
"""Files of a folder that are looked at."""


def documents(
    source: Path, encode: Encode | None, vocabulary: int, count: int, longest: int
) -> tuple[tuple[int, ...], ...]:
    """Token ids of as many documents as prompts are asked for, cut to the longest length.

    Args:
        source: a text file, a folder of them, or a JSON list of token ids or of lists of them.
        encode: the model's tokenizer, if it has one.
        vocabulary: how many token ids the model has.
        count: how many.
        longest: tokens that are wanted of each.

    Raises:
        Refusal: the source cannot be read, holds ids that the model has not, holds too little, or
            is text and the model has no tokenizer.
    """
    prompts: list[tuple[int, ...]] = []
    enough = 0
    for ids in _all(source, encode, vocabulary, LONGEST_TOKEN * longest):
        if len(ids) >= longest:
            prompts.append(tuple(ids[:longest]))
        enough = max(enough, len(ids))
        if len(prompts) == count:
            return tuple(prompts)
    raise Refusal(
        f"{source} holds {len(prompts)} documents or paragraphs with {longest} tokens after them, "
        f"the longest {enough}: give more text, or ask for fewer or shorter prompts"
    )


def _all(source: Path, encode: Encode | None, vocabulary: int, most: int) -> Iterator[list[int]]:
    """Documents first, then what begins at later paragraphs; of text, ``most`` characters."""
    files = sorted(source.iterdir())[:MOST_FILES] if source.is_dir() else [source]
    texts: list[str] = []
    for file in files:
        if source.is_dir() and (file.name.startswith(".") or not file.is_file()):
            continue
        text = _read(file)
        lists = _ids(text, file, vocabulary)
        if lists is not None:
            yield from lists
        elif encode is None:
            raise Refusal(
                f"{file} is text and the model has no tokenizer: put its tokenizer.json beside it, "
                "or give a JSON list of token ids"
            )
        else:
            texts.append(text)
            yield encode(text[:most])
    assert encode is not None or not texts
    for start in chain.from_iterable(map(_later_paragraphs, texts)):
        assert encode is not None
        yield encode(start[:most])


def _later_paragraphs(text: str) -> Iterator[str]:
    """The text from each paragraph on, but the first."""
    place = text.find("\n\n")
    while place >= 0:
        rest = text[place:].lstrip("\n")
        if rest:
            yield rest
        place = text.find("\n\n", len(text) - len(rest)) if rest else -1


def _read(file: Path) -> str:
    return read_text(file, "give UTF-8 text, or a JSON list of token ids")


def _ids(text: str, file: Path, vocabulary: int) -> list[list[int]] | None:
    """The ids that a file lists; None where it is text."""
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, list) or not value:
        return None
    lists = value if all(isinstance(ids, list) for ids in value) else [value]
    for ids in lists:
        if not ids or not all(type(token) is int and 0 <= token < vocabulary for token in ids):
            raise Refusal(
                f"{file} does not hold token ids below {vocabulary}: give ids of this model, or "
                "text for its own tokenizer"
            )
    return lists
