"""Computes the exact price of taking the last occurrence, and the worst inputs.

They are those of induction with a slow plane. A follower of the query's symbol scores
``1 + cos(t * slow)`` at distance ``t``, everything else ``cos(t * slow)``. The right follower
stands ``s`` back; ``n`` tokens begin with the start token and hold no follower nearer. Only the
weight of one rival symbol matters, and it is largest if either

- the rival is the query's own symbol, in a run before the last occurrence: each but the first is a
  follower; the query is one more;
- or another symbol fills the nearer positions and the best of the farther ones: it is a follower
  only after the query's symbol, which then takes a position itself.

A follower 0 back is the query itself; it leads by more than a follower 1 back.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import reduce
from itertools import accumulate

from flint import arb

from theory.angle import Angle
from theory.engines import bisection, diophantine

ASKED, RIVAL, FOLLOWER = 0, 1, 2

Weigh = Callable[[int, int], arb]
"""The weight at a distance of a follower (1) or of anything else (0)."""


def last_occurrence_beta(slow: Angle, length: int) -> arb:
    """Returns the inverse temperature above which, and only there, the last follower always wins.

    In each arrangement the rival's weight, in units of the follower's, falls as β grows; so does
    that of the worst one.

    Args:
        slow: above 0 and up to half a turn.
        length: tokens, the start token included, at least 4.

    Returns:
        A ball; +∞ unless ``(length - 3) * slow`` is less than a quarter turn: otherwise the query's
        own symbol scores no less than the farthest follower.
    """
    if slow.compare(Fraction(1, 4 * (length - 3))) >= 0:
        return arb.pos_inf()

    def rivals_at(bits: int) -> Callable[[arb], arb]:
        gaps = [diophantine.gap_at(slow, t, bits) for t in range(length - 1)]

        def worst(beta: arb) -> arb:
            shares = _shares(_weights(gaps, beta), length)
            return reduce(arb.max, (share for pair in shares for share in pair))

        return worst

    return bisection.crossing(rivals_at, 1)


def hardest_last_occurrence(slow: Angle, length: int, beta: arb) -> list[int]:
    """Returns the worst arrangement at ``beta``, after the start token; at +∞ one wrong at every β.

    Arguments are those of :func:`last_occurrence_beta`, and ``beta`` an inverse temperature.
    """
    if not beta.is_finite():
        lost = next(s for s in range(1, length) if slow.compare(Fraction(1, 4 * s)) >= 0)
        return _own(length, lost)
    gaps = [diophantine.gap_at(slow, t) for t in range(length - 1)]
    weigh = _weights(gaps, beta.mid())
    shares = [(own.mid(), other.mid()) for own, other in _shares(weigh, length)]
    best = max(shares, key=max)
    follower = 1 + shares.index(best)
    own, other = best
    return _own(length, follower) if own >= other else _other(weigh, length, follower)


def _weights(gaps: list[arb], beta: arb) -> Weigh:
    return lambda t, match: (beta * (match - gaps[t])).exp()


def _shares(weigh: Weigh, length: int) -> Iterator[tuple[arb, arb]]:
    """Yields for a follower 1, 2, … back the weights of the query's symbol and of another."""
    asked, _ = _farther(weigh, length)
    run = [arb(0), *accumulate(weigh(t, 1) for t in range(length - 3, 1, -1))]
    near = [arb(0), *accumulate(weigh(t, 0) for t in range(1, length - 3))]
    for s, (run_, near_) in enumerate(zip(reversed(run), near, strict=True), start=1):
        own = weigh(0, 0) + run_ + weigh(length - 2, 0)
        yield own / weigh(s, 1), (near_ + asked[s + 1]) / weigh(s, 1)


def _farther(weigh: Weigh, length: int) -> tuple[dict[int, arb], dict[int, arb]]:
    """Returns the largest weight of another symbol from each distance on, by the token at it.

    The token is either the query's symbol or the rival itself.
    """
    asked, rival = {length - 2: arb(0)}, {length - 2: weigh(length - 2, 0)}
    for t in range(length - 3, 1, -1):
        asked[t] = asked[t + 1].max(rival[t + 1])
        rival[t] = (asked[t + 1] + weigh(t, 1)).max(rival[t + 1] + weigh(t, 0))
    return asked, rival


def _own(length: int, follower: int) -> list[int]:
    """Returns a run of the query's symbol, its follower, anything else, and the query."""
    run = [ASKED] * (length - 2 - follower)
    return [*run, FOLLOWER, *[RIVAL] * (follower - 1), ASKED]


def _other(weigh: Weigh, length: int, follower: int) -> list[int]:
    """Returns the best of the farther positions, as in :func:`_farther`, and the rival nearer."""
    asked, rival = _farther(weigh, length)
    far = [ASKED]
    for t in range(follower + 1, length - 2):  # chooses the token at t + 1
        after = 0 if far[-1] == ASKED else 1
        gains = asked[t + 1] + after * weigh(t, 1), rival[t + 1] + after * weigh(t, 0)
        far.append(ASKED if gains[0].mid() > gains[1].mid() else RIVAL)
    return [*reversed(far), FOLLOWER, *[RIVAL] * (follower - 1), ASKED]
