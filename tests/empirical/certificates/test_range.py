"""Models outside of the range of ordinary arithmetic: nothing that is said of them is wrong."""

import math
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from flint import arb, ctx

from empirical.certificates.accuracy.bounds import accuracy
from empirical.certificates.arithmetic.float32 import Float32Execution
from empirical.certificates.arithmetic.rounding import FURTHEST, exp, exp_parts, lengths, units
from empirical.certificates.one_layer.branch_and_bound import prove_or_refute
from empirical.certificates.one_layer.float32_prover import Float32Prover
from empirical.certificates.one_layer.input_products import open_pieces
from empirical.certificates.one_layer.prover import Prover, Row
from empirical.certificates.one_layer.tables import PlainTables, Turns
from empirical.certificates.several_heads.prover import prover_of
from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint, TaskRecord
from empirical.models.config import GPTJConfig
from empirical.models.gptj import GPTJ
from empirical.models.one_plane import OnePlaneConfig
from empirical.recheck.certificate import Verdict
from empirical.shipped.checkpoints import shipped
from empirical.tasks.task import Entry
from tests.attack.truth import Truth
from tests.empirical.certificates import tiny

INDEX: tuple[Entry, ...] = ("a", "b", 1)
SHIPPED = {path.name: path for path in shipped()}


def model(
    changes: dict[str, object],
    heads: int = 1,
    entries: tuple[Entry, ...] = INDEX,
    task: str = "index",
) -> Checkpoint:
    """A model of two dimensions per head, all weights zero but LayerNorms' and those named."""
    config = GPTJConfig(
        len(entries), 2 * heads, 1, heads, rotary_dim=2, n_inner=3, layer_norm_epsilon=1e-5
    )
    weights = {name: np.zeros(shape, "f4") for name, shape in checkpoint.shapes(config)}
    for name, array in weights.items():
        if name.endswith(("ln_1.weight", "ln_f.weight")):
            array[:] = 1
        for suffix, value in changes.items():
            if name.endswith(suffix):
                array[...] = value
    record = TaskRecord(task, entries, (2,))
    return Checkpoint(Path("made"), config, weights, "", record, None)


def looking_away(heads: int) -> Checkpoint:
    """All scores lie far below the bound that all tokens share; class 1 wins by its bias."""
    width = 2 * heads
    head = np.zeros((3, width))
    head[0, :2] = 0.1, -0.1
    return model(
        {
            "wte.weight": np.tile([[1, -1], [-1, 1], [2, -2]], heads),
            "q_proj.weight": 15 * np.eye(width),
            "k_proj.weight": -15 * np.eye(width),
            "lm_head.weight": head,
            "lm_head.bias": [0, 3, 0],
        },
        heads,
    )


def rows_of(prover: Prover, length: int) -> list[Row]:
    return [row for domain in prover.domains(length) for row in prover.rows(domain.query, length)]


def assert_true(checkpoint: Checkpoint, rows: list[Row], length: int) -> None:
    """Every row is decided, and as running every input in balls has it."""
    truth = Truth(checkpoint).rows(length)
    for row in rows:
        right = truth[row.query, row.answer].wrong == 0
        assert row.verdict is (Verdict.PROVED if right else Verdict.REFUTED)


@pytest.mark.parametrize("heads", [1, 2, 3])
def test_weights_far_below_the_common_bound(heads: int) -> None:
    """Their squares underflowed, so that a norm became zero and a wrong answer was proved."""
    checkpoint = looking_away(heads)
    rows = rows_of(prover_of(checkpoint, 20.0), 2)
    assert [row.verdict for row in rows] == [Verdict.REFUTED, Verdict.PROVED]
    assert_true(checkpoint, rows, 2)


def test_unit_vectors_at_all_scales() -> None:
    rng = np.random.default_rng(0)
    for exponent in (-1074, -1060, -537, -170, 0, 300, 511, 900, 1023):
        rows = np.ldexp(rng.uniform(-1, 1, (20, 5)), exponent)
        rows[0], rows[1, 1:] = 0.0, 0.0
        with ctx.workprec(300):
            for row, unit, norm in zip(rows.tolist(), units(rows), lengths(rows), strict=True):
                true = sum((arb(x) * x for x in row), arb(0)).sqrt()
                assert abs(true - float(norm)) <= true * arb(2) ** -48 + arb(2) ** -1073
                size = sum((arb(x) * x for x in unit.tolist()), arb(0)).sqrt()
                assert size <= 1
                assert size > 1 - arb(2) ** -46 if any(row) else size == 0
    with pytest.raises(ValueError, match="columns"):
        units(np.ones((1, (1 << 14) + 1)))


def test_a_common_square_is_no_unit_vector() -> None:
    rows = np.array([[1e-170, 1e-170]])
    naive = rows / np.maximum(np.sqrt((rows**2).sum(axis=1, keepdims=True)), 1e-300)
    assert np.linalg.norm(naive) > 1e100
    assert np.linalg.norm(units(rows)) <= 1


def test_powers_at_all_scales() -> None:
    xs = np.array([1.0, 0.3, -1.0, -700.5, -800.0, -1e5, -FURTHEST])
    mantissas, exponents = exp_parts(xs)
    with ctx.workprec(300):
        for x, m, k in zip(xs.tolist(), mantissas.tolist(), exponents.tolist(), strict=True):
            true = arb(x).exp()
            assert abs(arb(m) * arb(2) ** k - true) <= true * 80 * arb(2) ** -53
    assert exp_parts(np.array([-2 * FURTHEST]))[0] == 0
    for wrong in (math.nan, math.inf, 2 * FURTHEST):
        with pytest.raises(ValueError, match="exponent"):
            exp_parts(np.array([wrong]))
    with pytest.raises(ValueError, match="exponent"):
        exp(np.array([1.5]))


def test_accuracies_where_streams_nearly_vanish() -> None:
    """Directions were scaled to a norm of 1e130, and half of all inputs counted as right."""
    checkpoint = model(
        {
            "wte.weight": [[0.12, 0.45], [-2.28, -0.08], [-1.78, 2.73]],
            "ln_1.weight": [0.98, 0.83],
            "ln_1.bias": [0.07, 0.33],
            "q_proj.weight": [[16.9, 0.16], [0.02, 16.9]],
            "k_proj.weight": [[-16.9, 0], [0, -16.9]],
            "v_proj.weight": [[-0.3, 0.44], [-0.9, -0.15]],
            "out_proj.weight": [[-0.005, -0.022], [-0.002, 0.001]],
            "fc_in.weight": [[-0.52, 1.26], [0.41, 1.18], [-0.18, 0.74]],
            "fc_in.bias": [-0.11, 0.33, -0.31],
            "fc_out.weight": [[0.45, 0.33, 0.43], [-0.61, -0.37, -0.83]],
            "fc_out.bias": [0.07, 0.23],
            "ln_f.weight": [1.2, 0.76],
            "ln_f.bias": [-0.24, 0.34],
            "lm_head.weight": [[-0.03, -0.01], [-1.3, -0.08], [-2.42, 0.08]],
            "lm_head.bias": [-0.04, -0.06, -0.45],
        },
        entries=(("a", "b"), ("b", "a"), ("c", 1)),
        task="retrieval",
    )
    bounds = accuracy(Prover(checkpoint), 2, lambda done, total: None)
    rows = Truth(checkpoint).rows(2).values()
    true = float(np.mean([row.right / row.inputs for row in rows]))
    assert bounds["lower"] <= true <= bounds["upper"]


@pytest.mark.parametrize("power", [70, -75])
def test_float32_that_overflows_or_underflows(power: int) -> None:
    """The same function by numbers that float32 cannot square: nothing is claimed of torch."""
    model = checkpoint.read(SHIPPED["index-1layer"])
    names = ("wte.weight", "fc_out.weight", "fc_out.bias", "out_proj.weight")
    weights = {
        name: array * np.float32(2.0**power) if name.endswith(names) else array
        for name, array in model.weights.items()
    }
    epsilon = min(0.5, model.config.layer_norm_epsilon * 4.0**power)
    config = replace(model.config, layer_norm_epsilon=epsilon)
    prover = Float32Prover(Checkpoint(model.path, config, weights, "", model.task, None))
    domain = prover.domains(32)[0]
    real = prover.model.tables(domain.query)
    assert all(row.verdict is Verdict.UNDECIDED for row in prover.rows(domain.query, 32))
    assert all(row.verdict is Verdict.PROVED for row in Prover.rows_of(prover, real, domain, 32))
    assert prover.reach(domain.query, 40).longest < domain.distances.start + 1
    with torch.inference_mode():
        inputs = torch.from_numpy(np.resize(domain.others, (4, 32)))
        assert GPTJ.of(config, weights)(inputs, last_only=True).isnan().all()


@pytest.mark.parametrize("tensor", ["q_proj.weight", "fc_in.weight", "lm_head.weight", "ln_f.bias"])
def test_float32_slack_without_bound(tensor: str) -> None:
    """A slack that overflowed ended the search with an IndexError."""
    made = tiny.checkpoint("index", 1, True, 0.4, 6)
    weights = {
        name: array * np.float32(2.0**100) if name.endswith(tensor) else array
        for name, array in made.weights.items()
    }
    spoilt = Checkpoint(made.path, made.config, weights, "", made.task, None)
    for row in rows_of(Float32Prover(spoilt), 3):
        assert row.verdict in Verdict


def test_float32_angles_of_a_chosen_plane() -> None:
    """The slack of one plane grows with its angle, not with that of the ladder."""
    made = tiny.checkpoint("index", 1, True, 0.4, 2)
    values = {name: getattr(made.config, name) for name in ("vocab_size", "n_embd", "n_layer")}
    slacks = []
    for angle in (1.0, 1e3):
        config = OnePlaneConfig(
            **values, n_head=1, rotary_dim=2, n_inner=3, layer_norm_epsilon=0.01, angle=angle
        )
        checkpoint = Checkpoint(made.path, config, made.weights, "", made.task, None)
        slack = Float32Execution(checkpoint).slack(3, 50)
        assert slack is not None
        slacks.append(slack.weight)
    assert slacks[1] > 10 * slacks[0]


def test_margins_of_witnesses_to_their_last_digits() -> None:
    """Where balls of 128 bits leave the digits of a margin open, finer ones do not."""
    x, y = np.float32(2.0**-62 * (1 + 1 / 3)), np.float32(2.0**-62 * (1 + 1 / 7))
    checkpoint = model(
        {
            "wte.weight": [[1, -1], [-1, 1], [2, -2]],
            "ln_f.weight": 0,
            "ln_f.bias": [1, y],
            "lm_head.weight": [[-1, -x], [0, 0], [-1, 0]],
            "lm_head.bias": [1, 0, 0],
        }
    )
    row = rows_of(Prover(checkpoint), 2)[0]
    true = Fraction(-float(x)) * Fraction(float(y))
    assert row.verdict is Verdict.REFUTED
    assert row.margin == pytest.approx(float(true), rel=1e-12, abs=0)


@pytest.mark.parametrize("angle", [1e40, 1e300])
def test_angles_of_many_turns(angle: float) -> None:
    """An exact angle has a cosine however large it is; one that is not known well has none."""
    made = tiny.checkpoint("index", 5, True, 1.5, 2)
    values = {name: getattr(made.config, name) for name in ("vocab_size", "n_embd", "n_layer")}
    config = OnePlaneConfig(
        **values, n_head=1, rotary_dim=2, n_inner=3, layer_norm_epsilon=0.01, angle=angle
    )
    checkpoint = Checkpoint(made.path, config, made.weights, "", made.task, None)
    assert_true(checkpoint, rows_of(Prover(checkpoint), 3), 3)
    with pytest.raises(ValueError, match="not known well"):
        Turns([arb(angle) * arb.pi()]).block(0, 3)


SCORES = [0.0, -800.0, 1e4, -1e7, 1e12, -1e60, 1e300]
VALUES = [1.0, -1.0, 1e-200, -1e-200, 1e-310, 1e150, -1e300, 1e308]


def exact_sign(scores: np.ndarray, values: np.ndarray, tokens: tuple[int, ...]) -> int:
    """The sign of class 0 less class 1 on one input of plain tables; 0 if it is not told."""
    with ctx.workprec(4096):
        rows = [arb(float(scores[j, y])) for j, y in enumerate(tokens)]
        top = max(rows, key=lambda ball: float(ball.mid()))
        gaps = [arb(float(values[y, 0])) - arb(float(values[y, 1])) for y in tokens]
        total = sum(((s - top).exp() * g for s, g in zip(rows, gaps, strict=True)), arb(0))
        return int(total > 0) - int(total < 0)


def test_plain_tables_at_all_scales() -> None:
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(400):
        scores = rng.choice(SCORES, (3, 3)) * rng.uniform(0.5, 1, (3, 3))
        values = rng.choice(VALUES, (3, 2)) * rng.uniform(0.5, 1, (3, 2))
        outcome = prove_or_refute(PlainTables(scores, values), [np.ones((3, 3), dtype=bool)], 0, 1)
        signs = {exact_sign(scores, values, t) for t in product(range(3), repeat=3)}
        assert outcome.verdict is not Verdict.PROVED or signs == {1}
        assert outcome.verdict is not Verdict.REFUTED or -1 in signs
        if 0 not in signs:
            assert outcome.verdict is not Verdict.UNDECIDED
        seen.add(outcome.verdict)
    assert seen >= {Verdict.PROVED, Verdict.REFUTED}


def test_out_of_range_only_inputs_of_the_row_are_looked_at() -> None:
    """Where floats say nothing of any place, the answer still stands at a place of the task."""
    embedding = np.array([[1, -1], [-1, 1], [2, -2], [1, 2]])
    strong = 2.0**60 * np.eye(2)
    changes: dict[str, object] = {"wte.weight": embedding}
    changes |= {"q_proj.weight": strong, "k_proj.weight": strong}
    prover = Prover(model(changes, entries=("a", "b", 1, 2)))
    domain = next(d for d in prover.domains(4) if d.query == 3)
    tables = prover.model.tables(3)
    assert not tables.in_range
    pairs = prover.pairs(tables, domain)
    first = pairs.only(np.arange(pairs.answers.size) == 0)
    (piece,) = open_pieces(tables, domain, first, 4)
    assert np.flatnonzero(piece[0]).tolist() == [3]
    assert np.flatnonzero(piece[2]).tolist() == pairs.answers[:1].tolist()
