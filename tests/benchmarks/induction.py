"""Certificates of induction in two layers against random inputs, and their cost by length.

``python tests/benchmarks/induction.py [DIR…]`` prints one line per model and length: random inputs
whose sum lies below the bound (there must be none), inputs of PROVED groups that the model gets
wrong (none either), and seconds of processor time for all groups. ``DIR…`` are further models.
"""

import sys
import time
from pathlib import Path

import numpy as np

from empirical.certificates.induction.prover import InductionProver
from empirical.files import checkpoint
from empirical.recheck.certificate import Verdict
from empirical.shipped.checkpoints import circuits
from tests.empirical.certificates import planted

LENGTHS = (8, 32, 64)
INPUTS = 100
"""Random inputs for each of twenty ends of an input."""


def compare(directory: Path) -> None:
    """Print the lines of one model."""
    model = checkpoint.read(directory)
    prover, tokens = InductionProver(model), model.config.vocab_size
    ends = [(k % tokens, (3 * k + 1 + k // tokens) % tokens) for k in range(24)]
    ends = [end for end in ends if end[0] != end[1]][:20]
    for length in LENGTHS:
        start, contexts = time.process_time(), prover.contexts(length)
        rows = prover.certify(contexts, lambda done, total: None)["rows"]
        seconds = time.process_time() - start
        below, seen = planted.violations(contexts, model, INPUTS, ends)
        proved = {
            (row["previous"], row["query"], row["answer"])
            for row in rows
            if row["verdict"] == Verdict.PROVED
        }
        wrong, rng = 0, np.random.default_rng(length)
        for end in ends:
            inputs = planted.drawn(rng, tokens, INPUTS, end, length)
            answers = planted.answers(inputs)
            told = planted.run(model, inputs)["logits"].argmax(axis=1)
            mine = np.array([(*end, answer) in proved for answer in answers.tolist()])
            wrong += int((mine & (told != answers)).sum())
        print(
            f"{directory.name} at {length}: {below} of {seen} below the bound, {wrong} wrong, "
            f"{len(proved)} of {len(rows)} proved in {seconds:.1f} s"
        )
        if below or wrong:
            raise SystemExit(1)


if __name__ == "__main__":
    for path in [*circuits(), *map(Path, sys.argv[1:])]:
        compare(path)
