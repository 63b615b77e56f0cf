"""The schema of specifications refuses none that is read, and most of what is not."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from empirical.recheck import specification
from empirical.recheck.failures import Malformed
from empirical.recheck.fields import MOST_TOKENS, Field
from empirical.recheck.generated import FOR_EACH
from empirical.recheck.specification import FORMAT, SAME, VERSION, parsed_specification
from tests.empirical.certificates.random_specifications import drawn
from tests.empirical.recheck.certificates import Document, instead, put
from tests.empirical.recheck.specifications import EVERY_PART, GENERATED, ONE_OF, SHARES, WEIGHTS
from tests.empirical.recheck.test_schema import OTHERS

SCHEMA = json.loads(Path(specification.__file__).with_name("specification.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
PLACES: list[tuple[str | int, ...]] = [
    ("format",), ("version",), ("tokens",), ("tokens", 0), ("sets",), ("sets", "letters"),
    ("groups",), ("groups", 0), ("groups", 0, "name"), ("groups", 0, "lengths"),
    ("groups", 0, "last"), ("groups", 0, "answer"), ("groups", 0, "answer", "at"),
    ("groups", 0, "asked"), ("groups", 0, "asked", "by"), ("groups", 1, "answer", "tokens"),
    ("groups", 2, "from_last"), ("groups", 2, "from_first"), ("groups", 2, "asked"),
]  # fmt: skip


WEIGHTS_PLACES: list[tuple[str | int, ...]] = [
    ("groups", 0, "asked"), ("groups", 0, "asked", "weight_on"), ("groups", 0, "asked", "at_least"),
    ("groups", 1, "asked", "weight_on"), ("groups", 1, "asked", "weight_on", "from_last"),
    ("groups", 1, "asked", "at_most"), ("groups", 2, "asked", "weight_on", "from_first"),
]  # fmt: skip

ONE_OF_PLACES: list[tuple[str | int, ...]] = [
    ("groups", 0, "asked", "wins"), ("groups", 1, "asked", "wins", "one_of"),
    ("groups", 1, "asked", "by"), ("groups", 2, "asked", "wins", "one_of", "but"),
]  # fmt: skip

GENERATED_PLACES: list[tuple[str | int, ...]] = [
    ("groups", 0, "for_each"), ("groups", 0, "for_each", "d"), ("groups", 0, "for_each", "d", "to"),
    ("groups", 0, "lengths", 0), ("groups", 0, "last", 0), ("groups", 0, "answer", "at", 0),
    ("groups", 1, "for_each", "x", "in"), ("groups", 1, "from_last"),
    ("groups", 1, "asked", "wins"), ("groups", 1, "asked", "by"),
]  # fmt: skip

SHARES_PLACES: list[tuple[str | int, ...]] = [
    ("groups", 0, "asked"), ("groups", 0, "asked", "share"), ("groups", 0, "asked", "share", "of"),
    ("groups", 0, "asked", "share", "at_least"), ("groups", 1, "asked", "share", "at_most"),
]  # fmt: skip


def is_read(document: Document) -> bool:
    try:
        parsed_specification(Field("document", "", document))
    except Malformed:
        return False
    return True


def test_it_is_a_schema_of_this_version() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["format"]["const"] == FORMAT
    assert SCHEMA["properties"]["version"]["const"] == VERSION
    assert SCHEMA["properties"]["tokens"]["maxItems"] == MOST_TOKENS
    assert SCHEMA["properties"]["groups"]["maxItems"] == specification.MOST_GROUPS
    group = SCHEMA["$defs"]["group"]["properties"]
    assert group["asked"]["anyOf"][0]["const"] == SAME
    assert group["lengths"]["items"]["anyOf"][0]["maximum"] == specification.MOST_LENGTH
    assert group["from_first"]["maxItems"] == specification.MOST_PLACES
    assert {*group} == {*specification.Group.__annotations__, FOR_EACH}


@pytest.mark.parametrize("seed", range(20))
def test_what_is_read_is_valid(seed: int) -> None:
    document = drawn(np.random.default_rng(seed), ("a", "b", None, 1, ("a", "b"), ("a", 2)))
    assert is_read(document)
    VALIDATOR.validate(document)


def test_no_altered_specification_that_is_read_is_refused() -> None:
    """Every place gets every other value; the schema refuses most of what is not read."""
    seen = refused = 0
    named = (
        (EVERY_PART, PLACES),
        (WEIGHTS, WEIGHTS_PLACES),
        (ONE_OF, ONE_OF_PLACES),
        (GENERATED, GENERATED_PLACES),
        (SHARES, SHARES_PLACES),
    )
    every = [(document, path) for document, paths in named for path in paths]
    for document, path in every:
        VALIDATOR.validate(document)
        for other in OTHERS:
            changed = put(document, path, instead(other))
            if is_read(changed):
                seen += 1
                assert VALIDATOR.is_valid(changed), (path, other)
            else:
                refused += not VALIDATOR.is_valid(changed)
    assert seen > 5
    assert refused > len(every) * len(OTHERS) * 0.7
