"""Certified accuracy: bounds of the chance that an input drawn by the task is answered rightly.

An answer loses to a rival where a sum of independent terms (``worst_case``) is at most zero, and
``tail_probability`` bounds that chance. Over the rivals the chances add up at most; at least, those
of any few rivals do, less the chances that two of them win at once (Bonferroni), which happens only
where the two sums add up to at most zero.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float64, Int

from empirical.certificates.accuracy.tail_probability import IndependentSum, chance_at_most_zero
from empirical.certificates.one_layer.input_products import open_places
from empirical.certificates.one_layer.prover import Prover, seal
from empirical.certificates.one_layer.tables import Tables
from empirical.certificates.one_layer.worst_case import (
    LOWEST,
    Allowed,
    Forms,
    Weights,
    bounds_at,
    forms,
    sum_error,
    weight_error,
)
from empirical.recheck.certificate import Verdict
from empirical.tasks.task import Domain
from theory.notebook import fields_as_html

Pairs: TypeAlias = Int[np.ndarray, " pairs"]

DISTRIBUTION = "query, answer, its place and every other token uniform over what the task allows"
SMALL = 2.0**-14
"""Chances below this are not told apart from none when failures are bounded from below."""
ROOM = 2.0**-20
"""Bounds are this much wider than shown, so that rounding otherwise shows them too."""


@dataclass(frozen=True)
class AccuracyBounds:
    """Bounds of the chance that the answer has the largest logit; a tie counts as wrong.

    Attributes:
        lower: the chance is at least this.
        upper: the chance is at most this.
    """

    lower: float
    upper: float

    _repr_html_ = fields_as_html


@dataclass(frozen=True)
class AnswerAccuracy:
    """The accuracy over the inputs of one query and one answer.

    Attributes:
        query: token id at the end.
        answer: token id that should win.
        accuracy: the bounds.
        rivals: the classes whose wins, less common wins of two, make the upper bound.
    """

    query: int
    answer: int
    accuracy: AccuracyBounds
    rivals: tuple[int, ...] = ()

    _repr_html_ = fields_as_html

    def to_json(self) -> dict[str, Any]:
        """The part as it stands in a certificate."""
        return {
            "query": self.query,
            "answer": self.answer,
            "lower": self.accuracy.lower,
            "upper": self.accuracy.upper,
            "rivals": list(self.rivals),
        }


def mean(parts: Sequence[AccuracyBounds]) -> AccuracyBounds:
    """The accuracy over equally likely parts."""
    return AccuracyBounds(
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
    accuracies = [accuracy(prover, length, tick) for length in lengths]
    content = {key: value for key, value in certificate.items() if key != "seal"}
    own = [bounds for bounds in accuracies if bounds["length"] == certificate["length"]]
    content["accuracy"] = own[0] if own else None
    content["accuracies"] = [bounds for bounds in accuracies if bounds not in own]
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


def of_query(prover: Prover, domain: Domain, length: int) -> Iterator[AnswerAccuracy]:
    """The accuracy for each answer of a query: 1 where the worst case is proved right.

    Where the query's tables are out of range, nothing is known of an answer that is not.
    """
    tables = prover.model.tables(domain.query)
    margins = MarginDistributions(tables, domain, length) if tables.in_range else None
    for row in prover.rows_of(tables, domain, length):
        if row.verdict is Verdict.PROVED:
            yield AnswerAccuracy(domain.query, row.answer, AccuracyBounds(1.0, 1.0))
        elif margins is None:
            yield AnswerAccuracy(domain.query, row.answer, AccuracyBounds(0.0, 1.0))
        else:
            rivals = np.array([c for c in range(prover.classes) if c != row.answer])
            yield _part(margins, row.answer, rivals)


def _part(margins: "MarginDistributions", answer: int, rivals: Pairs) -> AnswerAccuracy:
    """The accuracy over the inputs with one answer, from both sides."""
    query = margins.domain.query
    ahead = margins.pairs(np.full(rivals.size, answer), rivals)
    least, error = bounds_at(margins.tables, margins.single(answer), ahead, margins.length)
    possible = ~(least > error)
    ahead, rivals = ahead.only(possible), rivals[possible]
    most = [margins.chance_of_loss(answer, ahead, [i]) for i in range(rivals.size)]
    lower = max(0.0, 1 - math.fsum(most) - ROOM)
    if lower >= 1 - SMALL:
        return AnswerAccuracy(query, answer, AccuracyBounds(lower, 1.0))
    behind = margins.pairs(rivals, np.full(rivals.size, answer))
    surely = [
        0.0 if most[i] <= SMALL else 1 - margins.chance_of_loss(answer, behind, [i])
        for i in range(rivals.size)
    ]
    failing, chosen = _failing(margins, answer, ahead, most, surely)
    upper = min(1.0, 1 - failing + ROOM)
    return AnswerAccuracy(
        query, answer, AccuracyBounds(lower, upper), tuple(rivals[chosen].tolist())
    )


def _failing(
    margins: "MarginDistributions",
    answer: int,
    ahead: Forms,
    most: list[float],
    surely: list[float],
) -> tuple[float, list[int]]:
    """At least the chance that some rival wins (Bonferroni), and the rivals that show it.

    Args:
        margins: of the query.
        answer: token id.
        ahead: the forms of the answer and each rival.
        most: at most the chance that each rival wins.
        surely: at least that chance.
    """
    chosen: list[int] = []
    failing = 0.0
    for i in sorted(range(len(surely)), key=surely.__getitem__, reverse=True):
        if surely[i] <= SMALL:
            break
        both = math.fsum(
            min(most[i], most[j], margins.chance_of_loss(answer, ahead, [i, j])) for j in chosen
        )
        if both < surely[i]:
            chosen.append(i)
            failing += surely[i] - both
    return failing, chosen


class MarginDistributions:
    """The sums of one query at one length as random variables.

    Args:
        tables: of the query, in range.
        domain: what may stand where.
        length: tokens per input.
    """

    def __init__(self, tables: Tables, domain: Domain, length: int) -> None:
        self.tables, self.domain, self.length = tables, domain, length
        parts = Weights.of(tables, 0, length)
        top = parts.top(self._choices(parts.mantissas.shape))
        self.weights = parts.over(LOWEST if top is None else top)
        self.slots = np.isin(np.arange(1, length), domain.distances)
        own, others = self.weights[0, domain.query], self.weights[1:, domain.others]
        self.heaviest = float(own) + float(others.max(axis=1).sum())
        self.streams = (others @ tables.slants[domain.others]) / domain.others.size

    def _choices(self, shape: tuple[int, ...]) -> Allowed:
        """What may stand at each place."""
        domain, choices = self.domain, np.zeros(shape, dtype=bool)
        choices[1:, domain.others] = True
        choices[np.ix_(open_places(domain, self.length), domain.answers)] = True
        choices[0] = False
        choices[0, domain.query] = True
        return choices

    def single(self, answer: int) -> Domain:
        """The inputs with one answer."""
        return replace(self.domain, answers=np.array([answer]))

    def pairs(self, answers: Pairs, rivals: Pairs) -> Forms:
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

    def chance_of_loss(self, answer: int, pairs: Forms, which: list[int]) -> float:
        """At most the chance that some sums, added up, are at most zero; rounds like ``sweep``.

        Args:
            answer: token id.
            pairs: forms.
            which: of them.
        """
        domain = self.domain
        values, error = pairs.values[which].sum(axis=0), float(pairs.error[which].sum())
        size = float(np.abs(values).max()) + error
        heaviest = self.heaviest + float(self.weights[1:, answer][self.slots].max())
        relative = weight_error(self.tables)
        slack = float(sum_error(heaviest, size, error, relative, self.length + 1))
        law = IndependentSum(
            float(self.weights[0, domain.query] * values[domain.query]) - slack,
            self.weights[1:, domain.others] * values[domain.others],
            self.weights[1:, answer] * values[answer],
            self.slots,
        )
        return chance_at_most_zero(law, SMALL / 64 if len(which) > 1 else 0.0)
