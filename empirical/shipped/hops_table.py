"""Holds what is certified of the shipped networks of walks, in a table beside this file.

``python -m empirical.shipped.hops_table`` adds the networks that the table lacks. The checker is
asked to show every walk of a length; what it shows is proved. Tests compute parts of it again.
"""

import json
import time
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from empirical.files.atomic import write_json
from empirical.recheck.certificate import Verdict, WalkRow, Walks
from empirical.recheck.checkpoint import Checkpoint, read_checkpoint
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
        seconds: processor time of the checker.
    """

    proved: int
    walks: int
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
            {int(length): ProvedWalks(**found) for length, found in entry["lengths"].items()},
        )
        for name, entry in _read().items()
    }


def proved_walks(network: Checkpoint, length: int) -> ProvedWalks:
    """Ask the checker to show every walk of a length.

    Args:
        network: a checkpoint of a task of walks.
        length: tokens per input.

    Raises:
        Rejected: the network has another shape, or the length has no walk.
    """
    start, walks = time.process_time(), list(walks_of(network.task).walks(length))
    claims = Walks(length, tuple(WalkRow(walk, Verdict.PROVED) for walk in walks))
    unshown = check_walks(claims, network, silent)
    seconds = round(time.process_time() - start, 1)
    return ProvedWalks(len(walks) - len(unshown), len(walks), seconds)


def _read() -> dict[str, Any]:
    entries: dict[str, Any] = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    return entries


def main() -> None:
    """Add the networks and lengths that the table lacks; it is written after each."""
    for path in checkpoints.walking():
        network = read_checkpoint(path)
        sha256 = network.sha256["model.safetensors"]
        for length in LENGTHS:
            known = _read().get(path.name, {})
            lengths = known["lengths"] if known.get("sha256") == sha256 else {}
            if str(length) not in lengths:
                found = proved_walks(network, length)
                print(path.name, length, found, flush=True)
                lengths = {**lengths, str(length): asdict(found)}
                entry = {"sha256": sha256, "lengths": lengths}
                write_json(TABLE, {**_read(), path.name: entry})


if __name__ == "__main__":
    main()
