"""Up to which length walks are proved is what the search finds, and goes with what leaks."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from empirical.certificates.multi_hop.prover import MultiHopProver
from empirical.files import checkpoint
from empirical.heads.executed import heads_on
from empirical.recheck.checkpoint import read_checkpoint
from empirical.shipped import hops_table
from empirical.shipped.checkpoints import walking
from empirical.shipped.hops_horizon import LENGTHS, floors, horizons, largest_leaks, table
from empirical.tasks.number_walk import NumberWalk
from tests.empirical.certificates.multi_hop import networks
from tests.empirical.certificates.multi_hop.every_input import every_input
from tests.empirical.recheck.walk_models import hand_set

FEW = LENGTHS[:3]


def test_every_network_is_in_the_table() -> None:
    assert sorted(table()) == [path.name for path in walking()]
    for path in walking():
        known, checked = table()[path.name], hops_table.table()[path.name]
        assert known.sha256 == read_checkpoint(path).sha256["model.safetensors"]
        assert sum(known.horizons.values()) == known.walks
        assert all(known.found(n) >= known.found(m) for n, m in pairwise(LENGTHS))
        assert (known.found(64), known.walks) == (
            checked.lengths[64].proved,
            checked.lengths[64].walks,
        )


def test_one_of_them_is_found_again() -> None:
    path = next(path for path in walking() if path.name == "number-2-bare")
    known, reached = table()["number-2-bare"], horizons(MultiHopProver(checkpoint.read(path)), FEW)
    again = Counter(reached.values())
    for length in FEW:
        mine = sum(count for longest, count in again.items() if longest >= length)
        assert mine == known.found(length)


def test_the_horizon_of_a_hand_set_network_ends_where_its_temperature_does() -> None:
    """It is proved at 3 of 5 tokens and no longer of many, at 2 of none."""
    assert set(horizons(MultiHopProver(hand_set(3.0)), (5, 40)).values()) == {5}
    assert set(horizons(MultiHopProver(hand_set(2.0)), (5, 40)).values()) == {0}


def test_the_largest_leak_is_that_of_a_stop_of_the_walk() -> None:
    """One walk alone leaks as much as it does among others."""
    for kind in ("letter-2-hops", "number-3-hops"):
        prover = MultiHopProver(networks.drawn(kind, 0, scale=0.2))
        walks = prover.task.walks(6)
        together = largest_leaks(prover, walks, 6)
        assert len({*together.tolist()}) > 1
        for walk in range(0, len(walks), len(walks) // 3):
            one = largest_leaks(prover, walks[walk : walk + 1], 6)
            assert abs(one[0] - together[walk]) < 1e-9


@pytest.mark.parametrize("kind", ["letter-2-hops", "number-2-hops"])
def test_no_input_of_a_walk_has_a_lower_floor(kind: str) -> None:
    """Every input of some walks, by the first layer's head itself; the bound is near for one."""
    drawn, length = networks.drawn(kind, 0, scale=0.2), 5
    prover, run = MultiHopProver(drawn), networks.model(drawn)
    walks = prover.task.walks(length)
    some = walks[:: max(1, len(walks) // 6)]
    above = []
    for walk, floor in zip(some, floors(prover, some, length), strict=True):
        inputs = np.array([*every_input(prover.task, tuple(walk), length)])
        _, _, head = next(heads_on(run, inputs))
        for number, tokens in enumerate(inputs):
            keys = number * length + np.arange(length)
            logits = head.at(int(keys[-1]), keys, np.arange(length)[::-1])
            at = tokens.tolist().index(walk[1])
            if isinstance(prover.task, NumberWalk):
                at = length - 1 - int(prover.task.jumps[walk[0]])
            above.append(logits[at] - np.delete(logits, at).max() - floor)
    assert min(above) > -1e-4
    assert min(above) < 0.05


def test_floors_fall_with_length() -> None:
    for known in table().values():
        assert [*known.floors] == [*LENGTHS]
        assert all(known.floors[n] >= known.floors[m] for n, m in pairwise(LENGTHS))
