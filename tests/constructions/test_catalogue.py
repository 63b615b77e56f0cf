"""The catalogue finds every construction, and each is judged."""

import keyword

import pytest

from constructions.catalogue import catalogue
from constructions.construction import Construction
from tests.constructions import specifications, strategies


def test_catalogue_lists_every_subclass_once() -> None:
    assert sorted(catalogue()) == list(catalogue())
    assert set(catalogue().values()) == set(Construction.__subclasses__())


@pytest.mark.parametrize("name", catalogue())
def test_construction_has_a_specification_and_a_strategy(name: str) -> None:
    assert callable(getattr(specifications, name))
    assert callable(getattr(strategies, name))


@pytest.mark.parametrize("construction", catalogue().values())
def test_bounds_are_names_of_sentences(construction: type[Construction]) -> None:
    for sentence in construction.bounded_by:
        assert sentence.isidentifier()
        assert not keyword.iskeyword(sentence)
