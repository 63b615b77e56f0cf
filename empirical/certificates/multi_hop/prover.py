"""The search's verdict on every walk of a length: proved, refuted by an input, or undecided."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from empirical.certificates.arithmetic.rounding import centre
from empirical.certificates.multi_hop import letter, number
from empirical.certificates.multi_hop.execution import margin
from empirical.certificates.multi_hop.final import Sums
from empirical.certificates.multi_hop.network import WalkNetwork
from empirical.certificates.multi_hop.states import Generic
from empirical.certificates.multi_hop.witness import failing, fills
from empirical.files.checkpoint import Checkpoint
from empirical.recheck.certificate import Verdict
from empirical.tasks.letter_walk import LetterWalk
from empirical.tasks.number_walk import NumberWalk
from theory.notebook import fields_as_html
from theory.refusal import Refusal

LONGEST = 1 << 12
"""Tokens per input, at most."""
MOST_LAYERS = 8
"""Bounds before a layer take twice as long as those before the layer before it."""
CHANGED = 8
"""Walks of one length on which inputs are changed token by token, the nearest to failing first."""


@dataclass(frozen=True)
class WalkVerdict:
    """What is known of all inputs of one length with the same walk.

    Attributes:
        tokens: of the walk, from the last token to the answer.
        verdict: PROVED if the bound shows that the answer has the largest logit on every input.
        rival: for REFUTED, a class above it; for UNDECIDED, the one whose bound is least.
        witness: for REFUTED, token ids of such an input, first to last.
        margin: for REFUTED, the answer's logit minus the rival's on it.
    """

    tokens: tuple[int, ...]
    verdict: Verdict
    rival: int | None = None
    witness: tuple[int, ...] | None = None
    margin: float | None = None

    _repr_html_ = fields_as_html

    def to_json(self) -> dict[str, Any]:
        """The row, with a witness if it is REFUTED."""
        row: dict[str, Any] = {"walk": list(self.tokens), "verdict": str(self.verdict)}
        if self.witness is None:
            return row
        witness = {"witness": list(self.witness), "witness_margin": self.margin}
        return {**row, "rival": self.rival, **witness}


@dataclass(frozen=True)
class OpenWalk:
    """A walk that no bound has proved.

    Attributes:
        tokens: of the walk, from the last token to the answer.
        rival: the class whose bound is least.
        worst: the input of the least sum of bounds.
    """

    tokens: tuple[int, ...]
    rival: int
    worst: tuple[int, ...]


class MultiHopProver:
    """A checkpoint that learned to walk.

    Args:
        checkpoint: one head per layer, with a ``task.json`` of walks anywhere.

    Attributes:
        task: whose walks.
        generics: what any position can hold before each layer.

    Raises:
        Refusal: another task, or as many layers as no walk is certified for.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        task = checkpoint.recorded_task
        if not isinstance(task, LetterWalk | NumberWalk):
            raise Refusal(
                f"{checkpoint.path} is no model of walks anywhere: name one of letter-2-hops or "
                "another such task"
            )
        layers = checkpoint.config.n_layer
        most = task.HOPS if isinstance(task, NumberWalk) else MOST_LAYERS
        if not task.HOPS <= layers <= most:
            raise Refusal(
                f"{checkpoint.path} has {layers} layers: a walk of {task.HOPS} hops is certified "
                f"for as many layers, or over letters for up to {MOST_LAYERS}"
            )
        self.task, self.network = task, WalkNetwork(checkpoint)
        self.generics: list[Generic] = []
        with np.errstate(all="ignore"):  # what is not finite proves nothing
            for _ in range(layers):
                self.generics.append(Generic(self.network, self.generics))

    def decide(
        self, length: int, tick: Callable[[int, int], object] = lambda done, total: None
    ) -> list[WalkVerdict]:
        """A verdict for every walk.

        Args:
            length: tokens per input.
            tick: called with the number of walks done and of all.

        Returns:
            One row per walk, in the order of ``task.walks``.

        Raises:
            Refusal: no input of this length, or a longer one than tables are made for.
        """
        walks = self.require(length)
        rows: dict[tuple[int, ...], WalkVerdict] = {}
        left: list[OpenWalk] = []
        with np.errstate(all="ignore"):
            for sums in self.sums(walks, length):
                proved, open_walks = self._bounded(sums)
                left += open_walks
                rows |= {walk: WalkVerdict(walk, Verdict.PROVED) for walk in proved}
                tick(len(rows), len(walks))
            for row in self._searched(left, length):
                rows[row.tokens] = row
                tick(len(rows), len(walks))
        return [rows[walk] for walk in walks]

    def require(self, length: int) -> list[tuple[int, ...]]:
        """The walks of a length.

        Raises:
            Refusal: no input of this length, or a longer one than tables are made for.
        """
        walks = self.task.walks(length) if 0 < length <= LONGEST else []
        if not walks:
            raise Refusal(
                f"the {self.task.name} task is certified for inputs of up to {LONGEST} tokens that "
                f"hold a walk, not of {length}: ask for another length"
            )
        return walks

    def held(self, length: int) -> set[tuple[int, ...]]:
        """The walks whose leads are bounded above zero; of the others no input is sought.

        Args:
            length: tokens per input.

        Raises:
            Refusal: see ``decide``.
        """
        walks = self.require(length)
        with np.errstate(all="ignore"):
            return {walk for sums in self.sums(walks, length) for walk in self._bounded(sums)[0]}

    def certify(
        self, length: int, tick: Callable[[int, int], object] = lambda done, total: None
    ) -> dict[str, Any]:
        """What is found of every walk, as ``certificates.document`` takes it.

        Args:
            length: tokens per input.
            tick: called with the number of walks done and of all.

        Raises:
            Refusal: see ``decide``.
        """
        return {"length": length, "rows": [row.to_json() for row in self.decide(length, tick)]}

    def sums(self, walks: list[tuple[int, ...]], length: int) -> Iterator[Sums]:
        """The last layer's sums of walks, for equally many hops and one answer at a time."""
        for stops in sorted({len(walk) for walk in walks}):
            alike = np.array([walk for walk in walks if len(walk) == stops])
            if isinstance(self.task, LetterWalk):
                yield from letter.margins(self.generics, self.task, alike, length)
            else:
                yield from number.margins(self.generics, self.task, alike, length)

    def _bounded(self, sums: Sums) -> tuple[list[tuple[int, ...]], list[OpenWalk]]:
        """Walks with positive bounds, against all rivals at once or one by one; and the rest."""
        every = [tuple(walk) for walk in sums.walks.tolist()]
        positive = sums.together() > 0
        proved = [
            walk for walk, is_positive in zip(every, positive.tolist(), strict=True) if is_positive
        ]
        hard, open_walks = np.flatnonzero(~positive), []
        bounds = sums.apart(hard) if hard.size else np.empty((1, 0))
        for row, column in zip(hard.tolist(), bounds.T, strict=True):
            if (column > 0).all():
                proved.append(every[row])
                continue
            rival = int(np.where(np.isnan(column), -np.inf, column).argmin())
            open_walks.append(OpenWalk(every[row], int(sums.rivals[rival]), sums.worst(row, rival)))
        return proved, open_walks

    def _searched(self, open_walks: list[OpenWalk], length: int) -> Iterator[WalkVerdict]:
        """What a search for inputs makes of walks that are not proved."""
        near: list[tuple[float, int, np.ndarray]] = []
        for rank, walk in enumerate(open_walks):
            inputs = np.stack([np.array(walk.worst), *fills(self.task, walk.tokens, length)])
            tokens, rival, lead = failing(
                self.network, self.task, walk.tokens, inputs, changed=False
            )
            row = self._refuted(walk.tokens, tokens, rival) if lead < 0 else None
            if row is None:
                near.append((lead, rank, tokens))
            else:
                yield row
        near.sort(key=lambda entry: entry[:2])
        for _, rank, tokens in near[:CHANGED]:
            walk = open_walks[rank]
            worst, rival, lead = failing(
                self.network, self.task, walk.tokens, tokens[None], changed=True
            )
            row = self._refuted(walk.tokens, worst, rival) if lead < 0 else None
            yield row or WalkVerdict(walk.tokens, Verdict.UNDECIDED, walk.rival)
        for _, rank, _ in near[CHANGED:]:
            walk = open_walks[rank]
            yield WalkVerdict(walk.tokens, Verdict.UNDECIDED, walk.rival)

    def _refuted(self, walk: tuple[int, ...], tokens: np.ndarray, rival: int) -> WalkVerdict | None:
        """The row of an input that is answered wrongly, if balls agree."""
        witness = tuple(tokens.tolist())
        ball = margin(self.network, witness, walk[-1], rival)
        if not ball < 0:
            return None
        return WalkVerdict(walk, Verdict.REFUTED, rival, witness, centre(ball))
