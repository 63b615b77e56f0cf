"""Predicts a hand-set network that was read from a file: weights, temperature, answers, floors."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from constructions.attention import logits
from constructions.catalogue import every_construction
from constructions.construction import Network
from constructions.index import Index
from constructions.stack import Block
from empirical.files.network_file import Stored
from empirical.predictions.prediction import Prediction
from theory.angle import Angle
from theory.predictors.index import index_floor
from theory.refusal import Refusal

DRAWN, SEED = 200, 20_262
ROUNDING = 1e-13
"""Bound of the rounding error of a float64 logit of at most 1."""


def rows(stored: Stored, lengths: Sequence[int] | None = None) -> Iterator[Prediction]:
    """Yields the predictions about a stored network.

    The file holds the weights of the construction that it names, its temperature is certified, and
    it answers as the construction does.

    Args:
        stored: the network as read.
        lengths: tokens per input; by default the length that the file names.

    Raises:
        Refusal: the construction is unknown, or does not allow the settings or a length, or tensors
            have other shapes.
    """
    network = _rebuilt(stored.construction, stored.settings)
    theorem = next(iter(network.bounded_by), "")
    yield _none("weights_off", "file", _difference(stored, network), theorem)
    for length in lengths or [stored.length]:
        where = f"n={length}"
        certified = float(network.certified_beta(length).mid())
        if certified > 0:  # otherwise the network is right at every temperature
            yield Prediction(
                name="temperature_le_certified",
                where=where,
                relation="≤",
                bound=1 / certified,
                measured=1 / stored.beta,
                theorem=theorem,
            )
        hardest = network.hardest_input(length)
        wrong = stored.run(hardest)[-1] != network.run(hardest)[-1]
        yield _none("hardest_input_wrong", where, float(wrong), theorem)
        drawn = np.random.default_rng((SEED, length)).integers(
            network.vocabulary, size=(DRAWN, length)
        )
        unlike = sum((stored.run(x) != network.run(x, stored.beta)).any() for x in drawn)
        yield _none("drawn_inputs_unlike_reference", where, float(unlike), "")
        if isinstance(network, Index):
            yield from _index_floor(stored, network, length)


def _rebuilt(name: str, settings: Mapping[str, object]) -> Network:
    """Returns the network that the construction makes of the settings."""
    known = every_construction()
    if name not in known:
        raise Refusal(f"no construction is called {name!r}: give one of {', '.join(known)}")
    fields = {k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()}
    try:
        return known[name](**fields)
    except TypeError as error:
        raise Refusal(
            f"{name} does not have the settings {sorted(settings)}: write it again"
        ) from error


def _difference(stored: Stored, network: Network) -> float:
    """Returns the largest difference of a number in the file from the construction's."""
    own = list(_arrays(stored.embedding, stored.embedding_of_previous, stored.blocks))
    made = list(_arrays(network.embedding, network.embedding_of_previous, network.blocks))
    if [array.shape for array in own] != [array.shape for array in made]:
        raise Refusal(
            f"the tensors of {stored.construction} do not have the shapes of its settings: "
            "write it again"
        )
    return max(float(np.abs(a - b).max(initial=0)) for a, b in zip(own, made, strict=True))


def _arrays(
    embedding: np.ndarray, of_previous: np.ndarray | None, blocks: Sequence[Block]
) -> Iterator[np.ndarray]:
    yield embedding
    if of_previous is not None:
        yield of_previous
    for block in blocks:
        for head in block.layer.heads:
            yield from (head.angles, head.query, head.key, head.value, head.output)
        if block.snap is not None:
            yield from (block.snap.read, block.snap.offset, block.snap.write)


def _index_floor(stored: Stored, network: Index, length: int) -> Iterator[Prediction]:
    """Yields two rows: the least lead of a target over all queries is ≤ the floor, and ≥ it."""
    (block,) = stored.blocks
    (head,) = block.layer.heads
    leads = []
    for query in [0, *range(network.letters, network.letters + min(network.integers, length))]:
        tokens = np.append(np.zeros(length - 1, dtype=np.int64), query)
        last = logits(head, np.take(stored.embedding, tokens, axis=0))[-1]
        target = length - 1 - max(0, query - network.letters)
        leads.append(last[target] - np.delete(last, target).max())
    bound = float(index_floor([Angle.of_radians(network.angle)], [1], length).mid())
    for relation in ("≤", "≥"):
        yield Prediction(
            name="index_floor",
            where=f"n={length}",
            relation=relation,
            bound=bound,
            measured=float(min(leads)),
            theorem="index_gap_le_of_reach",
            allowance=ROUNDING,
        )


def _none(name: str, where: str, measured: float, theorem: str) -> Prediction:
    return Prediction(
        name=name, where=where, relation="≤", bound=0.0, measured=measured, theorem=theorem
    )
