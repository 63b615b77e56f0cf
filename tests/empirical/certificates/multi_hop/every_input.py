"""Every input of tiny tasks against the certificate: ``python -m`` this module runs a million."""

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import permutations, product
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float64, Int64

from empirical.certificates.multi_hop.prover import MultiHopProver, WalkVerdict
from empirical.files.checkpoint import Checkpoint
from empirical.models.gptj import GPTJ
from empirical.recheck.certificate import Verdict
from empirical.tasks.letter_walk import LetterWalk
from empirical.tasks.number_walk import NumberWalk
from empirical.training import trainer
from tests.empirical.certificates.multi_hop import networks

AT_ONCE = 1 << 14
"""Inputs in one pass of the model."""

Inputs = Int64[np.ndarray, "inputs length"]


def every_input(
    task: LetterWalk | NumberWalk, walk: tuple[int, ...], length: int
) -> Iterator[tuple[int, ...]]:
    """All inputs of one walk, one after the other."""
    last = length - 1
    if isinstance(task, NumberWalk):
        jumps = [int(task.jumps[token]) for token in walk[:-1]]
        placements = [tuple(last - sum(jumps[:k]) for k in range(len(walk)))]
        others = task.tokens.tolist()
    else:
        placements = [(last, *rest) for rest in permutations(range(last), len(walk) - 1)]
        others = np.flatnonzero(task.off(walk)).tolist()
    for places in placements:
        free = [place for place in range(length) if place not in places]
        for fill in product(others, repeat=len(free)):
            tokens = [-1] * length
            for place, token in (*zip(places, walk, strict=True), *zip(free, fill, strict=True)):
                tokens[place] = token
            yield tuple(tokens)


@torch.inference_mode()
def margins(run: GPTJ, inputs: Inputs, answer: int) -> Float64[np.ndarray, " inputs"]:
    """How far an answer leads over the best other class on each input."""
    parts = []
    for start in range(0, len(inputs), AT_ONCE):
        logits = run(torch.from_numpy(inputs[start : start + AT_ONCE]), last_only=True)[:, 0]
        others = logits.clone()
        others[:, answer] = -torch.inf
        parts.append((logits[:, answer] - others.max(dim=1).values).numpy())
    return np.concatenate(parts)


def compare(checkpoint: Checkpoint, length: int) -> tuple[Counter[str], int]:
    """Run every input of a length against the verdicts of the prover.

    Returns:
        How many walks have each verdict, and how many are right although they are not PROVED; and
        the number of inputs.

    Raises:
        AssertionError: a verdict is contradicted.
    """
    prover = MultiHopProver(checkpoint)
    rows = {row.tokens: row for row in prover.decide(length)}
    run, total, tally = networks.model(checkpoint), 0, Counter[str]()
    for walk, row in rows.items():
        inputs = np.array([*every_input(prover.task, walk, length)])
        leads = margins(run, inputs, walk[-1])
        total += len(inputs)
        tally[str(row.verdict)] += 1
        tally["right"] += int(leads.min() > 0)
        _held(row, inputs, leads)
    return tally, total


def _held(row: WalkVerdict, inputs: Inputs, leads: Float64[np.ndarray, " inputs"]) -> None:
    if row.verdict is Verdict.PROVED:
        assert leads.min() > 0, row
    if row.verdict is Verdict.REFUTED:
        mine = (inputs == np.array(row.witness)).all(axis=1)
        assert mine.sum() == 1, row
        assert leads[mine][0] < 0, row
        assert row.margin is not None
        assert abs(row.margin - leads[mine][0]) <= 1e-8 * max(1.0, abs(row.margin)), row


def half_trained(kind: str, folder: Path, *, bare: bool, steps: int, seed: int) -> list[Checkpoint]:
    """A tiny network on its way, after a quarter, a half and all of its steps."""
    run = networks.plan(kind, bare=bare, steps=steps, seed=seed)
    trainer.train(run, folder, evaluation_inputs=1)
    files = sorted((folder / trainer.SNAPSHOTS).iterdir())
    return [networks.with_weights(folder, file) for file in files]


LENGTHS = {
    "letter-2-hops": (3, 5, 6),
    "letter-3-hops": (4, 6),
    "letter-1-to-3-hops": (4, 5),
    "number-2-hops": (3, 6, 7),
    "number-3-hops": (4, 7),
}


def main() -> None:
    """Train tiny networks of each kind and hold every verdict against every input."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--inputs", type=int, default=1_000_000)
    arguments.add_argument("--steps", type=int, default=400)
    asked = arguments.parse_args()
    total, seed = 0, 0
    while total < asked.inputs:
        for kind in networks.KINDS:
            for bare in (True, False):
                with tempfile.TemporaryDirectory() as folder:
                    snapshots = half_trained(
                        kind, Path(folder) / "run", bare=bare, steps=asked.steps, seed=seed
                    )
                for number, snapshot in enumerate(snapshots):
                    for length in LENGTHS[kind]:
                        tally, inputs = compare(snapshot, length)
                        total += inputs
                        title = f"{kind} bare={bare} seed {seed} snapshot {number} n={length}"
                        print(
                            f"{title}: {inputs} inputs, {dict(tally)}, {total} in all", flush=True
                        )
        seed += 1


if __name__ == "__main__":
    main()
