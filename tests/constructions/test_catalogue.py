"""The catalogue finds every construction, and each is judged."""

import pytest

from constructions.catalogue import every_construction
from constructions.construction import Construction, Network
from tests.constructions import specifications, strategies
from theory import ledger


def test_catalogue_lists_every_subclass_once() -> None:
    assert sorted(every_construction()) == list(every_construction())
    stacked = set(Network.__subclasses__()) - {Construction}
    assert set(every_construction().values()) == stacked | set(Construction.__subclasses__())


@pytest.mark.parametrize("name", every_construction())
def test_construction_has_a_specification_and_a_strategy(name: str) -> None:
    assert callable(getattr(specifications, name))
    assert callable(getattr(strategies, name))


@pytest.mark.parametrize("construction", every_construction().values())
def test_bounds_are_names_of_sentences(construction: type[Network]) -> None:
    known = {theorem.name for theorem in ledger.all_theorems()}
    assert set(construction.bounded_by) <= known
