"""What a certificate claims, as far as the kernel is asked about it."""

from dataclasses import dataclass

from empirical.recheck.certificate import Certificate, OneHop, Refutation, Row, Verdict
from empirical.recheck.task import Domain, Task
from theory.refusal import Refusal


@dataclass(frozen=True)
class Wrong:
    """An input that is answered wrongly.

    Attributes:
        length: its tokens.
        query: the last of them.
        answer: the token asked for.
        refutation: the input, and a class above the answer.
    """

    length: int
    query: int
    answer: int
    refutation: Refutation


@dataclass(frozen=True)
class Claims:
    """What is to be shown of a model on a task of one hop.

    Attributes:
        task: which inputs are meant.
        length: tokens of the inputs that ``right`` and ``all_right`` speak of.
        horizons: by query, up to which length it is answered rightly, where that is possible.
        right: queries and answers of that length that are always answered rightly.
        all_right: whether these are all there are.
        up_to: the length up to which every input is answered rightly; 0 if there is none.
        wrong: inputs that are answered wrongly.
    """

    task: Task
    length: int
    horizons: dict[int, int]
    right: tuple[tuple[int, int], ...]
    all_right: bool
    up_to: int
    wrong: tuple[Wrong, ...]

    @property
    def queries(self) -> list[int]:
        """The queries of which anything is claimed."""
        wrong = {w.query for w in self.wrong}
        return sorted({*self.horizons, *(query for query, _ in self.right), *wrong})

    @property
    def longest(self) -> int:
        """The longest input that anything is claimed of."""
        of_right = [self.length] if self.right else []
        return max([*self.horizons.values(), *of_right, *(w.length for w in self.wrong)])

    @property
    def whole_length(self) -> bool:
        """Whether every input of ``length`` is answered rightly, and ``up_to`` does not say so."""
        return self.all_right and self.length > self.up_to

    def domain(self, query: int) -> Domain | None:
        """The inputs of the longest length that end in a query."""
        return self.task.domain(query, self.longest)


def claims_of(certificate: Certificate, task: Task) -> Claims:
    """What the kernel is asked to show of a certificate that speaks of a task.

    Accuracies and rows that are UNDECIDED are left out.

    Raises:
        Refusal: it is of another kind, of float32, of rows that the task does not have, or
            nothing is claimed.
    """
    content = certificate.claims
    if not isinstance(content, OneHop):
        raise Refusal(
            "the kernel is asked about Index and Retrieval in one layer: this certificate is of "
            "another kind; leave --kernel out"
        )
    if content.arithmetic != OneHop.REAL:
        raise Refusal(
            "the kernel is asked about real arithmetic: certify without --arithmetic real+float32"
        )
    domains = task.domains(content.length)
    pairs = {(row.query, row.answer) for row in content.rows}
    if pairs != {(domain.query, answer) for domain in domains for answer in domain.answers}:
        raise Refusal(
            f"the rows of the certificate are not those of the task at {content.length} tokens: "
            "certify the model again"
        )
    right = tuple((r.query, r.answer) for r in content.rows if r.verdict is Verdict.PROVED)
    beyond = [(h.longest + 1, h.beyond) for h in content.horizons if h.beyond is not None]
    rows = [*((content.length, row) for row in content.rows), *beyond]
    claims = Claims(
        task=task,
        length=content.length,
        horizons={
            h.query: h.longest
            for h in content.horizons
            if task.domain(h.query, h.longest) is not None
        },
        right=right,
        all_right=len(right) == len(content.rows),
        up_to=_up_to(content, task),
        wrong=_wrong(rows),
    )
    if not (claims.horizons or claims.right or claims.wrong):
        raise Refusal("the certificate claims nothing that the kernel could be asked about")
    return claims


def _wrong(rows: list[tuple[int, Row]]) -> tuple[Wrong, ...]:
    """The refutations of some rows of some lengths, each once."""
    refuted = {
        (length, row.query, row.answer): Wrong(length, row.query, row.answer, row.refutation)
        for length, row in rows
        if row.refutation is not None
    }
    return tuple(refuted.values())


def _up_to(content: OneHop, task: Task) -> int:
    """The least horizon, if anything is asked within it."""
    least = min((horizon.longest for horizon in content.horizons), default=0)
    return least if task.domains(least) else 0
