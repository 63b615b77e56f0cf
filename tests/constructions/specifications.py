"""The sequence functions as plain loops over lists: one function per construction, by its name.

Each returns the answer at every position, or None where the function is not defined.
"""

from constructions.index import Index
from constructions.reflexive import Reflexive
from constructions.retrieval import Retrieval

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


def retrieval(construction: Retrieval, tokens: list[int]) -> Answers:
    letters, digits = construction.letters, construction.digits
    pairs = [(x, y) for x in range(letters) for y in range(letters)]
    labelled = [(x, x) for x in range(letters) for _ in range(digits)]
    first, sought = zip(*pairs, *labelled, strict=True)
    answers: Answers = []
    for position, token in enumerate(tokens):
        matches = {key for key in tokens[: position + 1] if first[key] == sought[token]}
        answers.append(matches.pop() if len(matches) == 1 else None)
    return answers


def reflexive(construction: Reflexive, tokens: list[int]) -> Answers:
    return list(tokens)
