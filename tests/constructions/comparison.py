"""How often a construction disagrees with its specification."""

import itertools
import math
from collections.abc import Iterable, Iterator

import numpy as np

from constructions.construction import Network
from tests.constructions import specifications


def mismatches(construction: Network, inputs: Iterable[list[int]], beta: float = math.inf) -> int:
    """Count the valid positions where the output is not the specified token."""
    specification = getattr(specifications, construction.name())
    valid = wrong = 0
    for tokens, outputs in with_outputs(construction, inputs, beta):
        for output, answer in zip(outputs, specification(construction, tokens), strict=True):
            if answer is not None:
                valid += 1
                wrong += output != answer
    assert valid > 0, "no position was valid, so nothing was compared"
    return wrong


def with_outputs(
    construction: Network, inputs: Iterable[list[int]], beta: float
) -> Iterator[tuple[list[int], list[int]]]:
    """Every input with the outputs at its positions; those of one length are run by the thousand.

    ``test_attention`` holds many inputs at once against each alone.
    """
    for _, alike in itertools.groupby(inputs, len):
        while part := list(itertools.islice(alike, 1_000)):
            yield from zip(part, construction.run(np.array(part), beta).tolist(), strict=True)


def all_inputs(construction: Network, length: int) -> Iterator[list[int]]:
    """Every token sequence; as the layer is causal, all shorter ones are its prefixes."""
    return map(list, itertools.product(range(construction.vocabulary), repeat=length))
