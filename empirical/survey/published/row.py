"""A published claim about real language models, and what one model says of it."""

from dataclasses import dataclass

from empirical.survey.interval import Interval
from empirical.trajectories.published_claims import Reproduction


@dataclass(frozen=True)
class PublishedRow:
    """One claim, judged on one model.

    Attributes:
        name: of the claim, in a word or two.
        claim: the claim, as a sentence about a number.
        source: who published it.
        published: what was measured there.
        measured: the number, with its interval.
        outcome: what the interval says of the claim.
        reason: what was looked at.
    """

    name: str
    claim: str
    source: str
    published: str
    measured: Interval | None
    outcome: Reproduction
    reason: str


@dataclass(frozen=True)
class PublishedClaim:
    """A published claim: a number lies between two bounds.

    Attributes:
        name: in a word or two.
        sentence: the claim, as a sentence about a number.
        source: who published it.
        published: what was measured there.
        above: the number is above this.
        below: the number is below this.
    """

    name: str
    sentence: str
    source: str
    published: str
    above: float = float("-inf")
    below: float = float("inf")

    def judged(self, measured: Interval, reason: str) -> PublishedRow:
        """The row of a number whose interval is wholly inside, wholly outside, or neither."""
        return self._row(measured, self._outcome(measured), reason)

    def undecided(self, reason: str) -> PublishedRow:
        """The row of a model on which there is nothing to measure."""
        return self._row(None, Reproduction.UNDECIDED, reason)

    def _outcome(self, measured: Interval) -> Reproduction:
        if measured.low is None or measured.high is None:
            return Reproduction.UNDECIDED
        if self.above < measured.low and measured.high < self.below:
            return Reproduction.REPRODUCED
        if measured.high <= self.above or self.below <= measured.low:
            return Reproduction.NOT_REPRODUCED
        return Reproduction.UNDECIDED

    def _row(self, measured: Interval | None, outcome: Reproduction, reason: str) -> PublishedRow:
        return PublishedRow(
            self.name, self.sentence, self.source, self.published, measured, outcome, reason
        )


def counted(number: int, what: str) -> str:
    """A number of things, such as ``1 head`` or ``2 heads``."""
    return f"{number} {what}" + "s" * (number != 1)
