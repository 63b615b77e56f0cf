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
    for tokens in inputs:
        outputs = construction.run(np.array(tokens), beta).tolist()
        for output, answer in zip(outputs, specification(construction, tokens), strict=True):
            if answer is not None:
                valid += 1
                wrong += output != answer
    assert valid > 0, "no position was valid, so nothing was compared"
    return wrong


def all_inputs(construction: Network, length: int) -> Iterator[list[int]]:
    """Every token sequence; as the layer is causal, all shorter ones are its prefixes."""
    return map(list, itertools.product(range(construction.vocabulary), repeat=length))
