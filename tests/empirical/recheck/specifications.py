"""A small model on disk with a certificate of a specification of every part."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from empirical.certificates.document import as_certificate
from empirical.certificates.specified.prover import SpecifiedProver
from empirical.recheck.certificate import Case, Certificate, Specified
from empirical.recheck.check import examine
from empirical.recheck.checkpoint import Model
from empirical.recheck.fields import Field
from empirical.recheck.specification import parsed_specification
from tests.empirical.certificates import tiny
from tests.empirical.recheck.certificates import Document, quiet, write

EVERY_PART: dict[str, Any] = {
    "format": "ropeproof specification",
    "version": 1,
    "tokens": ["a", "b", None, 1, 2, 3],
    "sets": {"letters": ["a", "b"], "numbers": {"but": "letters"}},
    "groups": [
        {
            "name": "one back", "lengths": [2, 4], "last": [1], "others": "any",
            "answer": {"tokens": "letters", "at": [1]}, "asked": {"wins": "answer", "by": 0.25},
        },
        {
            "name": "a somewhere", "lengths": [3, 4], "last": [2], "others": "numbers",
            "answer": {"tokens": ["a"], "at": "anywhere"}, "asked": {"wins": "answer"},
        },
        {
            "name": "between", "lengths": [4, 5], "last": [3], "others": "any",
            "from_last": {"1": ["b"]}, "from_first": ["letters", ["a"]], "asked": "same winner",
        },
        {
            "name": "b", "lengths": [1, 1], "last": [2, 3], "others": "any", "asked": {"wins": "b"},
        },
    ],
}  # fmt: skip

WEIGHTS: dict[str, Any] = EVERY_PART | {
    "groups": [
        {
            "name": "on the answer", "lengths": [3, 4], "last": [1], "others": "any",
            "answer": {"tokens": "letters", "at": [1, 2]},
            "asked": {"weight_on": "answer", "at_least": 0.02},
        },
        {
            "name": "near", "lengths": [2, 4], "last": [2, 3], "others": "numbers",
            "asked": {"weight_on": {"from_last": [1]}, "at_most": 0.9},
        },
        {
            "name": "first", "lengths": [3, 5], "last": [3], "others": "letters",
            "from_first": [["a"], "any"],
            "asked": {"weight_on": {"from_first": [0]}, "at_least": 0.01},
        },
    ],
}  # fmt: skip
"""Bounds of attention weights, of every form."""


ONE_OF: dict[str, Any] = EVERY_PART | {
    "groups": [
        {
            "name": "1 or 2", "lengths": [2, 5], "last": [3], "others": "any",
            "asked": {"wins": {"one_of": [1, 2]}},
        },
        {
            "name": "a letter", "lengths": [2, 4], "last": [1], "others": "any",
            "asked": {"wins": {"one_of": "letters"}, "by": 0.01},
        },
        {
            "name": "any but a", "lengths": [3, 3], "last": [2], "others": "any",
            "asked": {"wins": {"one_of": {"but": ["a"]}}},
        },
    ],
}  # fmt: skip
"""Sets of classes of which one is to win; a model of which more is needed than one of them."""

GENERATED: dict[str, Any] = EVERY_PART | {
    "groups": [
        {
            "name": "$d back", "for_each": {"d": {"from": 1, "to": 2}}, "lengths": ["$d+1", 4],
            "last": ["$d"], "others": "any", "answer": {"tokens": "letters", "at": ["$d"]},
            "asked": {"wins": "answer"},
        },
        {
            "name": "before 3", "for_each": {"x": {"in": "letters"}, "d": {"from": 1, "to": 1}},
            "lengths": [3, 4], "last": [3], "others": "numbers",
            "from_last": {"$d": ["$x"], "$d+1": ["$x", 1]},
            "asked": {"wins": "$x", "by": "$d"},
        },
    ],
}  # fmt: skip
"""Groups that are written once for several tokens and places."""


SHARES: dict[str, Any] = EVERY_PART | {
    "groups": [
        {
            "name": "some of a", "lengths": [2, 4], "last": [1], "others": "any",
            "asked": {"share": {"of": "a", "at_least": 0.1}},
        },
        {
            "name": "not all of b", "lengths": [2, 4], "last": [2], "others": "numbers",
            "asked": {"share": {"of": "b", "at_most": 0.25}},
        },
        {
            "name": "the answer", "lengths": [3, 4], "last": [3], "others": "any",
            "answer": {"tokens": "letters", "at": [1, 2]},
            "asked": {"share": {"of": "answer", "at_least": 0.15}},
        },
    ],
}  # fmt: skip
"""Bounds of the softmax probabilities of classes."""

SEVERAL_HEADS: dict[str, Any] = EVERY_PART | {
    "groups": [
        *EVERY_PART["groups"],
        WEIGHTS["groups"][1] | {
            "last": [1],
            "asked": {"weight_on": {"from_last": [1]}, "head": 1, "at_most": 0.9},
        },
    ],
}  # fmt: skip
"""What may be asked of a model of several heads."""


def specified(
    path: Path,
    document: Document = EVERY_PART,
    seed: int = 6,
    strength: float = 0.4,
    heads: int = 1,
) -> Document:
    """What the search finds of a random tiny model that is written to a directory."""
    rotary = 6 if heads == 1 else 2
    checkpoint = write(path, tiny.checkpoint("index", seed, True, strength, rotary, heads))
    specification = parsed_specification(Field("spec.json", "", document))
    claims = SpecifiedProver(checkpoint, specification, seconds=60.0).certify(quiet)
    return as_certificate(claims, path)[1].to_json()


def reasons(certificate: Certificate, model: Model, at: int, claimed: Case) -> list[str]:
    """Why a certificate of a specification with one row instead is not accepted."""
    assert isinstance(certificate.claims, Specified)
    rows = (*certificate.claims.rows[:at], claimed, *certificate.claims.rows[at + 1 :])
    claims = replace(certificate.claims, rows=rows)
    unshown = examine(replace(certificate, claims=claims), model)
    assert {one.claim for one in unshown} <= {claimed}
    return [one.reason for one in unshown]
