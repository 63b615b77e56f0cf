"""The more of its use a trained head has on one plane, the more that plane looks hand-set.

Queries and keys on the plane that a head uses most. Index above: the key of every letter, and the
query of every integer i, which the construction turns back by iθ. Retrieval below: the mean key of
the tokens that a letter begins, and the mean query of those that seek it. Each is in units of the
mean modulus, on axes that show the mean key, or the key of the first letter, upwards. The use of a
plane is the norm of its logits.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Complex128
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from constructions.construction import Construction
from constructions.index import Index
from constructions.retrieval import Retrieval
from empirical.figures.parts.colours import FAINT, INK, PALE, QUIET
from empirical.figures.parts.style import WIDTH, Rows

LENGTH = 33
"""Tokens for which the hand-set heads are built, the training length of the one-plane models."""
INPUTS = 40
"""Number of inputs on which the most used plane of a trained head is measured."""
MODELS = {
    "index": ("one-plane/2.0", "index-1layer"),
    "retrieval": ("retrieval-1layer", "retrieval-full"),
}
KEY: dict[str, Any] = {"marker": "s", "color": PALE, "markeredgecolor": QUIET, "markersize": 4.5}
QUERY: dict[str, Any] = {"marker": "o", "color": INK, "markersize": 3.2}
Vectors = Complex128[np.ndarray, " tokens"]


def rows() -> Rows:
    """Returns one row per panel, with its points."""
    letters = "abcdefgh"
    index = Index(letters=8, integers=LENGTH, angle=2 * np.pi / LENGTH)
    retrieval = Retrieval.for_length(LENGTH)
    pairs = [(x, y) for x in letters for y in letters]
    return [
        _hand_set("index", index, [*letters, *range(LENGTH)]),
        *(_trained("index", name) for name in MODELS["index"]),
        _hand_set("retrieval", retrieval, pairs),
        *(_trained("retrieval", name) for name in MODELS["retrieval"]),
    ]


def _hand_set(task: str, network: Construction, entries: list[Any]) -> dict[str, Any]:
    (head,) = network.layer.heads
    query, key = (x.astype(float).view(complex)[:, 0] for x in (head.query.copy(), head.key.copy()))
    return {
        "task": task,
        "model": "hand-set",
        "angle": float(head.angles[0]),
        "share": 1.0,
        "points": list(_points(task, entries, query, key)),
    }


def _trained(task: str, name: str) -> dict[str, Any]:
    from empirical.files import checkpoint
    from empirical.heads import gptj
    from empirical.models.gptj import GPTJ
    from empirical.scores import queries
    from empirical.scores.table import score
    from empirical.shipped.checkpoints import shipped

    model = checkpoint.read(shipped()[0].parent / name)
    (scores,) = score(GPTJ.of(model.config, model.weights), queries.draw(model, INPUTS))
    (head,) = gptj.heads(model.config, model.weights, 0, model.weights["transformer.wte.weight"])
    plane = int(np.abs(head.angles - scores.main_angle).argmin())
    entries = [] if model.task is None else model.task.entries
    return {
        "task": task,
        "model": name,
        "angle": float(head.angles[plane]),
        "share": scores.use[plane] / sum(scores.use),
        "points": list(_points(task, entries, head.queries[:, plane], head.keys[:, plane])),
    }


def _points(
    task: str, entries: Iterable[Any], queries: Vectors, keys: Vectors
) -> Iterator[dict[str, Any]]:
    """Yields key and query of each letter or integer, turned so that the first key points up."""
    listed = [*enumerate(entries)]
    begin: dict[Any, list[complex]]
    seek: dict[Any, list[complex]]
    if task == "index":
        begin = {entry: [keys[t]] for t, entry in listed if isinstance(entry, str)}
        seek = {entry: [queries[t]] for t, entry in listed if isinstance(entry, int) and entry}
        up = np.mean([*begin.values()])
    else:
        begin, seek = defaultdict(list), defaultdict(list)
        for t, entry in listed:
            begin[entry[0]].append(keys[t])
            if isinstance(entry[1], str):
                seek[entry[1]].append(queries[t])
        up = np.mean(begin["a"])
    for kind, groups in (("key", begin), ("query", seek)):
        means = np.array([np.mean(group) for group in groups.values()])
        places = 1j * means / np.abs(means).mean() * np.abs(up) / up
        for label, place in zip(groups, places, strict=True):
            yield {"kind": kind, "label": str(label), "at": [float(place.real), float(place.imag)]}


def draw(rows: Rows, figure: Figure) -> None:
    """Draw a row of circles per task; squares are keys, dots are queries."""
    figure.set_size_inches(WIDTH, 4.6)
    panels = figure.subplots(2, 3)
    for number, (axes, row) in enumerate(zip(panels.flat, rows, strict=True)):
        _circle(axes)
        (_index if row["task"] == "index" else _retrieval)(axes, row)
        share = "only plane" if row["share"] == 1 else f"{row['share']:.0%} of the use"
        axes.set_title(f"({'abcdef'[number]})  {row['model']}")
        axes.set_xlabel(f"θ = {row['angle']:.4g}, {share}")
    panels[0, 0].set_ylabel("Index")
    panels[1, 0].set_ylabel("Retrieval")
    marks = [
        Line2D([], [], linestyle="", **KEY, label="key"),
        Line2D([], [], linestyle="", **QUERY, label="query"),
        Line2D([], [], color=PALE, linewidth=0.7, label="ray: the construction's query"),
        Line2D([], [], color=QUIET, linewidth=0.6, label="line: one letter"),
    ]
    figure.legend(handles=marks, loc="outside lower center", ncols=4)


def _circle(axes: Axes) -> None:
    turn = np.linspace(0, 2 * np.pi, 361)
    axes.plot(np.cos(turn), np.sin(turn), color=FAINT, linewidth=0.8, zorder=0)
    axes.set(aspect="equal", xlim=(-1.9, 1.9), ylim=(-1.9, 1.75), xticks=[], yticks=[])
    axes.spines[["bottom", "left"]].set_visible(False)


def _index(axes: Axes, row: dict[str, Any]) -> None:
    """Label each query with its integer; a faint ray is where the construction turns it to."""
    for point in row["points"]:
        x, y = point["at"]
        if point["kind"] == "key":
            axes.plot(x, y, **KEY)
            continue
        back = np.pi / 2 - int(point["label"]) * row["angle"]
        axes.plot(*([r * f(back) for r in (0, 1.2)] for f in (np.cos, np.sin)), color=PALE, lw=0.5)
        axes.plot(x, y, **QUERY)
        if len(row["points"]) < 30 or int(point["label"]) % 4 == 1:
            size = np.hypot(x, y)
            _beside(axes, (x, y), point["label"], 1.22 * max(1, size) / size)


def _retrieval(axes: Axes, row: dict[str, Any]) -> None:
    """Draw a line from each letter's key to the query that seeks it."""
    keys, queries = (
        {point["label"]: point["at"] for point in row["points"] if point["kind"] == kind}
        for kind in ("key", "query")
    )
    for letter, (x, y) in keys.items():
        axes.plot(*zip((x, y), queries[letter], strict=True), color=QUIET, linewidth=0.6)
        axes.plot(x, y, **KEY)
        axes.plot(*queries[letter], **QUERY)
        _beside(axes, (x, y), letter, 1 + 0.25 / np.hypot(x, y))


def _beside(axes: Axes, at: tuple[float, float], text: str, times: float) -> None:
    """Write at a point moved outwards."""
    axes.text(times * at[0], times * at[1], text, ha="center", va="center")
