"""Holds what the heads of the shipped networks of walks are like, in a table beside this file.

``python -m empirical.shipped.hops_anatomy`` measures the networks that it lacks. Scores are
measured on drawn inputs; leaks are the search's bounds over all inputs, of which the checker
computes its own. Tests compute a part of it again.
"""

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

from empirical.certificates.multi_hop import letter, number
from empirical.certificates.multi_hop.prover import MultiHopProver
from empirical.files import checkpoint
from empirical.files.atomic import write_json
from empirical.files.checkpoint import Checkpoint
from empirical.models.gptj import GPTJ
from empirical.scores import queries
from empirical.scores.table import score
from empirical.shipped import checkpoints
from empirical.tasks.letter_walk import LetterWalk

TABLE = Path(__file__).with_suffix(".json")
LENGTH = 64
"""Tokens per input of the leaks."""
INPUTS = 100
"""On which heads are scored, of the longest length trained on."""
DIGITS = 4


@dataclass(frozen=True)
class WalkingLayer:
    """One layer of a network of walks.

    Attributes:
        positional: score of its head at the last token.
        symbolic: score of its head there.
        leak: the median over walks of the bound of what it attends to beside the next stop, on any
            input of ``LENGTH`` tokens; none in the last layer, whose weights are bounded one by
            one.
        most_leak: the largest of these.
        divisor: by which factor its LayerNorm's divisor can range at most, over any one token.
    """

    positional: float
    symbolic: float
    leak: float | None
    most_leak: float | None
    divisor: float


@dataclass(frozen=True)
class Anatomy:
    """The layers of one network.

    Attributes:
        sha256: of its weights.
        layers: in order.
    """

    sha256: str
    layers: tuple[WalkingLayer, ...]


@cache
def table() -> dict[str, Anatomy]:
    """Returns the layers of each network, by the name of its directory."""
    entries = json.loads(TABLE.read_text())
    return {
        name: Anatomy(entry["sha256"], tuple(WalkingLayer(**layer) for layer in entry["layers"]))
        for name, entry in entries.items()
    }


def anatomy(model: Checkpoint, length: int = LENGTH) -> Anatomy:
    """Measure the layers of a network.

    Args:
        model: a checkpoint of a task of walks.
        length: tokens per input of the leaks.

    Raises:
        Refusal: the network has another shape, or the length has no walk.
    """
    prover = MultiHopProver(model)
    scores = score(GPTJ.of(model.config, model.weights), queries.draw(model, INPUTS))
    rows = zip(scores, [*leaks(prover, length), None], prover.generics, strict=True)
    layers = tuple(
        WalkingLayer(
            _rounded(heads.positional),
            _rounded(heads.symbolic),
            None if leak is None else _rounded(np.median(leak)),
            None if leak is None else _rounded(leak.max()),
            _rounded((generic.divisor[1] / generic.divisor[0]).max()),
        )
        for heads, leak, generic in rows
    )
    return Anatomy(model.sha256, layers)


def leaks(prover: MultiHopProver, length: int) -> list[np.ndarray]:
    """The leak of each layer but the last, of all walks of the most hops.

    Args:
        prover: of the network.
        length: tokens per input.

    Raises:
        Refusal: the length has no walk.
    """
    every = prover.require(length)
    walks = np.array([walk for walk in every if len(walk) == prover.task.HOPS + 1])
    with np.errstate(all="ignore"):
        if isinstance(prover.task, LetterWalk):
            ways, _ = letter.Ways.of(prover.task, walks, len(prover.generics))
            return letter.track(prover.generics, ways, length)[2]
        return number.levels(prover.generics, prover.task, walks, length)[1]


def _rounded(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")


def main() -> None:
    """Add the networks that the table lacks, and drop those that are gone."""
    known, measured = json.loads(TABLE.read_text()), {}
    for path in checkpoints.walking():
        model, entry = checkpoint.read(path), known.get(path.name)
        fresh = entry is not None and entry["sha256"] == model.sha256
        measured[path.name] = entry if fresh else asdict(anatomy(model))
    write_json(TABLE, measured)


if __name__ == "__main__":
    main()
