"""What each head is good for: the losses of a prompt with the head, and with it removed.

Two losses are looked at. That on *second copies*: tokens which an earlier occurrence of the token
before them foretells, so that an induction head knows them. And the in-context score: the loss late
in the prompt less the loss early in it (olsson2022induction).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

from empirical.foreign.reading import Model
from empirical.foreign.removal import losses_without, whole_run
from empirical.heads.silenced import Way
from empirical.scores.in_context import places as in_context_places
from empirical.scores.repeats import earlier_of

COPIED = 160
"""Places of second copies that are judged at most, spread evenly."""


@dataclass(frozen=True)
class Losses:
    """The losses of one prompt, in nats; of a head that is removed, or of the whole model.

    Attributes:
        copies: mean loss on each run of consecutive second copies.
        in_context: loss late in the prompt less loss early in it.
    """

    copies: list[float]
    in_context: float


@dataclass(frozen=True)
class Removed:
    """The losses of one prompt with one head removed.

    Attributes:
        layer: the block.
        head: the head of the block.
        way: how it is removed; see ``empirical.foreign.removal``.
        losses: of the prompt without it.
    """

    layer: int
    head: int
    way: Way
    losses: Losses


@dataclass(frozen=True, eq=False)
class MeasuredPlaces:
    """After which tokens of a prompt the loss of the next is asked.

    Attributes:
        places: all of them, in ascending order.
        runs: indices into ``places`` of each run of consecutive second copies.
        late: index of the late place of the in-context score.
        early: index of the early one.
    """

    places: Int64[np.ndarray, " places"]
    runs: list[Int64[np.ndarray, " _"]]
    late: int
    early: int

    @classmethod
    def of(cls, ids: Int64[np.ndarray, " length"]) -> "MeasuredPlaces":
        """Those of a prompt of at least four tokens."""
        late, early = (after - 1 for after in in_context_places(ids.size - 1))
        runs = runs_of_copies(ids)
        places = np.unique(np.concatenate([*runs, [late, early]]).astype(np.int64))
        indices = [np.searchsorted(places, run) for run in runs]
        return cls(places, indices, *np.searchsorted(places, [late, early]).tolist())

    def losses(self, losses: Float[np.ndarray, " places"]) -> Losses:
        """The losses of a prompt from those at the places."""
        copies = [float(losses[run].mean()) for run in self.runs]
        return Losses(copies, float(losses[self.late] - losses[self.early]))


def runs_of_copies(ids: Int64[np.ndarray, " length"]) -> list[Int64[np.ndarray, " _"]]:
    """The places whose next token followed the latest earlier occurrence of their own.

    Args:
        ids: token ids.

    Returns:
        Runs of consecutive places in ascending order, at most ``COPIED`` places in all.
    """
    queries = np.arange(ids.size - 1)
    earlier = earlier_of(ids, queries)
    latest = ids.size - 1 - earlier[:, ::-1].argmax(axis=1)
    foretold = earlier.any(axis=1) & (ids[np.minimum(latest + 1, ids.size - 1)] == ids[1:])
    places = np.flatnonzero(foretold)
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    if places.size > COPIED:
        kept = places[np.linspace(0, places.size - 1, COPIED).astype(np.int64)]
        runs = [np.intersect1d(run, kept) for run in runs]
    return [run for run in runs if run.size]


def causes(
    model: Model,
    ids: Int64[np.ndarray, " length"],
    heads: Sequence[tuple[int, int]] | None,
    ways: Sequence[Way],
) -> tuple[Losses, list[Removed]]:
    """The losses of one prompt by the whole model, and with each of some heads removed.

    Args:
        model: the model.
        ids: at least four token ids.
        heads: layer and head of each that is removed; all of them if None.
        ways: how each is removed.

    Returns:
        The losses of the whole model, and of each head and way; of none where the prompt has no
        second copies.
    """
    asked = MeasuredPlaces.of(ids)
    whole = whole_run(model, ids, asked.places)
    if not asked.runs:
        return asked.losses(whole.losses), []
    removed: list[Removed] = []
    for layer, outputs in enumerate(whole.means):
        every = range(len(outputs))
        chosen = every if heads is None else [head for at, head in heads if at == layer]
        for way in ways if chosen else ():
            losses = losses_without(model, whole, layer, chosen, way)
            removed += [
                Removed(layer, head, way, asked.losses(row))
                for head, row in zip(chosen, losses, strict=True)
            ]
    return asked.losses(whole.losses), removed
