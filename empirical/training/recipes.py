"""Defines the training runs of the shipped checkpoints."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from empirical.models.config import GPTJConfig
from empirical.models.family import FamilyConfig
from empirical.models.one_plane import OnePlaneConfig
from empirical.models.smeared import SmearedConfig
from empirical.tasks.index import IndexTask
from empirical.tasks.index_and_retrieval import IndexAndRetrieval
from empirical.tasks.induction import InductionTask
from empirical.tasks.language import Language
from empirical.tasks.largest import LargestTask
from empirical.tasks.letter import LetterTask
from empirical.tasks.letter_walk import ThreeHopLetter, TwoHopLetter, UpToThreeHopLetter
from empirical.tasks.markov import Markov
from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.number import NumberTask
from empirical.tasks.number_walk import ThreeHopNumber, TwoHopNumber
from empirical.tasks.python_source import ALPHABET, PythonSource
from empirical.tasks.retrieval import RetrievalTask
from empirical.tasks.segments import Segments
from empirical.tasks.task import Task
from empirical.tasks.walks_anywhere import WalksAnywhere
from empirical.training.plan import Plan
from empirical.training.walk_loss import WalkLoss
from theory.refusal import Refusal


def one_head(task: Task, width: int, rotary_dim: int | None = None, layers: int = 1) -> GPTJConfig:
    """Returns blocks of one head with ``rotary_dim`` rotated dimensions, by default all."""
    rotary = width if rotary_dim is None else rotary_dim
    return GPTJConfig(len(task.entries), n_embd=width, n_layer=layers, n_head=1, rotary_dim=rotary)


def _pairs(letters: Sequence[str], digits: int) -> tuple[tuple[str, str | int], ...]:
    return tuple((first, second) for first in letters for second in (*letters, *range(digits)))


def _one_layer(task: Task, width: int, **changes: Any) -> Plan:
    """Returns a plan for one layer, trained on 10 to 32 tokens."""
    return Plan(task, one_head(task, width), train_lengths=tuple(range(10, 33)), **changes)


def _several_heads(task: Task, heads: int, width: int) -> Plan:
    """Returns a plan for one layer of several heads, whose dimensions are all rotated."""
    model = replace(one_head(task, width, rotary_dim=width // heads), n_head=heads)
    return Plan(task, model, train_lengths=tuple(range(10, 33)))


def _largest(numbers: int) -> Plan:
    """Returns a plan for attention alone that is to be right on every input of some numbers."""
    task = LargestTask(tuple(range(64)))
    return Plan(
        task,
        replace(one_head(task, width=64), n_inner=1),
        train_lengths=(numbers,),
        steps=2500,
        batch_size=256,
        attention_only=True,
    )


def _python() -> Plan:
    """Returns a plan for one layer that reads Python source."""
    task = PythonSource(ALPHABET)
    return Plan(
        task,
        one_head(task, width=64),
        train_lengths=(64,),
        steps=1200,
        batch_size=32,
    )


def _controlled(task: MultiHop, learning_rate: float = 1e-4) -> Plan:
    """Returns the plan of urrutia2026heads, App. B; its rate is 1e-4."""
    model = replace(
        one_head(task, width=128, layers=12),
        n_positions=8192,
        embd_pdrop=0.1,
        attn_pdrop=0.1,
        resid_pdrop=0.1,
    )
    return Plan(
        task,
        model,
        train_lengths=(task.ATOMIC,),
        steps=6000,
        batch_size=64,
        learning_rate=learning_rate,
        snapshots=(*range(0, 6001, 50), *range(6250, 12001, 250)),
    )


def _one_plane(factor: float) -> Plan:
    """Returns a plan for Index at 33 tokens, angle ``factor · π/33`` (urrutia2025decoupling)."""
    task = IndexTask((*"abcdefghijklmnop", *range(1, 33)))
    angle = factor * math.pi / 33
    model = OnePlaneConfig(
        len(task.entries), n_embd=32, n_layer=1, n_head=1, rotary_dim=2, angle=angle
    )
    return Plan(task, model, train_lengths=(33,))


def _induction(task: Language, layers: int, length: int = 64, **changes: Any) -> Plan:
    """Returns a plan for layers of four heads of 16 dimensions, half of them rotary.

    A snapshot is saved every 25 steps.
    """
    kind = SmearedConfig if changes.pop("smeared", False) else GPTJConfig
    attention_only = changes.setdefault("attention_only", True)
    model = kind(
        len(task.entries),
        n_embd=64,
        n_layer=layers,
        n_head=4,
        rotary_dim=8,
        n_inner=1 if attention_only else 128,
    )
    return Plan(
        task,
        model,
        train_lengths=(length,),
        steps=1200,
        batch_size=32,
        snapshots=tuple(range(0, 1201, 25)),
        **changes,
    )


def _family(family: str, **changes: Any) -> Plan:
    """Returns a plan for both one-hop tasks and two layers of four heads."""
    task = IndexAndRetrieval((*NAMES, *range(1, 9), *_pairs("abcdef", 4)))
    model = FamilyConfig(
        len(task.entries), n_embd=128, n_layer=2, n_head=4, n_inner=256, family=family, **changes
    )
    lengths = tuple(range(10, 33))
    return Plan(task, model, lengths, steps=1000, batch_size=128, learning_rate=1e-3)


def _circuit(**changes: Any) -> Plan:
    """Returns a plan for two layers of one head, half of it rotary, that is to be certified."""
    model = GPTJConfig(16, n_embd=64, n_layer=2, n_head=1, rotary_dim=32, n_inner=1)
    return Plan(
        InductionTask(tuple("abcdefghijklmnop")),
        model,
        attention_only=True,
        **changes,
    )


def _inductions() -> dict[str, Plan]:
    """Returns plans for models in which induction heads can form or cannot (olsson2022induction).

    In three layers and beside MLPs they form later, and on sixteen letters not in every run within
    these steps; such models read ten letters.
    """
    segments = Segments((*"abcdefghijklmnop", *"ABCDEFGHIJKLMNOP"))
    fewer = Segments((*"abcdefghij", *"ABCDEFGHIJ"))
    return {
        **{f"induction-{n}": _induction(segments, n) for n in (1, 2)},
        "induction-3": _induction(fewer, 3),
        **{f"induction-{n}-mlp": _induction(fewer, n, attention_only=False) for n in (1, 2, 3)},
        **{f"induction-{n}-smeared": _induction(segments, n, smeared=True) for n in (1, 2)},
        "induction-circuit": _circuit(
            train_lengths=(16, 64, 256, 256),
            steps=1500,
            batch_size=16,
            first_shift=1.5,
            margin=20.0,
        ),
        "induction-circuit-helped": _circuit(
            train_lengths=(8, 16, 32, 64, 128), steps=3000, batch_size=32, previous_token=0.1
        ),
        "induction-2-markov": _induction(Markov(tuple("abcdefghijklmnop")), 2),
        "induction-2-python": _induction(PythonSource(ALPHABET), 2, length=128),
    }


def _hops(
    task: WalksAnywhere, rotary_dim: int, asked: WalkLoss, *, bare: bool, steps: int = 2500
) -> Plan:
    """One layer of one head per hop, to be proved right on every input.

    A bare one is attention alone: its LayerNorms divide by a constant, and it has no MLPs. The
    other is a GPT-J.
    """
    model = replace(
        one_head(task, width=64, rotary_dim=rotary_dim, layers=task.HOPS),
        n_inner=1 if bare else 128,
        layer_norm_epsilon=0.5 if bare else 1e-5,
    )
    return Plan(
        task,
        model,
        train_lengths=tuple(range(8, 33)),
        steps=steps,
        batch_size=64 if asked.bound else 128,
        learning_rate=2e-3,
        attention_only=bare,
        stream=2.0**-12 if bare else 1.0,
        walk_loss=asked,
    )


def _walks() -> dict[str, Plan]:
    """Networks of walks: towards a certificate, and plain ones beside them."""
    pairs, numbers = _pairs("abcdef", 4), (*"abcdefghijkl", *range(1, 9))
    tasks: dict[str, tuple[WalksAnywhere, int]] = {
        "letter-2": (TwoHopLetter(pairs), 16),
        "letter-3": (ThreeHopLetter(pairs), 16),
        "letter-1-to-3": (UpToThreeHopLetter(pairs), 16),
        "number-2": (TwoHopNumber(numbers), 64),
        "number-3": (ThreeHopNumber(numbers), 64),
    }
    plain, asked = WalkLoss(), WalkLoss(attention=0.3, composition=1.0, lead_weight=0.1, bound=0.5)
    plans = {}
    for name, (task, rotary_dim) in tasks.items():
        steps, begin, longest = BOUNDED[name]
        bounded = replace(asked, bound_from=begin, bound_length=longest)
        for kind, bare in (("bare", True), ("gptj", False)):
            run = f"hops-{name}-{kind}"
            plans[run] = _hops(task, rotary_dim, bounded, bare=bare, steps=steps)
            plans[f"{run}-plain"] = _hops(task, rotary_dim, plain, bare=bare)
    return plans


BOUNDED = {
    "letter-2": (1600, 400, 64),
    "letter-3": (2400, 300, 80),
    "letter-1-to-3": (2000, 300, 64),
    "number-2": (1600, 400, 64),
    "number-3": (1600, 300, 64),
}
"""Steps, the step from which on the bound is asked for, and of how many tokens it is at last."""
FACTORS = (0.0, 0.01, 0.1, 0.25, 0.4, 0.5, 0.8, 1.0, 1.5, 2.0)
"""Angles in units of π/n, those of urrutia2025decoupling for inputs of n = 33 tokens."""
NAMES = tuple(chr(97 + n) for n in range(26)) + tuple(
    chr(97 + n // 26) + chr(97 + n % 26) for n in range(94)
)
"""The 120 letters of the number task: a to z, then aa to dp."""
NUMBER_TASK = NumberTask((*NAMES, *range(1, 17)))
LETTER_TASK = LetterTask(_pairs("abcdefgh", 8))

INDEX = IndexTask((*"abcdefghijkl", *range(1, 9)))
RETRIEVAL = RetrievalTask(_pairs("abcdef", 4))

PLANS = {
    "index": _one_layer(INDEX, width=32),
    "retrieval": _one_layer(RETRIEVAL, width=64),
    "index-full": _one_layer(IndexTask((*NAMES, *range(1, 17))), width=128),
    "retrieval-full": _one_layer(RetrievalTask(_pairs("abcdefgh", 8)), width=128),
    "index-2-heads": _several_heads(INDEX, heads=2, width=32),
    **{f"index-{heads}-heads": _several_heads(INDEX, heads, 64) for heads in (4, 8)},
    **{f"retrieval-{heads}-heads": _several_heads(RETRIEVAL, heads, 64) for heads in (2, 4, 8)},
    "python": _python(),
    **{f"largest-{numbers}": _largest(numbers) for numbers in (4, 8)},
    "number": _controlled(NUMBER_TASK),
    "letter": _controlled(LETTER_TASK),
    "number-5e-4": _controlled(NUMBER_TASK, learning_rate=5e-4),
    "letter-5e-4": _controlled(LETTER_TASK, learning_rate=5e-4),
    **_inductions(),
    **_walks(),
    "llama": _family("llama", rotary_dim=32, n_key_head=2),
    "gpt-neox": _family("gpt_neox", rotary_dim=16),
    **{f"one-plane-{factor}": _one_plane(factor) for factor in FACTORS},
}
"""The training runs of the shipped checkpoints, by the name that ``ropeproof train`` takes."""


def plan_for(
    name: str,
    *,
    steps: int | None = None,
    seed: int | None = None,
    width: int | None = None,
    rotary_dim: int | None = None,
    half: bool = False,
) -> Plan:
    """Returns the plan of a shipped run, with some settings changed.

    Args:
        name: of the run, a key of ``PLANS``.
        steps: number of batches; snapshots beyond it are dropped.
        seed: of weights and data.
        width: of the residual stream; all dimensions of a head are then rotated.
        rotary_dim: number of leading dimensions of each head that are rotated.
        half: whether the trained weights are rounded to float16.

    Returns:
        The plan; settings that are not given are those of the shipped run.

    Raises:
        Refusal: no plan has this name, or a number is out of range.
    """
    if name not in PLANS:
        raise Refusal(f"no training run is called {name!r}: choose one of {', '.join(PLANS)}")
    plan = PLANS[name]
    model = plan.model
    if width is not None:
        model = replace(model, n_embd=width, rotary_dim=width // model.n_head)
    if rotary_dim is not None:
        model = replace(model, rotary_dim=rotary_dim)
    steps = plan.steps if steps is None else steps
    return replace(
        plan,
        steps=steps,
        seed=plan.seed if seed is None else seed,
        model=model,
        snapshots=tuple(step for step in plan.snapshots if step <= steps),
        half=half,
    )
