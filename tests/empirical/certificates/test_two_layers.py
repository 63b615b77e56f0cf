"""Two layers: never contradicted by running every input; every bound contains what it bounds."""

from collections import Counter

import numpy as np
import pytest
from jaxtyping import Float64, Int

from empirical.certificates.bigram_paths import Contexts, Paths
from empirical.certificates.induction_prover import InductionProver
from empirical.certificates.settle import Verdict
from empirical.certificates.two_layers import TwoLayers
from empirical.checkpoint import Checkpoint
from tests.empirical.certificates import planted


def certified(found: Checkpoint, length: int) -> Counter[Verdict]:
    """Verdicts of all groups, each compared with all of its inputs."""
    sequences = planted.inputs(found.config.vocab_size, length)
    answers, logits = planted.answers(sequences), planted.run(found, sequences)["logits"]
    rows = np.arange(len(sequences))
    rest = logits.copy()
    rest[rows, answers] = -np.inf
    margins = logits[rows, answers] - rest.max(axis=1)
    groups = np.stack([sequences[:, -2], sequences[:, -1], answers])
    prover = InductionProver(found)
    certificate = prover.certify(prover.contexts(length), lambda done, total: None)
    seen = {(row["previous"], row["query"], row["answer"]): row for row in certificate["rows"]}
    assert set(seen) == set(zip(*groups.tolist(), strict=True))
    for group, row in seen.items():
        mine = (groups == np.array(group)[:, None]).all(axis=0)
        worst = margins[mine].min()
        if row["verdict"] == Verdict.PROVED:
            assert worst > 0
        if row["verdict"] == Verdict.REFUTED:
            assert worst < 0
            alike = (sequences[mine] == row["witness"]).all(axis=1)
            gap = (logits[:, row["answer"]] - logits[:, row["rival"]])[mine][alike]
            assert gap == pytest.approx(row["witness_margin"], rel=1e-9)
            assert gap < 0
    return Counter(row["verdict"] for row in certificate["rows"])


@pytest.mark.parametrize(("tokens", "length"), [(4, 6), (5, 5)])
def test_agrees_with_every_input(tokens: int, length: int) -> None:
    total: Counter[Verdict] = Counter()
    for seed, noise in enumerate((0.01, 0.05, 0.1)):
        total += certified(planted.circuit(tokens, seed, noise), length)
    assert total[Verdict.PROVED] > 5
    assert total[Verdict.REFUTED] > 5
    assert total[Verdict.UNDECIDED] < sum(total.values()) / 2


@pytest.mark.parametrize("noise", [0.01, 0.2])
def test_the_leak_is_the_worst_over_all_contexts(noise: float) -> None:
    found = planted.circuit(4, 1, noise)
    contexts = Contexts(TwoLayers(found), 5)
    sequences = np.array(list(np.ndindex(4, 4, 4, 4, 4)))
    shares = planted.run(found, sequences)["shares 0"]
    for position in range(1, 5):
        leak = 1 - shares[:, position, position] - shares[:, position, position - 1]
        context = sequences[:, position - 1] * 4 + sequences[:, position]
        worst = np.zeros(16)
        np.maximum.at(worst, context, leak)
        bound = contexts.leak[position, :16]
        assert (bound >= worst - 1e-12).all()
        assert bound == pytest.approx(worst, rel=1e-6, abs=1e-9)  # no looser, so none to halve


def test_the_walk_finds_the_least_of_all_inputs() -> None:
    tokens, length = 4, 6
    contexts = Contexts(TwoLayers(planted.circuit(tokens, 2, 0.1)), length)
    everything = planted.inputs(tokens, length)
    wanted = planted.answers(everything)
    for previous, query in ((0, 1), (3, 2)):
        others = np.delete(np.arange(tokens), query)
        paths = Paths(contexts, previous, query, others)
        answers, rivals = np.repeat(others, tokens), np.tile(np.arange(tokens), others.size)
        least = paths.least(answers, rivals)
        ends = (everything[:, -2:] == (previous, query)).all(axis=1)
        for pair, (answer, rival) in enumerate(zip(answers.tolist(), rivals.tolist(), strict=True)):
            mine = everything[ends & (wanted == answer)]
            sums = summed(paths, mine, np.full(len(mine), pair), answers, rivals)
            assert least[pair] == pytest.approx(sums.min(), rel=1e-9, abs=1e-12)
            worst = np.array([paths.worst(answer, rival)])
            assert (mine == worst).all(axis=1).any()
            found = summed(paths, worst, np.array([pair]), answers, rivals)
            assert found == pytest.approx(sums.min(), rel=1e-9, abs=1e-12)


def summed(
    paths: Paths,
    sequences: planted.Sequences,
    pairs: Int[np.ndarray, " size"],
    answers: Int[np.ndarray, " pairs"],
    rivals: Int[np.ndarray, " pairs"],
) -> Float64[np.ndarray, " size"]:
    """The bounds of the bigrams of each sequence, added up; ``pairs`` says which row is each's."""
    tokens, total = paths.model.tokens, np.zeros(len(sequences))
    before = np.hstack([np.full((len(sequences), 1), tokens), sequences[:, :-1]])
    for place, terms in enumerate(paths.terms(answers, rivals)):
        total += terms[pairs, before[:, place] * tokens + sequences[:, place]]
    return total


def violations(found: Checkpoint, length: int, size: int, slack: float) -> tuple[int, int]:
    """Random inputs whose sum is below the bounds of their bigrams, and all that were drawn.

    ``slack`` scales what the first layer leaks.
    """
    tokens, rng = found.config.vocab_size, np.random.default_rng(length)
    contexts = Contexts(TwoLayers(found), length)
    contexts.leak *= slack
    contexts.low, contexts.high = contexts.scales()
    wrong = seen = 0
    for previous, query in ((0, 1), (2, 0), (tokens - 1, 3)):
        others = np.delete(np.arange(tokens), query)
        paths = Paths(contexts, previous, query, others)
        answers, rivals = np.repeat(others, tokens), np.tile(np.arange(tokens), others.size)
        sequences = planted.drawn(rng, tokens, size, (previous, query), length)
        pairs = np.searchsorted(others, planted.answers(sequences)) * tokens
        pairs += rng.integers(tokens, size=size)
        ran = planted.run(found, sequences)
        rows = np.arange(size)
        gaps = ran["logits"][rows, answers[pairs]] - ran["logits"][rows, rivals[pairs]]
        weights = np.exp(ran["scores 1"][:, -1] - paths.shift).sum(axis=1)
        truth = gaps * ran["scale"] * weights
        bound = summed(paths, sequences, pairs, answers, rivals)
        wrong += int((truth < bound - 1e-9 * np.abs(truth)).sum())
        seen += size
    return wrong, seen


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.3])
def test_no_random_input_is_below_its_bound(noise: float) -> None:
    found = planted.circuit(8, 3, noise, sharpness=60.0)
    assert violations(found, 12, 1200, 1.0) == (0, 3600)
    assert violations(found, 12, 1200, 0.0)[0] > 100  # the slack dropped
