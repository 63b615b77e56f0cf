"""Checks what a certificate says of a model of several heads.

Shares no code with what wrote it; trusts what ``checker`` trusts. Head h gives ``N_h / Z_h``, sums
over positions of weight times form and of weights, and the answer wins where these add up to more
than nothing. Either each is above its own threshold and the thresholds add up to at least nothing,
which is found here again at every length; or a tree of the certificate shows it. A leaf of a tree
holds on a product of choices for all ratios ``ρ_h = Z_0 / Z_h`` in a box: with any numbers μ,
``Z_0 · Σ N_h / Z_h = Σ_j [w_0 (V_0 + Σ μ_h) + Σ ρ_h w_h (V_h − μ_h)]``, whose least value over
choices is concave in ρ and so least at a corner. Weights are in units of the query's own.
"""

import math
from collections.abc import Iterator
from itertools import product
from operator import add
from typing import Any

from flint import arb

from empirical.recheck.tables import ROUNDING, TINY, Model, Query, margin, need

PASSES = 40
Piece = list[list[int]]


class Shown:
    """The pairs of classes that are shown to be in order."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.pairs: set[tuple[int, int, int, int]] = set()

    def heads(self, query: int) -> list[Query]:
        """The tables of a query."""
        return [self.model.query(query, head) for head in range(self.model.heads)]

    def add(
        self, proof: dict[str, Any], answers: list[int], places: range, others: list[int]
    ) -> None:
        """Show a proof of a certificate again: one tree for each place of the answer."""
        known = set(proof) == {"query", "answer", "rival", "length", "trees"}
        query, answer, rival, length = (proof[n] for n in ("query", "answer", "rival", "length"))
        classes = range(len(self.model.bias))
        of_task = known and answer in answers and rival in classes and rival != answer
        need(of_task, "a proof is not of a row of the task")
        trees = dict(zip(places, proof["trees"], strict=True))
        for place, tree in trees.items():
            piece = [
                [query],
                *([others] * (place - 1)),
                [answer],
                *([others] * (length - place - 1)),
            ]
            _Tree(self.heads(query), answer, rival, length, tree).check(piece)
        self.pairs.add((query, answer, rival, length))

    def prove(
        self, query: int, answer: int, first: int, last: int, places: range, others: list[int]
    ) -> None:
        """The answer wins at every length from first to last, or the certificate is rejected."""
        heads = self.heads(query)
        for rival in (c for c in range(len(self.model.bias)) if c != answer):
            lengths = range(first, last + 1)
            left = {n for n in lengths if (query, answer, rival, n) not in self.pairs}
            if left:
                bounds = _Thresholds(heads, query, answer, rival, places, others)
            while left:
                found = bounds.lengths(max(left))
                shown = max(left) in found
                need(shown, f"PROVED is not shown again: query {query}, answer {answer}")
                left -= found


class _Thresholds:
    """Each head by itself: is its average above a number on every input?"""

    def __init__(
        self,
        heads: list[Query],
        query: int,
        answer: int,
        rival: int,
        places: range,
        others: list[int],
    ) -> None:
        self.heads = list(zip(heads, _forms(heads, answer, rival, None), strict=True))
        self.query, self.answer, self.places, self.others = query, answer, places, others

    def lengths(self, last: int) -> set[int]:
        """The lengths up to one that thresholds show which are best there."""
        least = [self._least(head, last) for head in range(len(self.heads))]
        spare = math.fsum(least) / len(least)
        above = [x - spare for x in least[1:]]
        above = [math.nextafter(-math.fsum(above), math.inf), *above]
        found = set(range(2, last + 1)) if spare > 0 else set()
        for head, threshold in enumerate(above):
            found &= {n for n, low, _, slack in self._sums(head, threshold, last) if low > slack}
        return found

    def _least(self, head: int, last: int) -> float:
        """About the least average at a length, by Dinkelbach's method from above."""
        best, at = math.inf, 0.0
        for _ in range(PASSES):
            *_, (_, low, weight, _) = self._sums(head, at, last)
            at += low / weight
            if not at < best:
                break
            best = at
        return best

    def _sums(
        self, head: int, threshold: float, last: int
    ) -> Iterator[tuple[int, float, float, float]]:
        """Length, least sum of weight times (form less threshold), its weight, and rounding."""
        tables, (form, size) = self.heads[head]
        form = [x - threshold for x in form]
        size += 2 * abs(threshold)
        heaviest = weight = tables.weights(0)[self.query]
        total, swap, placed = weight * form[self.query], (math.inf, 0.0), 0.0
        for t in range(1, last):
            weights = tables.weights(t)
            term, its = min((weights[y] * form[y], weights[y]) for y in self.others)
            if t in self.places:
                own = weights[self.answer]
                swap = min(swap, (own * form[self.answer] - term, own - its))
                placed = max(placed, own)
            total, weight = total + term, weight + its
            heaviest += max(weights[y] for y in self.others)
            slack = size * (t + 9) * (ROUNDING * (heaviest + placed) + TINY)
            yield t + 1, total + swap[0], weight + swap[1], slack


class _Tree:
    """A tree of a certificate, for one pair and one length."""

    def __init__(
        self, heads: list[Query], answer: int, rival: int, length: int, root: dict[str, Any]
    ) -> None:
        self.heads, self.answer, self.rival, self.root = heads, answer, rival, root
        rho = root.get("direction")
        if rho is not None:
            unit = bool(sum((arb(x) * arb(x) for x in rho), arb(0)) <= 1)
            need(unit and len(rho) == len(heads[0].streams[0]), "a direction is not of norm 1")
        self.forms = _forms(heads, answer, rival, rho)
        self.weights = [[head.relative(t) for t in range(length)] for head in heads]

    def check(self, piece: Piece) -> None:
        """Show the root again."""
        if "tree" not in self.root:
            shifts = self._shifts(self.root["multipliers"])
            for head in range(len(self.heads)):
                corner = [float(head == h) for h in range(len(self.heads))]
                self._need(piece, corner, shifts)
            return
        low, high = self.root["ratios"]
        need(len(low) == len(self.heads) - 1, "a box is not of its heads' ratios")
        need(min(low) >= 0 and min(high) > 0, "a ratio is not positive")
        for h, (least, most) in enumerate(zip(low, high, strict=True), start=1):
            for one, two, factor in ((0, h, least), (h, 0, 1 / most)):
                within = factor == 0 or self._exceeds(piece, one, two, factor)
                need(within, "a ratio is out of its box")
        self._node(self.root["tree"], piece, low, high)

    def _node(
        self, node: dict[str, Any], piece: Piece, low: list[float], high: list[float]
    ) -> None:
        """Show a node again: on its choices, for ratios in its box."""
        if "input" in node:
            need(piece == [[token] for token in node["input"]], "a leaf is not of its input")
            ahead = margin(self.heads, node["input"], self.answer, self.rival) > 0
            need(ahead, "a leaf's input is answered wrongly")
        elif "place" in node:
            place, parts = node["place"], node["parts"]
            for token, part in zip(sorted(piece[place]), parts, strict=True):
                self._node(part, [*piece[:place], [token], *piece[place + 1 :]], low, high)
        elif "ratio" in node:
            h, at = node["ratio"], node["at"]
            need(low[h] <= at <= high[h], "a box is cut outside")
            self._node(node["below"], piece, low, [*high[:h], at, *high[h + 1 :]])
            self._node(node["above"], piece, [*low[:h], at, *low[h + 1 :]], high)
        else:
            shifts = self._shifts(node["multipliers"])
            for corner in set(product(*zip(low, high, strict=True))):
                self._need(piece, [1.0, *corner], shifts)

    def _shifts(self, multipliers: list[float]) -> list[float]:
        need(len(multipliers) == len(self.heads) - 1, "multipliers are not one for each ratio")
        return [math.nextafter(-math.fsum(multipliers), math.inf), *multipliers]

    def _need(self, piece: Piece, corner: list[float], shifts: list[float]) -> None:
        """The least sum over a product of choices is positive at a corner."""
        total, slack = [], 0.0
        parts = [
            (c, rows, [x - shift for x in form], size + 2 * abs(shift))
            for c, rows, (form, size), shift in zip(
                corner, self.weights, self.forms, shifts, strict=True
            )
        ]
        for t, choices in enumerate(piece):
            total.append(
                min(sum(c * rows[t][y] * f[y] for c, rows, f, _ in parts) for y in choices)
            )
            heaviest = (c * size * max(rows[t][y] for y in choices) for c, rows, _, size in parts)
            slack += 3 * ROUNDING * sum(heaviest) + TINY * sum(c * size for c, _, _, size in parts)
        shown = math.fsum(total) > slack
        need(shown, f"a leaf does not hold: answer {self.answer}, rival {self.rival}")

    def _exceeds(self, piece: Piece, one: int, two: int, factor: float) -> bool:
        """Is Z of one head at least a factor of another's, on every input?"""
        total, slack = [], 0.0
        for t, choices in enumerate(piece):
            first, second = self.weights[one][t], self.weights[two][t]
            total.append(min(first[y] - factor * second[y] for y in choices))
            slack += 3 * ROUNDING * max(first[y] + factor * second[y] for y in choices)
        return math.fsum(total) >= slack + len(piece) * TINY * (1 + factor)


def _forms(
    heads: list[Query], answer: int, rival: int, rho: list[float] | None
) -> list[tuple[list[float], float]]:
    """Each head's lower bounds of forms; all touch the norm along one direction."""
    if rho is None:
        both = [list(map(add, h.streams[answer], h.streams[rival])) for h in heads]
        rho = heads[0].touching([sum(parts, arb(0)) for parts in zip(*both, strict=True)])
    return [head.form(answer, rival, rho) for head in heads]
