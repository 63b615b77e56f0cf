"""Holds up to which length each walk of the shipped networks is proved, in a table beside this.

``python -m empirical.shipped.hops_horizon`` adds the networks that it lacks. Bounds are those of
the search, rounded outward; ``hops_table.py`` holds what the checker shows too. Tests compute a
part of it again.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import Float64
from scipy.stats import spearmanr

from empirical.certificates.multi_hop import letter, number
from empirical.certificates.multi_hop.prover import MultiHopProver
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
    """How far the walks of one network are proved.

    Attributes:
        sha256: of its weights.
        walks: number of all.
        horizons: number of walks that are proved up to each length and not up to the next one; 0
            stands for less than the first.
        by_leak: rank correlation of these horizons with the largest leak of any layer before the
            last, at the first length; none where all horizons are alike.
    """

    sha256: str
    walks: int
    horizons: dict[int, int]
    by_leak: float | None

    def proved(self, length: int) -> int:
        """How many walks are proved at every length of ``LENGTHS`` up to this one."""
        return sum(count for longest, count in self.horizons.items() if longest >= length)


@cache
def table() -> dict[str, WalkHorizons]:
    """Returns how far walks are proved, by the name of the network's directory."""
    return {
        name: WalkHorizons(
            entry["sha256"],
            entry["walks"],
            {int(length): count for length, count in entry["horizons"].items()},
            entry["by_leak"],
        )
        for name, entry in json.loads(TABLE.read_text()).items()
    }


def page() -> Iterator[str]:
    """The table as lines of Markdown: walks proved at each length, and how that goes with leaks."""
    yield f"| `hops/…` | {' | '.join(map(str, LENGTHS))} | of walks | by leak |"
    yield "|---" * (len(LENGTHS) + 3) + "|"
    for name, known in sorted(table().items()):
        cells = [str(known.proved(length)) for length in LENGTHS]
        order = "–" if known.by_leak is None else f"{known.by_leak:.2f}".replace("-", "−")
        yield f"| `{name}` | {' | '.join(cells)} | {known.walks} | {order} |"


def horizons(prover: MultiHopProver, lengths: Sequence[int] = LENGTHS) -> dict[Walk, int]:
    """The last of some ascending lengths up to which each walk is proved; 0 for none.

    Args:
        prover: of the network.
        lengths: tokens per input; the walks are those of the first one.

    Raises:
        Refusal: the first length has no walk.
    """
    found = dict.fromkeys(prover.require(lengths[0]), 0)
    held = set(found)
    for length in lengths:
        held &= prover.proved(length)
        found |= dict.fromkeys(held, length)
        if not held:
            break
    return found


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


def measured(prover: MultiHopProver, sha256: str) -> WalkHorizons:
    """How far the walks of a network are proved, and what that goes with.

    Args:
        prover: of the network.
        sha256: of its weights.
    """
    found = horizons(prover)
    leaks: dict[Walk, float] = {}
    for stops in sorted({len(walk) for walk in found}):
        alike = [walk for walk in found if len(walk) == stops]
        largest = largest_leaks(prover, alike, LENGTHS[0]).tolist()
        leaks |= dict(zip(alike, largest, strict=True))
    order = math.nan
    if len(set(found.values())) > 1:
        order = float(spearmanr(list(found.values()), [leaks[walk] for walk in found]).statistic)
    by_leak = round(order, DIGITS) if math.isfinite(order) else None
    return WalkHorizons(sha256, len(found), dict(sorted(Counter(found.values()).items())), by_leak)


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
