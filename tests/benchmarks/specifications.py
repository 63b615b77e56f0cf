"""Index and Retrieval as specifications against the tasks themselves, with the check, in one run.

``python tests/benchmarks/specifications.py`` prints one line per model and length, in seconds of
processor time; verdicts are compared before times are. Each is the least of three turns.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

from empirical.certificates.document import Checked, checked
from empirical.certificates.one_layer.prover import Prover, certify
from empirical.certificates.specified.prover import SpecifiedProver
from empirical.certificates.specified.starting import starting_specification
from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.recheck.fields import Field
from empirical.recheck.specification import parsed_specification
from empirical.shipped.checkpoints import shipped

TURNS = 3


def quiet(done: int, total: int) -> None:
    """Say nothing of progress."""


def of_task(checkpoint: Checkpoint, length: int) -> Checked:
    """The rows of the checkpoint's task, checked."""
    return checked(
        certify(Prover(checkpoint), checkpoint.sha256, length, None, quiet), checkpoint.path
    )


def of_specification(checkpoint: Checkpoint, length: int) -> Checked:
    """The cases of the same task as a specification, checked."""
    document = starting_specification(checkpoint)
    for group in document["groups"]:
        group["lengths"] = [length, length]
    specification = parsed_specification(Field("benchmark", "", document))
    return checked(SpecifiedProver(checkpoint, specification).certify(quiet), checkpoint.path)


def timed(certified: Callable[[Checkpoint, int], Checked], *given: Any) -> tuple[Checked, float]:
    """What comes out, and the least seconds of a few turns."""
    seconds = []
    for _ in range(TURNS):
        start = time.process_time()
        outcome = certified(*given)
        seconds.append(time.process_time() - start)
    return outcome, min(seconds)


def verdicts(rows: Iterable[Any]) -> dict[tuple[int, int], str]:
    """By query and answer."""
    return {(row.query, row.answer): str(row.verdict) for row in rows}


def main() -> None:
    """Compare both on the shipped models of one layer."""
    for name, lengths in (("index-1layer", (32, 61)), ("retrieval-1layer", (32, 64))):
        model = checkpoint.read(next(path for path in shipped() if path.name == name))
        for length in lengths:
            task, slow = timed(of_task, model, length)
            specification, quick = timed(of_specification, model, length)
            mine = verdicts(specification.certificate.claims.rows)
            if mine != verdicts(task.certificate.claims.rows):
                raise SystemExit(f"{name} at {length} tokens: verdicts differ")
            proved = [*mine.values()].count("PROVED")
            print(
                f"{name} at {length} tokens, {proved} of {len(mine)} rows proved: task "
                f"{slow:.2f}, specification {quick:.2f}, {quick / slow:.2f} times",
                flush=True,
            )


if __name__ == "__main__":
    main()
