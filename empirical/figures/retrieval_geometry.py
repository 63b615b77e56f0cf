"""Retrieval: the gap between the sought letter and the next shrinks as distance turns the keys.

Eight letters and θ = 0.0027. All keys of one letter, over all distances, make an arc that grows
with the length; the worst proper input of a length is the one with the least gap.
"""

from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from constructions.attention import logits, rotate
from constructions.retrieval import Retrieval
from empirical.figures.parts.circle import beside, cap, explain, turned_up, unit_circle
from empirical.figures.parts.colours import INK, PALE, QUIET, RIGHT, WRONG
from empirical.figures.parts.sentences import candidates, theorem
from empirical.figures.parts.style import WIDTH, Rows

NAMES = "abcdefgh"
SOUGHT = NAMES.index("d")
ANGLE = sp.Rational(27, 10_000)  # radians per position
LENGTHS = (17, 146, 291)
CONSTRUCTION = Retrieval(letters=len(NAMES), digits=1, angle=float(ANGLE))


def rows() -> Rows:
    """Returns the worst proper input of each length, then every key that the longest query can see.

    ``key`` is the rotated key, ``query`` the rotated query of the last position.
    """
    worst = [_worst(length) for length in LENGTHS]
    return worst + [row for letter in range(len(NAMES)) for row in _keys(letter)]


def _worst(length: int) -> dict[str, object]:
    """Returns the input with the least gap by the sentence, and its gap by the layer run on it."""
    floor = theorem("retrieval_floor_eq_of_le_horizon").claim.conclusion.lhs
    gaps = candidates(floor, n=length, A=len(NAMES), theta=ANGLE)
    step, target, shift = (int(i) for i in np.unravel_index(gaps.argmin(), gaps.shape))
    # By the indices of the minimum the rival is 1 + step after the target, cyclically.
    rival, letters_off = (target + 1 + step) % length, 1 + shift
    first = np.full(length, (SOUGHT + len(NAMES) // 2) % len(NAMES))
    first[-1 - target] = SOUGHT
    first[-1 - rival] = (SOUGHT + letters_off) % len(NAMES)
    scores = _scores(first)
    best = np.delete(scores, target).max()
    return {
        "kind": "worst input",
        "length": length,
        "target_distance": target,
        "rival_distance": rival,
        "rival_letter": NAMES[first[-1 - rival]],
        "target_logit": float(scores[target]),
        "rival_logit": float(scores[rival]),
        "gap": float(scores[target] - best),
    }


def _scores(first: Int[np.ndarray, " positions"]) -> Float[np.ndarray, " distances"]:
    """Returns the logits of a last token that seeks ``SOUGHT``, by distance.

    Args:
        first: the first letters, by position.
    """
    x = CONSTRUCTION.embed(first * len(NAMES) + SOUGHT)
    return logits(CONSTRUCTION.layer.heads[0], x)[-1, ::-1]


def _keys(letter: int) -> Rows:
    head, length = CONSTRUCTION.layer.heads[0], LENGTHS[-1]
    first = np.full(length, letter)
    x, positions = CONSTRUCTION.embed(first * len(NAMES) + SOUGHT), np.arange(length)
    keys = rotate(x @ head.key, head.angles, positions)[::-1]
    query = rotate(x @ head.query, head.angles, positions)[-1]
    return [
        {
            "kind": "key",
            "letter": NAMES[letter],
            "distance": distance,
            "key": key.tolist(),
            "query": query.tolist(),
            "logit": float(score),
        }
        for distance, (key, score) in enumerate(zip(keys, _scores(first), strict=True))
    ]


def draw(rows: Rows, figure: Figure) -> None:
    """Draw circles at three lengths with the query up; below them all logits by distance."""
    figure.set_size_inches(WIDTH, 4.3)
    panels = figure.subplot_mosaic([["a", "b", "c"], ["d", "d", "d"]], height_ratios=(1.15, 1))
    worst = [row for row in rows if row["kind"] == "worst input"]
    keys = {name: [row for row in rows if row.get("letter") == name] for name in NAMES}
    for (label, axes), case in zip(panels.items(), worst, strict=False):
        unit_circle(axes, scale=label == "a")
        axes.set_title(f"({label})  length n = {case['length']}")
        _circle(axes, keys, case)
    panels["d"].set_title("(d)  every letter at every distance; the next one overtakes at tθ = ω/2")
    _profile(panels["d"], keys, worst)
    marks = {
        "match": ("o", RIGHT),
        "best rival": ("s", WRONG),
        "keys of a letter": ("_", PALE),
    }
    explain(panels["a"], marks)


def _color(name: str, case: dict[str, Any]) -> str:
    return {NAMES[SOUGHT]: RIGHT, case["rival_letter"]: WRONG}.get(name, QUIET)


def _circle(axes: Axes, keys: dict[str, Rows], case: dict[str, Any]) -> None:
    cap(axes, case["rival_logit"], case["target_logit"])
    for name, data in keys.items():
        arc = turned_up(np.array([row["key"] for row in data]), np.array(data[0]["query"]))
        arc = arc[: case["length"]]
        color = _color(name, case)
        shade = PALE if color == QUIET else color
        axes.plot(*arc.T, color=shade, linewidth=4, solid_capstyle="butt")
        beside(axes, 1.03 * arc[len(arc) // 2], name, color=INK if color == QUIET else color)
        if color == RIGHT:
            axes.plot(*arc[case["target_distance"]], "o", color=RIGHT, markersize=6, zorder=4)
        elif color == WRONG:
            axes.plot(*arc[case["rival_distance"]], "s", color=WRONG, markersize=6, zorder=4)
    axes.set_xlabel(f"least gap {case['gap']:.5f}".replace("-", "−"))


def _profile(axes: Axes, keys: dict[str, Rows], worst: Rows) -> None:
    target, rival = NAMES[SOUGHT], worst[0]["rival_letter"]
    labels = {target: f"{target}, the letter sought", rival: f"{rival}, the next letter"}
    for name, data in keys.items():
        color = _color(name, worst[0])
        scores = [row["logit"] for row in data]
        axes.plot(scores, color=color, linewidth=0.8 if color == QUIET else 1.8)
        at = 50 if name in labels else 225  # away from the crossings
        axes.text(
            at,
            scores[at],
            labels.get(name, name),
            color=INK if color == QUIET else color,
            ha="center",
            va="center",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    for case in worst:
        farthest = case["length"] - 1
        axes.axvline(farthest, ymax=0.9, color=QUIET, linewidth=0.7, linestyle=(0, (2, 2)))
        axes.text(farthest, 1.12, f"n = {case['length']}", ha="center")
    axes.set(xlabel="distance t from the query (tokens)", ylabel="logit")
    axes.set(xlim=(0, 300), ylim=(-1.1, 1.3))
