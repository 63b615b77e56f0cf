"""Holds up to which length the search finds each walk of the shipped networks, in a table here.

``python -m empirical.shipped.hops_horizon`` adds the networks that it lacks. A walk is found where
the search bounds its leads above zero, rounded outward; the checker is not asked, and nothing here
is called proved: ``hops_table.py`` holds what it shows. Tests compute a part of it again.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from statistics import median

import numpy as np
from jaxtyping import Float64
from scipy.stats import spearmanr

from empirical.certificates.multi_hop import letter, number
from empirical.certificates.multi_hop.prover import MultiHopProver
from empirical.certificates.multi_hop.scores import score_bounds
from empirical.files import checkpoint
from empirical.files.atomic import write_json
from empirical.shipped import checkpoints
from empirical.tasks.letter_walk import LetterWalk

TABLE = Path(__file__).with_suffix(".json")
LENGTHS = (64, 96, 128, 192, 256)
"""Tokens per input."""
DIGITS = 2

Walk = tuple[int, ...]


@dataclass(frozen=True)
class WalkHorizons:
    """How far the walks of one network are found.

    Attributes:
        sha256: of its weights.
        walks: number of all.
        horizons: number of walks that are found up to each length and not up to the next one; 0
            stands for less than the first.
        by_leak: rank correlation of these horizons with the largest leak of any layer before the
            last, at the first length; none where all horizons are alike.
        by_floor: the same with the floor of the first layer.
        floors: the median over walks of that floor, at each length.
    """

    sha256: str
    walks: int
    horizons: dict[int, int]
    by_leak: float | None
    by_floor: float | None
    floors: dict[int, float]

    def found(self, length: int) -> int:
        """How many walks are found at every length of ``LENGTHS`` up to this one."""
        return sum(count for longest, count in self.horizons.items() if longest >= length)


@cache
def table() -> dict[str, WalkHorizons]:
    """Returns how far walks are found, by the name of the network's directory."""
    return {
        name: WalkHorizons(
            entry["sha256"],
            entry["walks"],
            {int(length): count for length, count in entry["horizons"].items()},
            entry["by_leak"],
            entry["by_floor"],
            {int(length): floor for length, floor in entry["floors"].items()},
        )
        for name, entry in json.loads(TABLE.read_text()).items()
    }


def page() -> Iterator[str]:
    """The tables as lines of Markdown: walks found at each length, and what goes with that."""
    yield f"| `hops/…` | {' | '.join(map(str, LENGTHS))} | of walks | by leak | by floor |"
    yield "|---" * (len(LENGTHS) + 4) + "|"
    for name, known in sorted(table().items()):
        cells = [str(known.found(length)) for length in LENGTHS]
        orders = f"{_order(known.by_leak)} | {_order(known.by_floor)}"
        yield f"| `{name}` | {' | '.join(cells)} | {known.walks} | {orders} |"


def page_of_floors() -> Iterator[str]:
    """The floors of the first layer as lines of Markdown."""
    yield f"| `hops/…` | {' | '.join(map(str, LENGTHS))} |"
    yield "|---" * (len(LENGTHS) + 1) + "|"
    for name, known in sorted(table().items()):
        cells = [f"{known.floors[length]:.1f}".replace("-", "−") for length in LENGTHS]
        yield f"| `{name}` | {' | '.join(cells)} |"


def _order(correlation: float | None) -> str:
    return "–" if correlation is None else f"{correlation:.2f}".replace("-", "−")


def horizons(prover: MultiHopProver, lengths: Sequence[int] = LENGTHS) -> dict[Walk, int]:
    """The last of some ascending lengths up to which each walk is found; 0 for none.

    Args:
        prover: of the network.
        lengths: tokens per input; the walks are those of the first one.

    Raises:
        Refusal: the first length has no walk.
    """
    longest = dict.fromkeys(prover.require(lengths[0]), 0)
    held = set(longest)
    for length in lengths:
        held &= prover.held(length)
        longest |= dict.fromkeys(held, length)
        if not held:
            break
    return longest


def largest_leaks(
    prover: MultiHopProver, walks: Sequence[Walk], length: int
) -> Float64[np.ndarray, " walks"]:
    """The largest bound of what any stop of a walk leaks in any layer but the last.

    Args:
        prover: of the network.
        walks: of equally many hops.
        length: tokens per input.
    """
    every = np.array(walks)
    with np.errstate(all="ignore"):
        if isinstance(prover.task, LetterWalk):
            ways, way = letter.Ways.of(prover.task, every, len(prover.generics))
            of_stops = [leak[way] for leak in letter.track(prover.generics, ways, length)[2]]
        else:
            levels, leaks = number.levels(prover.generics, prover.task, every, length)
            of_stops = [
                leak[level.find(every[:, stop : stop + level.windows.shape[1]])]
                for level, leak in zip(levels[1:], leaks, strict=True)
                for stop in range(every.shape[1] - level.windows.shape[1] + 1)
            ]
    largest: Float64[np.ndarray, " walks"] = np.max(of_stops, axis=0)
    return largest


def floors(
    prover: MultiHopProver, walks: Sequence[Walk], length: int
) -> Float64[np.ndarray, " walks"]:
    """A bound of the first layer's floor over all inputs of each walk.

    That is the logit of the next stop, where it stands worst, less the largest of any other
    position's.

    Args:
        prover: of the network.
        walks: of equally many hops.
        length: tokens per input.
    """
    every, generic = np.array(walks), prover.generics[0]
    rows, asking = np.arange(len(every)), every[:, 0]
    low, high = (part[asking] for part in score_bounds(generic, generic, length))
    own = high[rows, 0, asking]
    if isinstance(prover.task, LetterWalk):
        off = np.array([prover.task.off(walk) for walk in walks])
        rival = off | (np.arange(off.shape[1]) == every[:, 2:, None]).any(axis=1)
        next_stop = low[rows, 1:, every[:, 1]].min(axis=1)
        others = np.where(rival[:, None], high, -np.inf)[:, 1:].max(axis=(1, 2))
    else:
        jump = prover.task.jumps[asking]
        next_stop = low[rows, jump, every[:, 1]]
        by_distance = high[:, :, prover.task.tokens].max(axis=2)
        by_distance[:, 0] = by_distance[rows, jump] = -np.inf
        others = by_distance.max(axis=1)
    floor: Float64[np.ndarray, " walks"] = next_stop - np.maximum(others, own)
    return floor


def measured(prover: MultiHopProver, sha256: str) -> WalkHorizons:
    """How far the walks of a network are found, and what that goes with.

    Args:
        prover: of the network.
        sha256: of its weights.
    """
    longest = horizons(prover)
    leaks: dict[Walk, float] = {}
    by_length: dict[int, dict[Walk, float]] = {length: {} for length in LENGTHS}
    for stops in sorted({len(walk) for walk in longest}):
        alike = [walk for walk in longest if len(walk) == stops]
        leaks |= dict(zip(alike, largest_leaks(prover, alike, LENGTHS[0]).tolist(), strict=True))
        for length, known in by_length.items():
            known |= dict(zip(alike, floors(prover, alike, length).tolist(), strict=True))
    return WalkHorizons(
        sha256=sha256,
        walks=len(longest),
        horizons=dict(sorted(Counter(longest.values()).items())),
        by_leak=_correlation(longest, leaks),
        by_floor=_correlation(longest, by_length[LENGTHS[0]]),
        floors={n: round(median(known.values()), DIGITS) for n, known in by_length.items()},
    )


def _correlation(horizon: Mapping[Walk, int], other: Mapping[Walk, float]) -> float | None:
    """The rank correlation of walks' horizons with another number of theirs, if they differ."""
    if len(set(horizon.values())) < 2:
        return None
    order = float(spearmanr([*horizon.values()], [other[walk] for walk in horizon]).statistic)
    return round(order, DIGITS) if math.isfinite(order) else None


def main() -> None:
    """Add the networks that the table lacks; it is written after each."""
    known = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    for path in checkpoints.walking():
        model = checkpoint.read(path)
        if known.get(path.name, {}).get("sha256") != model.sha256:
            known[path.name] = asdict(measured(MultiHopProver(model), model.sha256))
            print(path.name, known[path.name], flush=True)
            write_json(TABLE, known)


if __name__ == "__main__":
    main()
