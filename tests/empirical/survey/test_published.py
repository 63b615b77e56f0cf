"""Published claims about language models: numbers that show them, and neighbours that do not."""

from dataclasses import replace
from string import ascii_lowercase

import numpy as np
import pytest

from empirical.foreign.reading import Model
from empirical.foreign.vocabulary import Vocabulary
from empirical.survey.interval import Interval, resampled
from empirical.survey.one_hop import LETTER, NUMBER
from empirical.survey.published import answers, binding, mapped, roles, text, wiring
from empirical.survey.published.answers import LENGTHS, PROMPTS, Answers
from empirical.survey.published.row import PublishedClaim, PublishedRow
from empirical.survey.report import HeadReport
from empirical.trajectories.published_claims import Reproduction
from tests.empirical import foreign_models

REPRODUCED, NOT_REPRODUCED, UNDECIDED = Reproduction
RNG = np.random.default_rng(0)
HEADS = 120


def outcomes(rows: list[PublishedRow]) -> dict[str, Reproduction]:
    return {row.name: row.outcome for row in rows}


def test_an_interval_decides() -> None:
    claim = PublishedClaim("", "", "", "", above=0.0, below=1.0)
    for low, high, outcome in (
        (0.1, 0.9, REPRODUCED),
        (-0.1, 0.9, UNDECIDED),
        (0.5, 1.1, UNDECIDED),
        (-1.0, 2.0, UNDECIDED),
        (-2.0, -1.0, NOT_REPRODUCED),
        (-2.0, 0.0, NOT_REPRODUCED),
        (1.0, 2.0, NOT_REPRODUCED),
    ):
        assert claim.judged(Interval(0.5, low, high), "").outcome is outcome
    assert claim.judged(Interval(0.5, None, None), "").outcome is UNDECIDED
    assert claim.undecided("").outcome is UNDECIDED


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_resampled_intervals_hold_the_mean(scale: float) -> None:
    held = []
    for seed in range(60):
        sample = scale * np.random.default_rng(seed).normal(size=30)
        interval = resampled(lambda some, of=sample: float(of[some].mean()), 30)
        assert interval.low is not None
        assert interval.high is not None
        held.append(interval.low <= 0 <= interval.high)
    assert np.mean(held) > 0.85


def binding_scores(sign: float) -> binding.BindingScores:
    """Heads as published, or the other way round."""
    layers = np.repeat(np.arange(12), HEADS // 12)
    positional = 0.5 + sign * np.where(layers < 6, 0.3, -0.3) + RNG.normal(0, 0.1, HEADS)
    symbolic = 1 - positional if sign > 0 else positional
    symbolic = symbolic + RNG.normal(0, 0.05, HEADS)
    order, fastest = RNG.normal([[0.5 * sign], [0.2 * sign]], 0.2, (2, HEADS))
    return binding.BindingScores(256, layers, positional, symbolic, order, fastest)


def test_scores_on_binding_prompts() -> None:
    assert set(outcomes(binding.binding_rows(binding_scores(1.0))).values()) == {REPRODUCED}
    assert set(outcomes(binding.binding_rows(binding_scores(-1.0))).values()) == {NOT_REPRODUCED}


def answered(right: float, log_odds: float) -> Answers:
    """Prompts of which a share is right."""
    some = [number < right * PROMPTS for number in range(PROMPTS)]
    return Answers(8, some, RNG.normal(log_odds, 0.5, PROMPTS).tolist(), [1] * PROMPTS)


def test_one_hop_prompts() -> None:
    def rows(letter: float, number: float, start: float = 1.0) -> dict[str, Reproduction]:
        ends = {LETTER: letter, NUMBER: number}
        measured = {
            (kind, length): answered(start if length == LENGTHS[0] else 0.2, odds)
            for kind, end in ends.items()
            for length, odds in zip(LENGTHS, np.linspace(4, end, 4), strict=True)
        }
        return outcomes(answers.answer_rows(measured))

    as_published = rows(letter=2.0, number=-2.0)
    assert set(as_published.values()) == {REPRODUCED}
    assert len(as_published) == 5
    other = rows(letter=-2.0, number=6.0)
    assert other["letter-kept"] is other["number-lost"] is NOT_REPRODUCED
    never = rows(letter=2.0, number=-2.0, start=0.0)
    assert never["letter-answered"] is never["number-answered"] is NOT_REPRODUCED
    assert never["letter-kept"] is never["number-lost"] is UNDECIDED


def test_text() -> None:
    def rows(score: float, loss: float) -> dict[str, Reproduction]:
        whole = RNG.normal(score, 0.1, 16)
        removed = whole + loss + RNG.normal(0, 0.05, 16)
        return outcomes(text.text_rows(text.TextScores(whole, removed, whole + 0.02, 5)))

    assert set(rows(-0.4, 0.3).values()) == {REPRODUCED}
    assert set(rows(0.1, -0.3).values()) == {NOT_REPRODUCED}
    assert rows(-2.0, 0.3)["in-context"] is NOT_REPRODUCED
    none = text.TextScores(np.full(16, -0.4) + RNG.normal(0, 0.1, 16), np.empty(0), np.empty(0), 0)
    assert outcomes(text.text_rows(none))["induction-needed"] is UNDECIDED


def test_mapped_repeats() -> None:
    def row(excess: float) -> PublishedRow:
        excesses = RNG.normal(excess, 0.05, 8)
        return mapped.mapped_rows(mapped.MappedMatching(excesses, excesses, 5))[0]

    assert row(0.4).outcome is REPRODUCED
    assert row(-0.4).outcome is NOT_REPRODUCED
    nothing = mapped.MappedMatching(np.empty(0), np.empty(0), 0)
    assert mapped.mapped_rows(nothing)[0].outcome is UNDECIDED


def test_mapped_targets_are_of_the_other_case_only() -> None:
    """Tokens 1 and 11 are one word: 1 2 11 3 1: the last follows 11 as mapped, 1 literally."""
    pairs = {1: 11, 2: 12, 3: 13}
    ids = np.array([1, 2, 11, 3, 1])
    targets = mapped.mapped_targets(ids, pairs | {b: a for a, b in pairs.items()})
    assert np.argwhere(targets).tolist() == [[2, 1], [4, 3]]


def test_wiring() -> None:
    def row(gap: float) -> PublishedRow:
        strengths = RNG.normal(0.1 + gap, 0.02, 12), RNG.normal(0.1, 0.02, 90)
        return wiring.wiring_rows(wiring.Wiring(*strengths))[0]

    assert row(0.1).outcome is REPRODUCED
    assert row(-0.1).outcome is NOT_REPRODUCED
    assert wiring.wiring_rows(wiring.Wiring(np.ones(1), np.ones(9)))[0].outcome is UNDECIDED


def head(number: int, role: str, positional: float) -> HeadReport:
    """A head that is given a role, with its scores."""
    test = "previous" if role == "previous token" else "prefix"
    scores = {"token_positional": positional, "token_symbolic": 1 - positional, test: 0.9}
    means = {name: Interval(value, None, None) for name, value in scores.items()}
    return HeadReport(
        layer=number, head=0, length=256, prompts=8, tests={test: 0.001}, use=[], shares={},
        means={**means, "standing": Interval(3.0, None, None)}, biases={}, averages={},
        offset=(1, 8), lost=None, floor={}, peak={}, top_bounds={}, profile={}, lags=[], effects={},
    )  # fmt: skip


def test_roles_by_their_scores() -> None:
    def rows(previous: float, induction: float) -> list[PublishedRow]:
        heads = [head(number, "previous token", previous + 0.01 * number) for number in range(5)]
        heads += [head(9 + number, "induction", induction - 0.01 * number) for number in range(5)]
        return roles.role_rows(heads)

    assert set(outcomes(rows(0.8, 0.2)).values()) == {REPRODUCED}
    assert set(outcomes(rows(0.2, 0.8)).values()) == {NOT_REPRODUCED}
    assert set(outcomes(roles.role_rows([])).values()) == {UNDECIDED}


def test_rows_survive_json() -> None:
    import json
    from dataclasses import asdict

    from empirical.survey.published.claims import row_of

    row = binding.binding_rows(binding_scores(1.0))[0]
    for kept in (row, replace(row, measured=None)):
        assert row_of(json.loads(json.dumps(asdict(kept)))) == kept


LETTERS = "abcdefgh"
WORDS = [f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in "lmnrst"]
NAMES = [
    *binding.COLOURS, *ascii_lowercase, *"12345678", *WORDS, *(word.capitalize() for word in WORDS),
    *(a + b for a in LETTERS for b in LETTERS),
]  # fmt: skip


def small_model() -> Model:
    """A random model whose tokens are words, colours, letters and digits."""
    ids = {"<s>": 0, ".": 1} | {f"\u0120{name}": 2 + at for at, name in enumerate(NAMES)}
    size = len(ids)
    config = foreign_models.config("llama", vocab_size=size, max_position_embeddings=1024)
    model = foreign_models.unread(config)
    return replace(model, vocabulary=Vocabulary(np.arange(1, size), (0,), size, ids))


def test_measures_of_a_random_model_show_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random heads of a random model answer nothing, match nothing, and learn nothing."""
    for module, name, value in (
        (binding, "PAIRS", 30), (binding, "BLOCKS", 3), (answers, "PROMPTS", 8),
        (text, "DOCUMENTS", 4), (mapped, "PROMPTS", 4),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    model, heads = small_model(), frozenset({(1, 0), (1, 3)})

    def encode(of: str) -> list[int]:
        return [1 + ord(letter) % (len(NAMES) - 1) for letter in of[:700]]

    measured = {
        (kind, length): answers.answers(model, kind, length, 0)
        for kind in (NUMBER, LETTER)
        for length in LENGTHS
    }
    rows = [
        *binding.binding_rows(binding.binding_scores(model, 0)),
        *answers.answer_rows(measured),
        *text.text_rows(text.text_scores(model, encode, heads, 0)),
        *mapped.mapped_rows(mapped.mapped_matching(model, heads, 0)),
        *wiring.wiring_rows(wiring.wiring(model, heads, frozenset({(0, 1), (0, 2)}), 0)),
    ]
    assert len(rows) == 13
    seen = outcomes(rows)
    for name in ("number-answered", "letter-answered", "in-context", "induction-needed", "mapped"):
        assert seen[name] is not REPRODUCED, name


def test_binding_prompts_ask_for_a_name_of_their_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binding, "PAIRS", 40)
    prompts, places = binding.binding_prompts(small_model(), 0)
    assert prompts.shape == (binding.BLOCKS, 2 + binding.SIZE * ((prompts.shape[1] - 2) // 3))
    for ids, block in zip(prompts, places, strict=True):
        assert ids[-1] == ids[block[0]]
        assert ids[block[-1]] == 1
        assert (ids[:-1] == ids[-1]).sum() == 1
