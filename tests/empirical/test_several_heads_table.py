"""What is shipped of models of several heads is so: some rows are decided again."""

from collections import defaultdict
from pathlib import Path

import pytest

from empirical.files import checkpoint
from empirical.shipped import several_heads_table
from empirical.shipped.checkpoints import directory_named
from empirical.shipped.several_heads_table import BUDGETS, NAMES, Decided, decide
from empirical.training.recipes import plan_for
from tests.empirical.manifests import assert_made_by

SHORTEST = min(BUDGETS)
TABLE = several_heads_table.table()
ASKED = {2: 0.99, 4: 0.95, 8: 0.85}
"""Share of rows to be decided at the shortest length, by number of heads."""


@pytest.mark.parametrize("name", NAMES)
def test_models_say_how_they_were_made(name: str) -> None:
    assert_made_by(checkpoint.read(directory_named(name)), plan_for(f"{Path(name).name}-heads"))


def test_every_length_of_every_model_is_tried_for_longer_until_it_is_decided() -> None:
    tried: dict[tuple[str, int], list[Decided]] = defaultdict(list)
    for row in TABLE:
        tried[row.model, row.length].append(row)
    assert list(tried) == [(name, length) for name in NAMES for length in BUDGETS]
    for (_, length), rows in tried.items():
        assert [row.budget for row in rows] == list(BUDGETS[length][: len(rows)])
        assert len(rows) == len(BUDGETS[length]) or rows[-1].decided == rows[-1].rows
        assert rows[0].decided <= rows[-1].decided <= rows[-1].rows


def test_most_rows_of_the_shortest_length_are_decided() -> None:
    shortest = [row for row in TABLE if row.length == SHORTEST]
    assert {row.heads for row in shortest} == set(ASKED)
    for row in shortest:
        assert row.decided >= ASKED[row.heads] * row.rows


@pytest.mark.parametrize("name", ["several-heads/index-2", "several-heads/index-8"])
def test_rows_are_decided_again(name: str) -> None:
    model = checkpoint.read(directory_named(name))
    (known,) = (row for row in TABLE if row.model == name and row.length == SHORTEST)
    again = decide(model, name, SHORTEST, max(BUDGETS[SHORTEST]))
    assert (again.rows, again.heads) == (known.rows, model.config.n_head)
    assert (again.proved, again.refuted) == (known.proved, known.refuted)


def test_the_page_shows_the_table() -> None:
    page = Path(several_heads_table.__file__).parents[1] / "FOUND.md"
    lines = page.read_text().split("\n")
    assert [line for line in several_heads_table.page() if line not in lines] == []
    assert lines.count(several_heads_table.page()[-1]) == 1
