"""Scores of every head on prompts that bind colours to names (urrutia2025decoupling).

A prompt holds pairs of a name and a colour and ends with a name of one of them. Nine pairs, evenly
spaced, are the blocks that are swapped, and each of their names is asked for in turn.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64, Int64
from scipy.stats import spearmanr

from empirical.foreign import capture
from empirical.foreign.reading import Model
from empirical.foreign.vocabulary import SPACES, Vocabulary
from empirical.heads.canonical import Head
from empirical.scores.long_swaps import placed_block_scores
from empirical.survey.interval import resampled
from empirical.survey.published.row import PublishedClaim, PublishedRow
from theory.refusal import Refusal

PAIRS, BLOCKS, SIZE = 256, 9, 3
"""Pairs of a prompt, those that are swapped and asked for, and tokens of a pair."""
BY_PLANE = 3
"""Queries on which planes are scored one by one."""
COLOURS = ("red", "blue", "green", "black", "white", "yellow", "brown", "pink", "orange", "gold")
STRONG = -0.7
"""A correlation below this is strong."""
SOURCE = "urrutia2025decoupling"

OPPOSED = PublishedClaim(
    "opposed",
    "the two scores are strongly anticorrelated over heads: Pearson r below −0.7",
    SOURCE,
    "−0.91",
    below=STRONG,
)
EARLY = PublishedClaim(
    "early",
    "heads of the first half of the layers are more positional: difference of medians above 0",
    SOURCE,
    ".83 and .56",
    above=0.0,
)
FAST = PublishedClaim(
    "fast",
    "faster planes are more positional: mean over heads of Spearman's ρ of angle and positional "
    "less symbolic score above 0",
    SOURCE,
    "in words",
    above=0.0,
)
FASTEST = PublishedClaim(
    "fastest",
    "the fastest plane is also symbolic, more than the next fastest quarter: difference above 0",
    SOURCE,
    "in words",
    above=0.0,
)


@dataclass(frozen=True, eq=False)
class BindingScores:
    """Scores of every head, means over the queries.

    Attributes:
        pairs: of a prompt.
        layers: of each head.
        positional: of each head.
        symbolic: of each head.
        order: for each head Spearman's ρ over its planes of angle and positional less symbolic
            score; NaN of a plane or two.
        fastest: for each head the symbolic score of its fastest plane, less the mean of the rest of
            the fastest quarter.
    """

    pairs: int
    layers: Int64[np.ndarray, " heads"]
    positional: Float64[np.ndarray, " heads"]
    symbolic: Float64[np.ndarray, " heads"]
    order: Float64[np.ndarray, " heads"]
    fastest: Float64[np.ndarray, " heads"]


def binding_scores(model: Model, seed: int) -> BindingScores:
    """Measure every head of a model.

    Args:
        model: the model.
        seed: of names and colours.

    Raises:
        Refusal: the model has no tokenizer, or too few names and colours are tokens.
    """
    prompts, places = binding_prompts(model, seed)
    rows: list[list[tuple[int, float, float, float, float]]] = []
    for number, ids in enumerate(prompts):
        scored: list[tuple[int, float, float, float, float]] = []

        def see(inputs: capture.AttentionInputs, by_plane: bool = number < BY_PLANE) -> None:
            for head in model.family.heads(model.module, inputs.layer, inputs.stream):
                contents = np.arange(len(inputs.stream))
                scores = placed_block_scores(head, contents, places)
                planes = _planes(head, contents, places) if by_plane else (np.nan, np.nan)
                scored.append((inputs.layer, *scores, *planes))  # noqa: B023

        capture.run(model, ids, see)
        rows.append(scored)
    table = np.array(rows)
    layers, positional, symbolic = np.moveaxis(table.mean(axis=0)[:, :3], 1, 0)
    order, fastest = np.moveaxis(table[:BY_PLANE].mean(axis=0)[:, 3:], 1, 0)
    return BindingScores(
        prompts.shape[1] // SIZE, layers.astype(np.int64), positional, symbolic, order, fastest
    )


def binding_prompts(
    model: Model, seed: int
) -> tuple[Int64[np.ndarray, "queries length"], Int64[np.ndarray, "blocks size"]]:
    """The prompts, one for each name asked for, and where the blocks stand.

    There are fewer pairs where some head's window would not hold them all.
    """
    vocabulary = model.vocabulary
    names, colours = _names(vocabulary), _colours(vocabulary)
    stop = vocabulary.token(".", spaced=False)
    config = model.module.config
    windows = [model.family.window(config, layer) for layer in range(model.layers)]
    room = min([PAIRS * SIZE + 2, *(window for window in windows if window is not None)])
    pairs = (room - 1 - len(vocabulary.start)) // SIZE
    if stop is None or len(names) < pairs or pairs < BLOCKS:
        raise Refusal("too few names, colours and stops are tokens of this model: none is asked")
    rng = np.random.default_rng((seed, pairs))
    body = np.column_stack(
        [
            rng.choice(names, pairs, replace=False),
            rng.choice(colours, pairs),
            np.full(pairs, stop),
        ]
    )
    asked = np.linspace(0, pairs - 1, BLOCKS).astype(np.int64)
    start = np.array(vocabulary.start, dtype=np.int64)
    prompts = np.stack([np.concatenate([start, body.ravel(), body[at, :1]]) for at in asked])
    return prompts, start.size + asked[:, None] * SIZE + np.arange(SIZE)


def _names(vocabulary: Vocabulary) -> list[int]:
    """Tokens that are a capital and at least two small letters, after a space."""
    return sorted(
        token
        for name, token in vocabulary.ids.items()
        if name[:1] in SPACES
        and len(name) > 3
        and name[1:].isascii()
        and name[1:].isalpha()
        and name[1:].istitle()
    )


def _colours(vocabulary: Vocabulary) -> list[int]:
    tokens = (vocabulary.token(colour, spaced=True) for colour in COLOURS)
    known = [token for token in tokens if token is not None]
    if not known:
        raise Refusal("no colour is a token of this model: nothing is bound to names")
    return known


def _planes(
    head: Head, contents: Int64[np.ndarray, " keys"], places: Int64[np.ndarray, "blocks size"]
) -> tuple[float, float]:
    """How scores follow the angle over the planes of a head, and what the fastest does."""
    none = np.zeros((len(head.keys), 0))
    scores = np.array(
        [
            placed_block_scores(
                replace(
                    head,
                    angles=head.angles[plane : plane + 1],
                    queries=head.queries[:, plane : plane + 1],
                    keys=head.keys[:, plane : plane + 1],
                    query_rest=none,
                    key_rest=none,
                    softcap=None,
                ),
                contents,
                places,
            )
            for plane in range(len(head.angles))
        ]
    )
    fast = np.argsort(-head.angles)[: max(2, len(head.angles) // 4)]
    order = spearmanr(head.angles, scores[:, 0] - scores[:, 1]).statistic
    return float(order), float(scores[fast[0], 1] - scores[fast[1:], 1].mean())


def binding_rows(scores: BindingScores) -> list[PublishedRow]:
    """Every claim about the two scores."""
    heads = len(scores.layers)
    early = np.flatnonzero(scores.layers < (scores.layers.max() + 1) / 2)
    late = np.setdiff1d(np.arange(heads), early)
    known = np.flatnonzero(np.isfinite(scores.order))
    reason = f"{heads} heads, {scores.pairs} pairs, {BLOCKS} blocks, {BLOCKS} queries"

    def apart(one: np.ndarray, other: np.ndarray) -> float:
        first, second = np.median(scores.positional[early[one]]), scores.positional[late[other]]
        return float(first - np.median(second))

    def correlation(heads: np.ndarray) -> float:
        return float(np.corrcoef(scores.positional[heads], scores.symbolic[heads])[0, 1])

    medians = [np.median(scores.positional[half]) for half in (early, late)]
    return [
        OPPOSED.judged(resampled(correlation, heads), reason),
        EARLY.judged(
            resampled(apart, early.size, late.size),
            f"medians {medians[0]:.2f} and {medians[1]:.2f}; {reason}",
        ),
        FAST.judged(
            resampled(lambda some: float(scores.order[known[some]].mean()), known.size),
            f"{known.size} heads, {BY_PLANE} queries",
        ),
        FASTEST.judged(
            resampled(lambda some: float(scores.fastest[some].mean()), heads),
            f"{heads} heads, {BY_PLANE} queries",
        ),
    ]
