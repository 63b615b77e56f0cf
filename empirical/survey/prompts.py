"""Prompts in token ids, from a seed, as the model's tokenizer would have them begin.

Kinds: segments that come again after gaps that vary (olsson2022induction); the one-hop prompts of
the number and the letter task (urrutia2026heads), on the tokens of ``task.json`` where there is one
and else on the model's own letters and digits; blocks with tokens of their own, so that blocks that
change places carry symbols with them. Or the user's own: ids, or text, each prompt from the
beginning of a document on.

A prompt begins with the start token, where the tokenizer puts one, and goes on with ordinary
tokens: special and unused ids are never drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from empirical.foreign.vocabulary import Vocabulary
from empirical.scores.repeats import repeats
from empirical.survey.one_hop import LETTER, NUMBER, one_hop
from empirical.tasks.task import Task
from theory.refusal import Refusal

Ids = Int64[np.ndarray, "prompts length"]
BLOCKS = 16
"""Blocks of a prompt of blocks."""
SEGMENT = 25
"""Tokens that come again, where they fit (olsson2022induction)."""


@dataclass(frozen=True)
class Prompts:
    """Where prompts come from.

    Attributes:
        kind: a generated kind, or ``own``.
        seed: what generated prompts are drawn from.
        own: the user's documents in token ids, one for each prompt.
    """

    kind: str
    seed: int = 0
    own: tuple[tuple[int, ...], ...] | None = None

    def __post_init__(self) -> None:
        """Refuse a kind that does not exist."""
        if self.own is None and self.kind not in KINDS:
            raise Refusal(f"no prompts are called {self.kind!r}: choose one of {', '.join(KINDS)}")

    def draw(
        self, first: int, count: int, length: int, vocabulary: Vocabulary, task: Task | None
    ) -> Ids:
        """Prompts ``first`` to ``first + count − 1``; the same for the same arguments.

        Args:
            first: the number of the first prompt.
            count: how many.
            length: tokens of each, the start token included.
            vocabulary: which tokens the model has.
            task: what the model was trained on, if it says so.

        Raises:
            Refusal: the vocabulary or the text is too small.
        """
        start = start_of(vocabulary, task)
        body = length - len(start)
        rows = []
        for number in range(first, first + count):
            if self.own is not None:
                rows.append(_document(self.own, number, body))
            else:
                rng = np.random.default_rng((self.seed, length, number))
                rows.append(KINDS[self.kind].draw(rng, body, vocabulary, task))
        starts = np.tile(np.array(start, dtype=np.int64), (count, 1))
        return np.hstack([starts, np.stack(rows)])

    def answers(
        self, drawn: Ids, vocabulary: Vocabulary, task: Task | None
    ) -> Int64[np.ndarray, " prompts"] | None:
        """Where the answer of each one-hop prompt stands; None for prompts of another kind.

        Args:
            drawn: the prompts, as ``draw`` gave them.
            vocabulary: which tokens the model has.
            task: what the model was trained on, if it says so.
        """
        if self.own is not None or self.kind not in (NUMBER, LETTER):
            return None
        before = len(start_of(vocabulary, task))
        places = one_hop(self.kind, vocabulary, task).places(drawn[:, before:])
        return places + before

    def sentence(self, length: int, vocabulary: Vocabulary, task: Task | None) -> str:
        """What a prompt of this length is made of."""
        what = "the user's text" if self.own is not None else KINDS[self.kind].sentence
        tokens = f"the {task.name} task's tokens" if task is not None else vocabulary.sentence
        return f"{length} tokens: {what}; {tokens}"


def start_of(vocabulary: Vocabulary, task: Task | None) -> tuple[int, ...]:
    """What prompts begin with: nothing where the model was trained on a task of its own."""
    return () if task is not None else vocabulary.start


def _document(documents: tuple[tuple[int, ...], ...], number: int, body: int) -> np.ndarray:
    if number >= len(documents) or len(documents[number]) < body:
        count = sum(len(document) >= body for document in documents)
        raise Refusal(
            f"the text has {count} documents of {body} tokens or more: give a longer one, or ask "
            "for fewer or shorter prompts"
        )
    return np.array(documents[number][:body], dtype=np.int64)


def _repeats(
    rng: np.random.Generator, body: int, vocabulary: Vocabulary, task: Task | None
) -> Int64[np.ndarray, " body"]:
    alphabet = _alphabet(vocabulary, task)
    segment = min(SEGMENT, body // 6, alphabet.size // 2)
    drawn: Int64[np.ndarray, " body"] = repeats(rng, 1, body, alphabet, segment)[0]
    return drawn


def _blocks(
    rng: np.random.Generator, body: int, vocabulary: Vocabulary, task: Task | None
) -> Int64[np.ndarray, " body"]:
    alphabet = _alphabet(vocabulary, task)
    blocks = min(BLOCKS, alphabet.size // 2, body // 2)
    if blocks < 2:
        raise Refusal(f"{alphabet.size} tokens do not fill two blocks: give a larger vocabulary")
    drawn = np.empty(body, dtype=np.int64)
    own = np.array_split(rng.permutation(alphabet), blocks)
    parts = np.array_split(np.arange(body), blocks)
    for part, tokens in zip(parts, own, strict=True):
        drawn[part] = rng.choice(tokens, part.size)
    drawn[-1] = rng.choice(alphabet)
    return drawn


def _alphabet(vocabulary: Vocabulary, task: Task | None) -> Int64[np.ndarray, " tokens"]:
    return vocabulary.ordinary if task is None else task.tokens


def _asked(kind: str) -> Callable[..., Int64[np.ndarray, " body"]]:
    def draw(
        rng: np.random.Generator, body: int, vocabulary: Vocabulary, task: Task | None
    ) -> Int64[np.ndarray, " body"]:
        return one_hop(kind, vocabulary, task).draw(rng, body)

    return draw


@dataclass(frozen=True)
class Kind:
    """How generated prompts of one kind are drawn.

    Attributes:
        sentence: what they are.
        draw: what stands in one after the start token.
    """

    sentence: str
    draw: Callable[[np.random.Generator, int, Vocabulary, Task | None], Int64[np.ndarray, " body"]]


KINDS: dict[str, Kind] = {
    "repeats": Kind("a random segment again and again after gaps that vary", _repeats),
    NUMBER: Kind("letters, and last a number that asks so many back", _asked(NUMBER)),
    LETTER: Kind("pairs of letters, of which the last asks by its second", _asked(LETTER)),
    "blocks": Kind("blocks of random tokens, each of its own", _blocks),
}
"""Every generated kind."""
