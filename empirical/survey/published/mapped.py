"""Whether induction heads match words that come again with a capital, or without.

A segment of words recurs after gaps that vary, and each repeat may have capitals in place of small
letters. Only keys that followed a word in the other form are looked at.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from empirical.foreign import capture
from empirical.foreign.parity import softmax
from empirical.foreign.reading import Model
from empirical.foreign.vocabulary import SPACES
from empirical.scores.repeats import followers_of, translated_repeats
from empirical.scores.shifts import ShiftTest
from empirical.survey.interval import resampled
from empirical.survey.prompts import SEGMENT
from empirical.survey.published.row import PublishedClaim, PublishedRow, counted
from empirical.survey.published.text import SOURCE, Heads
from theory.refusal import Refusal

LENGTH, PROMPTS = 256, 8

MAPPED = PublishedClaim(
    "mapped",
    "induction heads match words that come again in the other case: weight on what followed them, "
    "less that of keys at the same distances, above 0",
    SOURCE,
    "translated and mapped copies, in examples",
    above=0.0,
)


@dataclass(frozen=True, eq=False)
class MappedMatching:
    """Weights of the induction heads on what followed words in the other case.

    Attributes:
        weight: of each prompt, mean over heads and queries.
        excess: of each prompt, the same less that of keys at the same distances.
        heads: how many.
    """

    weight: Float64[np.ndarray, " prompts"]
    excess: Float64[np.ndarray, " prompts"]
    heads: int


def mapped_matching(model: Model, induction: Heads, seed: int) -> MappedMatching:
    """Measure the induction heads of a model.

    Raises:
        Refusal: too few words of the model are tokens in both cases.
    """
    weight, excess = [], []
    for number in range(PROMPTS):
        ids, others = mapped_prompt(model, number, seed)
        rows = np.arange(1, ids.size)
        targets = mapped_targets(ids, others)[rows]
        test = ShiftTest.of(np.random.default_rng((seed, number)), rows, targets)
        matches: list[tuple[float, float]] = []

        def see(
            inputs: capture.AttentionInputs,
            rows: np.ndarray = rows,
            targets: np.ndarray = targets,
            test: ShiftTest | None = test,
            matches: list[tuple[float, float]] = matches,
        ) -> None:
            own = [head for layer, head in induction if layer == inputs.layer]
            heads = model.family.heads(model.module, inputs.layer, inputs.stream) if own else []
            for number in own:
                weights = softmax(heads[number].rows(rows))
                some = targets.any(axis=1)
                if test is not None:
                    mean = float((weights * targets).sum(axis=1)[some].mean())
                    matches.append((mean, test.excess(weights)))

        capture.run(model, ids, see)
        if matches:
            weight.append(np.mean([mean for mean, _ in matches]))
            excess.append(np.mean([more for _, more in matches]))
    return MappedMatching(np.array(weight), np.array(excess), len(induction))


def mapped_prompt(
    model: Model, number: int, seed: int
) -> tuple[Int64[np.ndarray, " length"], dict[int, int]]:
    """A prompt, and the other case of each of its words."""
    pairs = _both_cases(model)
    start = np.array(model.vocabulary.start, dtype=np.int64)
    small = np.array(sorted(pairs))
    capital = np.array([pairs[token] for token in small.tolist()])
    rng = np.random.default_rng((seed, number))
    body = translated_repeats(rng, 1, LENGTH - start.size, small, capital, SEGMENT)[0]
    return np.concatenate([start, body]), pairs | {other: own for own, other in pairs.items()}


def mapped_targets(
    ids: Int64[np.ndarray, " length"], others: dict[int, int]
) -> Bool[np.ndarray, "length length"]:
    """Whether a key followed an earlier occurrence of the query's word in the other case only."""
    swapped = np.array([others.get(token, -1) for token in ids.tolist()])
    every = np.arange(ids.size)
    targets = np.zeros((ids.size, ids.size), dtype=bool)
    targets[:, 1:] = swapped[:, None] == ids[:-1]
    targets &= every < every[:, None]
    literal = followers_of(ids, every)
    mapped: Bool[np.ndarray, "length length"] = targets & ~literal
    return mapped


def _both_cases(model: Model) -> dict[int, int]:
    """Words that are tokens after a space, in small letters and with a capital."""
    capitals = {}
    for name, token in model.vocabulary.ids.items():
        word = name[1:]
        if name[:1] in SPACES and len(word) > 2 and word.isascii() and word.islower():
            capital = model.vocabulary.token(word.capitalize(), spaced=True)
            if word.isalpha() and capital is not None:
                capitals[token] = capital
    if len(capitals) < 4 * SEGMENT:
        raise Refusal(f"{len(capitals)} words of this model are tokens in both cases: too few")
    return capitals


def mapped_rows(matching: MappedMatching) -> list[PublishedRow]:
    """The claim."""
    if not matching.excess.size:
        return [MAPPED.undecided("no head is called induction")]
    reason = f"{counted(matching.heads, 'induction head')}, weight {matching.weight.mean():.2f}, "
    reason += f"{matching.excess.size} prompts of {LENGTH} tokens"
    return [
        MAPPED.judged(
            resampled(lambda some: float(matching.excess[some].mean()), matching.excess.size),
            reason,
        )
    ]
