"""Small models drawn to break a certificate: ordinary ones, and whatever may upset arithmetic.

Every kind is a function that changes the weights of an ordinary random model; a *blend* applies
two kinds, one after the other. All weights stay finite float32 numbers.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint, TaskRecord
from empirical.models.config import GPTJConfig
from empirical.models.one_plane import OnePlaneConfig
from empirical.tasks.task import Entry

TASKS: dict[str, tuple[tuple[Entry, ...], ...]] = {
    "index": (
        ("a", "b", 1),
        ("a", "b", None, 1, 2),
        ("a", 1, "b", 2, 3),
        ("a", "b", "c", 1, 4),
        ("a", "b", "c", "d", 1, 2, 3),
        (1, "a", "b", "c", 2, None, "d", "e", 3),
    ),
    "retrieval": (
        (("a", "b"), ("b", "a"), ("c", 1)),
        (("a", "b"), ("b", "a"), None, ("b", 1), ("a", 0), ("c", "b")),
        (("a", "b"), ("b", "a"), ("a", 1), ("b", 1), ("c", "a"), ("c", "b"), ("a", "c")),
    ),
}
LENGTHS = (2, 3, 4)
LARGEST = 2.0**120
"""Weights are kept below this in size, so that float32 holds them."""

Arrays: TypeAlias = dict[str, np.ndarray]
Change: TypeAlias = Callable[[np.random.Generator, "Draft"], None]


@dataclass
class Draft:
    """A model under construction.

    Attributes:
        config: its shape.
        weights: float64, by name; rounded to float32 at the end.
    """

    config: GPTJConfig
    weights: Arrays

    def __getitem__(self, name: str) -> np.ndarray:
        """The one tensor whose name ends so, such as ``q_proj.weight``."""
        (of_name,) = [array for key, array in self.weights.items() if key.endswith(name)]
        return of_name


def checkpoint_of(rng: np.random.Generator, kind: str, heads: int) -> Checkpoint:
    """A model of one block.

    Args:
        rng: the only source of chance.
        kind: one of ``KINDS``, or ``blend``.
        heads: attention heads.
    """
    task = str(rng.choice(sorted(TASKS)))
    entries = TASKS[task][rng.integers(len(TASKS[task]))]
    dim = int(rng.choice([2, 2, 3, 4] if heads < 3 else [2]))
    config = GPTJConfig(
        vocab_size=len(entries),
        n_embd=dim * heads,
        n_layer=1,
        n_head=heads,
        rotary_dim=int(rng.choice(range(2, dim + 1, 2))),
        n_inner=int(rng.integers(1, 4)),
        layer_norm_epsilon=float(rng.choice([1e-5, 1e-2])),
    )
    draft = Draft(config, _ordinary(rng, config))
    if rng.random() < 0.5:
        _help(rng, draft)
    names = [kind] if kind != "blend" else rng.choice(sorted(KINDS), 2, replace=False).tolist()
    for name in names:
        KINDS[name](rng, draft)
    weights = {
        name: np.clip(array, -LARGEST, LARGEST).astype(np.float32)
        for name, array in draft.weights.items()
    }
    record = TaskRecord(task, entries, (2, 3))
    return Checkpoint(Path(f"drawn-{kind}"), draft.config, weights, "", record, None)


def _ordinary(rng: np.random.Generator, config: GPTJConfig) -> Arrays:
    """Weights of about the size that training leaves, now and then without biases."""
    strength = rng.choice([0.03, 0.1, 0.4, 1.5])
    weights: Arrays = {}
    for name, shape in checkpoint.shapes(config):
        if len(shape) == 1:
            centre = float(".ln_" in name and name.endswith("weight"))
            weights[name] = rng.normal(centre, 0.2, shape)
        elif "wte" in name:
            weights[name] = rng.normal(0, 1, shape)
        else:
            gain = 2 if "q_proj" in name or "k_proj" in name else 1
            weights[name] = rng.normal(0, (gain / shape[1]) ** 0.5, shape)
    draft = Draft(config, weights)
    draft["out_proj.weight"][:] *= strength
    biases = rng.choice([0.0, 1.0, 5.0])
    draft["lm_head.bias"][:] *= biases
    draft["ln_f.bias"][:] *= biases
    return weights


def _help(rng: np.random.Generator, draft: Draft) -> None:
    """Let each token's own logit gain from attention to it, so that answers are often right."""
    centred = draft["wte.weight"] - draft["wte.weight"].mean(axis=1, keepdims=True)
    value = draft["out_proj.weight"] @ draft["v_proj.weight"]
    written = (centred * draft["ln_1.weight"]) @ value.T
    size = np.abs(written).max() or 1.0
    draft["lm_head.weight"][:] = written / size * rng.uniform(0.5, 4)
    draft["lm_head.weight"][:] += rng.normal(0, 0.1, written.shape)


def _plain(rng: np.random.Generator, draft: Draft) -> None:
    """An ordinary model as it is."""


def _scales(rng: np.random.Generator, draft: Draft) -> None:
    """Every tensor in another unit."""
    for array in draft.weights.values():
        array *= 2.0 ** rng.integers(-90, 91)


def _near_scales(rng: np.random.Generator, draft: Draft) -> None:
    """Every tensor in another unit, by factors that leave attention undecided."""
    for array in draft.weights.values():
        array *= 2.0 ** rng.integers(-8, 9)


def _one_scale(rng: np.random.Generator, draft: Draft) -> None:
    """One tensor far from the rest."""
    name = rng.choice(sorted(draft.weights))
    draft.weights[name] *= 2.0 ** rng.integers(-90, 91)


def _rows_apart(rng: np.random.Generator, draft: Draft) -> None:
    """Rows of one tensor in different units: tokens, classes or coordinates that dwarf others."""
    for name in rng.choice(sorted(draft.weights), 2, replace=False):
        array = draft.weights[name]
        units = 2.0 ** rng.integers(-60, 61, array.shape[0])
        array *= units.reshape(-1, *[1] * (array.ndim - 1))


def _sharp(rng: np.random.Generator, draft: Draft) -> None:
    """Attention logits far apart."""
    draft["q_proj.weight"][:] *= 2.0 ** rng.uniform(0, 6)
    draft["k_proj.weight"][:] *= 2.0 ** rng.uniform(0, 6)


def _far_below(rng: np.random.Generator, draft: Draft) -> None:
    """Every token scores far below the common bound: the heads look away from where they look."""
    width = draft.config.n_embd
    strength = rng.uniform(5, 30)
    draft["q_proj.weight"][:] = strength * np.eye(width)
    draft["k_proj.weight"][:] = -strength * np.eye(width)
    draft["q_proj.weight"][:] += rng.normal(0, 0.1, (width, width))
    biases = rng.choice([0.3, 3.0, 30.0])
    draft["lm_head.bias"][:] = rng.normal(0, biases, draft.config.vocab_size)


def _biases(rng: np.random.Generator, draft: Draft) -> None:
    """Final biases that bend the bound as much as attention does."""
    draft["lm_head.bias"][:] = rng.normal(0, 3, draft.config.vocab_size)
    draft["ln_f.bias"][:] = rng.normal(0, 3, draft.config.n_embd)
    draft["ln_f.weight"][:] *= rng.uniform(0.1, 3)


def _near_ties(rng: np.random.Generator, draft: Draft) -> None:
    """Two classes that differ by little more than their last digits."""
    one, two = rng.choice(draft.config.vocab_size, 2, replace=False)
    head, bias = draft["lm_head.weight"], draft["lm_head.bias"]
    by = 2.0 ** -rng.integers(4, 24)
    head[two] = head[one] * (1 + by * rng.normal(0, 1, head.shape[1]))
    bias[two] = bias[one] * (1 + by * rng.normal())


def _denormals(rng: np.random.Generator, draft: Draft) -> None:
    """Some tensors of numbers that float32 holds without its full digits."""
    for name in rng.choice(sorted(draft.weights), 2, replace=False):
        draft.weights[name] *= 2.0 ** -rng.integers(120, 146)


def _epsilon(rng: np.random.Generator, draft: Draft) -> None:
    """A LayerNorm's epsilon of any size."""
    least = rng.choice([-1074, -300, -60])
    draft.config = replace(draft.config, layer_norm_epsilon=float(2.0 ** rng.uniform(least, -0.01)))
    draft["wte.weight"][:] *= 2.0 ** rng.integers(-30, 3)


def _zero_variance(rng: np.random.Generator, draft: Draft) -> None:
    """Streams that LayerNorm makes nothing of: equal coordinates, and nothing added to them."""
    rows = rng.random(draft.config.vocab_size) < 0.7
    draft["wte.weight"][rows] = rng.normal(0, 1, (int(rows.sum()), 1))
    if rng.random() < 0.5:
        draft["fc_out.weight"][:] = 0
        draft["fc_out.bias"][:] = rng.normal()
    if rng.random() < 0.5:
        draft["out_proj.weight"][:] = draft["out_proj.weight"][:1]


def _duplicates(rng: np.random.Generator, draft: Draft) -> None:
    """Tokens that are the same vector, and now and then classes too: exact ties."""
    one, two = rng.choice(draft.config.vocab_size, 2, replace=False)
    draft["wte.weight"][two] = draft["wte.weight"][one]
    if rng.random() < 0.3:
        draft["lm_head.weight"][two] = draft["lm_head.weight"][one]
        draft["lm_head.bias"][two] = draft["lm_head.bias"][one]


def _tied(rng: np.random.Generator, draft: Draft) -> None:
    """The unembedding is the embedding."""
    draft["lm_head.weight"][:] = draft["wte.weight"]
    draft["lm_head.bias"][:] = 0


def _whole_numbers(rng: np.random.Generator, draft: Draft) -> None:
    """Few small whole numbers, many of them zero: ties and cancellations."""
    for array in draft.weights.values():
        array[...] = rng.integers(-2, 3, array.shape) * (rng.random(array.shape) < 0.6)
    draft["ln_1.weight"][:] = 1
    draft["ln_f.weight"][:] = 1


def _half(rng: np.random.Generator, draft: Draft) -> None:
    """Weights as float16 has them."""
    for array in draft.weights.values():
        array[...] = np.clip(array, -60000, 60000).astype(np.float16)


def _cancelling(rng: np.random.Generator, draft: Draft) -> None:
    """Large amplitudes of a score, or parts of a stream, that all but cancel."""
    width = draft.config.n_embd
    large = 2.0 ** rng.integers(10, 110)
    if rng.random() < 0.5:
        offset = large * rng.normal(0, 1, width)
        draft["fc_out.bias"][:] += offset
        draft["wte.weight"][:] -= offset * rng.choice([0.5, 1.0])
    else:
        key = draft["k_proj.weight"]
        key[1::2] = -key[: 2 * (width // 2) : 2] * (1 + rng.choice([0, 2.0**-20]))
        draft["q_proj.weight"][:] *= large


def _one_plane(rng: np.random.Generator, draft: Draft) -> None:
    """One plane of any angle."""
    values = asdict(draft.config) | {"rotary_dim": 2}
    angle = float(rng.choice([0.0, 1.0, np.pi, 1e-9, 1e9, 1e40, -2.5, rng.uniform(-7, 7)]))
    draft.config = OnePlaneConfig(**(values | {"angle": angle}))


KINDS: dict[str, Change] = {
    "plain": _plain,
    "scales": _scales,
    "near scales": _near_scales,
    "one scale": _one_scale,
    "rows apart": _rows_apart,
    "sharp": _sharp,
    "far below": _far_below,
    "biases": _biases,
    "near ties": _near_ties,
    "denormals": _denormals,
    "epsilon": _epsilon,
    "zero variance": _zero_variance,
    "duplicates": _duplicates,
    "tied": _tied,
    "whole numbers": _whole_numbers,
    "half": _half,
    "cancelling": _cancelling,
    "one plane": _one_plane,
}
