"""Certified accuracy: bounds of the chance that an input drawn by the task is answered rightly.

An answer loses to a rival where a sum of independent terms (``worst_case``) is at most zero, and
``tail`` bounds that chance. Over the rivals the chances add up at most; at least, those of any few
rivals do, less the chances that two of them win at once (Bonferroni), which happens only where the
two sums add up to at most zero.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64, Int

from empirical.certificates.accuracy.tail_probability import Sum, chance_at_most_zero
from empirical.certificates.arithmetic.rounding import TINY, UNIT, exp
from empirical.certificates.one_layer.branch_and_bound import Verdict
from empirical.certificates.one_layer.prover import Prover, seal
from empirical.certificates.one_layer.tables import Tables
from empirical.certificates.one_layer.worst_case import Forms, bounds_at, forms, weight_error
from empirical.tasks.task import Domain
from theory.notebook import shown

DISTRIBUTION = "query, answer, its place and every other token uniform over what the task allows"
SMALL = 2.0**-14
"""Chances below this are not told apart from none when failures are bounded from below."""
ROOM = 2.0**-20
"""Bounds are this much wider than shown, so that rounding otherwise shows them too."""


@dataclass(frozen=True)
class Accuracy:
    """Bounds of the chance that the answer has the largest logit; a tie counts as wrong.

    Attributes:
        lower: the chance is at least this.
        upper: the chance is at most this.
    """

    lower: float
    upper: float

    _repr_html_ = shown


@dataclass(frozen=True)
class Part:
    """The accuracy over the inputs of one query and one answer.

    Attributes:
        query: token id at the end.
        answer: token id that should win.
        accuracy: the bounds.
        rivals: the classes whose wins, less common wins of two, make the upper bound.
    """

    query: int
    answer: int
    accuracy: Accuracy
    rivals: tuple[int, ...] = ()

    _repr_html_ = shown

    def to_json(self) -> dict[str, Any]:
        """The part as it stands in a certificate."""
        return {
            "query": self.query,
            "answer": self.answer,
            "lower": self.accuracy.lower,
            "upper": self.accuracy.upper,
            "rivals": list(self.rivals),
        }


def mean(parts: Sequence[Accuracy]) -> Accuracy:
    """The accuracy over equally likely parts."""
    return Accuracy(
        math.fsum(part.lower for part in parts) / len(parts),
        math.fsum(part.upper for part in parts) / len(parts),
    )


def with_accuracies(
    certificate: dict[str, Any],
    prover: Prover,
    lengths: Sequence[int],
    tick: Callable[[int, int], object],
) -> dict[str, Any]:
    """A certificate that also states accuracies: at its own length and at others.

    Args:
        certificate: what ``certify`` made.
        prover: the checkpoint's.
        lengths: tokens per input, for each accuracy.
        tick: called, anew for every length, with the number of queries done and of all.

    Raises:
        Refusal: no input of a length, or tables too large.
    """
    found = [accuracy(prover, length, tick) for length in lengths]
    content = {key: value for key, value in certificate.items() if key != "seal"}
    own = [said for said in found if said["length"] == certificate["length"]]
    content["accuracy"] = own[0] if own else None
    content["accuracies"] = [said for said in found if said not in own]
    return {**content, "seal": seal(content)}


def accuracy(prover: Prover, length: int, tick: Callable[[int, int], object]) -> dict[str, Any]:
    """The accuracy of a model over the inputs of one length that its task draws (``Task.batch``).

    Args:
        prover: the checkpoint's.
        length: tokens per input.
        tick: called with the number of queries done and of all.

    Returns:
        Bounds for the task, for each query, and for each query and answer that is not always
        right, as JSON.

    Raises:
        Refusal: no input of this length, or tables too large.
    """
    domains = prover.domains(length)
    queries, parts = {}, []
    for done, domain in enumerate(domains):
        tick(done, len(domains))
        mine = list(of_query(prover, domain, length))
        queries[domain.query] = mean([part.accuracy for part in mine])
        parts += [part for part in mine if part.accuracy.lower < 1]
    return {
        "length": length,
        **vars(mean(list(queries.values()))),
        "distribution": DISTRIBUTION,
        "arithmetic": "real",
        "queries": {str(query): vars(bounds) for query, bounds in queries.items()},
        "parts": [part.to_json() for part in parts],
    }


def of_query(prover: Prover, domain: Domain, length: int) -> Iterator[Part]:
    """The accuracy for each answer of a query: 1 where the worst case is proved right."""
    laws = _Laws(prover.model.tables(domain.query), domain, length)
    for row in prover.rows_of(laws.tables, domain, length):
        if row.verdict is Verdict.PROVED:
            yield Part(domain.query, row.answer, Accuracy(1.0, 1.0))
        else:
            rivals = np.array([c for c in range(prover.classes) if c != row.answer])
            yield _part(laws, row.answer, rivals)


def _part(laws: "_Laws", answer: int, rivals: Int[np.ndarray, " rivals"]) -> Part:
    query = laws.domain.query
    ahead = laws.pairs(np.full(rivals.size, answer), rivals)
    bounds, error = bounds_at(laws.tables, laws.single(answer), ahead, laws.length)
    possible = ~(bounds > error)
    ahead, rivals = ahead.only(possible), rivals[possible]
    most = [laws.lost(answer, ahead, [i]) for i in range(rivals.size)]
    lower = max(0.0, 1 - math.fsum(most) - ROOM)
    if lower >= 1 - SMALL:
        return Part(query, answer, Accuracy(lower, 1.0))
    behind = laws.pairs(rivals, np.full(rivals.size, answer))
    least = [
        0.0 if most[i] <= SMALL else 1 - laws.lost(answer, behind, [i]) for i in range(rivals.size)
    ]
    chosen: list[int] = []
    failing = 0.0
    for i in sorted(range(rivals.size), key=least.__getitem__, reverse=True):
        if least[i] <= SMALL:
            break
        both = math.fsum(min(most[i], most[j], laws.lost(answer, ahead, [i, j])) for j in chosen)
        if both < least[i]:
            chosen.append(i)
            failing += least[i] - both
    upper = min(1.0, 1 - failing + ROOM)
    return Part(query, answer, Accuracy(lower, upper), tuple(rivals[chosen].tolist()))


class _Laws:
    """The sums of one query at one length as random variables."""

    def __init__(self, tables: Tables, domain: Domain, length: int) -> None:
        self.tables, self.domain, self.length = tables, domain, length
        self.weights = exp(tables.scores(0, length))
        own = float(self.weights[0, domain.query])
        self.heaviest = own + float(self.weights[1:, domain.others].max(axis=1).sum())
        self.slots = np.isin(np.arange(1, length), domain.distances)
        others = self.weights[1:, domain.others]
        self.streams = (others @ tables.slants[domain.others]) / domain.others.size

    def single(self, answer: int) -> Domain:
        """The inputs with one answer."""
        domain = self.domain
        return Domain(domain.query, np.array([answer]), domain.distances, domain.others)

    def pairs(self, answers: Int[np.ndarray, " pairs"], rivals: Int[np.ndarray, " pairs"]) -> Forms:
        """Lower bounds that touch the norm at the mean stream of the answer that is asked for."""
        directions = np.broadcast_to(
            self._mean_stream(), (answers.size, self.tables.slants.shape[1])
        )
        return forms(self.tables, answers, rivals, directions)

    def _mean_stream(self) -> Float64[np.ndarray, " slant"]:
        domain, slots = self.domain, self.slots
        own = self.weights[0, domain.query] * self.tables.slants[domain.query]
        answers = self.weights[1:][slots][:, domain.answers] @ self.tables.slants[domain.answers]
        placed = answers / domain.answers.size - self.streams[slots]
        stream: Float64[np.ndarray, " slant"] = own + self.streams.sum(axis=0) + placed.mean(axis=0)
        return stream

    def lost(self, answer: int, pairs: Forms, which: list[int]) -> float:
        """At most the chance that some sums, added up, are at most zero; rounds like ``sweep``."""
        domain = self.domain
        values, error = pairs.values[which].sum(axis=0), float(pairs.error[which].sum())
        size = float(np.abs(values).max()) + error
        blur = weight_error(self.tables) + (self.length + 9) * UNIT
        heaviest = self.heaviest + float(self.weights[1:, answer][self.slots].max())
        slack = 3.3 * (heaviest * (error + size * blur) + size * self.length * 64 * TINY)
        law = Sum(
            float(self.weights[0, domain.query] * values[domain.query]) - slack,
            self.weights[1:, domain.others] * values[domain.others],
            self.weights[1:, answer] * values[answer],
            self.slots,
        )
        return chance_at_most_zero(law, SMALL / 64 if len(which) > 1 else 0.0)
