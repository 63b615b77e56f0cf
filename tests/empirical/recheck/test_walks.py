"""Certificates of walks: honest ones hold, forged ones do not, and every lemma is needed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

from empirical.certificates.document import checked
from empirical.certificates.multi_hop.prover import MultiHopProver
from empirical.files.checkpoint import Checkpoint
from empirical.files.checkpoint import read as read_model
from empirical.recheck import letter_walks, streams
from empirical.recheck.certificate import Verdict, WalkRow, Walks
from empirical.recheck.check import weakened
from empirical.recheck.checkpoint import Checkpoint as Read
from empirical.recheck.checkpoint import read_checkpoint
from empirical.recheck.failures import Malformed, Rejected
from empirical.recheck.letter_walks import LetterStops
from empirical.recheck.multi_hop import check_walks, proved_share_of_walks
from empirical.recheck.near import Near
from empirical.recheck.number_walks import NumberStops
from empirical.recheck.streams import AnyPosition, Followed, StreamSet, gelu_range
from empirical.recheck.streams import _gelu_at as gelu_at
from empirical.recheck.tables import gelu
from empirical.recheck.walk_scores import Rotation, score_bounds
from empirical.recheck.walks import LetterWalks, NumberWalks, walks_of
from tests.empirical import small_models
from tests.empirical.certificates.multi_hop import every_input, networks
from tests.empirical.certificates.multi_hop.traced import Trace, trace
from tests.empirical.recheck.certificates import Document, check, instead, places, put, write
from tests.empirical.recheck.walk_models import hand_set, walks
from theory.refusal import Refusal

LENGTH = 5
BLUR = 1e-9
"""Of the compared numbers: the model class rounds too."""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="module")
def mixed(directory: Path) -> Document:
    made = walks(directory, hand_set(6.0, noise=0.05), LENGTH)
    assert {row["verdict"] for row in made["claims"]["rows"]} == set(Verdict)
    return made


def test_honest_certificates_hold(mixed: Document, directory: Path, tmp_path: Path) -> None:
    check(mixed, directory)
    check(walks(tmp_path, hand_set(20.0), LENGTH), tmp_path)
    check(walks(tmp_path, networks.drawn("number-2-hops", 0), 3), tmp_path)


def test_a_hand_set_network_is_proved_from_a_certified_temperature_on(tmp_path: Path) -> None:
    """At 3 all is proved, at 2 nothing is decided, and at 0.5 the answer loses to something."""
    for beta, length, verdict in ((3.0, 5, "PROVED"), (2.0, 5, "UNDECIDED"), (0.5, 5, "REFUTED")):
        made = walks(tmp_path, hand_set(beta), length)
        assert {row["verdict"] for row in made["claims"]["rows"]} == {verdict}


def test_proved_rows_are_right_on_every_input(mixed: Document) -> None:
    made = hand_set(6.0, noise=0.05)
    task, model = networks.task("letter-2-hops"), networks.model(made)
    proved = [row["walk"] for row in mixed["claims"]["rows"] if row["verdict"] == "PROVED"]
    for walk in proved:
        inputs = np.array([*every_input.every_input(task, tuple(walk), LENGTH)])
        assert every_input.margins(model, inputs, walk[-1]).min() > 0


def test_every_altered_number_is_refused(mixed: Document, directory: Path) -> None:
    claims = mixed["claims"]
    kinds = {row["verdict"]: at for at, row in enumerate(claims["rows"])}
    paths = [("length",)]
    for at in kinds.values():
        paths += [("rows", at, *path) for path in places(claims["rows"][at])]
    assert len(paths) > 12
    for path in paths:
        for change in (lambda number: number + 1, lambda number: -number - 1):
            with pytest.raises((Malformed, Rejected)):
                check(put(mixed, ("claims", *path), change), directory)


def test_flipped_and_dropped_rows(mixed: Document, directory: Path) -> None:
    rows = mixed["claims"]["rows"]
    kinds = {row["verdict"]: at for at, row in enumerate(rows)}
    for verdict in ("REFUTED", "UNDECIDED"):
        names = {"walk": rows[kinds[verdict]]["walk"], "verdict": "PROVED"}
        with pytest.raises(Rejected, match="PROVED is not shown again"):
            check(put(mixed, ("claims", "rows", kinds[verdict]), instead(names)), directory)
    with pytest.raises(Rejected, match="its rows are not the walks"):
        check(put(mixed, ("claims", "rows"), instead(rows[1:])), directory)
    for length in (1, 2, 1 << 13):
        with pytest.raises(Rejected):
            check(put(mixed, ("claims", "length"), instead(length)), directory)


def test_a_false_witness(mixed: Document, directory: Path) -> None:
    rows = mixed["claims"]["rows"]
    at, row = next((k, row) for k, row in enumerate(rows) if row["verdict"] == "REFUTED")
    other = next(other["walk"] for other in rows if other["walk"][0] != row["walk"][0])
    begun = row["walk"][1]
    wrong = {
        "witness": (row["witness"][:-1] + other[:1], "not an input"),
        "rival": (row["walk"][-1], "no other class"),
        "margin": (row["margin"] * 1.001, "the margin of its witness is"),
    }
    for name, (value, reason) in wrong.items():
        with pytest.raises(Rejected, match=reason):
            check(put(mixed, ("claims", "rows", at, name), instead(value)), directory)
    twice = [begun, begun, *row["witness"][2:]]
    with pytest.raises(Rejected, match="not an input"):
        check(put(mixed, ("claims", "rows", at, "witness"), instead(twice)), directory)


def test_what_is_not_shown_becomes_undecided(mixed: Document, directory: Path) -> None:
    """A search that believes everything: its claims are taken back, and what is left holds."""
    rows = [{"walk": row["walk"], "verdict": "PROVED"} for row in mixed["claims"]["rows"]]
    outcome = checked({"length": LENGTH, "rows": rows}, directory)
    assert isinstance(outcome.certificate.claims, Walks)
    held = [row.verdict for row in outcome.certificate.claims.rows]
    assert held.count(Verdict.PROVED) == str(mixed).count("'PROVED'")
    assert len(outcome.differences) == held.count(Verdict.UNDECIDED) > 0
    check(outcome.certificate.to_json(), directory)
    assert weakened(outcome.certificate, []) == outcome.certificate


def test_hostile_weights_show_nothing(tmp_path: Path) -> None:
    for scale in (2.0**100, 2.0**-100):
        made = networks.drawn("letter-2-hops", 0)
        weights = {name: w * np.float32(scale) for name, w in made.weights.items()}
        write(tmp_path, networks.replaced(made, weights))
        read = read_checkpoint(tmp_path)
        task = walks_of(read.task)
        rows = tuple(WalkRow(walk, Verdict.PROVED) for walk in task.walks(4))
        assert len(check_walks(Walks(4, rows), read, lambda done, total: None)) == len(rows)


def test_more_blocks_than_are_checked(tmp_path: Path) -> None:
    made = networks.drawn("letter-2-hops", 0)
    config = replace(made.config, n_layer=9)
    write(tmp_path, replace(made, config=config, weights=small_models.weights(config, 0)))
    rows = (WalkRow((0, 1, 2), Verdict.PROVED),)
    with pytest.raises(Rejected, match="has 9 blocks for walks of 2 hops"):
        check_walks(Walks(4, rows), read_checkpoint(tmp_path), lambda done, total: None)
    with pytest.raises(Refusal, match="has 9 layers"):
        MultiHopProver(read_model(tmp_path))


def test_the_proved_share_is_that_of_drawn_inputs() -> None:
    rng = np.random.default_rng(0)
    for kind in ("letter-1-to-3-hops", "number-3-hops"):
        task, length = networks.task(kind), 6
        inputs = task.drawn(rng, 20_000, length, 0.0)[0]
        proved = {walk for walk in task.walks(length) if sum(walk) % 3}
        rows = [
            WalkRow(walk, Verdict.PROVED if walk in proved else Verdict.UNDECIDED)
            for walk in task.walks(length)
        ]
        paths = task.path(inputs)
        drawn = [
            tuple(row[stop] for stop in dict.fromkeys(path))
            for row, path in zip(inputs.tolist(), paths.tolist(), strict=True)
        ]
        seen = sum(walk in proved for walk in drawn) / len(drawn)
        assert float(proved_share_of_walks(rows)) == pytest.approx(seen, abs=0.015)


# What every lemma bounds, against what networks do in which every weight matters.


def below(reached: Any, bound: Any) -> bool:
    return bool((reached <= bound + BLUR * (np.abs(bound) + np.abs(reached))).all())


def assert_contains(
    states: StreamSet, index: np.ndarray, seen: Trace, at: tuple[np.ndarray, ...]
) -> None:
    """Streams, divisors, reads, values and MLPs lie in the sets that they belong to."""
    forms = Near.exact(np.random.default_rng(2).normal(size=(20, seen.stream.shape[2])))
    stream, read, value, mlp = (rows[at] for rows in (seen.stream, seen.read, seen.value, seen.mlp))
    assert below(states.low[index], seen.divisor[at])
    assert below(seen.divisor[at], states.high[index])
    assert states.added is not None
    for rows, ends, centre, radius in (
        (stream, states.ends(forms), states.centre, states.radius(forms)),
        (read, states.read_ends(forms), states.read, states.read_radius(forms)),
        (value, states.value_ends(forms), states.value, states.value_radius(forms)),
        (mlp, states.added.ends(forms), states.added.centre, states.added.radius(forms)),
    ):
        reached = forms.values @ rows.T
        assert below(reached, ends.high[:, index])
        assert below(-reached, -ends.low[:, index])
        moved = np.sqrt((((rows - centre[index]) @ forms.values.T) ** 2).sum(axis=1))
        assert below(moved, radius[index])


@pytest.fixture(scope="module", params=["letter-1-to-3-hops", "number-3-hops"])
def network(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Checkpoint, Read, list[AnyPosition]]:
    made = networks.drawn(request.param, 3)
    path = tmp_path_factory.mktemp("drawn")
    write(path, made)
    read = read_checkpoint(path)
    anything: list[AnyPosition] = []
    for _ in range(3):
        anything.append(AnyPosition(read, anything))
    return made, read, anything


Network = tuple[Checkpoint, Read, list[AnyPosition]]


def drawn_inputs(made: Checkpoint) -> tuple[np.ndarray, np.ndarray]:
    """Inputs of three hops, and where their stops stand."""
    assert made.task is not None
    task = networks.task(made.task.name)
    inputs = task.drawn(np.random.default_rng(1), 300, LENGTH, 0.5)[0]
    inputs = inputs[task.hops(inputs) == 3]
    return inputs, task.path(inputs)


def test_any_position_lies_in_its_set(network: Network) -> None:
    made, _, anything = network
    inputs, _ = drawn_inputs(made)
    every = tuple(np.indices(inputs.shape).reshape(2, -1))
    for states, seen in zip(anything, trace(made, inputs), strict=True):
        assert_contains(states, inputs.ravel(), seen, every)


def followed(network: Network) -> tuple[StreamSet, np.ndarray, list[Trace], np.ndarray]:
    """The last token before the last layer, and what networks really do."""
    made, read, anything = network
    inputs, path = drawn_inputs(made)
    walked = [tuple(row) for row in np.take_along_axis(inputs, path, axis=1).tolist()]
    task, rotation = walks_of(read.task), Rotation(read, LENGTH)
    alike = [walk for walk in task.walks(LENGTH) if len(walk) == 4]
    if isinstance(task, LetterWalks):
        letters = LetterStops(read, anything, task, alike, rotation)
        index = [letters.index[letters.ways[walk[:3]]] for walk in walked]
        return letters.stops, np.array(index), trace(made, inputs), path
    assert isinstance(task, NumberWalks)
    numbers = NumberStops(read, anything, task, alike, rotation)
    index = [numbers.before.numbers[walk[:3]] for walk in walked]
    return numbers.before.stops, np.array(index), trace(made, inputs), path


def last_of(path: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(len(path)), path[:, 0]


def test_followed_stops_lie_in_their_sets(network: Network) -> None:
    stops, index, traces, path = followed(network)
    for layer in (2, 1):
        assert isinstance(stops, Followed)
        assert_contains(stops, index, traces[layer], last_of(path))
        rows = np.arange(len(path))
        hop = layer if stops.following is stops.anything else 1
        held = traces[layer - 1].weights[rows, LENGTH - 1, path[:, hop]]
        assert below(1 - held, stops.leak[index])
        index = np.array(stops.of)[index]
        stops = stops.earlier


def test_scores_lie_between_their_bounds(network: Network) -> None:
    made, read, anything = network
    inputs, _ = drawn_inputs(made)
    last, rotation = LENGTH - 1, Rotation(read, LENGTH)
    for states, seen in zip(anything, trace(made, inputs), strict=True):
        bounds = score_bounds(states, states, rotation)
        logs = np.log(seen.weights[:, last])
        scores, asked = logs - logs[:, -1:], inputs[:, last]
        for place in range(LENGTH):
            ends, own = (asked, last - place, inputs[:, place]), (asked, 0, asked)
            assert below(scores[:, place], bounds.high[ends] - bounds.low[own])
            assert below(bounds.low[ends] - bounds.high[own], scores[:, place])


def test_without_leak_without_radius_or_without_what_was_written(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """False neighbours of the lemmas: each is contradicted by what networks do."""
    made, read, anything = network
    _, _, traces, path = followed(network)

    def no_leak(weights: Any, *rest: Any) -> np.ndarray:
        return np.zeros_like(true_leak(weights, *rest))

    for kind in (LetterStops, NumberStops):
        true_leak = kind._leak
        with monkeypatch.context() as patch:
            patch.setattr(kind, "_leak", no_leak)
            if (kind is LetterStops) == isinstance(walks_of(read.task), LetterWalks):
                stops, index, _, _ = followed(network)
                with pytest.raises(AssertionError):
                    assert_contains(stops, index, traces[2], last_of(path))
    inputs, _ = drawn_inputs(made)
    every = tuple(np.indices(inputs.shape).reshape(2, -1))
    for name, false in (
        ("written_ends", lambda self, forms: forms.by_points(self.mean[None])[:, 0]),
        ("written_radius", lambda self, linear: 0.0),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(AnyPosition, name, false)
            with pytest.raises(AssertionError):
                assert_contains(AnyPosition(read, anything[:2]), inputs.ravel(), traces[2], every)


def test_gelu_falls_and_rises() -> None:
    low, high = np.array([[-3.0, -0.9, -2.0, 0.5]]), np.array([[-1.0, -0.6, 4.0, 0.75]])
    least, most = gelu_range(low, high)
    with ctx.workprec(100):
        for column in range(4):
            for part in range(101):
                x = low[0, column] + (high[0, column] - low[0, column]) * part / 100
                assert not gelu(arb(x)) < float(least[0, column])
                assert not gelu(arb(x)) > float(most[0, column])
        ends = min(float(gelu(arb(x)).mid()) for x in (-0.9, -0.6))
        assert ends > float(gelu(arb(-0.7524)).mid()) > streams.LEAST_GELU > least.min() - 1e-12


@pytest.mark.parametrize("radius", [0.0, 1e-57, 1e-10, 0.5])
def test_gelu_of_a_ball_around_zero_is_a_ball_around_zero(radius: float) -> None:
    ball = gelu(arb(0, radius))
    assert ball.contains(0)
    for end in (-radius, radius):
        assert ball.contains(gelu(arb(end)).mid())
    assert ball.rad() <= 2 * radius


def test_gelu_in_floats_is_near_that_in_balls() -> None:
    sizes = 10.0 ** np.linspace(-290, 12, 400)
    near_turn = np.linspace(-1, -0.5, 50)
    points = np.concatenate([[0.0], sizes, -sizes, near_turn, np.linspace(-20, 20, 300)])[None]
    least, most = gelu_at(points)
    with ctx.workprec(300):
        columns = points[0].tolist(), least[0].tolist(), most[0].tolist()
        for x, low, high in zip(*columns, strict=True):
            inner = (2 / arb.pi()).sqrt() * (x + arb("0.044715") * arb(x) ** 3)
            exact = x / (1 + (-2 * inner).exp())
            assert low <= exact <= high
            assert high - low <= 2.0**-37 * abs(exact) + 2.0**-900 * (1 + abs(x))
    large = np.array([[1e13, 1e60, 1e149]])  # the function is the number itself, or near zero
    with np.errstate(over="ignore"):
        rising, falling = gelu_at(large), gelu_at(-large)
    assert ((rising[0] <= large) & (large <= rising[1])).all()
    assert (rising[1] - rising[0] <= 2.0**-37 * large).all()
    assert ((falling[0] < 0) & (falling[0] > -1e-100 * large) & (falling[1] >= 0)).all()
    unbounded = gelu_at(np.array([[-1e151, 1e151, np.inf, -np.inf, np.nan]]))
    assert np.isneginf(unbounded[0]).all()
    assert np.isposinf(unbounded[1]).all()


def test_sums_err_downwards() -> None:
    terms = np.array([[1e16, 1.0, -1e16, 3.0], [2.0**-1074, 0.1, 0.2, 0.3]])
    for row, bound in zip(terms.tolist(), letter_walks.sum_down(terms).tolist(), strict=True):
        with ctx.workprec(300):
            assert sum(map(arb, row), arb(0)) >= bound


def test_search_and_checker_agree(tmp_path: Path) -> None:
    made = write(tmp_path, hand_set(4.0, noise=0.04))
    content = MultiHopProver(made).certify(4)
    assert not checked(content, tmp_path).differences
