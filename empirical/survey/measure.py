"""What is measured of every head on one prompt, in memory linear in the length.

Attention weights are measured on some rows, spread evenly; scores, splits and predictions belong to
the last token. All are float64 on the canonical head; residual rows are the model's own float32.

Swap scores come twice. A head that gives most of its weight to the first token, as a rest, gives it
to a mark on that token's residual row, and swapping rows moves the mark: it passes for symbolic,
though swapping input tokens would leave the weight where it is. So beside the plain scores, over
all rows before the query, stand those of *tokens*: the first token is never swapped and has no part
in the normaliser.

What a head does with repeated tokens is tested against keys at the same distances; see
``empirical.scores.shifts``. That places or contents have a part at all is tested against shuffled
contents; see ``empirical.scores.shuffles``.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int64

from empirical.foreign import capture
from empirical.foreign.parity import softmax
from empirical.foreign.reading import Model
from empirical.heads.canonical import Head
from empirical.heads.tabled import QueriedHead, TabledQuery
from empirical.scores.content_position import ContentPositionLogits
from empirical.scores.copying import direct_logit_score
from empirical.scores.entropy import normalised_entropy
from empirical.scores.frequency import frequency_use, mean_angle
from empirical.scores.long_swaps import long_block_scores, long_swap_scores
from empirical.scores.repeats import earlier_of, followers_of
from empirical.scores.shifts import ShiftTest
from empirical.scores.shuffles import shuffle_tests
from empirical.survey.prediction import BEYOND, AnglesByLength, Outlook, outlook
from empirical.survey.prompts import BLOCKS
from empirical.survey.split import VarianceShares, split

ROWS = 256
"""Query rows whose attention weights are looked at."""
TABLED = 1024
"""Keys of a query up to which its logits at every distance are held: what bounds memory."""
COPIED = 25
"""Attended contents on whose tokens copying is measured (olsson2022induction)."""


@dataclass(frozen=True)
class Measured:
    """One head on one prompt.

    Attributes:
        layer: the block.
        head: the head of the block.
        positional: positional score of the last token, over swaps of two rows.
        symbolic: symbolic score, likewise.
        block_positional: the same over swaps of two of ``BLOCKS`` blocks.
        block_symbolic: likewise.
        token_positional: positional score with the first token left out of swaps and normaliser;
            None where fewer than two other tokens can be swapped.
        p_token_positional: p-value that places have no part in these tokens' logits, from shuffled
            contents; likewise.
        token_symbolic: symbolic score, likewise.
        p_token_symbolic: p-value that contents have none; likewise.
        first: mean weight of the first token, over the rows that see it; None where none does.
        p_first: p-value of that weight: share of tokens whose mean weight, over the rows that see
            them, is at least as large; likewise.
        entropy: normalised entropy of the last token's attention.
        previous: mean weight one back, over the rows.
        p_previous: p-value of that weight: share of distances whose mean weight, over the rows
            that reach as far, is at least as large.
        prefix: mean weight of what followed earlier occurrences of a token, over the rows that
            have any; None where no token comes again.
        p_prefix: p-value of that weight, against keys at the same distances; likewise.
        duplicate: mean weight of earlier occurrences of a token, over the rows that have any; None
            where no token comes again.
        p_duplicate: p-value of that weight, likewise.
        copying: share of the direct rise in logits that falls on the attended token, −1 to 1;
            None where the head raises none.
        standing: how many standard deviations the attended token's direct logit is above the mean
            of the whole vocabulary; None where the head changes no logit.
        hits_previous: whether the last token attends most to the one before.
        hits_prefix: whether it attends most to what followed its token; None without repeats.
        hits_answer: whether it attends most to the answer; None where nothing is asked.
        use: norm of the logits of each plane, and of the unrotated channels last if there are any.
        angle: mean angle weighted by use, radians per position.
        biases: what biases and content contribute to the last token's logits.
        averages: the same for the average content in place of the biases.
        lags: mean weight on keys at each range of distances, over the rows: 0, 1, 2 to 3, 4 to 7
            and so on; the first token's is left out.
        outlook: what the closed form predicts at other lengths.
    """

    layer: int
    head: int
    positional: float
    symbolic: float
    block_positional: float
    block_symbolic: float
    token_positional: float | None
    p_token_positional: float | None
    token_symbolic: float | None
    p_token_symbolic: float | None
    first: float | None
    p_first: float | None
    entropy: float
    previous: float
    p_previous: float
    prefix: float | None
    p_prefix: float | None
    duplicate: float | None
    p_duplicate: float | None
    copying: float | None
    standing: float | None
    hits_previous: bool
    hits_prefix: bool | None
    hits_answer: bool | None
    use: list[float]
    angle: float | None
    biases: VarianceShares
    averages: VarianceShares
    lags: list[float]
    outlook: Outlook

    def to_json(self) -> dict[str, Any]:
        """The row as JSON."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Repeated:
    """The keys of a prompt that repeated tokens point to, and their tests.

    Attributes:
        followers: for each row and key, whether it followed an earlier occurrence of the token.
        earlier: whether it is an earlier occurrence.
        followers_test: of the former; None where there is none.
        earlier_test: of the latter.
    """

    followers: Bool[np.ndarray, "rows length"]
    earlier: Bool[np.ndarray, "rows length"]
    followers_test: ShiftTest | None
    earlier_test: ShiftTest | None

    @classmethod
    def of(
        cls,
        ids: Int64[np.ndarray, " length"],
        rows: Int64[np.ndarray, " rows"],
        rng: np.random.Generator,
    ) -> "Repeated":
        """Those of a prompt, for queries in the given rows."""
        followers, earlier = followers_of(ids, rows), earlier_of(ids, rows)
        tests = ShiftTest.of(rng, rows, followers), ShiftTest.of(rng, rows, earlier)
        return cls(followers, earlier, *tests)


def measure(
    model: Model, ids: Int64[np.ndarray, " length"], seed: int, answer: int | None = None
) -> list[Measured]:
    """Measure every head of a model on one prompt.

    Args:
        model: the model.
        ids: at least four token ids.
        seed: of the pairs that are drawn where attention has no peak.
        answer: the position of the answer, where the last token asks for one.

    Returns:
        One row per head, block after block.

    Raises:
        Refusal: the residual stream overflows.
    """
    length = len(ids)
    rows = np.unique(np.linspace(1, length - 1, min(ROWS, length - 1)).astype(np.int64))
    repeated = Repeated.of(ids, rows, np.random.default_rng((seed, length)))
    measured: list[Measured] = []
    angles_of: dict[str, AnglesByLength] = {}

    def see(inputs: capture.AttentionInputs) -> None:
        # The last content is an empty row, which leaves queries and keys nothing but biases.
        contents = np.concatenate([inputs.stream, np.zeros_like(inputs.stream[:1])])
        heads, values = model.family.read(model.module, inputs.layer, contents, length)
        angles = _angles(model, inputs.layer, BEYOND * length, angles_of)
        share = len(heads) // values.shape[1]
        for number, head in enumerate(heads):
            rng = np.random.default_rng((seed, inputs.layer, number))
            weights = softmax(_first(head, length).rows(rows))
            mass = weights.sum(axis=0)
            attended = np.sort(np.argsort(mass)[-COPIED:])
            written = model.family.writes(
                model.module, inputs.layer, number, values[attended, number // share]
            )
            copying = _copying(model, written, ids[attended], mass[attended])
            place = inputs.layer, number
            measured.append(
                _measured(place, head, angles, weights, repeated, rows, copying, rng, answer)
            )

    capture.run(model, ids, see)
    return measured


def _angles(
    model: Model, layer: int, longest: int, known: dict[str, AnglesByLength]
) -> AnglesByLength:
    """The angles of a layer at every length, worked out once for layers of the same parameters."""
    config = model.module.config
    parameters = repr(sorted(model.family.rope(config, layer).items()))
    if parameters not in known:
        known[parameters] = AnglesByLength.of(partial(model.family.angles, config, layer), longest)
    return known[parameters]


def _first(head: Head, count: int) -> Head:
    """The head on its first contents."""
    arrays = ("queries", "keys", "query_rest", "key_rest")
    return Head(**{**vars(head), **{name: getattr(head, name)[:count] for name in arrays}})


def _measured(
    place: tuple[int, int],
    head: Head,
    angles: AnglesByLength,
    weights: Float64[np.ndarray, "rows length"],
    repeated: Repeated,
    rows: Int64[np.ndarray, " rows"],
    copying: tuple[float | None, float | None],
    rng: np.random.Generator,
    answer: int | None,
) -> Measured:
    length = weights.shape[1]
    last = length - 1
    seen = np.arange(max(0, length - (head.window or length)), length)
    questions = ContentPositionLogits.of(head, seen[None])
    observed = questions.observed()
    use = frequency_use(observed)[0]
    logits = head.at(last, seen, last - seen)
    asked: QueriedHead = TabledQuery.of(head, seen) if seen.size <= TABLED else head
    pair = long_swap_scores(asked, seen, rng)
    block = long_block_scores(asked, seen, min(BLOCKS, seen.size - 1))
    tokens = seen[seen > 0]
    token: tuple[float | None, float | None] = (None, None)
    p_token: tuple[float | None, float | None] = (None, None)
    if tokens.size > 2:
        token = long_swap_scores(asked, tokens, rng)
        p_token = shuffle_tests(asked, tokens, rng)
    sees_first = rows < (head.window or length)
    top = seen[logits.argmax()].item()
    followed = repeated.followers[-1]
    planes = np.append(head.angles, 0.0) if questions.unrotated is not None else head.angles
    return Measured(
        *place,
        *pair,
        *block,
        token_positional=token[0],
        p_token_positional=p_token[0],
        token_symbolic=token[1],
        p_token_symbolic=p_token[1],
        first=float(weights[sees_first, 0].mean()) if sees_first.any() else None,
        p_first=_p_first(weights, rows, head.window or length),
        entropy=float(normalised_entropy(logits[None])[0]),
        previous=float(weights[np.arange(rows.size), rows - 1].mean()),
        p_previous=_p_previous(weights, rows, head.window or length),
        prefix=_mean_weight(weights, repeated.followers),
        p_prefix=_p_value(repeated.followers_test, weights),
        duplicate=_mean_weight(weights, repeated.earlier),
        p_duplicate=_p_value(repeated.earlier_test, weights),
        copying=copying[0],
        standing=copying[1],
        hits_previous=top == last - 1,
        hits_prefix=bool(followed[top]) if followed.any() else None,
        hits_answer=None if answer is None else top == answer,
        use=use.tolist(),
        angle=mean_angle(use, planes),
        biases=_split(head, last, seen, lambda contents: contents[length]),
        averages=_split(head, last, seen, lambda contents: contents[seen].mean(0)),
        lags=_lags(weights, rows),
        outlook=outlook(head, angles, last, seen, logits),
    )


def _split(
    head: Head,
    last: int,
    seen: Int64[np.ndarray, " seen"],
    fixed: Callable[[np.ndarray], np.ndarray],
) -> VarianceShares:
    """The split of the last token's logits into what is fixed of all contents, and the rest."""
    contents = head.queries, head.keys, head.query_rest, head.key_rest
    return split(head, last, seen, *map(fixed, contents))


def _mean_weight(
    weights: Float64[np.ndarray, "rows length"], keys: Bool[np.ndarray, "rows length"]
) -> float | None:
    """The mean weight of some keys over the rows that have any."""
    some = np.asarray(keys.any(axis=1))
    return float((weights * keys).sum(axis=1)[some].mean()) if some.any() else None


def _lags(
    weights: Float64[np.ndarray, "rows length"], rows: Int64[np.ndarray, " rows"]
) -> list[float]:
    """The mean weight at distances below each power of two and not below the one before."""
    distances = np.maximum(rows[:, None] - np.arange(weights.shape[1]), 0)
    ranges = np.ceil(np.log2(distances + 1)).astype(np.int64)
    others = weights[:, 1:]
    totals = np.bincount(ranges[:, 1:].ravel(), others.ravel(), minlength=int(ranges.max()) + 1)
    shares: list[float] = (totals / rows.size).tolist()
    return shares


def _p_first(
    weights: Float64[np.ndarray, "rows length"], rows: Int64[np.ndarray, " rows"], window: int
) -> float | None:
    """The share of tokens that get as much weight as the first, where any row sees it."""
    distances = rows[:, None] - np.arange(weights.shape[1])
    seen = (distances >= 0) & (distances < window)
    tokens = np.asarray(seen.any(axis=0))
    if not tokens[0]:
        return None
    means = (weights * seen).sum(axis=0)[tokens] / seen.sum(axis=0)[tokens]
    return float((means >= means[0]).mean())


def _p_previous(
    weights: Float64[np.ndarray, "rows length"], rows: Int64[np.ndarray, " rows"], window: int
) -> float:
    """The share of distances that get as much weight as one back."""
    distances = rows[:, None] - np.arange(weights.shape[1])
    seen = (distances >= 0) & (distances < window)
    reached = np.bincount(distances[seen])
    means = np.bincount(distances[seen], weights[seen])[reached > 0] / reached[reached > 0]
    back = int(reached[0] > 0)  # distance 1 is the first or the second that is reached
    return float((means >= means[back]).mean()) if back < means.size else 1.0


def _p_value(test: ShiftTest | None, weights: Float64[np.ndarray, "rows length"]) -> float | None:
    return None if test is None else test.p_value(weights)


def _copying(
    model: Model,
    written: Float64[np.ndarray, "attended width"],
    tokens: Int64[np.ndarray, " attended"],
    weights: Float64[np.ndarray, " attended"],
) -> tuple[float | None, float | None]:
    """The attended token's share of the rise among tokens attended to, and its standing in all."""
    standings = model.family.standing(model.module, model.unembedding, written, tokens)
    standing = float(weights @ standings / weights.sum())
    known = standing if np.isfinite(standing) else None
    different, places = np.unique(tokens, return_inverse=True)
    logits = model.family.direct_logits(model.module, written, different)
    rises = logits - logits.mean(axis=1, keepdims=True)
    if different.size < 2 or not (np.maximum(rises, 0).sum(axis=1) * weights).sum() > 0:
        return None, known
    return direct_logit_score(logits, places, weights), known
