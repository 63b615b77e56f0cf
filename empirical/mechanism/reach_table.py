"""What ``reach`` found of a checkpoint, as one small file in its directory."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from empirical.files import atomic, checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.mechanism.reach import HALF, Reach, reach
from empirical.models.gptj import GPTJ
from empirical.tasks import task_from_entries, tasks
from empirical.tasks.dataset import Dataset
from empirical.tasks.multi_hop import MultiHop
from empirical.training.evaluation import Count
from theory.refusal import Refusal

TABLE = "reach.json"
LENGTHS = (34, 68, 136, 272, 544, 850, 1700)
"""Tokens: those at which the accuracy is recorded after training, too."""
SEED = 31
"""Of the longer inputs."""
INPUTS = 128
"""Short inputs from which heads promise."""


@dataclass(frozen=True, eq=False)
class ReachTable:
    """A table as it was read.

    Attributes:
        task: the task's name.
        rotary_dim: how many dimensions of each head are rotated.
        accuracy: right answers by length, as the manifest records them.
        inputs: short inputs from which heads promised.
        lengths: ascending, in tokens.
        rows: one for each layer, head and kind of query.
    """

    task: str
    rotary_dim: int
    accuracy: dict[int, Count]
    inputs: int
    lengths: tuple[int, ...]
    rows: tuple[Reach, ...]

    @property
    def walking(self) -> list[Reach]:
        """For each kind of query the head that peaks at the next stop of the walk most often."""
        return [
            max((row for row in self.rows if row.query == query), key=lambda row: row.next_stop)
            for query in dict.fromkeys(row.query for row in self.rows)
        ]

    @property
    def fails(self) -> int | None:
        """The least length at which one of these is promised to fail; ``None`` for none."""
        return min((row.fails for row in self.walking if row.fails), default=None)

    @property
    def weakest(self) -> tuple[float, ...]:
        """By length, the least share of kept peaks that one of these promises."""
        return tuple(map(min, zip(*(row.keeps for row in self.walking), strict=True)))

    @property
    def falls(self) -> int | None:
        """The least of the lengths at which the accuracy is below a half; ``None`` for none."""
        return self.first_below_half(
            [
                count.correct / count.total if count else 1.0
                for count in map(self.accuracy.get, self.lengths)
            ]
        )

    def first_below_half(self, shares: Sequence[float]) -> int | None:
        """The least of the lengths whose share is below a half; ``None`` for none."""
        pairs = zip(self.lengths, shares, strict=True)
        return next((length for length, share in pairs if share < HALF), None)

    def apart(self, one: int | None, other: int | None) -> int:
        """How many of the lengths lie between two, of which ``None`` is beyond all."""
        cells = [
            len(self.lengths) if length is None else sum(n < length for n in self.lengths)
            for length in (one, other)
        ]
        return abs(cells[0] - cells[1])


def read(directory: Path) -> ReachTable | None:
    """The table of a checkpoint directory, or ``None`` where it has none.

    The weights need not be there, if the manifest says their sha256.

    Raises:
        Refusal: it is damaged, or of other weights.
    """
    file, weights = directory / TABLE, directory / checkpoint.WEIGHTS
    if not file.exists():
        return None
    try:
        said = json.loads(file.read_bytes())
        rows = tuple(
            Reach(**{name: _frozen(value) for name, value in row.items()}) for row in said["heads"]
        )
        table = ReachTable(
            task=said["task"],
            rotary_dim=int(said["rotary_dim"]),
            accuracy={int(n): Count(**count) for n, count in said["accuracy"].items()},
            inputs=int(said["inputs"]),
            lengths=tuple(said["lengths"]),
            rows=rows,
        )
        if any(len(row.keeps) != len(table.lengths) for row in rows):
            raise ValueError("a row of other lengths")
        manifest = directory / checkpoint.MANIFEST
        own = (
            checkpoint.file_sha256(weights)
            if weights.exists()
            else json.loads(manifest.read_bytes())["sha256"]
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Refusal(f"{file} is damaged: remove it and run ropeproof reach again") from error
    if said["sha256"] != own:
        raise Refusal(f"{file} is of other weights: remove it and run ropeproof reach again")
    return table


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def record(
    found: Checkpoint,
    lengths: tuple[int, ...] = LENGTHS,
    inputs: int = INPUTS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> ReachTable:
    """Measure a checkpoint and write its table.

    Args:
        found: the checkpoint.
        lengths: ascending, in tokens.
        inputs: short inputs from which heads promise.
        progress: called with the rows that are done and those that there are.

    Raises:
        Refusal: its task has no hops, a length is out of order, or the table cannot be written.
    """
    name, manifest = found.task.name if found.task else "none", found.manifest or {}
    task = task_from_entries(name, found.task.entries) if found.task and name in tasks() else None
    if not isinstance(task, MultiHop):
        raise Refusal(f"{found.path} is of task {name}: name a number or letter model")
    ids, _ = Dataset(task, int(manifest.get("seed", 0))).batch("test", 0, inputs)
    total = found.config.n_layer * found.config.n_head * task.HOPS
    heads = []
    for row in reach(GPTJ.of(found.config, found.weights), task, ids, lengths, SEED):
        heads.append(row.to_json())
        progress(len(heads), total)
    said = {
        "task": name,
        "sha256": found.sha256,
        "rotary_dim": found.config.rotary_dim,
        "accuracy": manifest.get("accuracy", {}),
        "inputs": inputs,
        "lengths": lengths,
        "heads": heads,
    }
    text = json.dumps(said, separators=(",", ":"), allow_nan=False)
    atomic.write_text(found.path / TABLE, text + "\n")
    written = read(found.path)
    assert written is not None
    return written
