"""Trains a plan to a checkpoint; interrupted runs resume and end in the same bytes."""

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import nn
from torch.nn import functional

from empirical.files import atomic, checkpoint
from empirical.files.safetensors_header import read_header
from empirical.models.config import GPTJConfig
from empirical.models.family import FamilyConfig, FamilyModel
from empirical.models.gptj import GPTJ, rotate
from empirical.tasks.language import Everywhere
from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.walks_anywhere import WalksAnywhere
from empirical.training import fresh_stream, provenance, walk_loss
from empirical.training.evaluation import Count, accuracy, accuracy_by_hops, by_hops
from empirical.training.plan import Plan
from empirical.training.walk_bound import walk_bounds
from theory.refusal import Refusal

STATE = "training-state.safetensors"
"""Plan, step, weights and optimizer moments of an unfinished run, in one file."""
MOMENTS = ("exp_avg", "exp_avg_sq")
SNAPSHOTS = "snapshots"
"""Name of the folder of snapshots in the checkpoint's directory."""
SNAPSHOT = re.compile(r"step-(\d{1,18})\.safetensors")
"""Name of a snapshot, after a number of steps."""
BEYOND = (2, 4, 16)
"""Multiples of the longest training length at which accuracy is measured too."""
LONGER = (34, 68, 136, 272, 544, 850, 1700, 5000)
"""Lengths at which the accuracy of multi-hop tasks is measured too, as in urrutia2026heads."""
LONGER_TOKENS = 100_000
"""Tokens measured at each of these lengths, unless that is fewer than ``LONGER_INPUTS`` inputs."""
LONGER_INPUTS = 30


@dataclass(frozen=True)
class Progress:
    """The state of a run after a step.

    Attributes:
        step: number of steps done.
        steps: number of steps in all.
        loss: mean cross-entropy of the last batch, in nats.
        accuracy: share of right answers in the last batch, over all positions that have an answer.
        by_hops: right answers in the last batch by number of hops; empty for one-hop tasks.
    """

    step: int
    steps: int
    loss: float
    accuracy: float
    by_hops: Mapping[int, Count] = field(default_factory=dict)


def train(
    plan: Plan,
    directory: Path,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    save_every: int = 500,
    evaluation_inputs: int = 10_000,
) -> dict[int, Count]:
    """Train a model, measure it, and write its checkpoint directory.

    An interrupted run leaves its state in the directory. A later call with the same plan resumes it
    and writes, on the same machine, the same bytes as an uninterrupted run. A GPU is used if there
    is one.

    Args:
        plan: the run.
        directory: of the checkpoint; it is created if it is missing.
        progress: called after every step.
        save_every: number of steps between two saves of the state.
        evaluation_inputs: number of inputs at each length after training.

    Returns:
        Right answers by length: at every training length and at longer ones.

    Raises:
        Refusal: the directory holds a checkpoint, the state of another plan or a damaged one, or
            cannot be written; or a trained weight is not finite.
    """
    state = directory / STATE
    held = (checkpoint.MANIFEST, checkpoint.WEIGHTS, checkpoint.CONFIG, checkpoint.TASK)
    if not os.path.lexists(state) and any(os.path.lexists(directory / file) for file in held):
        raise Refusal(f"{directory} holds a checkpoint: remove it or name another folder")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        run = _Run(plan, device)
        if os.path.lexists(state):
            run.load(state)
        while run.step < plan.steps:
            run.keep(directory)
            if run.step % save_every == 0:
                run.save(state)
            progress(run.advance())
        run.keep(directory)
        counts = run.finish(directory, evaluation_inputs)
    state.unlink(missing_ok=True)
    return counts


def snapshots_of(directory: Path) -> Iterator[tuple[int, Path]]:
    """Yields step and file of each snapshot in a run's directory, in ascending order."""
    files = (directory / SNAPSHOTS).glob("step-*.safetensors")
    named = ((SNAPSHOT.fullmatch(file.name), file) for file in files)
    yield from sorted((int(name[1]), file) for name, file in named if name)


class _Run:
    """A model and its optimizer in the course of a plan."""

    def __init__(self, plan: Plan, device: torch.device) -> None:
        torch.manual_seed(plan.seed)
        self.plan = plan
        self.device = device
        self.model = _fresh(plan.model).to(device)
        if plan.attention_only:
            assert isinstance(self.model, GPTJ)
            for block in self.model.transformer.blocks:
                for parameter in block.mlp.parameters():
                    nn.init.zeros_(parameter).requires_grad_(False)
        if plan.first_shift:
            assert isinstance(self.model, GPTJ)
            nn.init.normal_(self.model.transformer.blocks[0].ln_1.bias, std=plan.first_shift)
        if plan.stream is not None:
            assert isinstance(self.model, GPTJ)
            fresh_stream.draw(self.model, plan.stream)
        self.learned = {n: p for n, p in self.model.named_parameters() if p.requires_grad}
        by_rate: dict[float, list[nn.Parameter]] = {}
        for name, parameter in self.learned.items():
            by_rate.setdefault(fresh_stream.rate(name, plan.stream), []).append(parameter)
        groups = [{"params": same, "scale": scale} for scale, same in by_rate.items()]
        self.optimizer = torch.optim.AdamW(groups, betas=(0.95, 0.999), weight_decay=1e-4)
        self.step = 0
        self.seconds = 0.0

    def advance(self) -> Progress:
        """Train on one batch.

        All randomness derives from the seed and the step, so the state holds no generator.
        """
        began = time.perf_counter()
        ids, answers = (
            torch.from_numpy(part).to(self.device) for part in self.plan.batch(self.step)
        )
        torch.manual_seed(self.plan.dropout_seed(self.step))
        everywhere = isinstance(self.plan.task, Everywhere)
        attended: list[torch.Tensor] = []
        if self.plan.walk_loss is None:
            logits = self.model(ids, last_only=not everywhere).flatten(0, 1)
        else:
            assert isinstance(self.model, GPTJ)
            logits, attended = walk_loss.traced(self.model, ids)
        answers = answers.flatten()
        is_answer = functional.one_hot(answers.clamp(min=0), logits.shape[1])
        lowered = logits - self.plan.margin * is_answer if self.plan.margin else logits
        loss = functional.cross_entropy(lowered, answers, ignore_index=Everywhere.UNASKED)
        if self.plan.previous_token:
            assert isinstance(self.model, GPTJ)
            loss = loss + self.plan.previous_token * _previous_token_loss(self.model, ids)
        if self.plan.walk_loss is not None:
            loss = loss + self._asked_of_walks(ids, logits, answers, attended)
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.rate(self.step) * group["scale"]
        self.optimizer.zero_grad()
        torch.autograd.backward(loss)
        self._ask_for_the_bound()
        self.optimizer.step()
        self.step += 1
        correct = (logits.argmax(dim=-1) == answers)[answers != Everywhere.UNASKED].cpu().numpy()
        self.seconds += time.perf_counter() - began
        task = self.plan.task
        hops = by_hops(correct, task.hops(ids.cpu().numpy())) if isinstance(task, MultiHop) else {}
        return Progress(self.step, self.plan.steps, loss.item(), float(correct.mean()), hops)

    def _asked_of_walks(
        self,
        ids: torch.Tensor,
        logits: torch.Tensor,
        answers: torch.Tensor,
        attended: list[torch.Tensor],
    ) -> torch.Tensor:
        """What the loss asks of a network of walks beside its answers."""
        asked, task = self.plan.walk_loss, self.plan.task
        assert asked is not None
        assert isinstance(task, WalksAnywhere)
        assert isinstance(self.model, GPTJ)
        total = torch.zeros((), device=self.device)
        if asked.attention:
            wanted = torch.from_numpy(task.attended(ids.cpu().numpy())).to(self.device)
            total = total + asked.attention * walk_loss.lacking_attention(attended, wanted)
        if asked.lead_weight:
            lead = walk_loss.lacking_lead(logits, answers, asked.lead)
            total = total + asked.lead_weight * lead
        if asked.composition:
            rising = min(1.0, walk_loss.FIRST + self.step / walk_loss.RISE)
            total = total + asked.composition * rising * walk_loss.composition(self.model, task)
        return total

    def _ask_for_the_bound(self) -> None:
        """Add the gradient of what the bound of some walks lacks, if the plan asks for it."""
        asked, task = self.plan.walk_loss, self.plan.task
        if asked is None or not asked.bound:
            return
        assert isinstance(task, WalksAnywhere)
        assert isinstance(self.model, GPTJ)
        units = [(p, fresh_stream.rate(name, self.plan.stream)) for name, p in self.learned.items()]
        walk_loss.cut(units, walk_loss.UNITS)
        if self.step < asked.bound_from or self.step % walk_loss.EVERY:
            return
        rest = [None if p.grad is None else p.grad.clone() for p, _ in units]
        rng = np.random.default_rng((self.plan.seed, self.step, 2))
        length = asked.length(rng, self.step, self.plan.steps)
        walks, length = walk_loss.some_walks(task, rng, length)
        self.optimizer.zero_grad()
        bounds = walk_bounds(self.model, task, walks, length)
        torch.autograd.backward(walk_loss.lacking_bound(bounds))
        walk_loss.cut(units, asked.bound)
        for (parameter, _), slope in zip(units, rest, strict=True):
            if slope is not None:
                parameter.grad = slope if parameter.grad is None else parameter.grad + slope

    def keep(self, directory: Path) -> None:
        """Write a snapshot if the plan asks for one after this step."""
        if self.step in self.plan.snapshots:
            file = directory / SNAPSHOTS / f"step-{self.step:06d}.safetensors"
            tensors = {name: p.detach().cpu() for name, p in self.model.named_parameters()}
            atomic.write_bytes(file, safetensors.torch.save(tensors, {"format": "pt"}))

    def save(self, file: Path) -> None:
        """Write the state, whole or not at all."""
        tensors = {f"weight.{name}": p.detach().cpu() for name, p in self.model.named_parameters()}
        for name, parameter in self.learned.items():
            for moment in MOMENTS if self.step else ():
                tensors[f"{moment}.{name}"] = self.optimizer.state[parameter][moment].cpu()
        metadata = {
            "plan": json.dumps(self.plan.to_json()),
            "step": str(self.step),
            "seconds": str(self.seconds),
        }
        metadata["sha256"] = _sha256(metadata, tensors)
        atomic.write_bytes(file, safetensors.torch.save(tensors, metadata))

    def load(self, file: Path) -> None:
        """Resume from the state of a run of the same plan."""
        damaged = Refusal(f"{file} is damaged: remove it to train from the start")
        try:
            read_header(file)
        except Refusal as refusal:
            raise damaged from refusal
        try:
            with safe_open(file, framework="pt", device=str(self.device)) as stored:
                metadata = stored.metadata() or {}
                tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
            if metadata.pop("sha256") != _sha256(metadata, tensors):
                raise ValueError("another sha256")
            plan, step = json.loads(metadata["plan"]), int(metadata["step"])
            differing = [key for key, value in self.plan.to_json().items() if plan[key] != value]
            if differing:
                raise Refusal(
                    f"{file} is the unfinished run of another plan "
                    f"({', '.join(differing)} differ): remove it or name another folder"
                )
            with torch.no_grad():
                for name, parameter in self.model.named_parameters():
                    parameter.copy_(tensors[f"weight.{name}"])
                    if step and name in self.learned:
                        self.optimizer.state[parameter] = {
                            "step": torch.tensor(float(step)),
                            **{moment: tensors[f"{moment}.{name}"] for moment in MOMENTS},
                        }
            self.step, self.seconds = step, float(metadata["seconds"])
        except Refusal:
            raise
        except (
            SafetensorError,
            OSError,
            LookupError,
            TypeError,
            ValueError,
            ArithmeticError,
            AttributeError,
            RuntimeError,
        ) as error:
            raise damaged from error

    def finish(self, directory: Path, inputs: int) -> dict[int, Count]:
        """Measure the model and write its checkpoint.

        Args:
            directory: of the checkpoint.
            inputs: number of inputs at each length.

        Returns:
            Right answers by length.
        """
        plan = self.plan
        if plan.half:
            with torch.no_grad():
                for parameter in self.model.parameters():
                    parameter.copy_(parameter.half())
        stored = np.float16 if plan.half else np.float32
        counts = {
            length: accuracy(self.model, plan.task, length, number, plan.seed)
            for length, number in _inputs_by_length(plan, inputs).items()
        }
        hops = (
            accuracy_by_hops(self.model, plan.task, inputs, plan.seed)
            if isinstance(plan.task, MultiHop)
            else {}
        )
        weights = {
            name: parameter.detach().cpu().numpy().astype(stored)
            for name, parameter in self.model.named_parameters()
        }
        manifest: dict[str, object] = {
            "config": plan.to_json(),
            "seed": plan.seed,
            "steps": plan.steps,
            "seconds": round(self.seconds, 1),
            "device": provenance.machine(self.device),
            "data_sha256": provenance.data_sha256(plan),
            "commit": provenance.commit(),
            "versions": provenance.versions(),
            "accuracy": {str(length): asdict(count) for length, count in counts.items()},
        }
        if hops:
            manifest["accuracy_by_hops"] = {str(h): asdict(count) for h, count in hops.items()}
        record = checkpoint.TaskRecord(plan.task.name, plan.task.entries, plan.train_lengths)
        checkpoint.write(directory, plan.model, weights, record, manifest)
        return counts


def _fresh(config: GPTJConfig) -> GPTJ | FamilyModel:
    """Returns a model with random initial weights."""
    return FamilyModel(config) if isinstance(config, FamilyConfig) else GPTJ(config)


def _previous_token_loss(model: GPTJ, ids: torch.Tensor) -> torch.Tensor:
    """Returns the mean −log weight of the first layer on the previous token, in nats."""
    block, angles = model.transformer.blocks[0], model.config.angles
    normed = block.ln_1(model.transformer.wte(ids))
    queries, keys = (
        rotate(block.attn.split(projection(normed)), 0, angles)
        for projection in (block.attn.q_proj, block.attn.k_proj)
    )
    logits = queries @ keys.transpose(-1, -2) * model.config.head_dim**-0.5
    later = torch.ones(ids.shape[1], ids.shape[1], dtype=torch.bool, device=ids.device).triu(1)
    weights = logits.masked_fill(later, -torch.inf).log_softmax(dim=-1)
    loss: torch.Tensor = -weights.diagonal(-1, -2, -1).mean()
    return loss


def _inputs_by_length(plan: Plan, inputs: int) -> dict[int, int]:
    """Returns the number of inputs on which accuracy is measured after training, by length."""
    if isinstance(plan.task, MultiHop):
        longer = {n: min(inputs, max(LONGER_INPUTS, LONGER_TOKENS // n)) for n in LONGER}
        return dict.fromkeys(plan.train_lengths, inputs) | longer
    if isinstance(plan.task, Everywhere):
        return {n: min(inputs, LONGER_TOKENS // n) for n in plan.train_lengths}
    longest = max(plan.train_lengths)
    lengths = sorted({*plan.train_lengths, *(factor * longest for factor in BEYOND)})
    return dict.fromkeys(lengths, inputs)


def _sha256(metadata: dict[str, str], tensors: dict[str, torch.Tensor]) -> str:
    """Returns the sha256 of the metadata and tensors of a state, in hexadecimal."""
    digest = hashlib.sha256(json.dumps(metadata, sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        digest.update(tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
