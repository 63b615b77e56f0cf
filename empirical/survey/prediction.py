"""What a head's closed form predicts at other lengths, for the contents of one prompt.

The query keeps its content, the target its content and distance. Elsewhere may stand any content of
the prompt but the target's, as often as wanted. *Every* such content is looked at at *every*
distance, with the angles that an input of the length in question has, so floors and peaks are the
least and largest leads of the closed form over all these arrangements, in float64: exact but for
rounding, which is not bounded here. A content is passed over only where a bound on its logit at any
distance shows that it changes nothing.

Two families of arrangements are told apart. *Anywhere* is the one above. *First kept*: the first
token's content stays first and stands nowhere else, as the mark that its row carries belongs to
that place; a target that is the first token stays first too, so its distance grows with the length.

Deeper than the first block contents depend on their context: what is said is of these residual
rows, not of every text.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float64, Int

from empirical.heads.canonical import Head

BEYOND = 4
"""Lengths up to so many times the prompt's are looked at."""
AT_ONCE = 1 << 20
"""Logits in one array: what bounds memory; it decides no number."""
ROOM = 1e-9
"""Relative room left for rounding where a bound says that something cannot matter."""

Lengths = Int[np.ndarray, " lengths"]


@dataclass(frozen=True, eq=False)
class AnglesByLength:
    """The angles of a layer on inputs of 1, 2, … tokens.

    Attributes:
        angles: radians per position; row ``n − 1`` is that of inputs of ``n`` tokens.
        factors: the attention factor at each length.
    """

    angles: Float64[np.ndarray, "lengths planes"]
    factors: Float64[np.ndarray, " lengths"]

    @classmethod
    def of(
        cls, at: Callable[[int], tuple[Float64[np.ndarray, " planes"], float]], longest: int
    ) -> "AnglesByLength":
        """The angles at all lengths up to ``longest``.

        Args:
            at: angles and attention factor at a length; see ``Family.angles``.
            longest: in tokens.
        """
        by_length = [at(length) for length in range(1, longest + 1)]
        return cls(
            np.stack([angles for angles, _ in by_length]),
            np.array([factor for _, factor in by_length]),
        )

    def turned(self, head: Head, length: int) -> Head:
        """A head with the angles of another length."""
        return replace(
            head,
            angles=self.angles[length - 1],
            attention_factor=float(self.factors[length - 1]),
        )


@dataclass(frozen=True)
class LeadRange:
    """The target's lead over one family of arrangements.

    Attributes:
        floor: for each length looked at, the least lead; None where the target is hidden.
        peak: for each, the largest lead.
        lost: the first length at which some arrangement leaves no lead; None if there is none up
            to ``BEYOND`` times the prompt's.
    """

    floor: dict[int, float | None]
    peak: dict[int, float | None]
    lost: int | None


@dataclass(frozen=True)
class Outlook:
    """The last token's attention, at this length and beyond.

    Attributes:
        offset: distance of the target, the key it attends to most.
        margin: the target's logit minus the next.
        allowance: by how much the model's own float32 logits may differ through rounded angles:
            2⁻²⁴ · length · Σ θ_f |A_f|.
        anywhere: the lead over arrangements in which any content may stand anywhere.
        first_kept: the lead over those in which the first token's content stays first; None where
            the query does not see the first token.
        width: the highest possible logit less the lowest, at any distance: 2 Σ |A_f| and more.
        top: the target's attention weight.
        top_bound: e^δ/(n − 1 + e^δ) for the δ of the logits seen; ``top`` cannot be above it.
        top_bounds: the same for ``width`` at each length looked at: bounds every arrangement.
        distances: 0 and powers of two, where the head sees.
        profile: the logit of the target's content at each of them, on the shortest input that is
            long enough and not shorter than the prompt.
    """

    offset: int
    margin: float
    allowance: float
    anywhere: LeadRange
    first_kept: LeadRange | None
    width: float
    top: float
    top_bound: float
    top_bounds: dict[int, float]
    distances: list[int]
    profile: list[float]


@dataclass(frozen=True)
class Contest:
    """A query, its target, and what may stand elsewhere.

    Attributes:
        head: the head with the angles of the prompt's length.
        angles: its angles at every length looked at.
        query: the content that asks, at the last position.
        target: the content whose lead is in question.
        offset: its distance.
        first: the first token's content, if the query sees it.
        others: the other contents that it sees, its own included.
        reach: distances below this are seen at some length looked at.
        known: what was worked out already, by angles and attention factor.
    """

    head: Head
    angles: AnglesByLength
    query: int
    target: int
    offset: int
    first: int | None
    others: Int[np.ndarray, " others"]
    reach: int
    known: dict[tuple[bytes, float], "Rivals"] = field(default_factory=dict)

    def with_angles_of(self, length: int) -> "Rivals":
        """What every distance may hold, as the angles of one length have it."""
        key = self.angles.angles[length - 1].tobytes(), self.angles.factors[length - 1].item()
        if key not in self.known:
            self.known[key] = self._rivals(self.angles.turned(self.head, length))
        return self.known[key]

    def _rivals(self, head: Head) -> "Rivals":
        strongest, weakest = extremes(head, self.query, self.others, self.reach)
        first = None
        if self.first is not None:
            first = head.logits(self.query, np.array([self.first]), np.arange(self.reach))[0]
        ends = np.array([self.query, self.target])
        itself, lead = head.at(self.query, ends, np.array([0, self.offset]))
        return Rivals(self, strongest, weakest, first, float(itself), float(lead))

    def leads(self, lengths: list[int], *, first_kept: bool) -> LeadRange:
        """Floor and peak at some lengths, and where the lead is lost.

        Args:
            lengths: in tokens, at most those of ``angles``.
            first_kept: whether the first token's content stays first.
        """
        by_rival: dict[bool, dict[int, float | None]] = {False: {}, True: {}}
        for length in lengths:
            rivals = self.with_angles_of(length)
            for weakest, leads in by_rival.items():
                lead = rivals.leads(np.array([length]), first_kept, weakest).item()
                leads[length] = lead if math.isfinite(lead) else None
        return LeadRange(floor=by_rival[False], peak=by_rival[True], lost=self._lost(first_kept))

    def _lost(self, first_kept: bool) -> int | None:
        """The first length whose floor is not positive.

        Angles of one length give the floors of all longer inputs but for a drift; only where that
        could have taken the lead are the angles of the longer input looked at.
        """
        most = len(self.angles.angles)
        length = 2 if first_kept and self.target == self.first else self.offset + 1 + first_kept
        while length <= most:
            lengths = np.arange(length, most + 1)
            drift = self._drift(length, lengths)
            floors = self.with_angles_of(length).leads(lengths, first_kept)
            doubtful = np.flatnonzero(floors <= drift)
            if doubtful.size == 0:
                return None
            if drift[doubtful[0]] == 0:
                return int(lengths[doubtful[0]])
            length = int(lengths[doubtful[0]])
        return None

    def _drift(self, length: int, lengths: Lengths) -> Float64[np.ndarray, " lengths"]:
        """By how much a lead may change where the angles of longer inputs replace those of one.

        A phase of plane f at distance t changes by ``|Δθ_f| t``, a logit by at most
        ``Σ |A_f| |Δθ_f| t``; a soft-cap makes that no larger.
        """
        changes = np.abs(self.angles.angles[lengths - 1] - self.angles.angles[length - 1])
        rivals = self.others if self.first is None else np.append(self.others, self.first)
        strongest = np.abs(self.head.amplitudes(self.query, rivals)).max(axis=0)
        own = np.abs(self.head.amplitudes(self.query, np.array([self.target]))[0])
        farthest = np.minimum(lengths, self.reach) - 1
        drift: Float64[np.ndarray, " lengths"] = (changes @ (strongest + own)) * farthest
        same = self.angles.factors[lengths - 1] == self.angles.factors[length - 1]
        return np.where(same, drift * (1 + ROOM), np.inf)


@dataclass(frozen=True, eq=False)
class Rivals:
    """What the target of a contest has against it, with the angles of one length.

    Attributes:
        contest: whose.
        strongest: for each distance the largest logit of any of the others.
        weakest: for each, the least.
        first: for each, the logit of the first token's content; None where it is not seen.
        itself: the logit of the query's own place.
        lead: the target's logit at its offset.
    """

    contest: Contest
    strongest: Float64[np.ndarray, " reach"]
    weakest: Float64[np.ndarray, " reach"]
    first: Float64[np.ndarray, " reach"] | None
    itself: float
    lead: float

    def leads(
        self, lengths: Lengths, first_kept: bool, weakest: bool = False
    ) -> Float64[np.ndarray, " lengths"]:
        """The target's lead at each length over the strongest or the weakest arrangement."""
        elsewhere = (self.weakest if weakest else self.strongest).copy()
        if first_kept:
            return self._with_first_kept(lengths, elsewhere)
        if self.first is not None and self.contest.target != self.contest.first:
            better = np.minimum if weakest else np.maximum
            elsewhere = better(elsewhere, self.first)
        best = self._best(elsewhere, self.contest.offset)
        leads: Float64[np.ndarray, " lengths"] = (
            self.lead - best[np.minimum(lengths, best.size) - 1]
        )
        return leads

    def _with_first_kept(
        self, lengths: Lengths, elsewhere: Float64[np.ndarray, " reach"]
    ) -> Float64[np.ndarray, " lengths"]:
        assert self.first is not None
        own = self.contest.target == self.contest.first
        best = self._best(elsewhere, None if own else self.contest.offset)
        between = best[np.minimum(lengths - 1, best.size) - 1]
        reach = self.first.size
        first = np.where(lengths <= reach, self.first[np.minimum(lengths, reach) - 1], -np.inf)
        leads: Float64[np.ndarray, " lengths"] = (
            first - between if own else self.lead - np.maximum(between, first)
        )
        return leads

    def _best(
        self, elsewhere: Float64[np.ndarray, " reach"], offset: int | None
    ) -> Float64[np.ndarray, " reach"]:
        """The best logit at any distance up to each, but for the target's."""
        elsewhere[0] = self.itself
        if offset is not None:
            elsewhere[offset] = -np.inf
        best: Float64[np.ndarray, " reach"] = np.maximum.accumulate(elsewhere)
        return best


def outlook(
    head: Head,
    angles: AnglesByLength,
    query: int,
    seen: Int[np.ndarray, " keys"],
    logits: Float64[np.ndarray, " keys"],
) -> Outlook:
    """What follows from the contents that a query sees.

    Args:
        head: a head whose content ``p`` stands at position ``p``.
        angles: its angles on inputs of up to ``BEYOND`` times as many tokens.
        query: the content that asks, at the last position.
        seen: the contents it sees, itself included, in order.
        logits: theirs.
    """
    length = query + 1
    second, top = np.argsort(logits)[-2:]
    target, offset, lead = int(seen[top]), int(query - seen[top]), float(logits[top])
    reach = min(BEYOND * length, head.window or BEYOND * length)
    first = int(seen[0]) if seen[0] == 0 else None
    contest = Contest(
        head=head,
        angles=angles,
        query=query,
        target=target,
        offset=offset,
        first=first,
        others=np.setdiff1d(seen, [target] if first is None else [target, first]),
        reach=reach,
    )
    lengths = [length * factor for factor in (1, 2, BEYOND)]
    bounds = LogitBounds(head, query, seen)
    width = float(bounds.highest.max() - bounds.lowest.min())
    marks = [0, *(1 << power for power in range(reach.bit_length()))]
    distances = [mark for mark in marks if mark < reach]
    return Outlook(
        offset=offset,
        margin=float(logits[top] - logits[second]),
        allowance=float(2.0**-24 * length * (bounds.moduli @ head.angles).max()),
        anywhere=contest.leads(lengths, first_kept=False),
        first_kept=None if first is None else contest.leads(lengths, first_kept=True),
        width=width,
        top=float(np.exp(lead - np.logaddexp.reduce(logits))),
        top_bound=_dispersion(float(np.ptp(logits)), seen.size),
        top_bounds={at: _dispersion(width, min(at, reach)) for at in lengths},
        distances=distances,
        profile=[
            angles.turned(head, max(length, distance + 1))
            .at(query, np.array([target]), np.array([distance]))
            .item()
            for distance in distances
        ],
    )


@dataclass(frozen=True, eq=False)
class LogitBounds:
    """Bounds on the logits of some contents at any distance.

    Attributes:
        head: the head.
        query: the content that asks.
        contents: those that are asked.
    """

    head: Head
    query: int
    contents: Int[np.ndarray, " contents"]

    @cached_property
    def moduli(self) -> Float64[np.ndarray, "contents planes"]:
        """``|A_f|`` of each."""
        moduli: Float64[np.ndarray, "contents planes"] = np.abs(
            self.head.amplitudes(self.query, self.contents)
        )
        return moduli

    @cached_property
    def unrotated(self) -> Float64[np.ndarray, " contents"]:
        """What the unrotated channels give."""
        rest: Float64[np.ndarray, " contents"] = (
            self.head.scale * self.head.key_rest[self.contents] @ self.head.query_rest[self.query]
        )
        return rest

    @property
    def highest(self) -> Float64[np.ndarray, " contents"]:
        """No logit is above."""
        return self._capped(self.unrotated + self.moduli.sum(axis=1))

    @property
    def lowest(self) -> Float64[np.ndarray, " contents"]:
        """No logit is below."""
        return self._capped(self.unrotated - self.moduli.sum(axis=1))

    def _capped(self, logits: Float64[np.ndarray, " contents"]) -> np.ndarray:
        cap = self.head.softcap
        return logits if cap is None else cap * np.tanh(logits / cap)


def extremes(
    head: Head, query: int, contents: Int[np.ndarray, " contents"], reach: int
) -> tuple[Float64[np.ndarray, " reach"], Float64[np.ndarray, " reach"]]:
    """The largest and the least logit of any content at each distance below ``reach``.

    Where there are too many to look at together, contents come in the order of what they could give
    at best, and the rest is passed over once that is no more than what every distance has already.

    Args:
        head: the head; ``reach`` is inside its window.
        query: the content that asks.
        contents: those that may stand at any distance.
        reach: how many distances.
    """
    bounds = LogitBounds(head, query, contents)
    room = ROOM * (1 + np.abs(bounds.unrotated) + bounds.moduli.sum(axis=1)).max(initial=0)
    turned = _TurnedHead.of(head, query, reach)
    at_once = max(1, AT_ONCE // reach)
    if contents.size <= at_once:
        logits = turned.logits(contents)
        return logits.max(axis=0, initial=-np.inf), logits.min(axis=0, initial=np.inf)
    strongest = np.full(reach, -np.inf)
    order = np.argsort(-bounds.highest)
    for start in range(0, contents.size, at_once):
        block = order[start : start + at_once]
        if bounds.highest[block[0]] + room < strongest.min():
            break
        strongest = np.maximum(strongest, turned.logits(contents[block]).max(axis=0))
    weakest = np.full(reach, np.inf)
    order = np.argsort(bounds.lowest)
    for start in range(0, contents.size, at_once):
        block = order[start : start + at_once]
        if bounds.lowest[block[0]] - room > weakest.max():
            break
        weakest = np.minimum(weakest, turned.logits(contents[block]).min(axis=0))
    return strongest, weakest


@dataclass(frozen=True, eq=False)
class _TurnedHead:
    """One query of a head, with its planes turned back to every distance, in real numbers.

    Attributes:
        head: the head.
        query: the content that asks.
        rows: what a key's planes, real parts and imaginary parts apart, and its unrotated channels
            are multiplied with for each distance.
    """

    head: Head
    query: int
    rows: Float64[np.ndarray, "channels reach"]

    @classmethod
    def of(cls, head: Head, query: int, reach: int) -> "_TurnedHead":
        factor = head.scale * head.attention_factor**2
        turns = np.exp(1j * np.multiply.outer(head.angles, np.arange(reach)))
        asked = factor * head.queries[query][:, None] * turns
        rest = np.repeat(head.scale * head.query_rest[query][:, None], reach, axis=1)
        return cls(head, query, np.vstack([asked.real, asked.imag, rest]))

    def logits(
        self, contents: Int[np.ndarray, " contents"]
    ) -> Float64[np.ndarray, "contents reach"]:
        """The logit of each content at each distance."""
        keys = self.head.keys[contents]
        rows = np.hstack([keys.real, keys.imag, self.head.key_rest[contents]])
        return self.head.seen(rows @ self.rows, np.arange(self.rows.shape[1]))


def _dispersion(width: float, length: int) -> float:
    """``weight_le_of_width`` of the ledger, in float64."""
    return 1 / (1 + (length - 1) * math.exp(-width))
