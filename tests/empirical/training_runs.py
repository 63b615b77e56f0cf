"""Small training runs, and one that is killed on its way."""

from pathlib import Path

from empirical.models.config import GPTJConfig
from empirical.tasks.index import IndexTask
from empirical.tasks.letter import LetterTask
from empirical.training.plan import Plan
from empirical.training.trainer import Progress, train

TASK = IndexTask(("a", "b", 1, 2))
PLAN = Plan(
    TASK,
    GPTJConfig(4, 8, 1, 2, 4, embd_pdrop=0.1, attn_pdrop=0.1, resid_pdrop=0.1),
    train_lengths=(3, 4),
    steps=12,
    batch_size=4,
)


LETTERS = "abcdef"
WALKS = Plan(
    LetterTask(tuple((x, y) for x in LETTERS for y in [*LETTERS, 0])),
    GPTJConfig(42, 8, 2, 1, 8, attn_pdrop=0.1),
    train_lengths=(17,),
    steps=6,
    batch_size=8,
    snapshots=(0, 2, 6),
)


class Killed(Exception):
    """What ends a run from outside."""


def run(directory: Path, plan: Plan = PLAN, until: int | None = None) -> list[Progress]:
    """Train, to the end or until a step, and say what was reported on the way."""
    reports = []

    def progress(report: Progress) -> None:
        reports.append(report)
        if report.step == until:
            raise Killed

    train(plan, directory, progress=progress, save_every=5, evaluation_inputs=20)
    return reports
