"""What a run went through: every snapshot measured, as one compact table."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from jaxtyping import Float32, Float64

from empirical.files import atomic, checkpoint
from empirical.files.checkpoint import Checkpoint, TaskRecord
from empirical.induction.measures import MeasuredModel, Table, Weights, score_of, shuffled
from empirical.induction.probe import Probe
from empirical.models.config import GPTJConfig
from empirical.models.smeared import SmearedConfig
from empirical.scores.in_context import places
from empirical.tasks import task_from_entries
from empirical.tasks.language import Language
from empirical.tasks.segments import Segments
from empirical.training.trainer import SNAPSHOTS
from theory.refusal import Refusal

FILE, LOSSES = "trajectory.json", "losses.safetensors"
DIGITS = 4
"""Decimals of a stored number."""
FOLLOWED = 24
"""Texts whose single losses are kept."""


@dataclass(frozen=True, eq=False)
class Final:
    """What is measured once, of the weights at the end.

    Attributes:
        loss: mean over texts and places, in nats.
        in_context: the in-context learning score, in nats.
        tables: as in ``Trajectory``, of these weights, and for letters in two cases how well mapped
            repeats are matched.
        ablation: what each head's ablation adds to the in-context score.
        direct: the direct-logit copying score of each head.
        composition: for layer and head of an earlier head and of a later one: strength, matching
            and margin.
    """

    loss: float
    in_context: float
    tables: Mapping[str, Table]
    ablation: Table
    direct: Table
    composition: Mapping[tuple[int, int, int, int], tuple[float, float, float]]


@dataclass(frozen=True, eq=False)
class InductionTrajectory:
    """One run.

    Attributes:
        name: of the plan, or of the hand-set circuit.
        seed: of the run.
        late: the late place of the in-context score, in tokens of context.
        early: the early place.
        steps: steps done at each snapshot.
        loss: mean over texts and places, in nats.
        in_context: the in-context learning score, in nats.
        tables: scores of each head at each snapshot.
        final: what is measured at the end.
        shuffled: the same of the weights at the end, shuffled.
        control: whether this stands for shuffled weights, of which everything is asked.
    """

    name: str
    seed: int
    late: int
    early: int
    steps: Float64[np.ndarray, " snapshots"]
    loss: Float64[np.ndarray, " snapshots"]
    in_context: Float64[np.ndarray, " snapshots"]
    tables: Mapping[str, Float64[np.ndarray, "snapshots layers heads"]]
    final: Final
    shuffled: Final
    control: bool = False

    @property
    def layers(self) -> int:
        """Blocks of the model."""
        return len(self.final.ablation)

    def best(self, kind: str) -> Float64[np.ndarray, " snapshots"]:
        """The largest score of a kind over all heads, at each snapshot."""
        largest: Float64[np.ndarray, " snapshots"] = self.tables[kind].max(axis=(1, 2))
        return largest

    def of_shuffled(self) -> "InductionTrajectory":
        """A run that never was anything but its own weights at the end, shuffled."""
        end = self.shuffled
        return replace(
            self,
            loss=np.full_like(self.loss, end.loss),
            in_context=np.full_like(self.in_context, end.in_context),
            tables={kind: np.stack([end.tables[kind]] * len(self.steps)) for kind in self.tables},
            final=end,
            control=True,
        )

    def to_json(self) -> dict[str, Any]:
        """The table as JSON, rounded."""
        return {
            "name": self.name,
            "seed": self.seed,
            "late": self.late,
            "early": self.early,
            "steps": self.steps.tolist(),
            "loss": _rounded(self.loss),
            "in_context": _rounded(self.in_context),
            "tables": {kind: _rounded(table) for kind, table in self.tables.items()},
            "final": _final_json(self.final),
            "shuffled": _final_json(self.shuffled),
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "InductionTrajectory":
        """What ``to_json`` wrote."""
        return cls(
            name=said["name"],
            seed=said["seed"],
            late=said["late"],
            early=said["early"],
            steps=np.array(said["steps"], dtype=np.float64),
            loss=np.array(said["loss"]),
            in_context=np.array(said["in_context"]),
            tables={kind: np.array(table) for kind, table in said["tables"].items()},
            final=_final(said["final"]),
            shuffled=_final(said["shuffled"]),
        )


def of_run(
    directory: Path, progress: Callable[[float], None] = lambda _: None
) -> InductionTrajectory:
    """Measure a run of ``ropeproof train`` that kept snapshots.

    What was measured stays in the directory and is not measured again.

    Args:
        directory: of the run.
        progress: told the share that is done.

    Raises:
        Refusal: the directory holds no whole run of a language with snapshots.
    """
    read = checkpoint.read(directory, GPTJConfig, SmearedConfig)
    known = directory / FILE
    if known.exists():
        said = json.loads(known.read_bytes())
        if said["sha256"] == read.sha256:
            return InductionTrajectory.from_json(said)
    files = sorted((directory / SNAPSHOTS).glob("step-*.safetensors"))
    language = _language(read.task)
    if language is None or read.manifest is None or not files:
        raise Refusal(
            f"{directory} is no run of a language with snapshots: "
            "name a directory made by ropeproof train induction-2 or the like"
        )
    (length,) = read.task.train_lengths if read.task else (0,)
    models = (
        (int(file.stem.removeprefix("step-")), safetensors.numpy.load_file(file)) for file in files
    )
    found, losses = trajectory(
        (_name(read, language), read.manifest["seed"]),
        read.config,
        Probe(language, length),
        models,
        lambda done: progress(done / len(files)),
    )
    atomic.write_bytes(
        directory / LOSSES, safetensors.numpy.save({"losses": losses.astype(np.float16)})
    )
    atomic.write_json(known, {"sha256": read.sha256, **found.to_json()})
    return found


def trajectory(
    called: tuple[str, int],
    config: GPTJConfig,
    probe: Probe,
    models: Iterable[tuple[float, Weights]],
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[InductionTrajectory, Float32[np.ndarray, "snapshots places"]]:
    """Measure models that follow one another.

    Args:
        called: name and seed.
        config: the shape of all of them.
        probe: what is asked.
        models: step and weights of each.
        progress: told how many are measured.

    Returns:
        The table, and the single losses of the first ``FOLLOWED`` texts.
    """
    steps, losses, scores, tables, single = [], [], [], [], []
    weights: Weights = {}
    for number, (step, weights) in enumerate(models, start=1):
        model = MeasuredModel(config, weights, probe)
        found = model.losses()
        steps.append(step)
        losses.append(found.mean())
        scores.append(score_of(found))
        single.append(found[:FOLLOWED].ravel())
        tables.append(model.tables())
        progress(number)
    late, early = places(probe.length)
    return InductionTrajectory(
        *called,
        late,
        early,
        np.array(steps, dtype=np.float64),
        np.array(losses, dtype=np.float64),
        np.array(scores),
        {kind: np.stack([table[kind] for table in tables]) for kind in tables[0]},
        _measured(MeasuredModel(config, weights, probe), late, early),
        _measured(MeasuredModel(config, shuffled(weights, called[1]), probe), late, early),
    ), np.stack(single)


def _measured(model: MeasuredModel, late: int, early: int) -> Final:
    found = model.losses()
    return Final(
        float(found.mean()),
        score_of(found),
        model.tables() | model.mapped(),
        model.ablation(late, early),
        model.direct_copying(),
        model.compositions(),
    )


def _name(read: Checkpoint, language: Language) -> str:
    """As the plan of such a run is called."""
    plan = (read.manifest or {})["config"]
    return "".join(
        (
            f"induction-{read.config.n_layer}",
            "-smeared" if isinstance(read.config, SmearedConfig) else "",
            "" if plan.get("attention_only") else "-mlp",
            "" if isinstance(language, Segments) else f"-{language.name}",
        )
    )


def _language(record: TaskRecord | None) -> Language | None:
    task = task_from_entries(record.name, record.entries) if record else None
    return task if isinstance(task, Language) else None


def _rounded(values: np.ndarray) -> Any:
    return np.round(values.astype(np.float64), DIGITS).tolist()


def _final_json(final: Final) -> dict[str, Any]:
    return {
        "loss": round(final.loss, DIGITS),
        "in_context": round(final.in_context, DIGITS),
        "tables": {kind: _rounded(table) for kind, table in final.tables.items()},
        "ablation": _rounded(final.ablation),
        "direct": _rounded(final.direct),
        "composition": [
            [*pair, *(round(value, DIGITS) for value in met)]
            for pair, met in final.composition.items()
        ],
    }


def _final(said: Mapping[str, Any]) -> Final:
    return Final(
        said["loss"],
        said["in_context"],
        {kind: np.array(table) for kind, table in said["tables"].items()},
        np.array(said["ablation"]),
        np.array(said["direct"]),
        {(a, b, c, d): (s, m, g) for a, b, c, d, s, m, g in said["composition"]},
    )
