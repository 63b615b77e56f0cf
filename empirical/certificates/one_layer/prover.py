"""The certificate of a checkpoint: one verdict per query and answer, and how far it reaches."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from empirical.certificates.one_layer.branch_and_bound import ProofOutcome, prove_or_refute
from empirical.certificates.one_layer.gptj import OneLayerModel
from empirical.certificates.one_layer.input_products import (
    bounds_by_place,
    open_pieces,
    open_places,
)
from empirical.certificates.one_layer.tables import Tables
from empirical.certificates.one_layer.worst_case import (
    Bounds,
    Forms,
    bounds_at,
    forms,
    open_pairs,
    sweep,
)
from empirical.files.checkpoint import Checkpoint
from empirical.recheck.certificate import Verdict
from empirical.tasks.task import Domain, OneHop
from theory.notebook import fields_as_html
from theory.refusal import Refusal

LARGEST = 1 << 26
"""Places times tokens that one table may hold: half a gigabyte of floats."""


@dataclass(frozen=True)
class Row:
    """What is known of all inputs of one length with one query and one answer.

    Attributes:
        query: token id at the end.
        answer: token id that should win.
        distance: the answer's place, in positions back; where it has several, the worst.
        length: tokens per input.
        verdict: PROVED if the answer has the largest logit on every input.
        rival: for REFUTED, the class that wins instead; for UNDECIDED, one that may.
        witness: for REFUTED, token ids of such an input, first to last.
        margin: for REFUTED, the answer's logit minus the rival's on it.
    """

    query: int
    answer: int
    distance: int
    length: int
    verdict: Verdict
    rival: int | None = None
    witness: tuple[int, ...] | None = None
    margin: float | None = None

    _repr_html_ = fields_as_html

    def to_json(self) -> dict[str, Any]:
        """The row as it stands in a certificate."""
        return {
            "query": self.query,
            "answer": self.answer,
            "distance": self.distance,
            "verdict": str(self.verdict),
            "rival": self.rival,
            "witness": None if self.witness is None else list(self.witness),
            "witness_margin": self.margin,
        }


@dataclass(frozen=True)
class Horizon:
    """How long inputs of one query may be.

    Attributes:
        query: token id at the end.
        longest: right on all inputs of every length from the query's first up to this one.
        beyond: a row of the next length that is not PROVED; none if the search ended before one.
    """

    query: int
    longest: int
    beyond: Row | None

    _repr_html_ = fields_as_html


class Prover:
    """A checkpoint with its task.

    Args:
        checkpoint: one block, one head, with a ``task.json``.

    Attributes:
        proofs: what only branch and bound over several heads has proved.

    Raises:
        Refusal: another shape, or no task.
    """

    HEADS = range(1, 2)
    arithmetic = "real"

    def __init__(self, checkpoint: Checkpoint) -> None:
        if checkpoint.config.n_head not in self.HEADS:
            raise Refusal(
                f"{checkpoint.path} has {checkpoint.config.n_head} heads: this is certified for "
                f"{self.HEADS[0]}" + f" to {self.HEADS[-1]}" * (len(self.HEADS) > 1)
            )
        task = checkpoint.recorded_task
        if task is None:
            raise Refusal(
                f"{checkpoint.path} has no task.json: add it, to say which inputs are certified"
            )
        if not isinstance(task, OneHop):
            raise Refusal(
                f"{checkpoint.path} is of the {task.name} task, which takes several layers: "
                "certify a model of a one-hop task"
            )
        self.proofs: list[dict[str, Any]] = []
        self.task = task
        self.model = OneLayerModel(checkpoint)
        self.classes = checkpoint.config.vocab_size

    def domains(self, length: int) -> list[Domain]:
        """One domain per query at a length.

        Raises:
            Refusal: there is none, or tables of that length do not fit into memory.
        """
        if length * self.classes > LARGEST:
            raise Refusal(
                f"{length} tokens are too many: ask for at most {LARGEST // self.classes}"
            )
        domains = self.task.domains(length)
        if not domains:
            raise Refusal(
                f"the {self.task.name} task has no input of {length} tokens: ask for more"
            )
        return domains

    def rows(self, query: int, length: int) -> Iterator[Row]:
        """One row per answer of a query, at one length at which it can be asked."""
        domain = next(d for d in self.domains(length) if d.query == query)
        yield from self.rows_of(self.model.tables(query), domain, length)

    def rows_of(self, tables: Tables, domain: Domain, length: int) -> Iterator[Row]:
        """The same from the query's tables and domain."""
        pairs = self.pairs(tables, domain)
        least, error = bounds_at(tables, domain, pairs, length)
        for answer in domain.answers.tolist():
            mine = pairs.answers == answer
            yield self._row(tables, domain, pairs.only(mine), least[mine], error[mine], length)

    def reach(self, query: int, longest: int) -> Horizon:
        """The horizon of a query, looked for up to a length at which it can be asked."""
        domain = next(d for d in self.domains(longest) if d.query == query)
        return self.reach_of(self.model.tables(query), domain, longest)

    def reach_of(self, tables: Tables, domain: Domain, longest: int) -> Horizon:
        """The same from the query's tables and domain."""
        pairs = self.pairs(tables, domain)
        for lengths, unsettled in open_pairs(tables, domain, pairs, longest):
            closer = pairs.only(unsettled)
            for bounds in sweep(tables, domain, closer, lengths[-1]) if unsettled.any() else ():
                for column in np.flatnonzero(~(bounds.least > bounds.error).all(axis=0)).tolist():
                    if bounds.first + column not in lengths:
                        continue
                    row = self._first_failure(tables, domain, closer, bounds, column)
                    if row is not None:
                        return Horizon(domain.query, row.length - 1, row)
        return Horizon(domain.query, longest, None)

    def _first_failure(
        self, tables: Tables, domain: Domain, pairs: Forms, bounds: Bounds, column: int
    ) -> Row | None:
        """A row of one length that is not PROVED: REFUTED if there is one."""
        least, error = bounds.least[:, column], bounds.error[:, column]
        unsettled = None
        failing = ~(least > error)
        order = np.argsort(least[failing])
        for answer in dict.fromkeys(pairs.answers[failing][order].tolist()):
            mine = pairs.answers == answer
            row = self._row(
                tables, domain, pairs.only(mine), least[mine], error[mine], bounds.first + column
            )
            if row.verdict is Verdict.REFUTED:
                return row
            if row.verdict is Verdict.UNDECIDED:
                unsettled = row
        return unsettled

    def pairs(self, tables: Tables, domain: Domain) -> Forms:
        """Every answer of a domain against every other class."""
        answers = np.repeat(domain.answers, self.classes)
        rivals = np.tile(np.arange(self.classes), domain.answers.size)
        return forms(tables, answers[answers != rivals], rivals[answers != rivals])

    def _row(
        self,
        tables: Tables,
        domain: Domain,
        pairs: Forms,
        least: Float64[np.ndarray, " pairs"],
        error: Float64[np.ndarray, " pairs"],
        length: int,
    ) -> Row:
        """The row of one answer from the bounds of all its rivals."""
        answer, order = int(pairs.answers[0]), np.argsort(least)
        undecided: int | None = None
        for pair in order[~(least > error)[order]].tolist():
            alone, rival = pairs.only(np.arange(least.size) == pair), int(pairs.rivals[pair])
            pieces = open_pieces(tables, domain, alone, length)
            outcome = prove_or_refute(tables, pieces, answer, rival)
            if outcome.witness is not None:
                return refuted(domain, answer, outcome)
            if outcome.verdict is Verdict.UNDECIDED and undecided is None:
                undecided = rival
        distance = domain.distances.start
        if len(domain.distances) > 1:
            worst = pairs.only(np.arange(least.size) == order[0])
            distance = int(bounds_by_place(tables, domain, worst, length)[0].argmin())
        verdict = Verdict.PROVED if undecided is None else Verdict.UNDECIDED
        return Row(domain.query, answer, distance, length, verdict, undecided)


def refuted(domain: Domain, answer: int, outcome: ProofOutcome) -> Row:
    """The row of an answer that loses on the witness of an outcome."""
    assert outcome.witness is not None
    length = len(outcome.witness)
    places = (np.array(outcome.witness) == answer) & open_places(domain, length)
    return Row(
        query=domain.query,
        answer=answer,
        distance=int(np.flatnonzero(places)[0]),
        length=length,
        verdict=Verdict.REFUTED,
        rival=outcome.rival,
        witness=outcome.witness[::-1],
        margin=outcome.margin,
    )


def certify(
    prover: Prover,
    sha256: str,
    length: int,
    horizon: int | None,
    tick: Callable[[int, int], object],
) -> dict[str, Any]:
    """Decide every query and answer at one length, and the horizon of every query.

    Args:
        prover: the checkpoint's.
        sha256: of its weights.
        length: tokens per input.
        horizon: the longest length at which the horizon is looked for; ``None``: it is not.
        tick: called with the number of steps done and of all steps.

    Returns:
        The certificate, as JSON; ``seal`` is the sha256 of all the rest.

    Raises:
        Refusal: no input of this length, or tables too large.
    """
    start = time.perf_counter()
    domains = prover.domains(length)
    further = [] if horizon is None else prover.domains(horizon)
    rows: list[Row] = []
    reaches: list[Horizon] = []
    steps = len(domains) + len(further)
    for done, domain in enumerate(domains):
        tick(done, steps)
        rows += prover.rows(domain.query, length)
    for done, domain in enumerate(further, start=len(domains)):
        tick(done, steps)
        reaches.append(prover.reach(domain.query, horizon or length))
    beyond = [reach.beyond for reach in reaches if reach.beyond]
    content = {
        "checkpoint_sha256": sha256,
        "task": prover.task.name,
        "length": length,
        "arithmetic": prover.arithmetic,
        "rows": [row.to_json() for row in rows],
        "proved_fraction": sum(row.verdict is Verdict.PROVED for row in rows) / len(rows),
        "horizon": {str(reach.query): reach.longest for reach in reaches},
        "beyond": [{"length": row.length, **row.to_json()} for row in beyond],
        "horizon_searched": horizon,
        "proofs": prover.proofs,
        "accuracy": None,
        "accuracies": [],
        "seconds": time.perf_counter() - start,
    }
    return {**content, "seal": seal(content)}


def seal(content: dict[str, Any]) -> str:
    """The sha256 of a certificate without its seal, keys in order and without white space."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
