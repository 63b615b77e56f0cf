"""Every bound contains what it bounds, on networks in which every weight matters."""

from dataclasses import replace

import numpy as np
import pytest

from empirical.certificates.multi_hop import letter, number
from empirical.certificates.multi_hop.forms import LinearForms
from empirical.certificates.multi_hop.prover import MultiHopProver
from empirical.certificates.multi_hop.scores import score_bounds
from empirical.certificates.multi_hop.states import Generic, States, Tracked
from empirical.files.checkpoint import Checkpoint
from empirical.tasks.letter_walk import LetterWalk
from empirical.tasks.number_walk import NumberWalk
from tests.empirical.certificates.multi_hop import networks
from tests.empirical.certificates.multi_hop.traced import Trace, trace

BLUR = 1e-9
"""Of the compared numbers: the model class rounds too."""
SCALES = [2.0**-30, 1.0, 2.0**12]
LENGTH = 6


def drawn_inputs(task: LetterWalk | NumberWalk, size: int) -> np.ndarray:
    return task.drawn(np.random.default_rng(1), size, LENGTH, 0.5)[0]


def directions(width: int) -> np.ndarray:
    return np.random.default_rng(2).normal(size=(40, width))


def everywhere(inputs: np.ndarray) -> tuple[np.ndarray, ...]:
    """Every position of every input, as an index."""
    return tuple(np.indices(inputs.shape).reshape(2, -1))


def last_of(rows: np.ndarray) -> np.ndarray:
    """The last position, once for each row."""
    return np.full(rows.size, LENGTH - 1)


def below(reached: np.ndarray, bound: np.ndarray) -> bool:
    """Whether no number is above its bound by more than the model class rounds."""
    return bool((reached <= bound + BLUR * (np.abs(bound) + np.abs(reached))).all())


def rescaled(checkpoint: Checkpoint, scale: float) -> Checkpoint:
    """The same network with its stream in other units; ε goes along, as a config allows."""
    weights = {name: array.copy() for name, array in checkpoint.weights.items()}
    for name in weights:
        if name.endswith(("wte.weight", "out_proj.weight", "fc_out.weight", "fc_out.bias")):
            weights[name] *= np.float32(scale)
    return replace(checkpoint, weights=weights)


def assert_contains(
    states: States, index: np.ndarray, seen: Trace, at: tuple[np.ndarray, ...]
) -> None:
    """Streams, divisors, reads, values and MLPs lie in the sets that they belong to."""
    forms = LinearForms.exact(directions(seen.stream.shape[2]))
    stream, read, value, mlp = (rows[at] for rows in (seen.stream, seen.read, seen.value, seen.mlp))
    assert below(forms.values @ stream.T, states.stream(forms)[:, index])
    assert below(forms.values @ read.T, states.read(forms)[:, index])
    assert below(forms.values @ value.T, states.values(forms)[:, index])
    low, high = (bound[index] for bound in states.divisor)
    assert below(low, seen.divisor[at])
    assert below(seen.divisor[at], high)
    if states.box is None:
        assert not mlp.any()
    else:
        assert below(forms.values @ mlp.T, states.box.highest(forms)[:, index])
    for rows, centre, spread in (
        (stream, states.centre, states.stream_spread(forms)),
        (read, states.read_centre, states.read_spread(forms)),
        (value, states.value_centre, states.value_spread(forms)),
    ):
        moved = np.sqrt((((rows - centre[index]) @ forms.values.T) ** 2).sum(axis=1))
        size = np.sqrt((rows**2).sum(axis=1)) * forms.frobenius
        assert (moved <= spread[index] + BLUR * size).all()


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("kind", ["letter-3-hops", "number-3-hops"])
def test_any_position_lies_in_its_set(kind: str, scale: float) -> None:
    checkpoint = rescaled(networks.drawn(kind, 0), scale)
    prover = MultiHopProver(checkpoint)
    inputs = drawn_inputs(prover.task, 200)
    for generic, seen in zip(prover.generics, trace(checkpoint, inputs), strict=True):
        assert_contains(generic, inputs.ravel(), seen, everywhere(inputs))
        written = np.einsum("bqk,bkd->bqd", seen.weights, seen.value).reshape(-1, 6)
        forms = LinearForms.exact(directions(6))
        assert below(forms.values @ written.T, generic.written(forms)[:, None])


def test_a_set_is_no_larger_than_a_layer_makes_it() -> None:
    """Before the second layer each end is reached by attending to one token alone."""
    checkpoint = networks.drawn("letter-2-hops", 1)
    prover = MultiHopProver(checkpoint)
    first, second = prover.generics
    forms = LinearForms.exact(directions(6))
    assert first.box is not None
    alone = first.network.embedding[:, None] + first.value_centre + first.box.centre[:, None]
    reached = np.einsum("fd,tsd->fts", forms.values, alone).max(axis=2)
    assert second.stream(forms) == pytest.approx(reached, rel=1e-8, abs=1e-8)


def letter_states(prover: MultiHopProver, walks: np.ndarray) -> list[tuple[States, np.ndarray]]:
    """The last token's states before each layer, and which is each walk's."""
    assert isinstance(prover.task, LetterWalk)
    ways, way = letter.Ways.of(prover.task, walks, len(prover.generics))
    state, index, _ = letter.track(prover.generics, ways, LENGTH)
    reached = [(state, index[way])]
    while isinstance(state, Tracked):
        index = state.index[index]
        state = state.parent
        reached.insert(0, (state, index[way]))
    return reached


@pytest.mark.parametrize("scale", [0.3, 3.0])
@pytest.mark.parametrize("kind", ["letter-2-hops", "letter-1-to-3-hops"])
def test_the_last_token_of_letters_lies_in_its_sets(kind: str, scale: float) -> None:
    checkpoint = networks.drawn(kind, 3, scale=scale)
    prover = MultiHopProver(checkpoint)
    task, inputs = prover.task, drawn_inputs(prover.task, 300)
    paths, hops = task.path(inputs), task.hops(inputs)
    traces = trace(checkpoint, inputs)
    for count in np.unique(hops).tolist():
        mine = np.flatnonzero(hops == count)
        stops = paths[mine, : count + 1]
        walks = inputs[mine[:, None], stops]
        for depth, (states, index) in enumerate(letter_states(prover, walks)):
            assert_contains(states, index, traces[depth], (mine, last_of(mine)))
            if isinstance(states, Tracked):
                following = paths[mine, min(depth, count)]
                held = traces[depth - 1].weights[mine, LENGTH - 1, following]
                assert below(1 - held, states.leak[index])


@pytest.mark.parametrize("scale", [0.3, 3.0])
@pytest.mark.parametrize("kind", ["number-2-hops", "number-3-hops"])
def test_every_stop_of_integers_lies_in_its_sets(kind: str, scale: float) -> None:
    checkpoint = networks.drawn(kind, 4, scale=scale)
    prover = MultiHopProver(checkpoint)
    task, inputs = prover.task, drawn_inputs(prover.task, 300)
    assert isinstance(task, NumberWalk)
    rows, path = np.arange(len(inputs)), task.path(inputs)
    walks = inputs[rows[:, None], path]
    every = np.array(task.walks(LENGTH))
    levels, _ = number.levels(prover.generics, task, every, LENGTH)
    traces = trace(checkpoint, inputs)
    for depth, level in enumerate(levels):
        for stop in range(task.HOPS + 1 - depth):
            index = level.find(walks[:, stop : stop + depth + 1])
            assert_contains(level.states, index, traces[depth], (rows, path[:, stop]))
            if isinstance(level.states, Tracked):
                held = traces[depth - 1].weights[rows, path[:, stop], path[:, stop + 1]]
                assert below(1 - held, level.states.leak[index])


@pytest.mark.parametrize("kind", ["letter-3-hops", "number-3-hops"])
def test_scores_lie_between_their_bounds(kind: str) -> None:
    checkpoint = networks.drawn(kind, 5)
    prover = MultiHopProver(checkpoint)
    inputs = drawn_inputs(prover.task, 200)
    last = LENGTH - 1
    for generic, seen in zip(prover.generics, trace(checkpoint, inputs), strict=True):
        low, high = score_bounds(generic, generic, LENGTH)
        logs = np.log(seen.weights[:, last])
        # Scores up to a constant of each input: differences from the score of the last token.
        scores = logs - logs[:, -1:]
        asked = inputs[:, last]
        for place in range(LENGTH):
            ends = asked, last - place, inputs[:, place]
            own = asked, 0, asked
            assert below(scores[:, place], high[ends] - low[own])
            assert below(low[ends] - high[own], scores[:, place])


class Sealed(Tracked):
    """A stop as if nothing leaked: unsound."""

    def stream(self, forms: LinearForms) -> np.ndarray:
        leak, self.leak = self.leak, 0 * self.leak
        stream = super().stream(forms)
        self.leak = leak
        return stream


class Alone(Generic):
    """Any position as if nothing had been written there: unsound."""

    def stream(self, forms: LinearForms) -> np.ndarray:
        return forms.highest(self.centre)


def test_what_is_unsound_is_seen() -> None:
    checkpoint = networks.drawn("letter-2-hops", 6)
    prover = MultiHopProver(checkpoint)
    inputs = drawn_inputs(prover.task, 200)
    seen = trace(checkpoint, inputs)[1]
    alone = Alone(prover.network, prover.generics[:1])
    with pytest.raises(AssertionError):
        assert_contains(alone, inputs.ravel(), seen, everywhere(inputs))
    walks = inputs[np.arange(len(inputs))[:, None], prover.task.path(inputs)]
    (_, _), (states, index) = letter_states(prover, walks)
    assert isinstance(states, Tracked)
    parts = (states.parent, states.index, states.leak, states.target, states.target_index)
    every = np.arange(len(inputs))
    sealed = Sealed(*parts, states.anything)
    with pytest.raises(AssertionError):
        assert_contains(sealed, index, seen, (every, last_of(every)))
