"""Holds what is certified of the shipped networks of walks, in a table beside this file.

``python -m empirical.shipped.hops_table`` adds the networks that the table lacks. The checker is
asked to show every walk of a length; what it shows is proved. Tests compute parts of it again.
``FOUND.md`` shows what ``page`` makes of it.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from empirical.certificates.multi_hop.prover import MultiHopProver
from empirical.files import checkpoint
from empirical.files.atomic import write_json
from empirical.recheck.certificate import Verdict, WalkRow, Walks
from empirical.recheck.checkpoint import read_checkpoint
from empirical.recheck.findings import silent
from empirical.recheck.multi_hop import check_walks
from empirical.recheck.walks import walks_of
from empirical.shipped import checkpoints

TABLE = Path(__file__).with_suffix(".json")
LENGTHS = (8, 16, 32, 64)
"""Tokens per input."""


@dataclass(frozen=True)
class ProvedWalks:
    """What the checker shows of one network at one length.

    Attributes:
        proved: number of walks that are right on every input.
        walks: number of all walks.
        searched: seconds of processor time of the search.
        seconds: of the checker.
    """

    proved: int
    walks: int
    searched: float
    seconds: float


@dataclass(frozen=True)
class CertifiedNetwork:
    """What is certified of one network.

    Attributes:
        sha256: of its weights.
        lengths: what the checker shows, by tokens per input.
    """

    sha256: str
    lengths: dict[int, ProvedWalks]


@cache
def table() -> dict[str, CertifiedNetwork]:
    """Returns what is certified, by the name of the network's directory."""
    return {
        name: CertifiedNetwork(
            entry["sha256"],
            {int(length): ProvedWalks(**counts) for length, counts in entry["lengths"].items()},
        )
        for name, entry in _read().items()
    }


def measured(path: Path, length: int) -> ProvedWalks:
    """Search, and ask the checker to show every walk of a length, whatever the search found.

    Args:
        path: of a checkpoint of a task of walks.
        length: tokens per input.

    Raises:
        Refusal: the length has no walk.
        Rejected: the network has another shape.
    """
    start = time.process_time()
    MultiHopProver(checkpoint.read(path)).decide(length)
    middle = time.process_time()
    proved, walks = proved_walks(path, length)
    seconds = round(middle - start, 1), round(time.process_time() - middle, 1)
    return ProvedWalks(proved, walks, *seconds)


def proved_walks(path: Path, length: int) -> tuple[int, int]:
    """How many walks of a length the checker shows, and how many there are; see ``measured``."""
    network = read_checkpoint(path)
    walks = list(walks_of(network.task).walks(length))
    claims = Walks(length, tuple(WalkRow(walk, Verdict.PROVED) for walk in walks))
    return len(walks) - len(check_walks(claims, network, silent)), len(walks)


def page() -> Iterator[str]:
    """The table as lines of Markdown: walks proved, and seconds of search and checker together."""
    yield f"| `hops/…` | {' | '.join(map(str, LENGTHS))} |"
    yield "|---" * (len(LENGTHS) + 1) + "|"
    for name, known in sorted(table().items()):
        cells = [
            f"{walks.proved} of {walks.walks} ({walks.searched + walks.seconds:.1f} s)"
            for _, walks in sorted(known.lengths.items())
        ]
        yield f"| `{name}` | {' | '.join(cells)} |"


def _read() -> dict[str, Any]:
    entries: dict[str, Any] = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    return entries


def main() -> None:
    """Add the networks and lengths that the table lacks; it is written after each.

    A network whose weights are others than the table's is begun anew.
    """
    for path in checkpoints.walking():
        sha256 = read_checkpoint(path).sha256["model.safetensors"]
        for length in LENGTHS:
            known = _read().get(path.name, {})
            lengths = known["lengths"] if known.get("sha256") == sha256 else {}
            if str(length) not in lengths:
                walks = measured(path, length)
                print(path.name, length, walks, flush=True)
                lengths = {**lengths, str(length): asdict(walks)}
                entry = {"sha256": sha256, "lengths": lengths}
                write_json(TABLE, {**_read(), path.name: entry})


if __name__ == "__main__":
    main()
