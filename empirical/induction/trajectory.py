"""Measures every snapshot of a run, and keeps the result as one compact table."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from jaxtyping import Float32, Float64

from empirical.files import atomic, checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.files.json_file import read_json
from empirical.files.sealed import is_whole, sealed
from empirical.induction.measures import MeasuredModel, Table, Weights, score_of, shuffled
from empirical.induction.probe import Probe
from empirical.models.config import GPTJConfig
from empirical.models.smeared import SmearedConfig
from empirical.scores.in_context import places
from empirical.tasks.language import Language
from empirical.tasks.segments import Segments
from empirical.training.trainer import snapshots_of
from theory.refusal import Refusal

FILE, LOSSES = "trajectory.json", "losses.safetensors"
REMEASURE = ("remove it, and it is measured again",) * 2
DIGITS = 4
"""Decimals of a stored number."""
FOLLOWED = 24
"""Number of texts whose single-token losses are kept."""


@dataclass(frozen=True, eq=False)
class Final:
    """Measures of one set of weights, made once per run.

    Attributes:
        loss: mean over texts and places, in nats.
        in_context: the in-context learning score, in nats.
        tables: by kind, the scores of each head: those of ``InductionTrajectory`` and the matching
            of mapped repeats.
        ablation: what ablating each head adds to the in-context score, in nats.
        direct: the direct-logit copying score of each head.
        composition: strength, matching and margin, by layer and head of the earlier head and layer
            and head of the later one.
    """

    loss: float
    in_context: float
    tables: Mapping[str, Table]
    ablation: Table
    direct: Table
    composition: Mapping[tuple[int, int, int, int], tuple[float, float, float]]


@dataclass(frozen=True, eq=False)
class InductionTrajectory:
    """The measures of one run.

    Attributes:
        name: of the plan, or of the hand-set circuit.
        seed: of the run.
        late: late place of the in-context score, in tokens of context.
        early: early place of the in-context score.
        steps: training steps at each snapshot.
        loss: mean over texts and places, in nats.
        in_context: the in-context learning score, in nats.
        tables: by kind, the score of each head at each snapshot.
        final: measures of the weights at the end.
        shuffled: the same of these weights, shuffled.
        control: whether this is a control made of shuffled weights.
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
        """Number of blocks of the model."""
        return len(self.final.ablation)

    def best(self, kind: str) -> Float64[np.ndarray, " snapshots"]:
        """Returns the largest score of a kind over all heads, at each snapshot."""
        largest: Float64[np.ndarray, " snapshots"] = self.tables[kind].max(axis=(1, 2))
        return largest

    def of_shuffled(self) -> "InductionTrajectory":
        """Returns a control run: every snapshot has the final weights, shuffled."""
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
        """Returns the table as JSON, rounded to ``DIGITS`` decimals."""
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
    def from_json(cls, table: Mapping[str, Any]) -> "InductionTrajectory":
        """Returns the trajectory that ``to_json`` wrote.

        Args:
            table: the JSON object.
        """
        return cls(
            name=table["name"],
            seed=table["seed"],
            late=table["late"],
            early=table["early"],
            steps=np.array(table["steps"], dtype=np.float64),
            loss=np.array(table["loss"]),
            in_context=np.array(table["in_context"]),
            tables={kind: np.array(scores) for kind, scores in table["tables"].items()},
            final=_final(table["final"]),
            shuffled=_final(table["shuffled"]),
        )


def of_run(
    directory: Path, progress: Callable[[float], None] = lambda _: None
) -> InductionTrajectory:
    """Measure a run of ``ropeproof train`` that kept snapshots.

    The measures are saved in the directory; a second call reads them.

    Args:
        directory: of the run.
        progress: called with the share of snapshots that are measured.

    Raises:
        Refusal: the directory holds no finished run on a language with snapshots, or a measure is
            not finite.
    """
    model = checkpoint.read(directory, GPTJConfig, SmearedConfig)
    file = directory / FILE
    if os.path.lexists(file):
        table = read_json(file, *REMEASURE)
        if not is_whole(table):
            raise Refusal(f"{file} was altered, or is of an earlier version: {REMEASURE[0]}")
        if table["sha256"] == model.sha256:
            return InductionTrajectory.from_json(table)
    files = list(snapshots_of(directory))
    language = model.known_task
    if not isinstance(language, Language) or model.manifest is None or not files:
        raise Refusal(
            f"{directory} is no run of a language with snapshots: "
            "name a directory made by ropeproof train induction-2 or the like"
        )
    (length,) = model.task.train_lengths if model.task else (0,)
    snapshots = ((float(step), checkpoint.read_weights(file, model.config)) for step, file in files)
    run, losses = trajectory(
        (_name(model, language), model.seed),
        model.config,
        Probe(language, length),
        snapshots,
        lambda done: progress(done / len(files)),
    )
    try:
        table = sealed({"sha256": model.sha256, **run.to_json()})
    except ValueError:
        raise Refusal(
            f"measures of {directory} are not finite, as weights of a snapshot are beyond the "
            "range of floats: train the run again"
        ) from None
    single = safetensors.numpy.save({"losses": losses.astype(np.float16)})
    atomic.write_bytes(directory / LOSSES, single)
    atomic.write_json(file, table)
    return run


def trajectory(
    name_and_seed: tuple[str, int],
    config: GPTJConfig,
    probe: Probe,
    snapshots: Iterable[tuple[float, Weights]],
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[InductionTrajectory, Float32[np.ndarray, "snapshots places"]]:
    """Measure the snapshots of one run.

    Args:
        name_and_seed: of the run.
        config: the shape of the model.
        probe: the inputs on which snapshots are measured.
        snapshots: training step and weights of each, in order.
        progress: called with the number of measured snapshots.

    Returns:
        The trajectory, and the single-token losses of the first ``FOLLOWED`` texts.
    """
    steps, losses, scores, tables, single = [], [], [], [], []
    weights: Weights = {}
    for number, (step, weights) in enumerate(snapshots, start=1):
        model = MeasuredModel(config, weights, probe)
        token_losses = model.losses()
        steps.append(step)
        losses.append(token_losses.mean())
        scores.append(score_of(token_losses))
        single.append(token_losses[:FOLLOWED].ravel())
        tables.append(model.tables())
        progress(number)
    late, early = places(probe.length)
    name, seed = name_and_seed
    run = InductionTrajectory(
        name=name,
        seed=seed,
        late=late,
        early=early,
        steps=np.array(steps, dtype=np.float64),
        loss=np.array(losses, dtype=np.float64),
        in_context=np.array(scores),
        tables={kind: np.stack([table[kind] for table in tables]) for kind in tables[0]},
        final=_measured(MeasuredModel(config, weights, probe), late, early),
        shuffled=_measured(MeasuredModel(config, shuffled(weights, seed), probe), late, early),
    )
    return run, np.stack(single)


def _measured(model: MeasuredModel, late: int, early: int) -> Final:
    token_losses = model.losses()
    return Final(
        loss=float(token_losses.mean()),
        in_context=score_of(token_losses),
        tables=model.tables() | model.mapped(),
        ablation=model.ablation(late, early),
        direct=model.direct_copying(),
        composition=model.compositions(),
    )


def _name(model: Checkpoint, language: Language) -> str:
    """Returns the name of the plan of a run."""
    plan = (model.manifest or {}).get("config", {})
    return "".join(
        (
            f"induction-{model.config.n_layer}",
            "-smeared" if isinstance(model.config, SmearedConfig) else "",
            "" if plan.get("attention_only") else "-mlp",
            "" if isinstance(language, Segments) else f"-{language.name}",
        )
    )


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
            [*pair, *(round(value, DIGITS) for value in measures)]
            for pair, measures in final.composition.items()
        ],
    }


def _final(table: Mapping[str, Any]) -> Final:
    return Final(
        loss=table["loss"],
        in_context=table["in_context"],
        tables={kind: np.array(scores) for kind, scores in table["tables"].items()},
        ablation=np.array(table["ablation"]),
        direct=np.array(table["direct"]),
        composition={(a, b, c, d): (s, m, g) for a, b, c, d, s, m, g in table["composition"]},
    )
