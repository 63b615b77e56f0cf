"""Two layers: never contradicted by running every input; every bound contains what it bounds."""

from collections import Counter

import numpy as np
import pytest
from jaxtyping import Float64

from empirical.certificates.induction.bigram_paths import BigramContexts, Paths
from empirical.certificates.induction.context_tables import TwoLayerTables
from empirical.certificates.induction.prover import InductionProver
from empirical.files.checkpoint import Checkpoint
from empirical.recheck.certificate import Verdict
from tests.empirical.certificates import planted


def certified(checkpoint: Checkpoint, length: int) -> Counter[Verdict]:
    """Verdicts of all groups, each compared with all of its inputs."""
    sequences = planted.inputs(checkpoint.config.vocab_size, length)
    answers, logits = planted.answers(sequences), planted.run(checkpoint, sequences)["logits"]
    rows = np.arange(len(sequences))
    rest = logits.copy()
    rest[rows, answers] = -np.inf
    margins = logits[rows, answers] - rest.max(axis=1)
    groups = np.stack([sequences[:, -2], sequences[:, -1], answers])
    prover = InductionProver(checkpoint)
    certificate = prover.certify(prover.contexts(length), lambda done, total: None)
    seen = {(row["previous"], row["query"], row["answer"]): row for row in certificate["rows"]}
    assert set(seen) == set(zip(*groups.tolist(), strict=True))
    proved = [
        seen[group]["verdict"] == Verdict.PROVED for group in zip(*groups.tolist(), strict=True)
    ]
    lower = certificate["accuracy"]["lower"]  # drawn inputs are equally likely
    assert lower == pytest.approx(np.mean(proved), rel=1e-12)
    assert lower <= (margins > 0).mean()
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


@pytest.mark.parametrize(("tokens", "length"), [(4, 6), (5, 6)])
def test_agrees_with_every_input(tokens: int, length: int) -> None:
    total: Counter[Verdict] = Counter()
    for seed, noise in enumerate((0.01, 0.05, 0.1)):
        total += certified(planted.circuit(tokens, seed, noise), length)
    assert total[Verdict.PROVED] > 5
    assert total[Verdict.REFUTED] > 5
    assert total[Verdict.UNDECIDED] < sum(total.values()) / 2


@pytest.mark.parametrize("noise", [0.01, 0.2])
def test_the_leak_is_the_worst_over_all_contexts(noise: float) -> None:
    circuit = planted.circuit(4, 1, noise)
    contexts = BigramContexts(TwoLayerTables(circuit), 5)
    sequences = np.array(list(np.ndindex(4, 4, 4, 4, 4)))
    shares = planted.run(circuit, sequences)["shares 0"]
    for position in range(1, 5):
        leak = 1 - shares[:, position, position] - shares[:, position, position - 1]
        context = sequences[:, position - 1] * 4 + sequences[:, position]
        worst = np.zeros(16)
        np.maximum.at(worst, context, leak)
        assert (contexts.leak[:16] >= worst - 1e-12).all()
    # At the last position it is no looser: nothing there can be halved.
    assert contexts.leak[:16] == pytest.approx(worst, rel=1e-6, abs=1e-9)
    assert not contexts.leak[16:].any()


def test_the_walk_finds_the_least_of_all_inputs() -> None:
    tokens, length = 4, 6
    contexts = BigramContexts(TwoLayerTables(planted.circuit(tokens, 2, 0.1)), length)
    everything = planted.inputs(tokens, length)
    wanted = planted.answers(everything)
    for previous, query in ((0, 1), (3, 2)):
        others = np.delete(np.arange(tokens), query)
        paths = Paths(contexts, previous, query, others)
        answers, rivals = np.repeat(others, tokens), np.tile(np.arange(tokens), others.size)
        gains = paths.gains(answers, rivals)
        least = paths.least(answers, gains)
        ends = (everything[:, -2:] == (previous, query)).all(axis=1)
        for pair, answer in enumerate(answers.tolist()):
            mine = everything[ends & (wanted == answer)]
            sums = planted.summed(paths, mine, gains[np.full(len(mine), pair)])
            assert least[pair] == pytest.approx(sums.min(), rel=1e-9, abs=1e-12)
            worst = np.array([paths.worst(answer, gains[[pair]])])
            assert (mine == worst).all(axis=1).any()
            walked = planted.summed(paths, worst, gains[[pair]])
            assert walked == pytest.approx(sums.min(), rel=1e-9, abs=1e-12)


ENDS = (0, 1), (2, 0), (7, 3)


class Sealed(BigramContexts):
    """BigramContexts as if the first layer did not leak: unsound."""

    def worst_leak(self) -> Float64[np.ndarray, " contexts"]:
        return 0.0 * super().worst_leak()


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.3])
def test_no_random_input_is_below_its_bound(noise: float) -> None:
    circuit = planted.circuit(8, 3, noise, sharpness=60.0)
    model = TwoLayerTables(circuit)
    assert planted.violations(BigramContexts(model, 12), circuit, 1200, ENDS) == (0, 3600)
    assert planted.violations(Sealed(model, 12), circuit, 1200, ENDS)[0] > 100
