"""Several heads, on models whose inputs can all be run: no verdict is ever wrong."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from empirical.certificates.one_layer.prover import Prover, Row
from empirical.certificates.one_layer.tables import PlainTables
from empirical.certificates.one_layer.worst_case import Weights
from empirical.certificates.several_heads.branch_and_bound import prove_or_refute_several_heads
from empirical.certificates.several_heads.prover import SeveralProver, prover_of
from empirical.certificates.several_heads.ratio_bounds import HeadSums, PieceSums
from empirical.certificates.several_heads.thresholds import proved_by_thresholds
from empirical.files.checkpoint import Checkpoint
from empirical.recheck.certificate import Verdict
from tests.empirical.certificates import tiny
from theory.refusal import Refusal

CLEAR = 1e-9
"""Margins above this in size have the sign that float64 gives them."""
SECONDS = 20.0

models = st.tuples(
    st.sampled_from(sorted(tiny.TASKS)),
    st.integers(0, 10_000),
    st.booleans(),
    st.sampled_from([0.03, 0.1, 0.4, 1.5]),
    st.just(2),
    st.sampled_from([2, 3]),
)
seen: Counter[tuple[str, str]] = Counter()


def rows_of(checkpoint: Checkpoint, length: int) -> list[Row]:
    prover = SeveralProver(checkpoint, SECONDS)
    return [row for domain in prover.domains(length) for row in prover.rows(domain.query, length)]


@settings(max_examples=60)
@given(models, st.integers(2, 4))
def check(model: tuple[str, int, bool, float, int, int], length: int) -> None:
    checkpoint = tiny.checkpoint(*model)
    brute = tiny.worst_margins(checkpoint, length)
    rows = rows_of(checkpoint, length)
    assert {(row.query, row.answer) for row in rows} == set(brute)
    for row in rows:
        worst = brute[row.query, row.answer]
        truth = Verdict.PROVED if worst > 0 else Verdict.REFUTED
        seen[truth, row.verdict] += 1
        if abs(worst) < CLEAR:
            continue
        assert row.verdict in (truth, Verdict.UNDECIDED)
        if row.verdict is Verdict.REFUTED:
            assert row.witness is not None
            assert row.rival is not None
            assert row.witness[-1] == row.query
            assert row.witness[-1 - row.distance] == row.answer
            measured = tiny.margin(checkpoint, row.witness, row.answer, row.rival)
            assert measured == pytest.approx(row.margin, abs=CLEAR)
            assert measured < 0


def test_verdicts_never_contradict_brute_force() -> None:
    check()
    decided = sum(seen[kind, kind] for kind in (Verdict.PROVED, Verdict.REFUTED))
    assert decided == sum(seen.values()), "at these sizes all rows are decided"
    assert min(seen[kind, kind] for kind in (Verdict.PROVED, Verdict.REFUTED)) > 20


def random_heads(rng: np.random.Generator, heads: int, places: int) -> list[PlainTables]:
    return [
        PlainTables(rng.normal(0, 2, (places, 4)), rng.normal([0.35, 0], 1, (4, 2)))
        for _ in range(heads)
    ]


def margins(heads: list[PlainTables], places: int) -> np.ndarray:
    """Class 0 minus class 1 on every input, in float64."""
    inputs = np.stack(np.meshgrid(*[np.arange(4)] * places, indexing="ij"), -1).reshape(-1, places)
    total = np.zeros(len(inputs))
    for head in heads:
        weights = np.exp(head.scores(0, places)[np.arange(places), inputs])
        gains = (head.linear[:, 0] - head.linear[:, 1])[inputs]
        total += (weights * gains).sum(axis=1) / weights.sum(axis=1)
    return total


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(1, 5))
def test_plain_tables_of_several_heads(seed: int, heads: int, places: int) -> None:
    made = random_heads(np.random.default_rng(seed), heads, places)
    worst = float(margins(made, places).min())
    whole = np.ones((places, 4), dtype=bool)
    result = prove_or_refute_several_heads(made, [whole], 0, 1, SECONDS)
    assert result.outcome.verdict is (Verdict.PROVED if worst > 0 else Verdict.REFUTED)
    assert bool(result.proofs) == (worst > 0)


def test_no_piece_is_begun_when_the_time_is_over() -> None:
    def pieces() -> Iterator[np.ndarray]:
        yield np.ones((3, 4), dtype=bool)
        raise AssertionError("a second piece was begun")

    made = random_heads(np.random.default_rng(0), 2, 3)
    result = prove_or_refute_several_heads(made, pieces(), 0, 1, -1.0)
    assert result.outcome.verdict is Verdict.UNDECIDED


def test_boxes_hold_every_ratio() -> None:
    for seed in range(40):
        made = random_heads(np.random.default_rng(seed), 3, 3)
        at = HeadSums(made, 3, 0, 1, 0).on(np.ones((3, 4), dtype=bool))
        assert at is not None
        box = at.ratios()
        assert box is not None
        inputs = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), -1).reshape(-1, 3)
        totals = at.weights[:, np.arange(3), inputs].sum(axis=2)
        for h, (low, high) in enumerate(zip(*box, strict=True), start=1):
            ratios = totals[0] / totals[h]
            assert low < ratios.min() < ratios.max() < high
            assert high / low < 1.001 * ratios.max() / ratios.min()


def test_heads_apart_are_not_enough() -> None:
    # Each head alone can be made negative, but not both by one input: boxes are needed.
    scores = np.zeros((1, 2))
    one, two = np.array([[2.0, 0.0], [-1.0, 0.0]]), np.array([[-1.0, 0.0], [2.0, 0.0]])
    heads = [PlainTables(scores, one), PlainTables(scores, two)]
    result = prove_or_refute_several_heads(heads, [np.ones((1, 2), dtype=bool)], 0, 1, SECONDS)
    assert result.outcome.verdict is Verdict.PROVED
    assert "tree" in result.proofs[0]


def test_a_tie_and_no_time_stay_undecided() -> None:
    heads = [PlainTables(np.zeros((2, 1)), np.array([[x, 0.0]])) for x in (1.0, -1.0)]
    whole = np.ones((2, 1), dtype=bool)
    assert (
        prove_or_refute_several_heads(heads, [whole], 0, 1, 0.1).outcome.verdict
        is Verdict.UNDECIDED
    )
    scores = np.random.default_rng(0).normal(0, 1, (1, 2))
    heads = [PlainTables(scores, np.array(v)) for v in ([[2.0, 0], [-1, 0]], [[-1.0, 0], [2, 0]])]
    late = prove_or_refute_several_heads(heads, [np.ones((1, 2), dtype=bool)], 0, 1, -1.0)
    assert late.outcome.verdict is Verdict.UNDECIDED


@pytest.mark.parametrize("part", ["slack", "weights"])
def test_a_prover_with_a_mistake_is_found_out(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if part == "slack":  # a bound that believes anything above minus one
        monkeypatch.setattr(
            PieceSums, "slack", lambda self, multipliers: -np.ones(len(self.weights))
        )
    else:  # the second head's normaliser taken for the first's
        ones = Weights(np.ones((3, 4)), np.zeros((3, 4), dtype=np.int32))
        monkeypatch.setattr(Weights, "of", lambda tables, start, stop: ones)
    wrong = 0
    for seed in range(60):
        made = random_heads(np.random.default_rng(seed), 2, 3)
        whole = np.ones((3, 4), dtype=bool)
        verdict = prove_or_refute_several_heads(made, [whole], 0, 1, 1.0).outcome.verdict
        wrong += (verdict is Verdict.PROVED) and margins(made, 3).min() < 0
    assert wrong > 0


@pytest.mark.parametrize("task", sorted(tiny.TASKS))
def test_thresholds_and_horizons(task: str) -> None:
    proofs, longest = 0, 4
    for seed in range(5):
        checkpoint = tiny.checkpoint(task, seed, seed % 2 == 1, 0.2, 2, 2)
        prover = prover_of(checkpoint, SECONDS)
        assert isinstance(prover, SeveralProver)
        brute = {n: tiny.worst_margins(checkpoint, n) for n in range(2, longest + 1)}
        for domain in prover.domains(longest):
            heads = [prover.model.tables(domain.query, head) for head in range(2)]
            for answer in domain.answers.tolist():
                rivals = np.array([c for c in range(prover.classes) if c != answer])
                answers = np.full_like(rivals, answer)
                for n in [n for n in brute if (domain.query, answer) in brute[n]]:
                    at = next(d for d in prover.domains(n) if d.query == domain.query)
                    proved, _ = proved_by_thresholds(heads, at, answers, rivals, n)
                    proofs += int(proved[:, -1].all())
                    assert not proved[:, -1].all() or brute[n][domain.query, answer] > -CLEAR
            failing = [
                n for n, at in brute.items() for q, _ in at
                if q == domain.query and at[q, _] < 0
            ]  # fmt: skip
            reach = prover.reach(domain.query, longest)
            assert reach.longest == (min(failing) - 1 if failing else longest)
    assert proofs > 2


def test_each_prover_knows_its_number_of_heads() -> None:
    one, two = (tiny.checkpoint("index", 0, True, 0.4, 2, heads) for heads in (1, 2))
    assert type(prover_of(one, 1.0)) is Prover
    with pytest.raises(Refusal, match="2 heads"):
        Prover(two)
    with pytest.raises(Refusal, match="1 heads"):
        SeveralProver(one, 1.0)
    tables = PlainTables(np.zeros((1, 1)), np.zeros((1, 2)))
    with pytest.raises(Refusal, match="at most 8"):
        prove_or_refute_several_heads([tables] * 9, [np.ones((1, 1), dtype=bool)], 0, 1, 1.0)
    other = PlainTables(np.zeros((1, 2)), np.zeros((2, 2)))
    with pytest.raises(Refusal, match="differ in shape"):
        prove_or_refute_several_heads([tables, other], [np.ones((1, 1), dtype=bool)], 0, 1, 1.0)
