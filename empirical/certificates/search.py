"""Which search answers what is asked of a checkpoint of one layer, of induction, or of walks."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from empirical.certificates.accuracy.bounds import with_accuracies
from empirical.certificates.induction.prover import InductionProver
from empirical.certificates.multi_hop.prover import MultiHopProver
from empirical.certificates.one_layer.float32_prover import Float32Prover
from empirical.certificates.one_layer.prover import Prover, certify
from empirical.certificates.several_heads.prover import prover_of
from empirical.certificates.specified.prover import SpecifiedProver
from empirical.files.checkpoint import Checkpoint
from empirical.recheck.certificate import Specified
from empirical.recheck.findings import Tick
from empirical.recheck.specification import Specification
from empirical.tasks import tasks
from empirical.tasks.induction import InductionTask
from empirical.tasks.task import Entry
from empirical.tasks.walks_anywhere import WalksAnywhere
from theory.refusal import Refusal

ARITHMETICS = (Prover.arithmetic, Float32Prover.arithmetic)


@dataclass(frozen=True)
class CertificateRequest:
    """What is asked about a checkpoint.

    Attributes:
        length: tokens per input.
        horizon: tokens of the longest inputs searched for horizons; ``None``: no horizons.
        accuracies: tokens per input of each accuracy to be bounded.
        arithmetic: one of ``ARITHMETICS``.
        seconds: with several heads, the most to search on one row.
    """

    length: int
    horizon: int | None = None
    accuracies: tuple[int, ...] = ()
    arithmetic: str = Prover.arithmetic
    seconds: float = 10.0


@dataclass(frozen=True)
class Search:
    """A search that is ready to run.

    Attributes:
        entries: what each token id stands for.
        run: searches, telling its progress, and returns what it found, which nobody has checked.
    """

    entries: tuple[Entry, ...]
    run: Callable[[Tick], dict[str, Any] | Specified]


def search_for(request: CertificateRequest, checkpoint: Checkpoint) -> Search:
    """Returns the search that answers a request, which has not begun.

    Args:
        request: what is asked.
        checkpoint: the model.

    Raises:
        Refusal: the arithmetic is unknown, or such a model cannot be asked this.
    """
    if request.arithmetic not in ARITHMETICS:
        choices = " or ".join(ARITHMETICS)
        raise Refusal(f"{request.arithmetic!r} is no known arithmetic: choose {choices}")
    if checkpoint.task is None:
        return _of_one_layer(request, checkpoint)
    kind = tasks()[checkpoint.task.name]
    if kind is InductionTask:
        _refuse_more_than_rows(request, checkpoint, "induction")
        circuit = InductionProver(checkpoint)
        return Search(
            circuit.task.entries, partial(circuit.certify, circuit.contexts(request.length))
        )
    if issubclass(kind, WalksAnywhere):
        _refuse_more_than_rows(request, checkpoint, "walks")
        walking = MultiHopProver(checkpoint)
        walking.require(request.length)
        return Search(walking.task.entries, partial(walking.certify, request.length))
    return _of_one_layer(request, checkpoint)


def search_for_specification(
    specification: Specification, checkpoint: Checkpoint, seconds: float = 10.0
) -> Search:
    """Returns the search that decides a specification, which has not begun.

    Args:
        specification: what is asked.
        checkpoint: the model.
        seconds: the most to search on one case that asks for one of several classes or a share of
            the output, or in a model of several heads for a class.

    Raises:
        Refusal: the model has another shape, or other tokens.
    """
    prover = SpecifiedProver(checkpoint, specification, seconds)
    return Search(specification.entries, prover.certify)


def _refuse_more_than_rows(request: CertificateRequest, checkpoint: Checkpoint, kind: str) -> None:
    """Raise a ``Refusal`` where more is asked than rows in real arithmetic."""
    real = request.arithmetic == Prover.arithmetic
    if request.horizon is not None or request.accuracies or not real:
        raise Refusal(
            f"{checkpoint.path} is a model of {kind}: give --length only, as its rows are all that "
            "is certified, in real arithmetic"
        )


def _of_one_layer(request: CertificateRequest, checkpoint: Checkpoint) -> Search:
    """Returns the search over a model of one layer."""
    real = request.arithmetic == Prover.arithmetic
    prover = prover_of(checkpoint, request.seconds) if real else Float32Prover(checkpoint)
    heads = checkpoint.config.n_head
    if request.accuracies and heads > 1:
        raise Refusal(f"{checkpoint.path} has {heads} heads: accuracies are bounded for one head")
    for longest in (request.length, request.horizon or request.length, *request.accuracies):
        prover.domains(longest)  # what cannot be certified is refused before anything runs

    def run(tick: Tick) -> dict[str, Any]:
        content = certify(prover, checkpoint.sha256, request.length, request.horizon, tick)
        return with_accuracies(content, prover, list(request.accuracies), tick)

    return Search(prover.task.entries, run)
