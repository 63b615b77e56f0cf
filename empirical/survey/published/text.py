"""The in-context score on text, with induction heads and without them (olsson2022induction).

The text is the documentation of Python that comes with it. A loss at one place varies much from
document to document, so places near the published ones are averaged.
"""

from dataclasses import dataclass
from pydoc_data.topics import topics

import numpy as np
from jaxtyping import Float64

from empirical.foreign.reading import Model
from empirical.foreign.removal import losses_with_none_of, whole_run
from empirical.foreign.vocabulary import Encode
from empirical.scores.in_context import EARLY, LATE
from empirical.survey.interval import resampled
from empirical.survey.published.row import PublishedClaim, PublishedRow, counted
from theory.refusal import Refusal

DOCUMENTS, CONTROLS = 16, 2
"""Documents, and draws of other heads that are removed instead."""
NEAR = 0.1
"""Places up to this share away from the published ones are averaged."""
SOURCE = "olsson2022induction"
Heads = frozenset[tuple[int, int]]
"""Layer and head of each."""

SCORE = PublishedClaim(
    "in-context",
    "the loss at 500 tokens of context less that at 50 is about −0.4 nats: between −0.6 and −0.2",
    SOURCE,
    "about −0.4",
    above=-0.6,
    below=-0.2,
)
NEEDED = PublishedClaim(
    "induction-needed",
    "the in-context score loses more without the induction heads than without as many others: "
    "difference above 0 nats",
    SOURCE,
    "in the trend over models",
    above=0.0,
)


@dataclass(frozen=True, eq=False)
class TextScores:
    """In-context scores of each document, in nats.

    Attributes:
        whole: of the model.
        without: with every induction head removed; empty where there is none.
        controls: with as many other heads removed, mean over draws; likewise.
        removed: how many heads.
    """

    whole: Float64[np.ndarray, " documents"]
    without: Float64[np.ndarray, " _some"]
    controls: Float64[np.ndarray, " _some"]
    removed: int


def text_scores(model: Model, encode: Encode, induction: Heads, seed: int) -> TextScores:
    """Measure a model.

    Args:
        model: the model.
        encode: its tokenizer.
        induction: its induction heads.
        seed: of the draws of other heads.

    Raises:
        Refusal: there is too little text.
    """
    longest = round(LATE * (1 + NEAR))
    start = list(model.vocabulary.start)
    texts = [encode(text) for _, text in sorted(topics.items())]
    chosen = [ids for ids in texts if len(ids) > longest][:DOCUMENTS]
    if len(chosen) < 2:
        raise Refusal(f"the documentation of Python has no two topics of {longest} tokens")
    late, early = (_near(at) for at in (LATE, EARLY))
    places = np.concatenate([early, late]) - 1

    def score(losses: np.ndarray) -> float:
        return float(losses[early.size :].mean() - losses[: early.size].mean())

    draws = _others(model, induction, seed) if induction else []
    whole, without, controls = [], [], []
    for ids in chosen:
        run = whole_run(model, np.array([*start, *ids[: longest + 1]], dtype=np.int64), places)
        whole.append(score(run.losses))
        if induction:
            without.append(score(losses_with_none_of(model, run, induction)))
            others = [score(losses_with_none_of(model, run, draw)) for draw in draws]
            controls.append(np.mean(others))
    return TextScores(
        whole=np.array(whole),
        without=np.array(without, dtype=np.float64),
        controls=np.array(controls, dtype=np.float64),
        removed=len(induction),
    )


def _near(place: int) -> np.ndarray:
    """Places near a published one, in tokens of context."""
    return np.arange(round(place * (1 - NEAR)), round(place * (1 + NEAR)) + 1)


def _others(model: Model, heads: Heads, seed: int) -> list[Heads]:
    """As many heads of each layer that are none of these, or of any layer where it has too few."""
    every = [
        (layer, head)
        for layer in range(model.layers)
        for head in range(model.module.config.num_attention_heads)
    ]
    rng = np.random.default_rng((seed, len(heads)))
    draws = []
    for _ in range(CONTROLS):
        mixed = [every[place] for place in rng.permutation(len(every))]
        left = [place for place in mixed if place not in heads]
        drawn: set[tuple[int, int]] = set()
        for layer, _ in sorted(heads):
            same = [place for place in left if place[0] == layer and place not in drawn]
            drawn.add(same[0] if same else next(place for place in left if place not in drawn))
        draws.append(frozenset(drawn))
    return draws


def text_rows(scores: TextScores) -> list[PublishedRow]:
    """Both claims."""
    reason = f"{scores.whole.size} documents, places within {NEAR:.0%}"
    rows = [
        SCORE.judged(
            resampled(lambda some: float(scores.whole[some].mean()), scores.whole.size), reason
        )
    ]
    if not scores.without.size:
        return [*rows, NEEDED.undecided("no head is called induction")]
    lost = scores.without - scores.controls
    means = [part.mean() for part in (scores.whole, scores.without, scores.controls)]
    removed = counted(scores.removed, "induction head")
    told = f"score {means[0]:.2f}, without {removed} {means[1]:.2f}, "
    told += f"without as many others of the same layers {means[2]:.2f} ({CONTROLS} draws); "
    return [
        *rows,
        NEEDED.judged(resampled(lambda some: float(lost[some].mean()), lost.size), told + reason),
    ]
