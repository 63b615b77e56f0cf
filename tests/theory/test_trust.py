"""A page keeps all its text beside what is generated, or is refused."""

import pytest

from theory import trust
from theory.refusal import Refusal

BEGIN, END = trust.ROWS


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (BEGIN,),
        (END, BEGIN),
        (BEGIN, END, BEGIN),
        (BEGIN, END, trust.COUNTS[0]),
        (BEGIN, trust.COUNTS[0], END, trust.COUNTS[1]),
        (BEGIN, *trust.COUNTS, END),
    ],
)
def test_lines_that_bound_no_place_are_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(Refusal, match="put them"):
        trust.rewrite("\n".join(["before", *lines, "after"]), [])


@pytest.mark.parametrize(
    "lines",
    [
        (BEGIN, "old", END),
        (*trust.COUNTS, "between", BEGIN, "old", END),
        (BEGIN, END, "between", *trust.COUNTS),
    ],
)
def test_all_text_beside_the_places_is_kept(lines: tuple[str, ...]) -> None:
    page = "\n".join(["before", *lines, "after"])
    rewritten = trust.rewrite(page, [])
    kept = [line for line in ("before", *lines, "after") if line != "old"]
    places = [rewritten.index(line) for line in kept]
    assert places == sorted(places)
    assert "old" not in rewritten
    assert trust.rewrite(rewritten, []) == rewritten
