"""Draws the dependencies of sentences, constructions and predictions, column by column."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from re import findall
from statistics import mean
from xml.sax.saxutils import escape, quoteattr

import networkx

from theory.ledger import Theorem

STEP, MARGIN, GAP, LETTER = 17, 26, 90, 6.3
"""Pixels: between lines, left of the first column, between columns, and about of a letter."""
SWEEPS = 12
"""How often each column is put in order."""


@dataclass(frozen=True, slots=True)
class Arc:
    """One dependency.

    Attributes:
        start: name of the node that depends.
        end: name of the node on which it depends.
        kind: ``replaces``, ``cites``, ``mentions``, ``bounds`` or ``predicts``.
    """

    start: str
    end: str
    kind: str


@dataclass(frozen=True, slots=True)
class Node:
    """One name in the graph.

    Attributes:
        name: the id of its entry on the page; the part before a hyphen is not shown.
        group: of what kind it is.
        status: the class of its mark.
    """

    name: str
    group: str
    status: str


def between_sentences(theorems: Sequence[Theorem]) -> Iterator[Arc]:
    """Yields the arcs from each sentence to its replacement and to those it cites or imports."""
    known = {theorem.name for theorem in theorems}
    for theorem in theorems:
        if theorem.replaced_by:
            yield Arc(theorem.name, theorem.replaced_by, "replaces")
        for name in theorem.cites:
            yield Arc(theorem.name, name, "cites")
        module = import_module(f"theory.theorems.{theorem.group}.{theorem.name}")
        taken = {
            getattr(value, "__module__", "").rpartition(".")[2] for value in vars(module).values()
        }
        mentioned = set(findall(r"\w+", theorem.prose)) | taken
        named = {theorem.name, theorem.replaced_by, *theorem.cites}
        for name in sorted(mentioned & known - named):
            yield Arc(theorem.name, name, "mentions")


def layers(nodes: Sequence[Node], arcs: Sequence[Arc]) -> list[list[Node]]:
    """Returns the nodes in columns: each depends on nodes of earlier columns, or of its own circle.

    Nodes that lie on a circle of mentions share a column. Within a column a node stands near what
    it depends on and what depends on it.

    Args:
        nodes: those of one connected drawing.
        arcs: between names of nodes.
    """
    depends = networkx.DiGraph([(arc.end, arc.start) for arc in arcs])
    circles = networkx.condensation(depends)
    columns = [
        [name for circle in sorted(generation) for name in sorted(circles.nodes[circle]["members"])]
        for generation in networkx.topological_generations(circles)
    ]
    either = depends.to_undirected()
    for _ in range(SWEEPS):
        places = {name: y / len(column) for column in columns for y, name in enumerate(column)}
        for column in columns:
            column.sort(key=lambda name: mean(places[other] for other in (*either[name], name)))
    by_name = {node.name: node for node in nodes}
    return [[by_name[name] for name in column] for column in columns]


def svg(nodes: Sequence[Node], arcs: Iterable[Arc]) -> str:
    """Returns the graph as one inline SVG element; every name is a link to its entry.

    Args:
        nodes: the nodes; one without an arc is left out.
        arcs: between names of nodes; an arc to a name without a node is left out.
    """
    names = {node.name for node in nodes}
    known = [arc for arc in arcs if {arc.start, arc.end} <= names and arc.start != arc.end]
    joined = {name for arc in known for name in (arc.start, arc.end)}
    columns = layers([node for node in nodes if node.name in joined], known) if known else []
    places: dict[str, tuple[float, float, float]] = {}
    lines: list[str] = []
    left = float(MARGIN)
    for column in columns:
        for row, node in enumerate(column):
            x, y = left, STEP * (row + 1.0)
            places[node.name] = x, y - 4, x + 15 + LETTER * len(node.name)
            mark = f'<circle class="{node.status}" cx="{x + 5}" cy="{y - 4}" r="4.5"/>'
            text = f'<text x="{x + 15}" y="{y}">{escape(node.name)}</text>'
            named = quoteattr(node.name)
            lines.append(f"<a href={quoteattr('#' + node.name)} data-name={named}>{mark}{text}</a>")
        left += GAP + 15 + LETTER * max(len(node.name) for node in column)
    drawn = [_curve(arc, places) for arc in known]
    width, height = left, STEP * (1.5 + max(map(len, columns), default=0))
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    label = 'role="img" aria-label="Which sentence depends on which"'
    return f'<svg class="graph" {size} {label}>{"".join(drawn)}{"".join(lines)}</svg>'


def _curve(arc: Arc, places: Mapping[str, tuple[float, float, float]]) -> str:
    """The curve of an arc, from the mark of what depends back to the name of what it depends on."""
    x, y, _ = places[arc.start]
    start, end_y, end = places[arc.end]
    if start == x:  # one column: around the left of both marks
        curve = f"M{x} {y}C{x - MARGIN} {y} {x - MARGIN} {end_y} {x} {end_y}"
    else:
        middle = (x + end) / 2
        curve = f"M{x} {y}C{middle:.0f} {y} {middle:.0f} {end_y} {end:.0f} {end_y}"
    title = escape(f"{arc.start} → {arc.end}")
    ends = f"data-start={quoteattr(arc.start)} data-end={quoteattr(arc.end)}"
    return f'<path class="{arc.kind}" {ends} d="{curve}"><title>{title}</title></path>'
