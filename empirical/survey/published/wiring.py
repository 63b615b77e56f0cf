"""Whether heads of the token before feed the keys of induction heads, from the weights alone.

Each earlier head writes what it reads from the embedding of one token; the strength of the later
head's queries, made of embeddings, on these as keys is ``composition`` of ``empirical.scores``.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from empirical.foreign import capture
from empirical.foreign.reading import Model
from empirical.scores.composition import composition
from empirical.survey.interval import resampled
from empirical.survey.published.row import PublishedClaim, PublishedRow
from empirical.survey.published.text import SOURCE, Heads

TOKENS, MOST = 96, 8
"""Tokens whose embeddings are read, and induction heads that are looked at."""
DISTANCES = (1, 4, 16, 64)

COMPOSED = PublishedClaim(
    "composed",
    "heads of the token before feed the keys of induction heads more than other earlier heads do: "
    "difference of mean composition strengths above 0",
    SOURCE,
    "in two-layer models",
    above=0.0,
)


@dataclass(frozen=True, eq=False)
class Wiring:
    """Composition strengths of earlier heads with induction heads, means over the latter.

    Attributes:
        previous: of each head of the token before.
        others: of each other head.
    """

    previous: Float64[np.ndarray, " previous"]
    others: Float64[np.ndarray, " others"]


def wiring(model: Model, induction: Heads, previous: Heads, seed: int) -> Wiring:
    """Measure every earlier head of the first induction heads of a model."""
    rng = np.random.default_rng(seed)
    ordinary = model.vocabulary.ordinary
    tokens = np.sort(rng.choice(ordinary, min(TOKENS, ordinary.size), replace=False))
    embedding = capture.embedded(model, tokens).astype(np.float64)
    strengths: dict[tuple[int, int], list[float]] = {}
    later = sorted(induction)[:MOST]
    for layer in range(max((at for at, _ in later), default=0)):
        written = _written(model, layer, embedding)
        contents = np.concatenate([embedding, *written])
        for above in sorted({at for at, _ in later if at > layer}):
            heads = model.family.heads(model.module, above, contents, len(tokens))
            for number in range(len(written)):
                own = np.arange(len(tokens)) + (1 + number) * len(tokens)
                for head in (head for at, head in later if at == above):
                    measured = composition(
                        heads[head], np.arange(len(tokens)), own, np.array(DISTANCES)
                    )
                    strengths.setdefault((layer, number), []).append(measured.strength)
    means = {place: float(np.mean(measured)) for place, measured in strengths.items()}
    return Wiring(
        np.array([mean for place, mean in means.items() if place in previous]),
        np.array([mean for place, mean in means.items() if place not in previous]),
    )


def _written(model: Model, layer: int, contents: np.ndarray) -> list[np.ndarray]:
    """What each head of a layer writes of each content alone."""
    heads, values = model.family.read(model.module, layer, contents)
    share = len(heads) // values.shape[1]
    return [
        model.family.writes(model.module, layer, head, values[:, head // share])
        for head in range(len(heads))
    ]


def wiring_rows(measured: Wiring) -> list[PublishedRow]:
    """The claim."""
    sizes = measured.previous.size, measured.others.size
    if min(sizes) < 2:
        return [COMPOSED.undecided(f"{sizes[0]} heads of the token before, {sizes[1]} others")]
    reason = f"{sizes[0]} heads of the token before, mean {measured.previous.mean():.3f}; "
    reason += f"{sizes[1]} other earlier heads, mean {measured.others.mean():.3f}"
    return [
        COMPOSED.judged(
            resampled(
                lambda one, other: float(
                    measured.previous[one].mean() - measured.others[other].mean()
                ),
                *sizes,
            ),
            reason,
        )
    ]
