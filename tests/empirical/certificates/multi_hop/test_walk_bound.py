"""The bound that is trained on is the bound that proves, and asking for it is a part of a plan."""

from pathlib import Path

import numpy as np
import pytest
import torch

from empirical.certificates.multi_hop import letter, number
from empirical.certificates.multi_hop.prover import MultiHopProver
from empirical.tasks.letter_walk import LetterWalk
from empirical.tasks.number_walk import NumberWalk
from empirical.training import trainer, walk_loss
from empirical.training.walk_bound import walk_bounds
from empirical.training.walk_loss import WalkLoss
from tests.empirical.certificates.multi_hop import networks
from theory.refusal import Refusal

LENGTH = 7
FEW = 2
"""Walks of each number of hops that are compared; an answer of letters is one of one here."""


def searched_leaks(prover: MultiHopProver, walks: np.ndarray) -> list[np.ndarray]:
    """The leaks of the search, of each layer but the last."""
    if isinstance(prover.task, LetterWalk):
        ways, way = letter.Ways.of(prover.task, walks, len(prover.generics))
        return [leak[way] for leak in letter.track(prover.generics, ways, LENGTH)[2]]
    assert isinstance(prover.task, NumberWalk)
    levels, leaks = number.levels(prover.generics, prover.task, walks, LENGTH)
    jumping = [prover.task.jumps[level.windows[:, 0]] > 0 for level in levels[1:]]
    return [leak[moves] for leak, moves in zip(leaks, jumping, strict=True)]


@pytest.mark.parametrize("kind", ["letter-1-to-3-hops", "number-3-hops"])
def test_it_is_the_bound_of_the_search(kind: str) -> None:
    """Leads agree up to the unit of each walk, which the search leaves out."""
    checkpoint = networks.drawn(kind, 0, scale=0.5)
    prover, run = MultiHopProver(checkpoint), networks.model(checkpoint)
    every = prover.task.walks(LENGTH)
    for stops in sorted({len(walk) for walk in every}):
        walks = np.array([walk for walk in every if len(walk) == stops][:FEW])
        with torch.no_grad():
            bounds = walk_bounds(run, prover.task, walks, LENGTH)
        for leak, searched in zip(bounds.leaks, searched_leaks(prover, walks), strict=True):
            assert leak.sigmoid().numpy() == pytest.approx(searched, rel=1e-6)
        leads = dict(zip(map(tuple, walks.tolist()), bounds.leads.numpy(), strict=True))
        for sums in prover.sums([tuple(walk) for walk in walks.tolist()], LENGTH):
            apart = sums.apart(np.arange(len(sums.walks)))
            for walk, column in zip(sums.walks.tolist(), apart.T, strict=True):
                mine = leads[tuple(walk)][sums.rivals]
                unit = (mine / column).mean()
                assert unit > 0
                assert mine == pytest.approx(unit * column, rel=1e-6)


def test_what_a_bound_lacks_has_a_slope_that_lessens_it() -> None:
    checkpoint = networks.drawn("letter-3-hops", 1)
    run, task = networks.model(checkpoint), networks.task("letter-3-hops")
    walks = np.array(task.walks(LENGTH))[:FEW]

    def lacking() -> torch.Tensor:
        return walk_loss.lacking_bound(walk_bounds(run, task, walks, LENGTH))

    before = lacking()
    torch.autograd.backward(before)
    slopes = [p.grad for p in run.parameters() if p.grad is not None]
    length = torch.stack([slope.pow(2).sum() for slope in slopes]).sum().sqrt()
    with torch.no_grad():
        for parameter in run.parameters():
            if parameter.grad is not None:
                parameter.sub_(1e-3 * parameter.grad / length)
    assert lacking() < before


def test_a_gradient_is_cut_in_its_units() -> None:
    parameters = [torch.nn.Parameter(torch.zeros(2)) for _ in range(3)]
    parameters[0].grad, parameters[1].grad = torch.tensor([3.0, 0]), torch.tensor([0, 8.0])
    walk_loss.cut([*zip(parameters, (1.0, 0.5, 1.0), strict=True)], 2.5)
    assert parameters[0].grad.tolist() == [1.5, 0]  # it was 5 long
    assert parameters[1].grad.tolist() == [0, 4]
    walk_loss.cut([*zip(parameters, (1.0, 0.5, 1.0), strict=True)], 2.5)
    assert parameters[0].grad.tolist() == [1.5, 0]
    parameters[0].grad = torch.tensor([torch.nan, 1.0])
    walk_loss.cut([*zip(parameters, (1.0, 0.5, 1.0), strict=True)], 2.5)
    assert parameters[0].grad.tolist() == [0, 0]
    assert parameters[1].grad.tolist() == [0, 0]


def test_lengths_grow_to_the_longest() -> None:
    asked, rng = WalkLoss(bound=0.5, bound_from=10, bound_length=64), np.random.default_rng(0)
    early = [asked.length(rng, 10, 110) for _ in range(50)]
    late = [asked.length(rng, 60, 110) for _ in range(50)]
    assert set(early) == {walk_loss.SHORTEST}
    assert max(late) == 64
    assert min(late) >= walk_loss.SHORTEST
    assert 20 < late.count(64) < 50
    with pytest.raises(Refusal, match="bound_length is 7"):
        WalkLoss(bound=0.5, bound_length=7)


def test_a_run_on_the_bound_is_resumed_to_the_same_bytes(tmp_path: Path) -> None:
    """And it says in its plan what it asked for, where one that did not says nothing."""
    plan = networks.plan("number-2-hops", bare=True, steps=9, bound=0.5)
    assert "bound" not in str(networks.plan("number-2-hops", bare=True, steps=9).to_json())
    assert plan.to_json()["walk_loss"]["bound"] == 0.5

    def stop(progress: trainer.Progress) -> None:
        if progress.step == 5:
            raise KeyboardInterrupt

    whole, broken = tmp_path / "whole", tmp_path / "broken"
    trainer.train(plan, whole, evaluation_inputs=1)
    with pytest.raises(KeyboardInterrupt):
        trainer.train(plan, broken, progress=stop, save_every=2, evaluation_inputs=1)
    trainer.train(plan, broken, save_every=2, evaluation_inputs=1)
    weights = "model.safetensors"
    assert (whole / weights).read_bytes() == (broken / weights).read_bytes()
    other = networks.plan("number-2-hops", bare=True, steps=9)
    trainer.train(other, tmp_path / "other", evaluation_inputs=1)
    assert (whole / weights).read_bytes() != (tmp_path / "other" / weights).read_bytes()
