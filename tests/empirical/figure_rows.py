"""Rows of figures, computed once for all tests of one process."""

from functools import cache

from empirical.figures.gallery import gallery
from empirical.figures.parts.style import Rows


@cache
def rows_of(name: str) -> Rows:
    """Returns the rows of a figure; nobody may change them.

    Args:
        name: of the figure.
    """
    return gallery()[name].rows()
