"""Holds what was published of the controlled models against every snapshot of a run.

A claim of urrutia2026heads about a trained model is judged at each snapshot. It is REPRODUCED if it
holds at the last one, and then from the first step on from which it holds at every later one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
from jaxtyping import Bool

from empirical.scores.purity import GAMMAS, purity
from empirical.training.evaluation import Count
from empirical.trajectories.observation_table import Observation, Observations
from empirical.trajectories.score_trajectory import ScoreTrajectory
from theory.refusal import Refusal

LEARNED = 0.9
"""A number of hops is learned when more than this share of its answers is right."""
APART = 0.15
"""Our threshold between hop by hop and at once; the publication shows curves without one."""
LONG, KEPT, BARELY = 850, 0.9, 0.5
"""Tokens, the share that letter keeps there, and our reading of "barely" for number."""
LONGER = {"letter": 850, "number": 64}
"""The length, in tokens, at which generalization to longer inputs is followed."""
ACCURATE = 0.99
"""The share of right answers from which on a run is called accurate at the trained length."""
POSITIONAL = {"number": 4, "letter": 0}
"""How many of the first layers were observed to be positional; the others were symbolic."""
NUMBER = (1.0, 0.866, 0.866, 0.866, 0.2738, 0.0042, 0.0049, 0.0049, 0.0049, 0.0056, 0.0056, 0.0049)
LETTER = (
    *(0.0866, 0.0115, 0.0027, 0.0056, 0.0037, 0.0049),
    *(0.0032, 0.0049, 0.0032, 0.0042, 0.0049, 0.0037),
)
ANGLES = {"number": NUMBER, "letter": LETTER}
"""The published main angle of each layer, in radians per position."""
FACTOR = 2.0
"""A main angle agrees with the published one within this factor."""


class Reproduction(StrEnum):
    """What a run says of a claim."""

    REPRODUCED = "REPRODUCED"
    NOT_REPRODUCED = "NOT REPRODUCED"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True)
class ClaimAlongTraining:
    """One claim, judged at the snapshots of one run.

    Attributes:
        name: of the claim, in a word or two; the same in every run of a task.
        claim: the claim, as a sentence.
        steps: of the snapshots, ascending.
        measured: the number that decides the claim at each snapshot.
        holds: whether it holds there; ``None`` where the measurement does not decide.
        reason: what the last snapshot shows.
    """

    name: str
    claim: str
    steps: tuple[int, ...]
    measured: tuple[float, ...]
    holds: tuple[bool | None, ...]
    reason: str

    @property
    def outcome(self) -> Reproduction:
        """What the run says of the claim in the end."""
        if self.holds[-1] is None:
            return Reproduction.UNDECIDED
        return Reproduction.REPRODUCED if self.holds[-1] else Reproduction.NOT_REPRODUCED

    @property
    def since(self) -> int | None:
        """The first step from which on the claim holds at every snapshot, or ``None``."""
        held = None
        for step, holds in zip(reversed(self.steps), reversed(self.holds), strict=True):
            if not holds:
                break
            held = step
        return held


def claims(scores: ScoreTrajectory, observed: Observations) -> list[ClaimAlongTraining]:
    """Returns every published claim about the task of a run.

    Args:
        scores: the score trajectory of the run.
        observed: its observations.

    Raises:
        Refusal: nothing was published of such a run, or it was observed at other lengths.
    """
    _require_published(scores, observed)
    return [
        _learned_as_published(scores),
        _long(observed),
        _lengths_follow(observed),
        *(_pure(scores, gamma) for gamma in GAMMAS),
        _leaning(scores),
        _angles(scores),
    ]


def _require_published(scores: ScoreTrajectory, observed: Observations) -> None:
    """Refuse runs of which nothing was published."""
    task, lengths = scores.task, observed.rows[0].lengths
    if task not in ANGLES or observed.task != task:
        raise Refusal(f"nothing was published of the {task} task: name a number or letter run")
    if len(scores.heads) != len(ANGLES[task]) or scores.heads != observed.heads:
        raise Refusal(
            f"the run has {len(scores.heads)} heads and the published models {len(ANGLES[task])}: "
            "name a run of that shape"
        )
    if missing := {LONG, LONGER[task]} - lengths.keys():
        raise Refusal(f"the run was not observed at {min(missing)} tokens: observe it again")


def _learned_as_published(scores: ScoreTrajectory) -> ClaimAlongTraining:
    """Number is learned hop by hop, from few to many; letter all hops at once."""
    learned = {
        hops: _since(scores.steps, accuracy > LEARNED) for hops, accuracy in scores.accuracy.items()
    }
    times = [learned[hops] for hops in sorted(learned)]
    told = ", ".join(f"{hops} hops at {step}" for hops, step in sorted(learned.items()))
    reason = f"learned {told}"
    known = [step for step in times if step is not None]
    if len(known) < len(times) or not max(known):
        spread, holds = float("nan"), None
    else:
        spread = (max(known) - min(known)) / max(known)
        in_order = all(one < other for one, other in pairwise(known))
        holds = spread >= APART and in_order if scores.task == "number" else spread <= APART
    sentence = {"number": "hops are learned one by one", "letter": "all hops are learned at once"}
    learned_all = max(known, default=int(scores.steps[-1]))
    return _along("learned", sentence[scores.task], [learned_all], [spread], [holds], reason)


def _long(observed: Observations) -> ClaimAlongTraining:
    """Letter stays above 90 % up to 850 tokens; number barely generalizes."""
    counts = [row.lengths[LONG] for row in observed.rows]
    if observed.task == "letter":
        sentence = f"more than 90 % are right at {LONG} tokens"
        holds = [_above(count, KEPT) for count in counts]
    else:
        sentence = f"once accurate, at most half are right at {LONG} tokens"
        holds = [
            _negated(_above(count, BARELY)) if accurate(row) else None
            for row, count in zip(observed.rows, counts, strict=True)
        ]
    return _along(
        "long",
        sentence,
        [row.step for row in observed.rows],
        [count.correct / count.total for count in counts],
        holds,
        _told(counts[-1]),
    )


def _lengths_follow(observed: Observations) -> ClaimAlongTraining:
    """Generalization to longer inputs comes after accuracy at the trained length."""
    length, trained = LONGER[observed.task], min(observed.rows[0].lengths)
    steps = [row.step for row in observed.rows]
    since = _since(np.array(steps), np.array([accurate(row) for row in observed.rows]))
    sentence = f"accuracy at {length} tokens still rises once that at {trained} is 99 %"
    if since is None:
        return _along(
            "later", sentence, steps, [0.0] * len(steps), [None] * len(steps), "never accurate"
        )
    first = observed.rows[steps.index(since)].lengths[length]
    holds: list[bool | None] = []
    for row in observed.rows:
        now = row.lengths[length]
        apart = now.interval()[0] > first.interval()[1] or now.interval()[1] < first.interval()[0]
        holds.append(_share(now) > _share(first) if apart and row.step > since else None)
    last = observed.rows[-1].lengths[length]
    reason = f"{_told(first)} at step {since}, {_told(last)} at the end"
    shares = [_share(row.lengths[length]) for row in observed.rows]
    return _along("later", sentence, steps, shares, holds, reason)


def pure_heads(scores: ScoreTrajectory, gamma: float) -> Bool[np.ndarray, "snapshots heads"]:
    """Returns at each snapshot which heads are pure on the last token.

    Args:
        scores: the score trajectory of a run.
        gamma: γ; see ``purity``.
    """
    pairs = (scores.measures[name][:, :, 0].tolist() for name in ("positional", "symbolic"))
    return np.array(
        [
            [purity(p, s, gamma) is not None for p, s in zip(*pair, strict=True)]
            for pair in zip(*pairs, strict=True)
        ]
    )


def _pure(scores: ScoreTrajectory, gamma: float) -> ClaimAlongTraining:
    """All heads are pure when the model is most accurate."""
    positional, symbolic = (scores.measures[name][:, :, 0] for name in ("positional", "symbolic"))
    pure = pure_heads(scores, gamma)
    mixed = [
        f"L{layer}H{head} {positional[-1, n]:.2f} positional {symbolic[-1, n]:.2f} symbolic"
        for n, (layer, head) in enumerate(scores.heads)
        if not pure[-1, n]
    ]
    return _along(
        f"pure-{gamma}",
        f"all heads are pure at γ = {gamma}",
        scores.steps.tolist(),
        pure.mean(axis=1).tolist(),
        [bool(heads.all()) for heads in pure],
        "mixed: " + "; ".join(mixed) if mixed else "none is mixed",
    )


def _leaning(scores: ScoreTrajectory) -> ClaimAlongTraining:
    """Number: the first four layers are positional, the others symbolic; letter: all symbolic."""
    first = POSITIONAL[scores.task]
    positional, symbolic = (scores.measures[name][:, :, 0] for name in ("positional", "symbolic"))
    published = np.array([layer < first for layer, _ in scores.heads])
    agree = (positional > symbolic) == published
    disagreeing = [scores.heads[n] for n in np.flatnonzero(~agree[-1])]
    others = [f"L{layer}H{head}" for layer, head in disagreeing]
    sentence = (
        f"the first {first} layers lean to position, the others to symbols"
        if first
        else "all layers lean to symbols"
    )
    return _along(
        "leaning",
        sentence,
        scores.steps.tolist(),
        agree.mean(axis=1).tolist(),
        [bool(layers.all()) for layers in agree],
        "the other way: " + ", ".join(others) if others else "every layer does",
    )


def _angles(scores: ScoreTrajectory) -> ClaimAlongTraining:
    """The main angle of each layer is the published one."""
    published = np.array(ANGLES[scores.task])
    with np.errstate(divide="ignore", over="ignore"):  # a plane that hardly turns is far off
        factor = np.exp(np.abs(np.log(scores.angles["main_angle"] / published)))
    agree = factor <= FACTOR
    return _along(
        "angles",
        "the main angle of every layer is within a factor of 2 of the published one",
        scores.steps.tolist(),
        agree.mean(axis=1).tolist(),
        [bool(layers.all()) for layers in agree],
        f"of {int(agree[-1].sum())} of {len(published)} layers",
    )


def _along(
    name: str,
    claim: str,
    steps: Sequence[int],
    measured: Sequence[float],
    holds: Sequence[bool | None],
    reason: str,
) -> ClaimAlongTraining:
    return ClaimAlongTraining(name, claim, tuple(steps), tuple(measured), tuple(holds), reason)


def _since(steps: np.ndarray, holds: np.ndarray) -> int | None:
    """Returns the first step from which on something holds at every snapshot, or ``None``."""
    failing = np.flatnonzero(~holds)
    after = int(failing[-1]) + 1 if failing.size else 0
    return int(steps[after]) if after < len(steps) else None


def _above(count: Count, bound: float) -> bool | None:
    """Returns whether a share is above a bound, or ``None`` if its interval holds the bound."""
    low, high = count.interval()
    return True if low > bound else False if high <= bound else None


def accurate(row: Observation) -> bool:
    """Returns whether nearly all answers are right at the trained length, the shortest."""
    return _share(row.lengths[min(row.lengths)]) >= ACCURATE


def _negated(holds: bool | None) -> bool | None:
    return None if holds is None else not holds


def _share(count: Count) -> float:
    return count.correct / count.total


def _told(count: Count) -> str:
    low, high = count.interval()
    return f"{count.correct} of {count.total} right ({low:.2f} to {high:.2f})"
