"""The search for an input that a network gets wrong: constant fills, then one change at a time."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int64

from empirical.certificates.multi_hop.execution import Inputs, logits
from empirical.certificates.multi_hop.network import WalkNetwork
from empirical.tasks.letter_walk import LetterWalk
from empirical.tasks.number_walk import NumberWalk

TOKENS_AT_ONCE = 1 << 14
"""In one pass of the network."""
ROUNDS = 3
"""Of single changes, at most."""

Input = Int64[np.ndarray, " length"]


def failing(
    network: WalkNetwork,
    task: LetterWalk | NumberWalk,
    walk: tuple[int, ...],
    inputs: Inputs,
    *,
    changed: bool,
) -> tuple[Input, int, float]:
    """The input on which a walk's answer leads by least, among some and what they lead to.

    Args:
        network: which.
        task: the task of the walk.
        walk: its tokens, from the last token on.
        inputs: of this walk, to begin with.
        changed: whether the worst is then changed, one position at a time.

    Returns:
        The input, the best rival on it, and the answer's lead, in floats.
    """
    worst = _worst(network, inputs, walk[-1])
    for _ in range(ROUNDS if changed else 0):
        candidate = _worst(network, np.stack([*_changes(task, walk, worst[0])]), walk[-1])
        if candidate[2] >= worst[2]:
            break
        worst = candidate
    return worst


def fills(task: LetterWalk | NumberWalk, walk: tuple[int, ...], length: int) -> Iterator[Input]:
    """Inputs of a walk with one token everywhere off it; its stops near, far and apart."""
    for places in _placements(task, walk, length):
        for token in _off(task, walk).tolist():
            filled = np.full(length, token)
            filled[places] = walk
            yield filled


def _placements(
    task: LetterWalk | NumberWalk, walk: tuple[int, ...], length: int
) -> Iterator[Int64[np.ndarray, " stops"]]:
    """Where the stops stand: there is one way with integers, and of letters three are tried."""
    stops = np.arange(len(walk))
    if isinstance(task, NumberWalk):
        yield length - 1 - np.concatenate([[0], task.jumps[list(walk[:-1])].cumsum()])
        return
    last = length - 1
    yield last - stops
    if length > len(walk):
        yield np.where(stops == 0, last, stops - 1)
        yield last - stops * (last // stops[-1])


def _off(task: LetterWalk | NumberWalk, walk: tuple[int, ...]) -> Int64[np.ndarray, " tokens"]:
    """Tokens that may stand off a walk."""
    if isinstance(task, NumberWalk):
        return task.tokens
    return np.flatnonzero(task.off(walk))


def _changes(
    task: LetterWalk | NumberWalk, walk: tuple[int, ...], tokens: Input
) -> Iterator[Input]:
    """The input itself; another token at one position off the walk; of letters, a stop moved."""
    yield tokens
    stops = np.unique(task.path(tokens[None])[0])
    free = np.setdiff1d(np.arange(tokens.size), stops)
    for place in free.tolist():
        for token in _off(task, walk).tolist():
            changed = tokens.copy()
            changed[place] = token
            yield changed
        for stop in stops[:-1].tolist() if isinstance(task, LetterWalk) else ():
            changed = tokens.copy()
            changed[[place, stop]] = changed[[stop, place]]
            yield changed


def _worst(network: WalkNetwork, inputs: Inputs, answer: int) -> tuple[Input, int, float]:
    """The input of the least lead, the rival there, and the lead."""
    at_once = max(1, TOKENS_AT_ONCE // inputs.shape[1])
    parts = [
        logits(network, inputs[start : start + at_once]) for start in range(0, len(inputs), at_once)
    ]
    classes = np.concatenate(parts)
    others = classes.copy()
    others[:, answer] = -np.inf
    rivals = others.argmax(axis=1)
    leads = classes[:, answer] - others.max(axis=1)
    worst = int(leads.argmin())
    return inputs[worst], int(rivals[worst]), float(leads[worst])
