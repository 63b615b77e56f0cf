"""The sequence functions as plain loops over lists: one function per construction, by its name.

Each returns the answer at every position, or None where the function is not defined.
"""

from constructions.absolute_index import AbsoluteIndex
from constructions.index import Index
from constructions.induction import Induction
from constructions.information_retrieval import InformationRetrieval
from constructions.multihop_letter import MultihopLetter
from constructions.multihop_number import MultihopNumber
from constructions.partial_induction import PartialInduction
from constructions.previous_token import PreviousToken
from constructions.reflexive import Reflexive
from constructions.retrieval import Retrieval
from constructions.smeared_key import SmearedKey

Answers = list[int | None]


def index(construction: Index, tokens: list[int]) -> Answers:
    answers: Answers = []
    for position, token in enumerate(tokens):
        jump = token - construction.letters
        if jump < 0:
            answers.append(token)
        elif jump > position:
            answers.append(None)
        elif tokens[position - jump] < construction.letters:
            answers.append(tokens[position - jump])
        else:
            answers.append(token)
    return answers


def letters_of_pairs(letters: int, digits: int) -> tuple[list[int], list[int]]:
    """The first letter of each token, and the one it seeks."""
    pairs = [(x, y) for x in range(letters) for y in range(letters)]
    labelled = [(x, x) for x in range(letters) for _ in range(digits)]
    first, sought = zip(*pairs, *labelled, strict=True)
    return list(first), list(sought)


def retrieval(construction: Retrieval, tokens: list[int]) -> Answers:
    first, sought = letters_of_pairs(construction.letters, construction.digits)
    answers: Answers = []
    for position, token in enumerate(tokens):
        matches = {key for key in tokens[: position + 1] if first[key] == sought[token]}
        answers.append(matches.pop() if len(matches) == 1 else None)
    return answers


def partial_induction(construction: PartialInduction, tokens: list[int]) -> Answers:
    first, sought = letters_of_pairs(construction.letters, construction.digits)
    answers: Answers = []
    for position, token in enumerate(tokens):
        matches = [key for key in tokens[: position + 1] if first[key] == sought[token]]
        answers.append(matches[-1] if matches else None)
    return answers


def information_retrieval(construction: InformationRetrieval, tokens: list[int]) -> Answers:
    symbols, integers = construction.symbols, construction.integers
    answers: Answers = []
    for position, token in enumerate(tokens):
        carriers = {
            key
            for key in tokens[:position]
            if key >= symbols and (key - symbols) // integers == token
        }
        answers.append(carriers.pop() if token < symbols and len(carriers) == 1 else None)
    return answers


def absolute_index(construction: AbsoluteIndex, tokens: list[int]) -> Answers:
    answers: Answers = [None] * len(tokens)
    place = tokens[-1] - construction.letters
    if len(tokens) == construction.length and place >= 0:
        answers[-1] = tokens[place]
    return answers


def previous_token(construction: PreviousToken, tokens: list[int]) -> Answers:
    return [None, *tokens[:-1]]


def reflexive(construction: Reflexive, tokens: list[int]) -> Answers:
    return list(tokens)


def multihop_number(construction: MultihopNumber, tokens: list[int]) -> Answers:
    state: Answers = list(tokens)
    for _ in range(construction.layers):
        before = list(state)
        for position, token in enumerate(before):
            if token is None or token < construction.letters:
                continue
            jump = token - construction.letters
            target = before[position - jump] if jump <= position else None
            if target is None or target < construction.letters:
                state[position] = target
    return state


def multihop_letter(construction: MultihopLetter, tokens: list[int]) -> Answers:
    """A state is the set of tokens that may be mixed there; one token alone is an answer."""
    first, sought = letters_of_pairs(construction.letters, construction.digits)
    state = [{token} for token in tokens]
    for _ in range(construction.layers):
        before = list(state)
        for position, held in enumerate(before):
            wanted = {sought[token] for token in held}
            matches = [
                {token for token in other if first[token] in wanted}
                for other in before[: position + 1]
            ]
            letters = set().union(*matches)
            blurred = any(len(before[j]) > 1 for j, match in enumerate(matches) if match)
            if blurred or len(letters) > 1 or len(held) > 1:
                state[position] = held | letters
            elif letters:
                state[position] = letters
    return [min(held) if len(held) == 1 else None for held in state]


def followers(tokens: list[int], position: int) -> list[int]:
    """What followed the earlier occurrences of the token at ``position``, oldest first."""
    return [tokens[j + 1] for j in range(position) if tokens[j] == tokens[position]]


def induction(construction: Induction, tokens: list[int]) -> Answers:
    start = construction.symbols
    if tokens[0] != start or start in tokens[1:]:
        return [None] * len(tokens)
    if construction.recency == 0:
        return only_follower(tokens)
    every = [followers(tokens, j) for j in range(len(tokens))]
    return [after[-1] if after else None for after in every]


def smeared_key(construction: SmearedKey, tokens: list[int]) -> Answers:
    return only_follower(tokens)


def only_follower(tokens: list[int]) -> Answers:
    every = [set(followers(tokens, j)) for j in range(len(tokens))]
    return [min(after) if len(after) == 1 else None for after in every]
