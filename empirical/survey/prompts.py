"""Prompts in token ids, from a seed: no tokenizer is needed.

Kinds: segments that come again after gaps that vary (olsson2022induction); the one-hop prompts of
the number and the letter task (urrutia2026heads), on the tokens of ``task.json`` where there is one
and else on tokens of the vocabulary drawn for the purpose; blocks with tokens of their own, so that
blocks that change places carry symbols with them. Or the user's own: ids, or text.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int64

from empirical.scores.repeats import repeats
from empirical.tasks.index import IndexTask
from empirical.tasks.index_and_retrieval import IndexAndRetrieval
from empirical.tasks.retrieval import RetrievalTask
from empirical.tasks.task import Entry, OneHop, Task
from theory.refusal import Refusal

Ids = Int64[np.ndarray, "prompts length"]
BLOCKS = 16
"""Blocks of a prompt of blocks."""
TOKENIZER = "tokenizer.json"


@dataclass(frozen=True)
class Prompts:
    """Where prompts come from.

    Attributes:
        kind: a generated kind, or ``own``.
        seed: what generated prompts are drawn from.
        own: the user's token ids, of which prompts are cut.
    """

    kind: str
    seed: int = 0
    own: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse a kind that does not exist."""
        if self.own is None and self.kind not in KINDS:
            raise Refusal(f"no prompts are called {self.kind!r}: choose one of {', '.join(KINDS)}")

    def draw(self, count: int, length: int, batch: int, vocabulary: int, task: Task | None) -> Ids:
        """The prompts of one batch; the same for the same arguments.

        Args:
            count: how many.
            length: tokens of each.
            batch: which batch.
            vocabulary: how many token ids the model has.
            task: what the model was trained on, if it says so.

        Raises:
            Refusal: the vocabulary or the text is too small.
        """
        rng = np.random.default_rng((self.seed, length, batch))
        if self.own is not None:
            return _cut(rng, np.array(self.own), count, length)
        return KINDS[self.kind](rng, count, length, vocabulary, task)

    def answers(
        self, drawn: Ids, vocabulary: int, task: Task | None
    ) -> Int64[np.ndarray, " prompts"] | None:
        """Where the answer of each one-hop prompt stands; None for prompts of another kind.

        Args:
            drawn: the prompts, as ``draw`` gave them.
            vocabulary: how many token ids the model has.
            task: what the model was trained on, if it says so.
        """
        if self.own is not None or self.kind not in ONE_HOP:
            return None
        one_hop, ids = _one_hop(self.kind, vocabulary, task)
        tokens = np.empty(vocabulary, dtype=np.int64)
        tokens[ids] = np.arange(ids.size)
        last = drawn.shape[1] - 1
        domains = {domain.query: domain for domain in one_hop.domains(drawn.shape[1])}
        found = []
        for row in tokens[drawn]:
            domain = domains[row[last]]
            places = last - np.array(domain.distances)
            found.append(places[np.isin(row[places], domain.answers)].item())
        return np.array(found)


def of_file(file: Path, directory: Path, vocabulary: int) -> tuple[int, ...]:
    """Token ids from a file: a JSON list of numbers, or text for the model's own tokenizer.

    Only ``tokenizer.json`` is read, which holds no code.

    Args:
        file: what the prompts are cut of.
        directory: the model's.
        vocabulary: how many token ids the model has.

    Raises:
        Refusal: the file cannot be read, holds ids that the model has not, or is text and the
            model has no ``tokenizer.json``.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(
            f"cannot read {file}: give UTF-8 text, or a JSON list of token ids"
        ) from error
    try:
        ids: Any = json.loads(text)
    except ValueError:
        ids = None
    if not isinstance(ids, list):
        ids = _tokenized(text, file, directory / TOKENIZER)
    if not ids or not all(type(token) is int and 0 <= token < vocabulary for token in ids):
        raise Refusal(
            f"{file} does not hold token ids below {vocabulary}: give ids of this model, or text "
            "for its own tokenizer"
        )
    return tuple(ids)


def _tokenized(text: str, file: Path, tokenizer: Path) -> list[int]:
    if not tokenizer.is_file():
        raise Refusal(
            f"{file} is text and there is no {tokenizer}: put it there, or give a JSON list of "
            "token ids"
        )
    try:
        from tokenizers import Tokenizer

        return list(Tokenizer.from_file(str(tokenizer)).encode(text).ids)
    except ImportError as error:
        raise Refusal(f"reading {file} needs a tokenizer: pip install 'ropeproof[hf]'") from error
    except Exception as error:  # whatever the library raises on a damaged file
        raise Refusal(f"{tokenizer} is not readable: copy it again") from error


def _cut(rng: np.random.Generator, ids: np.ndarray, count: int, length: int) -> Ids:
    if len(ids) < length:
        raise Refusal(f"the text has {len(ids)} tokens and not {length}: give a longer one")
    starts = rng.integers(len(ids) - length + 1, size=count)
    return np.stack([ids[start : start + length] for start in starts]).astype(np.int64)


def _repeats(
    rng: np.random.Generator, count: int, length: int, vocabulary: int, task: Task | None
) -> Ids:
    alphabet = np.arange(vocabulary) if task is None else task.tokens
    segment = min(25, length // 6, alphabet.size // 2)
    return repeats(rng, count, length, alphabet, segment)


def _blocks(
    rng: np.random.Generator, count: int, length: int, vocabulary: int, task: Task | None
) -> Ids:
    alphabet = np.arange(vocabulary) if task is None else task.tokens
    blocks = min(BLOCKS, alphabet.size // 2, length // 2)
    if blocks < 2:
        raise Refusal(f"{alphabet.size} tokens do not fill two blocks: give a larger vocabulary")
    drawn = np.empty((count, length), dtype=np.int64)
    for row in drawn:
        own = np.array_split(rng.permutation(alphabet), blocks)
        parts = np.array_split(np.arange(length), blocks)
        for part, tokens in zip(parts, own, strict=True):
            row[part] = rng.choice(tokens, part.size)
        row[-1] = rng.choice(alphabet)
    return drawn


def _one_hop(
    kind: str, vocabulary: int, task: Task | None
) -> tuple[OneHop, Int64[np.ndarray, " tokens"]]:
    """The task of one-hop prompts, and the model's id of each of its tokens."""
    asked, entries = ONE_HOP[kind]
    if isinstance(task, IndexAndRetrieval):
        task = task.index if asked is IndexTask else task.retrieval
    if isinstance(task, asked):
        return task, np.arange(vocabulary)
    if vocabulary < len(entries):
        raise Refusal(
            f"{vocabulary} tokens are fewer than the {len(entries)} of the {asked.name} "
            "prompts: choose other prompts"
        )
    return asked(entries), np.random.default_rng(0).permutation(vocabulary)[: len(entries)]


def _asked(kind: str) -> Callable[..., Ids]:
    def draw(
        rng: np.random.Generator, count: int, length: int, vocabulary: int, task: Task | None
    ) -> Ids:
        one_hop, ids = _one_hop(kind, vocabulary, task)
        drawn: Ids = ids[one_hop.batch(rng, count, length)[0]]
        return drawn

    return draw


LETTERS = "abcdefgh"
ONE_HOP: dict[str, tuple[type[IndexTask] | type[RetrievalTask], tuple[Entry, ...]]] = {
    "number": (IndexTask, (*LETTERS, *range(1, 9))),
    "letter": (
        RetrievalTask,
        tuple((a, b) for a in LETTERS[:4] for b in (*LETTERS[:4], *range(4))),
    ),
}
"""The task of one-hop prompts, and its tokens where the model has no such task of its own."""
KINDS: dict[str, Callable[..., Ids]] = {
    "repeats": _repeats,
    **{kind: _asked(kind) for kind in ONE_HOP},
    "blocks": _blocks,
}
"""How generated prompts of each kind are drawn."""
