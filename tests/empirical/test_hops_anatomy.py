"""What is said of the heads of networks of walks is what is measured, and is what one expects."""

import pytest

from empirical.files import checkpoint
from empirical.recheck.checkpoint import read_checkpoint
from empirical.shipped.checkpoints import walking
from empirical.shipped.hops_anatomy import anatomy, table

PURE = 0.05


def test_every_network_is_in_the_table() -> None:
    assert sorted(table()) == [path.name for path in walking()]
    for path in walking():
        assert table()[path.name].sha256 == read_checkpoint(path).sha256["model.safetensors"]


def test_one_of_them_is_measured_again() -> None:
    path = next(path for path in walking() if path.name == "letter-2-bare-plain")
    again, known = anatomy(checkpoint.read(path)), table()[path.name]
    assert again.sha256 == known.sha256
    for mine, stored in zip(again.layers, known.layers, strict=True):
        for name, value in vars(stored).items():
            if value is None:
                assert vars(mine)[name] is None, name
            else:
                assert vars(mine)[name] == pytest.approx(value, rel=1e-3, abs=1e-6), name


def test_heads_over_letters_are_symbolic_and_over_integers_positional() -> None:
    for name, measured in table().items():
        for layer in measured.layers:
            pair = (layer.positional, layer.symbolic)
            low, high = pair if name.startswith("letter") else pair[::-1]
            assert low <= PURE, name
            assert high >= 1 - PURE, name


def test_what_is_trained_towards_a_certificate_leaks_less() -> None:
    plain = table()["letter-2-bare-plain"].layers[0].leak
    assert plain is not None
    for name, measured in table().items():
        if name.startswith("letter-2") and not name.endswith("plain"):
            leak = measured.layers[0].leak
            assert leak is not None
            assert leak < plain / 2, name
