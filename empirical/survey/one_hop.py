"""The one-hop prompts of the number and the letter task (urrutia2026heads), in a model's tokens."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from string import ascii_lowercase

import numpy as np
from jaxtyping import Int64

from empirical.foreign.vocabulary import Vocabulary
from empirical.tasks.index import IndexTask
from empirical.tasks.index_and_retrieval import IndexAndRetrieval
from empirical.tasks.retrieval import RetrievalTask
from empirical.tasks.task import Entry, OneHop, Task
from theory.refusal import Refusal

NUMBER, LETTER = "number", "letter"
ASKING = 8
"""Letters of number prompts, and numbers: 1 to this many."""
FIRST = 4
"""Letters that begin pairs, and as many again that only end them."""


@dataclass(frozen=True, eq=False)
class OneHopPrompts:
    """A task, and which token of a model stands for each of its own.

    Attributes:
        task: what is asked.
        ids: the model's id of each token of the task.
    """

    task: OneHop
    ids: Int64[np.ndarray, " tokens"]

    def draw(self, rng: np.random.Generator, length: int) -> Int64[np.ndarray, " length"]:
        """One prompt."""
        drawn: Int64[np.ndarray, " length"] = self.ids[self.task.batch(rng, 1, length)[0][0]]
        return drawn

    def places(self, drawn: Int64[np.ndarray, "prompts length"]) -> Int64[np.ndarray, " prompts"]:
        """Where the answer of each prompt stands."""
        tokens = {token: place for place, token in enumerate(self.ids.tolist())}
        last = drawn.shape[1] - 1
        domains = {domain.query: domain for domain in self.task.domains(drawn.shape[1])}
        answered = []
        for prompt in drawn.tolist():
            row = np.array([tokens[token] for token in prompt])
            domain = domains[int(row[last])]
            places = last - np.array(domain.distances)
            answered.append(places[np.isin(row[places], domain.answers)].item())
        return np.array(answered)


def one_hop(kind: str, vocabulary: Vocabulary, task: Task | None) -> OneHopPrompts:
    """The prompts of a kind, in the tokens of the model's own task or in its letters and digits.

    Args:
        kind: ``NUMBER`` or ``LETTER``.
        vocabulary: which tokens the model has.
        task: what it was trained on, if it says so.

    Raises:
        Refusal: the model has no task of the kind, and its letters and digits are not known.
    """
    asked = IndexTask if kind == NUMBER else RetrievalTask
    if isinstance(task, IndexAndRetrieval):
        task = task.index if kind == NUMBER else task.retrieval
    if isinstance(task, asked):
        return OneHopPrompts(task, np.arange(len(task.entries)))
    if not vocabulary.known:
        raise Refusal(
            f"{kind} prompts are made of letters and digits, and no tokenizer says which tokens "
            "these are: put the model's tokenizer.json beside it, or choose other prompts"
        )
    names = _numbers(vocabulary) if kind == NUMBER else _pairs(vocabulary)
    return OneHopPrompts(asked(tuple(names)), np.array([*names.values()]))


def _numbers(vocabulary: Vocabulary) -> dict[Entry, int]:
    """The first letters and numbers that are tokens."""
    letters = _tokens(vocabulary, ascii_lowercase)
    numbers = _tokens(vocabulary, [str(number) for number in range(1, ASKING + 1)])
    if len(letters) < ASKING or len(numbers) < ASKING:
        raise Refusal("single letters and digits are no tokens of this model: give other prompts")
    asking: dict[Entry, int] = {int(number): token for number, token in numbers.items()}
    return {letter: letters[letter] for letter in list(letters)[:ASKING]} | asking


def _tokens(vocabulary: Vocabulary, texts: Iterable[str]) -> dict[str, int]:
    """The token of each text, all with a space before them if all are tokens so."""
    texts = list(texts)
    for spaced in (True, False):
        tokens = {text: vocabulary.token(text, spaced=spaced) for text in texts}
        known = {text: token for text, token in tokens.items() if token is not None}
        if len(known) == len(texts):
            break
    return known


def _pairs(vocabulary: Vocabulary) -> dict[Entry, int]:
    """Pairs of letters of which all are tokens, with a space before them if there are enough."""
    for spaced in (True, False):
        tokens = {
            (first, second): token
            for first, second in product(ascii_lowercase, repeat=2)
            if (token := vocabulary.token(first + second, spaced=spaced)) is not None
        }
        firsts: list[str] = []
        for letter in ascii_lowercase:
            if all(pair in tokens for pair in product([*firsts, letter], repeat=2)):
                firsts.append(letter)
        firsts = firsts[:FIRST]
        ends = [
            letter
            for letter in ascii_lowercase
            if letter not in firsts and all((first, letter) in tokens for first in firsts)
        ][:FIRST]
        if len(firsts) == len(ends) == FIRST:
            return {pair: tokens[pair] for pair in product(firsts, firsts + ends)}
    raise Refusal("pairs of letters are no tokens of this model: give other prompts")
