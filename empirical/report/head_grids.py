"""Grids of layers and heads, one for each measure, as plain data for a page."""

from collections.abc import Sequence
from typing import Any

from empirical.figures.parts.head_grids import GRIDS, rows
from empirical.survey.report import HeadReport


def grids(heads: Sequence[HeadReport]) -> list[dict[str, Any]]:
    """Each measure as layers of cells: name, value and share of full colour."""
    cells = rows(heads)
    titled = []
    for name, (title, colour) in GRIDS.items():
        if any(name in cell for cell in cells):
            layers: dict[int, list[dict[str, Any]]] = {}
            for cell in cells:
                value = cell.get(name)
                place = f"L{cell['layer']}H{cell['head']}"
                shade = 0.0 if value is None else min(1.0, max(0.0, value))
                text = "none" if value is None else f"{value:.2f}"
                layers.setdefault(cell["layer"], []).append(
                    {"place": place, "text": text, "shade": f"{shade:.2f}"}
                )
            title = title.replace("$\\log_2$", "log₂ of")
            titled.append({"title": title, "colour": colour, "layers": layers})
    return titled
