"""Whether a model answers one-hop prompts, by length (urrutia2026heads).

The answer is compared with the other tokens that could be one: its rank among them, and its
log-odds, the logit less the log of the sum of the exponentials of theirs.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64, Int64
from scipy.stats import binomtest

from empirical.foreign.reading import Model
from empirical.survey.interval import CONFIDENCE, Interval, resampled
from empirical.survey.one_hop import LETTER, NUMBER, OneHopPrompts, one_hop
from empirical.survey.prompts import Prompts, start_of
from empirical.survey.published.row import PublishedClaim, PublishedRow

LENGTHS = (16, 32, 100, 300)
"""Tokens of the published prompts."""
PROMPTS = 32
"""Prompts of each kind and length."""
SOURCE = "urrutia2026heads"

ANSWERED = {
    kind: PublishedClaim(
        f"{kind}-answered",
        f"{kind} prompts of {LENGTHS[0]} tokens are answered: share right less chance above 0",
        SOURCE,
        published,
        above=0.0,
    )
    for kind, published in ((NUMBER, ".87, .56, .34 right"), (LETTER, ".98, .95, .89 right"))
}
LOST = {
    kind: PublishedClaim(
        f"{kind}-lost",
        f"{kind} answers are lost with length: log-odds at {LENGTHS[0]} tokens less those at "
        f"{LENGTHS[-1]} above 0",
        SOURCE,
        published,
        above=0.0,
    )
    for kind, published in (
        (NUMBER, ".87, .56, .34 right → .06, .04, .05"),
        (LETTER, ".98, .95, .89 right → .40, .50, .80"),
    )
}
KEPT = PublishedClaim(
    "letter-kept",
    "letter keeps more than number: fall of number's log-odds less that of letter's above 0",
    SOURCE,
    "in all three models",
    above=0.0,
)


@dataclass(frozen=True, eq=False)
class Answers:
    """How a model answers the prompts of one kind and length.

    Attributes:
        candidates: tokens that could be an answer.
        right: of each prompt, whether the answer ranks first among them.
        log_odds: of each prompt, in nats.
        rank: of each prompt, the answer's in the whole vocabulary, from 1.
    """

    candidates: int
    right: list[bool]
    log_odds: list[float]
    rank: list[int]


@torch.inference_mode()
def answers(model: Model, kind: str, length: int, seed: int) -> Answers:
    """Ask a model.

    Args:
        model: the model.
        kind: ``NUMBER`` or ``LETTER``.
        length: tokens of each prompt, start token included.
        seed: of the prompts.

    Raises:
        Refusal: the model's letters and digits are not known.
    """
    vocabulary = model.vocabulary
    prompts = Prompts(kind, seed)
    made = one_hop(kind, vocabulary, None)
    drawn = prompts.draw(0, PROMPTS, length, vocabulary, None)
    places = prompts.answers(drawn, vocabulary, None)
    assert places is not None
    candidates = _candidates(made, length - len(start_of(vocabulary, None)))
    right, log_odds, rank = [], [], []
    for ids, place in zip(drawn, places.tolist(), strict=True):
        last = model.module(torch.from_numpy(ids)[None], logits_to_keep=1).logits[0, -1].double()
        logits: Float64[np.ndarray, " vocabulary"] = last.numpy()
        answer = int(ids[place])
        others = logits[candidates[candidates != answer]]
        right.append(bool(logits[answer] > others.max()))
        log_odds.append(float(logits[answer] - np.logaddexp.reduce(others)))
        rank.append(int((logits >= logits[answer]).sum()))
    return Answers(len(candidates), right, log_odds, rank)


def _candidates(made: OneHopPrompts, length: int) -> Int64[np.ndarray, " candidates"]:
    """The ids of tokens that answer some query."""
    tokens = {token for domain in made.task.domains(length) for token in domain.answers}
    candidates: Int64[np.ndarray, " candidates"] = made.ids[sorted(tokens)]
    return candidates


def answer_rows(measured: dict[tuple[str, int], Answers]) -> list[PublishedRow]:
    """Every claim about one-hop prompts.

    Args:
        measured: by kind and length.
    """
    rows, known = [], {}
    for kind in (NUMBER, LETTER):
        first = measured[kind, LENGTHS[0]]
        rows.append(ANSWERED[kind].judged(_above_chance(first), _shares(measured, kind)))
        known[kind] = (rows[-1].measured or Interval(0.0, None, None)).low or 0.0
        if known[kind] > 0:
            rows.append(LOST[kind].judged(_fall(measured, kind), _odds(measured, kind)))
        else:
            rows.append(
                LOST[kind].undecided(f"not answered at {LENGTHS[0]}; {_odds(measured, kind)}")
            )
    if min(known.values()) > 0:
        rows.append(
            KEPT.judged(_difference(measured), f"{PROMPTS} prompts of each kind and length")
        )
    else:
        rows.append(KEPT.undecided(f"one of the two is not answered at {LENGTHS[0]} tokens"))
    return rows


def _above_chance(answers: Answers) -> Interval:
    """The share of right answers less that of a guess among the candidates, exact interval."""
    chance = 1 / answers.candidates
    test = binomtest(sum(answers.right), len(answers.right))
    ends = test.proportion_ci(CONFIDENCE, method="exact")
    return Interval(test.statistic - chance, float(ends.low) - chance, float(ends.high) - chance)


def _fall(measured: dict[tuple[str, int], Answers], kind: str) -> Interval:
    short, long = (np.array(measured[kind, at].log_odds) for at in (LENGTHS[0], LENGTHS[-1]))
    return resampled(
        lambda one, other: float(short[one].mean() - long[other].mean()), short.size, long.size
    )


def _difference(measured: dict[tuple[str, int], Answers]) -> Interval:
    """By how much number falls more than letter."""
    samples = [
        np.array(measured[kind, at].log_odds)
        for kind in (NUMBER, LETTER)
        for at in (LENGTHS[0], LENGTHS[-1])
    ]

    def difference(*drawn: np.ndarray) -> float:
        means = [sample[some].mean() for sample, some in zip(samples, drawn, strict=True)]
        return float((means[0] - means[1]) - (means[2] - means[3]))

    return resampled(difference, *(sample.size for sample in samples))


def _shares(measured: dict[tuple[str, int], Answers], kind: str) -> str:
    told = ", ".join(f"{np.mean(measured[kind, at].right):.2f} at {at}" for at in LENGTHS)
    return f"right among {measured[kind, LENGTHS[0]].candidates} candidates: {told}"


def _odds(measured: dict[tuple[str, int], Answers], kind: str) -> str:
    told = ", ".join(f"{np.mean(measured[kind, at].log_odds):.2f} at {at}" for at in LENGTHS)
    ranks = ", ".join(f"{np.median(measured[kind, at].rank):.0f}" for at in LENGTHS)
    return f"log-odds {told}; median rank in the vocabulary {ranks}"
