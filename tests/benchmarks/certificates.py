"""Certificates against running every input, and their cost by length, in one run.

``python tests/benchmarks/certificates.py [DIR…]`` prints one line per comparison, in seconds of
processor time; verdicts are compared before times are. ``DIR…`` are further one-layer Index
checkpoints to time, such as one of the full vocabulary of urrutia2026heads (136 tokens). At n = 7
all 38.4 million inputs are run, none is sampled. auto_LiRPA is left out: its release on PyPI, 0.3,
asks for torch below 1.13.
"""

import resource
import sys
import time
from pathlib import Path

import numpy as np
import torch

from empirical.certificates.one_layer.prover import Prover
from empirical.certificates.one_layer.worst_case import quick_terms, sweep
from empirical.files import checkpoint
from empirical.models.gptj import GPTJ
from empirical.recheck.certificate import Verdict
from empirical.shipped.checkpoints import shipped
from empirical.tasks.task import Domain

AT_ONCE = 1 << 15
LONGEST = 4096


@torch.inference_mode()
def always_right(model: GPTJ, domain: Domain, answer: int, length: int) -> bool:
    """Run every input of an Index domain with one answer, a batch at a time."""
    others = torch.from_numpy(domain.others)
    inputs = torch.empty((AT_ONCE, length), dtype=torch.long)
    inputs[:, length - 1 - domain.distances.start] = answer
    inputs[:, -1] = domain.query
    free = [j for j in range(length - 1) if j != length - 1 - domain.distances.start]
    count = len(others) ** len(free)
    for start in range(0, count, AT_ONCE):
        number = torch.arange(start, min(count, start + AT_ONCE))
        for place in free:
            inputs[: len(number), place] = others[number % len(others)]
            number = number // len(others)
        answers = model(inputs[: len(number)], last_only=True)[:, 0].argmax(dim=1)
        if not bool((answers == answer).all()):
            return False
    return True


def against_brute_force(prover: Prover, model: GPTJ, length: int, queries: int) -> None:
    """All answers of some queries at a length, both ways; all rows are true, so none ends early."""
    domains = prover.domains(length)[:queries]
    start = time.process_time()
    rows = [(d, row) for d in domains for row in prover.rows(d.query, length)]
    quick = time.process_time() - start
    start = time.process_time()
    for domain, row in rows:
        if always_right(model, domain, row.answer, length) != (row.verdict is Verdict.PROVED):
            raise SystemExit(f"query {row.query}, answer {row.answer}: verdicts differ")
    slow = time.process_time() - start
    inputs = len(rows) * len(domains[0].others) ** (length - 2)
    title = f"n = {length}, {len(rows)} rows, {inputs:,} inputs: certificate, running all"
    print(f"{title:64} {quick:8.4f} {slow:9.2f} {slow / quick:10,.0f} times", flush=True)


def to_the_horizon(path: Path) -> None:
    """Every row at the trained length, every horizon, and every row one beyond it."""
    start = time.process_time()
    model = checkpoint.read(path)
    prover = Prover(model)
    built = time.process_time() - start
    assert model.task is not None
    length = min(model.task.train_lengths)
    start = time.process_time()
    rows = [row for d in prover.domains(length) for row in prover.rows(d.query, length)]
    at_length = time.process_time() - start
    start = time.process_time()
    reaches = [prover.reach(d.query, LONGEST) for d in prover.domains(LONGEST)]
    reached = time.process_time() - start
    for reach in reaches:
        ends = [reach.longest, *([reach.longest + 1] if reach.beyond else [])]
        rows += [row for n in ends for row in prover.rows(reach.query, n)]
    undecided = sum(row.verdict is Verdict.UNDECIDED for row in rows)
    print(
        f"{path.name}: tables {built:.2f}, all rows at n = {length} {at_length:.2f}, horizons to "
        f"{LONGEST} {reached:.2f}; {undecided} of {len(rows)} rows undecided there, at each "
        f"horizon and one beyond; {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB"
        " so far",
        flush=True,
    )


def by_length(prover: Prover, lengths: list[int]) -> None:
    """Seconds for the bounds of all queries and pairs, at every length up to each."""
    seconds = []
    for length in lengths:
        start = time.process_time()
        for domain in prover.domains(length):
            tables = prover.model.tables(domain.query)
            pairs = prover.pairs(tables, domain)
            for _ in sweep(tables, domain, pairs, length, quick_terms(pairs.values, domain.others)):
                pass
        seconds.append(time.process_time() - start)
        print(f"{f'all bounds of all queries, lengths to {length}':64} {seconds[-1]:8.2f}")
    exponent = np.polyfit(np.log(lengths), np.log(seconds), 1)[0]
    print(f"time grows like n^{exponent:.2f}", flush=True)


def main() -> None:
    """Run all comparisons."""
    trained = checkpoint.read(next(path for path in shipped() if path.name == "index-1layer"))
    prover = Prover(trained)
    model = GPTJ(trained.config)
    model.load_state_dict({name: torch.from_numpy(w) for name, w in trained.weights.items()})
    model.eval()
    for length, queries in ((3, 8), (4, 8), (5, 8), (6, 8), (7, 1)):
        against_brute_force(prover, model, length, queries)
    for path in (*shipped(), *map(Path, sys.argv[1:])):
        to_the_horizon(path)
    by_length(prover, [10**4, 10**5, 10**6])
    for path in map(Path, sys.argv[1:]):
        by_length(Prover(checkpoint.read(path)), [1024, 2048, 4096])


if __name__ == "__main__":
    main()
