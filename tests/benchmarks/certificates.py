"""Certificates against running every input, and their cost by length, in one run.

``python tests/benchmarks/certificates.py`` prints one line per comparison; verdicts are compared
before times are.
"""

import time
from itertools import islice, product

import numpy as np
import torch

from empirical import checkpoint
from empirical.certificates.certificate import Prover
from empirical.certificates.settle import Verdict
from empirical.models.gptj import GPTJ
from empirical.shipped import shipped
from empirical.tasks.task import Domain

AT_ONCE = 1 << 14


@torch.inference_mode()
def always_right(model: GPTJ, domain: Domain, answer: int, length: int) -> bool:
    """Run every input of an Index domain with one answer."""
    choices = [domain.others.tolist()] * length
    choices[length - 1 - domain.distances.start] = [answer]
    choices[-1] = [domain.query]
    inputs = product(*choices)
    right = True
    while part := list(islice(inputs, AT_ONCE)):
        said = model(torch.tensor(part), last_only=True)[:, 0].argmax(dim=1)
        right &= bool((said == answer).all())
    return right


def against_brute_force(prover: Prover, model: GPTJ, length: int) -> None:
    """All queries and answers of a length, both ways."""
    start = time.perf_counter()
    rows = [row for d in prover.domains(length) for row in prover.rows(d.query, length)]
    quick = time.perf_counter() - start
    start = time.perf_counter()
    for row in rows:
        domain = next(d for d in prover.domains(length) if d.query == row.query)
        if always_right(model, domain, row.answer, length) != (row.verdict is Verdict.PROVED):
            raise SystemExit(f"query {row.query}, answer {row.answer}: verdicts differ")
    slow = time.perf_counter() - start
    title = f"index, n = {length}, {len(rows)} rows: certificate, every input"
    print(f"{title:58} {quick:8.3f} s {slow:8.1f} s {slow / quick:10,.0f} times")


def by_length(prover: Prover) -> None:
    """Seconds of one query's rows by length, with the fitted exponent."""
    lengths = [2**k for k in range(13, 19)]
    seconds = []
    for length in lengths:
        domain = prover.domains(length)[0]
        start = time.perf_counter()
        list(islice(prover.rows(domain.query, length), 1))
        seconds.append(time.perf_counter() - start)
        print(f"{f'index, n = {length}: one query, all bounds, one row':58} {seconds[-1]:8.3f} s")
    exponent = np.polyfit(np.log(lengths), np.log(seconds), 1)[0]
    print(f"time grows like n^{exponent:.2f}")


def main() -> None:
    """Run all comparisons."""
    found = checkpoint.read(next(path for path in shipped() if path.name == "index-1layer"))
    prover = Prover(found)
    model = GPTJ(found.config)
    model.load_state_dict({name: torch.from_numpy(w) for name, w in found.weights.items()})
    model.eval()
    for length in (3, 4, 5):
        against_brute_force(prover, model, length)
    for path in shipped():
        prover_of = Prover(checkpoint.read(path))
        start = time.perf_counter()
        reaches = [prover_of.reach(d.query, 4096) for d in prover_of.domains(4096)]
        took = time.perf_counter() - start
        ends = [reach.beyond.verdict for reach in reaches if reach.beyond]
        undecided = sum(end is Verdict.UNDECIDED for end in ends)
        title = f"{path.name}: horizons to 4096, {undecided} undecided"
        print(f"{title:58} {took:8.3f} s")
    by_length(prover)


if __name__ == "__main__":
    main()
