"""Groups that are written once for several values, against groups that are written out."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest

from empirical.recheck import specification
from empirical.recheck.failures import Malformed
from empirical.recheck.fields import Field
from empirical.recheck.specification import Specification, parsed_specification
from tests.command_line import ropeproof
from tests.empirical.certificates.random_specifications import drawn, members
from tests.empirical.recheck.certificates import Document, instead, put
from tests.empirical.recheck.specifications import GENERATED

DOCUMENTS = 300
NAMES = ("x", "d")


def read(document: Document) -> Specification:
    return parsed_specification(Field("spec.json", "", document))


def written_out(document: Document) -> Iterator[Document]:
    """Every group for every value, by replacing text."""
    for group in document["groups"]:
        named = group.get("for_each", {})
        values = [
            [document["tokens"][token] for token in sorted(members(document, one["in"]))]
            if "in" in one
            else [*range(one["from"], one["to"] + 1)]
            for one in named.values()
        ]
        bare = json.dumps({name: part for name, part in group.items() if name != "for_each"})
        for chosen in product(*values):
            text = bare
            for name, value in zip(named, chosen, strict=True):
                for more in (-1, 0, 1, 2):
                    sign = f"{more:+d}" if more else ""
                    if isinstance(value, int):
                        text = text.replace(f'"${name}{sign}": ', f'"{value + more}": ')
                        text = text.replace(f'"${name}{sign}"', str(value + more))
                    elif not more:
                        text = text.replace(f'"${name}"', json.dumps(value))
            yield json.loads(text)


def with_names(rng: np.random.Generator, document: Document) -> Document:
    """A drawn specification in which names stand for some of its tokens, places and lengths."""
    groups = []
    for group in document["groups"]:
        made = json.loads(json.dumps(group))
        named: Document = {}
        for part in ("last", "others"):
            if isinstance(made[part], list) and rng.random() < 0.7:
                made[part] = ["$x"]
                named["x"] = {"in": ["any", "some", made["last"]][rng.integers(2)]}
        if rng.random() < 0.5:
            first, last = made["lengths"]
            named["d"] = {"from": last + 1, "to": last + int(rng.integers(1, 4))}
            made["lengths"] = [first, "$d-1"] if rng.random() < 0.5 else ["$d", "$d+2"]
        if named:
            made["for_each"] = named
        groups.append(made)
    return document | {"groups": groups}


def test_groups_that_are_made_are_those_that_are_written_out() -> None:
    rng, made = np.random.default_rng(8), 0
    for _ in range(DOCUMENTS):
        document = with_names(rng, drawn(rng, ("a", "b", None, 1, ("a", "b"), ("a", 2))))
        mine = read(document)
        others = read(document | {"groups": [*written_out(document)]})
        assert [{**vars(one), "name": ""} for one in mine.groups] == [
            {**vars(one), "name": ""} for one in others.groups
        ]
        made += len(mine.groups)
    assert made > 2 * 3 * DOCUMENTS  # a document has three groups


def test_every_part_that_may_have_a_name() -> None:
    assert [group.name for group in read(GENERATED).groups] == [
        "1 back", "2 back", "before 3, x = a, d = 1", "before 3, x = b, d = 1",
    ]  # fmt: skip
    others = read(GENERATED | {"groups": [*written_out(GENERATED)]})
    for one, two in zip(read(GENERATED).groups, others.groups, strict=True):
        assert {**vars(one), "name": ""} == {**vars(two), "name": ""}
    assert read(GENERATED).places[1] == "groups[0] (d = 2)"


WRONG: dict[str, tuple[tuple[Any, ...], Any, str]] = {
    "no name": (("for_each",), {}, "groups[1].for_each: one to 8 names are expected here"),
    "a capital": (
        ("for_each",), {"X": {"in": "any"}}, "groups[1].for_each.X: a name is a small letter",
    ),
    "no value": (
        ("for_each", "d"), {"from": 2, "to": 1}, "groups[1].for_each.d: there is no number from 2",
    ),
    "a set and a range": (
        ("for_each", "d"), {"in": "any", "to": 1}, "for_each.d: the field 'to' is unknown here",
    ),
    "an empty set": (("for_each", "x"), {"in": []}, "for_each.x.in: the set is empty"),
    "a set of a name": (("for_each", "x"), {"in": ["$d"]}, "for_each.x.in[0]: '$d' is not one of"),
    "too many": (
        ("for_each", "d"), {"from": 0, "to": 1 << 26}, "for_each: it makes 134217730 groups, at m",
    ),
    "a token for a set": (
        ("others",), "$x",
        'groups[1] (x = a, d = 1).others: $x is a token: a set of it is written ["$x"]',
    ),
    "a number for a set": (("others",), "$d", "groups[1] (x = a, d = 1).others: a list is expect"),
    "more than a token": (("last",), ["$x+1"], "(x = a, d = 1).last[0]: $x is a token: nothing is"),
    "a token for a length": (("lengths",), [3, "$x"], "(x = a, d = 1).lengths[1]: an integer is"),
    "another name": (("last",), ["$y"], "groups[1] (x = a, d = 1).last[0]: '$y' is not one of"),
    "a place twice": (
        ("from_last",), {"$d": ["$x"], "1": ["$x"]}, "(x = a, d = 1).from_last.1: '1' stands there",
    ),
    "a number that is no token": (
        ("last",), ["$d+7"], "groups[1] (x = a, d = 1).last[0]: '8' is not one of the tokens",
    ),
    "a length below 1": (("lengths",), ["$d-1", 4], "d = 1).lengths[0]: 0 is not between 1 and"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(WRONG))
def test_what_cannot_be_made_is_refused_where_it_is_wrong(name: str) -> None:
    path, value, message = WRONG[name]
    with pytest.raises(Malformed) as refused:
        read(put(GENERATED, ("groups", 1, *path), instead(value)))
    assert message in str(refused.value)


def test_a_name_that_is_a_token_is_refused() -> None:
    document = put(GENERATED, ("tokens", 2), instead("$x"))
    with pytest.raises(Malformed, match=r"groups\[1\].for_each.x: \$x is a token or a set"):
        read(document)


def test_groups_that_are_too_many_together_are_refused() -> None:
    group = {
        "name": "", "for_each": {"d": {"from": 1, "to": 2000}}, "lengths": ["$d", "$d"],
        "last": [1], "others": "any", "asked": "same winner",
    }  # fmt: skip
    assert len(read(GENERATED | {"groups": [group, group]}).groups) == 4000
    with pytest.raises(Malformed, match="it makes 2000 groups, at most 96 are read"):
        read(GENERATED | {"groups": [group, group, group]})
    few = group | {"for_each": {"d": {"from": 1, "to": 100}}}
    with pytest.raises(Malformed, match="it makes 4100 groups, at most 4096"):
        read(GENERATED | {"groups": [group, group, few | {"for_each": {"d": {"from": 1, "to": 96}}},
                                     *[without(group)] * 4]})  # fmt: skip
    assert specification.MOST_GROUPS == 4096


def test_groups_that_are_too_large_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    room, count = 1 << 14, 20
    monkeypatch.setattr(specification, "MOST_VALUES", room)
    # A place with one token is two values: three quarters of the room are less than all of it.
    places = room * 3 // 4 // count // 2
    bare = {"name": "", "last": [1], "others": "any", "asked": "same winner"}
    one = bare | {
        "for_each": {"d": {"from": 1, "to": count}},
        "lengths": [places + 1, places + 1],
        "from_first": [["a"]] * places,
    }
    assert len(read(GENERATED | {"groups": [one]}).groups) == count
    large = one | {"from_first": [["a"]] * (2 * places)}
    for groups in ([one, one], [large]):
        with pytest.raises(Malformed, match=f"its {count} groups are too large to be read"):
            read(GENERATED | {"groups": groups})


def without(group: Document) -> Document:
    """A group that makes no others."""
    bare = {name: value for name, value in group.items() if name != "for_each"}
    return bare | {"lengths": [1, 1]}


def test_groups_that_overlap_are_told_by_their_values(tmp_path: Any) -> None:
    file = tmp_path / "spec.json"
    file.write_text(json.dumps(put(GENERATED, ("groups", 1, "from_last"), instead({"$d": "any"}))))
    ran = ropeproof("spec", "check", file)
    assert ran.status == 2
    assert "groups[1] (x = b, d = 1): it overlaps groups[1] (x = a, d = 1), both hold" in ran.err
