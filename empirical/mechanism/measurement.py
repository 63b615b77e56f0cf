"""Measures the mechanism of a multi-hop checkpoint: peaks, walk states and ablations."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from empirical.files.checkpoint import Checkpoint
from empirical.mechanism.ablation import Ablation, ablate
from empirical.mechanism.peaks import Peaks, peaks
from empirical.mechanism.walk_states import AnswerHeldCount, Copies, WalkStates
from empirical.models.gptj import GPTJ
from empirical.tasks.dataset import Dataset
from empirical.tasks.multi_hop import MultiHop
from theory.refusal import Refusal


@dataclass(frozen=True)
class Mechanism:
    """How a model solves its multi-hop task.

    Attributes:
        peaks: where each head has its largest weights.
        answers_held: which stops hold the answer at which depth.
        copies: which stops receive the answer in which block.
        ablations: right answers with each head silenced.
    """

    peaks: Sequence[Peaks]
    answers_held: Sequence[AnswerHeldCount]
    copies: Sequence[Copies]
    ablations: Sequence[Ablation]

    def to_json(self) -> dict[str, list[dict[str, Any]]]:
        """Returns every row as JSON, by kind."""
        return {
            "peaks": [asdict(row) for row in self.peaks],
            "held": [asdict(row) for row in self.answers_held],
            "copies": [asdict(row) for row in self.copies],
            "ablations": [asdict(row) for row in self.ablations],
        }


def measure(
    model: Checkpoint,
    inputs: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Mechanism:
    """Measure a checkpoint on the first inputs of the test part of its dataset.

    Args:
        model: the checkpoint.
        inputs: number of inputs.
        progress: called with the number of heads that were silenced and their total number.

    Raises:
        Refusal: the task of the checkpoint has no hops.
    """
    task = model.known_task
    if not isinstance(task, MultiHop):
        raise Refusal(f"{model.path} is not of a multi-hop task: name a number or letter model")
    gptj = GPTJ.of(model.config, model.weights)
    ids, answers = Dataset(task, model.seed).batch("test", 0, inputs)
    states = WalkStates.of(gptj, task, ids)
    return Mechanism(
        peaks=peaks(gptj, task, ids),
        answers_held=states.answers_held(),
        copies=states.copies(),
        ablations=list(ablate(gptj, ids, answers, task.hops(ids), progress)),
    )
