"""Draws the dependencies of sentences, constructions and predictions as an arc diagram."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from re import findall
from xml.sax.saxutils import escape, quoteattr

from theory.ledger import Theorem

STEP, MARGIN, LABELS = 17, 14, 250
DEPTH = 0.42
"""Depth of an arc as a share of the distance that it spans."""


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
    """One line of the graph.

    Attributes:
        name: the id of its entry on the page; the part before a hyphen is not shown.
        group: the heading under which it stands.
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


def svg(nodes: Sequence[Node], arcs: Iterable[Arc]) -> str:
    """Returns the graph as one inline SVG element; every name is a link to its entry.

    Args:
        nodes: in the order of the lines, the nodes of a group together.
        arcs: between names of nodes; an arc to a name without a node is left out.
    """
    places: dict[str, float] = {}
    lines: list[str] = []
    y, group = 0.0, ""
    for node in nodes:
        if node.group != group:
            group = node.group
            y += 1.8 * STEP
            lines.append(f'<text class="group" x="{LABELS}" y="{y}">{escape(group)}</text>')
        y += STEP
        places[node.name] = y - 4
        mark = f'<circle class="{node.status}" cx="{LABELS + 5}" cy="{y - 4}" r="4.5"/>'
        text = f'<text x="{LABELS + 15}" y="{y}">{escape(node.name)}</text>'
        lines.append(f"<a href={quoteattr('#' + node.name)}>{mark}{text}</a>")
    drawn = []
    for arc in arcs:
        if arc.start in places and arc.end in places:
            top, bottom = sorted((places[arc.start], places[arc.end]))
            left = max(MARGIN, LABELS - DEPTH * (bottom - top) - 12)
            curve = f"M{LABELS} {top}C{left} {top} {left} {bottom} {LABELS} {bottom}"
            title = escape(f"{arc.start} → {arc.end}")
            drawn.append(f'<path class="{arc.kind}" d="{curve}"><title>{title}</title></path>')
    size = f'viewBox="0 0 640 {y + STEP:.0f}" width="640" height="{y + STEP:.0f}"'
    label = 'role="img" aria-label="Which sentence depends on which"'
    return f'<svg class="graph" {size} {label}>{"".join(drawn)}{"".join(lines)}</svg>'
