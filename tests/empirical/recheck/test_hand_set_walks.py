"""Hand-set networks of walks are proved from exactly the β(n) on that follows from their scores."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from empirical.files.checkpoint import Checkpoint
from empirical.recheck.certificate import Verdict, WalkRow, Walks
from empirical.recheck.checkpoint import read_checkpoint
from empirical.recheck.findings import silent
from empirical.recheck.multi_hop import check_walks
from empirical.recheck.walks import walks_of
from tests.empirical.certificates.multi_hop import networks
from tests.empirical.recheck.certificates import write
from tests.empirical.recheck.walk_models import hand_set, hand_set_number, walks

NEAR = 1e-4
"""Relative to β(n)."""
DEEP = settings.get_current_profile_name() == "deep"
LETTERS = [(2, 8), (3, 6)] if DEEP else [(2, 8)]
"""Hops and tokens; three hops take a minute of processor time."""


def least(difference: Callable[[float], float]) -> float:
    """The β from which on a difference that rises there is positive."""
    low, high = 0.0, 64.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if difference(middle) > 0 else (middle, high)
    return high


def letters_proved(hops: int, length: int) -> float:
    """β(n) of letters.

    Each of n − 1 other tokens scores up to βλ and the stop that is sought β(1 − λ), λ the leak of
    the layer before. The last layer's rivals are the tokens off the walk, n − 1 − hops.
    """

    def lead(beta: float) -> float:
        leak = 0.0
        for _ in range(hops - 1):
            leak = (length - 1) / (length - 1 + math.exp(beta * (1 - 2 * leak)))
        return beta * (1 - 2 * leak) - math.log(length - 1 - hops)

    return least(lead)


def letters_wrong(length: int) -> float:
    """The β below which two hops fail where one token, which seeks itself, is all there is else."""

    def lead(beta: float) -> float:
        leak = (length - 1) / (length - 1 + math.exp(beta))
        others = leak * (length - 3) / (length - 1)
        return beta * (1 - leak - others) - math.log(length - 3)

    return least(lead)


def numbers_proved(kind: str, walk: tuple[int, ...], length: int) -> float:
    """β(n) of a walk over integers: what leaks of its stops, and the odds of its last layer."""
    jumps = [entry for token in walk if isinstance(entry := networks.entries(kind)[token], int)]

    def lead(beta: float) -> float:
        odds = [
            sum(math.exp(beta * (math.cos(t - jump) - 1)) for t in range(length) if t != jump)
            for jump in jumps
        ]
        pure = math.prod(1 / (1 + rest) for rest in odds[1:])
        return 2 * pure - 1 - odds[0]

    return least(lead)


def shown(path: Path, made: Checkpoint, length: int) -> set[tuple[int, ...]]:
    """The walks that the checker shows to be right on every input."""
    network = read_checkpoint(write(path, made).path)
    every = list(walks_of(network.task).walks(length))
    claims = Walks(length, tuple(WalkRow(walk, Verdict.PROVED) for walk in every))
    unshown = [one.claim for one in check_walks(claims, network, silent)]
    return set(every) - {row.walk for row in unshown if isinstance(row, WalkRow)}


@pytest.mark.parametrize(("hops", "length"), LETTERS)
def test_letters_are_proved_from_their_beta_on(hops: int, length: int, tmp_path: Path) -> None:
    beta, kind = letters_proved(hops, length), f"letter-{hops}-hops"
    every = {tuple(walk) for walk in networks.task(kind).walks(length)}
    assert shown(tmp_path, hand_set(beta * (1 + NEAR), kind=kind), length) == every
    assert shown(tmp_path, hand_set(beta * (1 - NEAR), kind=kind), length) == set()


def test_letters_are_refuted_up_to_where_an_input_fails(tmp_path: Path) -> None:
    length = 5
    beta = letters_wrong(length)
    assert beta < letters_proved(2, length)
    for factor, verdict in ((1 - NEAR, Verdict.REFUTED), (1 + NEAR, Verdict.UNDECIDED)):
        made = walks(tmp_path, hand_set(beta * factor), length)
        assert {row["verdict"] for row in made["claims"]["rows"]} == {verdict}


@pytest.mark.parametrize(("hops", "length"), [(2, 5), (3, 6)])
def test_each_walk_over_integers_is_proved_from_its_beta_on(
    hops: int, length: int, tmp_path: Path
) -> None:
    kind = f"number-{hops}-hops"
    every = [tuple(walk) for walk in networks.task(kind).walks(length)]
    betas = {walk: numbers_proved(kind, walk, length) for walk in every}
    middle = sorted(betas.values())[len(betas) // 2]
    for beta in (middle * (1 + NEAR), middle * (1 - NEAR)):
        proved = shown(tmp_path, hand_set_number(beta, kind=kind), length)
        assert proved == {walk for walk, needed in betas.items() if needed < beta}
