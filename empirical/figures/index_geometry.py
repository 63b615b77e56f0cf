"""Index: the angle that gives one query a large lead leaves another query none.

The positions of keys and query on the circle, and the distance of the best rival. Seventeen tokens.
Every key is the same vector, turned by its position; the query for the integer i is turned to the
key i positions back. The first and last case share their length, the last two their angle.
"""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from constructions.attention import logits, rotate
from constructions.index import Index
from empirical.figures.parts.circle import Points, beside, cap, explain, turned_up, unit_circle
from empirical.figures.parts.colours import INK, QUIET, RIGHT, WRONG
from empirical.figures.parts.style import WIDTH, Rows

LENGTH, LETTERS, INTEGERS = 17, 8, 9
CASES = {
    "θ = 2π/17, query i = 8": (2 * math.pi / 17, 8),
    "θ = 2π/9, query i = 8": (2 * math.pi / 9, 8),
    "θ = 2π/9, query a letter": (2 * math.pi / 9, 0),
}


def rows() -> Rows:
    """Returns one row for each case and position, computed by the construction's own layer.

    ``key`` is the rotated key, ``query`` the rotated query of the last position.
    """
    return [row for case, (angle, jump) in CASES.items() for row in _case(case, angle, jump)]


def _case(case: str, angle: float, jump: int) -> Rows:
    construction = Index(LETTERS, INTEGERS, angle)
    head = construction.layer.heads[0]
    positions = np.arange(LENGTH)
    asks = LETTERS + jump if jump else 0
    tokens = np.append(positions[:-1] % LETTERS, asks)
    x = construction.embed(tokens)
    keys, queries = (
        rotate(x @ matrix, head.angles, positions) for matrix in (head.key, head.query)
    )
    scores = logits(head, x)[-1]
    target = LENGTH - 1 - jump
    rival = np.delete(scores, target).max()
    return [
        {
            "case": case,
            "angle": angle,
            "position": int(position),
            "key": keys[position].tolist(),
            "query": queries[-1].tolist(),
            "logit": float(scores[position]),
            "role": "target" if position == target else "rival",
            "gap": float(scores[target] - rival),
        }
        for position in positions
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw one circle per case with the query up, so that the height of a key is its logit."""
    figure.set_size_inches(WIDTH, 2.2)
    panels = figure.subplots(1, len(CASES))
    for axes, case, letter in zip(panels, CASES, "abc", strict=True):
        data = [row for row in rows if row["case"] == case]
        keys = turned_up(np.array([row["key"] for row in data]), np.array(data[0]["query"]))
        unit_circle(axes, scale=axes is panels[0])
        axes.set_title(f"({letter})  {case}")
        _keys(axes, data, keys)
    marks = {
        "target": ("o", RIGHT),
        "best rivals": ("s", WRONG),
        "other keys": ("o", QUIET),
    }
    explain(panels[0], marks)


def _keys(axes: Axes, data: Rows, keys: Points) -> None:
    target, gap = next((r["position"], r["gap"]) for r in data if r["role"] == "target")
    best = data[target]["logit"] - gap
    rivals = [r["position"] for r in data if r["role"] == "rival" and r["logit"] > best - 1e-9]
    cap(axes, best, data[target]["logit"])
    axes.plot(*keys.T, "o", color=QUIET, markersize=4)
    axes.plot(*keys[rivals].T, "s", color=WRONG, markersize=5.5)
    axes.plot(*keys[target], "o", color=RIGHT, markersize=4.5)
    # Keys a whole number of turns apart lie on the same point and share one label.
    places: dict[tuple[float, ...], list[int]] = {}
    for row, key in zip(data, keys.round(9) + 0.0, strict=True):
        places.setdefault(tuple(key), []).append(row["position"])
    for place, positions in places.items():
        color = RIGHT if target in positions else WRONG if positions[0] in rivals else INK
        beside(axes, np.array(place), ", ".join(map(str, positions)), color=color)
    axes.set_xlabel(f"gap {round(gap, 5) + 0.0:.5f}")
