"""Inputs of shipped networks against what is proved of them: ``python -m`` this module runs them.

Only lengths are tried at which the table says that every walk is proved.
"""

import argparse

import numpy as np
from jaxtyping import Float64

from empirical.certificates.multi_hop.execution import logits
from empirical.certificates.multi_hop.network import WalkNetwork
from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.shipped.checkpoints import walking
from empirical.shipped.hops_table import table
from empirical.tasks.letter_walk import LetterWalk
from empirical.tasks.number_walk import NumberWalk
from tests.empirical.certificates.multi_hop import every_input, networks

HARD = 0.7
"""Share of drawn inputs that have few different tokens off the walk."""
AT_ONCE = 250
"""Inputs in one pass of the network."""


def drawn_leads(
    checkpoint: Checkpoint, length: int, size: int, seed: int
) -> Float64[np.ndarray, " n"]:
    """How far the answer leads on random and hard inputs.

    Args:
        checkpoint: a network of walks.
        length: tokens per input.
        size: number of inputs.
        seed: of the draw.
    """
    network, task = WalkNetwork(checkpoint), task_of(checkpoint)
    inputs, answers = task.drawn(np.random.default_rng(seed), size, length, HARD)
    parts = []
    for start in range(0, size, AT_ONCE):
        classes = logits(network, inputs[start : start + AT_ONCE])
        rows, right = np.arange(len(classes)), answers[start : start + AT_ONCE]
        wanted = classes[rows, right]
        classes[rows, right] = -np.inf
        parts.append(wanted - classes.max(axis=1))
    return np.concatenate(parts)


def every_lead(checkpoint: Checkpoint, length: int) -> tuple[float, int]:
    """The least lead over every input of a length, and the number of inputs."""
    task, run, least, total = task_of(checkpoint), networks.model(checkpoint), np.inf, 0
    for walk in task.walks(length):
        inputs = np.array([*every_input.every_input(task, walk, length)])
        least = min(least, float(every_input.margins(run, inputs, walk[-1]).min()))
        total += len(inputs)
    return least, total


def task_of(checkpoint: Checkpoint) -> LetterWalk | NumberWalk:
    """The task of a network of walks."""
    task = checkpoint.recorded_task
    assert isinstance(task, LetterWalk | NumberWalk)
    return task


def proved_lengths(name: str) -> list[int]:
    """Lengths at which every walk of a network is proved."""
    lengths = table()[name].lengths.items()
    return [length for length, known in lengths if known.proved == known.walks]


def main() -> None:
    """Try inputs of each network that is asked for, at its longest proved length."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("networks", nargs="*", default=sorted(table()))
    arguments.add_argument("--inputs", type=int, default=12_500, help="of each network")
    arguments.add_argument("--every", type=int, help="run every input of so many tokens instead")
    asked = arguments.parse_args()
    for path in walking():
        if path.name not in asked.networks or not proved_lengths(path.name):
            continue
        model = checkpoint.read(path)
        if asked.every is None:
            length = max(proved_lengths(path.name))
            leads = drawn_leads(model, length, asked.inputs, seed=1)
            least, total = float(leads.min()), len(leads)
        else:
            length = asked.every
            least, total = every_lead(model, length)
        print(f"{path.name} n={length}: {total} inputs, least lead {least:.2f}", flush=True)
        assert least > 0, path.name


if __name__ == "__main__":
    main()
