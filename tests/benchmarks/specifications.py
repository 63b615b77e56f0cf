"""What specifications of each form cost beside the task itself, search and check, in one run.

``python -m tests.benchmarks.specifications`` prints one line for each, in seconds of processor time
and as a ratio to the task or the model before; where both ask the same, verdicts are compared
before times are. Each is the least of three turns.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from empirical.certificates.document import Checked, checked
from empirical.certificates.one_layer.prover import certify
from empirical.certificates.several_heads.prover import prover_of
from empirical.certificates.specified.prover import SpecifiedProver
from empirical.certificates.specified.starting import starting_specification
from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.recheck.fields import Field
from empirical.recheck.specification import parsed_specification
from empirical.shipped.checkpoints import directory_named
from tests.empirical.neox_models import twin

TURNS = 3
SECONDS = 10.0
"""The most to search on one case."""
LENGTHS = (("index-1layer", (32, 61)), ("retrieval-1layer", (32, 64)))
SHORT = 16
"""Tokens of the inputs of other forms."""

Document = dict[str, Any]


def quiet(done: int, total: int) -> None:
    """Say nothing of progress."""


def of_task(checkpoint: Checkpoint, length: int) -> Checked:
    """The rows of the checkpoint's task, checked."""
    prover = prover_of(checkpoint, SECONDS)
    return checked(certify(prover, checkpoint.sha256, length, None, quiet), checkpoint.path)


def of_document(checkpoint: Checkpoint, document: Document) -> Checked:
    """The cases of a specification, checked."""
    specification = parsed_specification(Field("benchmark", "", document))
    claims = SpecifiedProver(checkpoint, specification, SECONDS).certify(quiet)
    return checked(claims, checkpoint.path)


def written_out(checkpoint: Checkpoint, length: int) -> Document:
    """The checkpoint's task, a group for each query."""
    document = starting_specification(checkpoint)
    for group in document["groups"]:
        group["lengths"] = [length, length]
    return document


def forms(checkpoint: Checkpoint, length: int) -> dict[str, Document]:
    """Index, as other groups or with something else asked of the same inputs."""
    document = written_out(checkpoint, length)
    (letters,) = document["sets"]
    places = [group["last"][0] for group in document["groups"]]
    together: Document = {
        "name": "$d back",
        "for_each": {"d": {"from": min(places), "to": max(places)}},
        "lengths": [length, length],
        "last": ["$d"],
        "others": "any",
        "answer": {"tokens": letters, "at": ["$d"]},
        "asked": {"wins": "answer"},
    }
    asked: dict[str, Any] = {
        "wins by a nat": {"wins": "answer", "by": 1},
        "weight on the answer": {"weight_on": "answer", "at_least": 0.5},
        "share of the answer": {"share": {"of": "answer", "at_least": 0.5}},
    }
    made = {"for_each": document | {"groups": [together]}}
    for name, what in asked.items():
        groups = [group | {"asked": what} for group in document["groups"]]
        made[name] = document | {"groups": groups}
    without = [
        {name: value for name, value in group.items() if name != "answer"}
        | {"from_last": {str(place): letters}, "asked": {"wins": {"one_of": letters}}}
        for group, place in zip(document["groups"], places, strict=True)
    ]
    made["one of the letters"] = document | {"groups": without}
    fixed = [
        group | {"asked": "same winner", "from_last": {str(place): ["a"]}}
        for group, place in zip(without, places, strict=True)
    ]
    made["same winner, one letter fixed"] = document | {"groups": fixed}
    return made


def timed(certified: Callable[..., Checked], *given: Any) -> tuple[Checked, float]:
    """What comes out, and the least seconds of a few turns."""
    seconds = []
    for _ in range(TURNS):
        start = time.process_time()
        outcome = certified(*given)
        seconds.append(time.process_time() - start)
    if outcome.differences:
        raise SystemExit(f"search and checker differ: {outcome.differences[0]}")
    return outcome, min(seconds)


def verdicts(rows: Iterable[Any]) -> dict[tuple[int, int], str]:
    """By query and answer."""
    return {(row.query, row.answer): str(row.verdict) for row in rows}


def told(name: str, outcome: Checked, seconds: float, beside: float) -> None:
    """Print one line."""
    counts = Counter(str(row.verdict) for row in outcome.certificate.claims.rows)
    rows = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    print(f"  {name}: {seconds:.2f} s, {seconds / beside:.2f} times; {rows}", flush=True)


def compare(name: str, length: int) -> None:
    """The task, the same as a specification, and that of its twin of another family."""
    model = checkpoint.read(directory_named(name))
    document = written_out(model, length)
    task, beside = timed(of_task, model, length)
    print(f"{name} at {length} tokens")
    told("task", task, beside, beside)
    with tempfile.TemporaryDirectory() as folder:
        for label, one in (("written out", model), ("as a GPT-NeoX", twin(Path(folder), model))):
            outcome, seconds = timed(of_document, one, document)
            if verdicts(outcome.certificate.claims.rows) != verdicts(task.certificate.claims.rows):
                raise SystemExit(f"{name} at {length} tokens, {label}: verdicts differ")
            told(label, outcome, seconds, beside)


def main() -> None:
    """Compare on the shipped models of one layer."""
    for name, lengths in LENGTHS:
        for length in lengths:
            compare(name, length)
    for heads in (2, 4):
        compare(f"several-heads/index-{heads}", SHORT)
    model = checkpoint.read(directory_named("index-1layer"))
    _, beside = timed(of_document, model, written_out(model, SHORT))
    print(f"index-1layer at {SHORT} tokens, beside the task written out")
    for form, document in forms(model, SHORT).items():
        told(form, *timed(of_document, model, document), beside)


if __name__ == "__main__":
    main()
