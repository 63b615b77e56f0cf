"""Checks the accuracies that a certificate states, after its rows.

Shares no code with what wrote them. Trusts what ``checker`` trusts, and the C library's sine,
cosine, exponential and logarithm to 2⁻⁴⁰. Bounds a chance by the trigonometric majorant of
Vaaler (1985); a statement must lie outside of the bounds found here.
"""

import cmath
import math
from functools import cached_property
from operator import mul
from typing import Any

from flint import arb

from empirical.recheck.one_head import Check
from empirical.recheck.tables import Query, need

DEGREE, FINE, FEW, NIL, GRID = 2047, 32, 96, 2.0**-30, 2.0**-32
TILTS = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.5, 9.0)
PARTS = {"query", "answer", "lower", "upper", "rivals"}
LAW = "query, answer, its place and every other token uniform over what the task allows"


def check_accuracy(check: Check, said: dict[str, Any]) -> None:
    """Show the bounds of one length again.

    Raises:
        Rejected: a bound is not shown again.
    """
    length, name = said["length"], f"the accuracy at length {said['length']}"
    need(said["distribution"] == LAW, f"{name} is over an unknown distribution")
    need(said["arithmetic"] == "real", f"{name} is not in real numbers")
    parts = {(part["query"], part["answer"]): part for part in said["parts"]}
    asked = {q: check.choices(q, length)[0] for q in range(len(check.entries))}
    asked = {query: answers for query, answers in asked.items() if answers}
    known = set(parts) <= {(query, a) for query, answers in asked.items() for a in answers}
    need(known and len(parts) == len(said["parts"]), f"{name} has a part that it cannot have")
    need(set(said["queries"]) == set(map(str, asked)), f"{name} is not over all queries")
    whole = {"lower": 0.0, "upper": 0.0}
    for query, answers in asked.items():
        laws, bounds = _Laws(check, query, length), said["queries"][str(query)]
        mine = [parts.get((query, a), {"lower": 1.0, "upper": 1.0}) for a in answers]
        for answer, part in zip(answers, mine, strict=True):
            where = f"{name}, query {query}, answer {answer}"
            need(set(part) in (PARTS, {"lower", "upper"}), f"{where}: not the fields of a part")
            rivals = part.get("rivals", [])
            need(len(set(rivals) - {answer}) == len(rivals), f"{where}: a rival twice")
            if part["lower"] == 1:
                need(part["upper"] == 1, f"{where}: {part['upper']} is below 1")
                check.prove(query, answer, length, length)
                continue
            worst, best = laws.bounds(answer, rivals)
            need(part["lower"] <= worst, f"{where}: {part['lower']} is not shown, but {worst}")
            need(part["upper"] >= best, f"{where}: {part['upper']} is not shown, but {best}")
        for side in whole:
            mean = math.fsum(part[side] for part in mine) / len(mine)
            need(abs(bounds[side] - mean) < 1e-12, f"{name}, query {query}: not the mean of parts")
            whole[side] += mean / len(asked)
    for side, mean in whole.items():
        need(abs(said[side] - mean) < 1e-12, f"{name}: {side} is not the mean of its queries")


class _Laws:
    """One query's sums at one length, over inputs drawn by the task."""

    def __init__(self, check: Check, query: int, length: int) -> None:
        self.tables: Query = check.model.query(query)
        self.tables.slack = (arb(0), arb(0), arb(0))
        self.answers, places, self.others = check.choices(query, length)
        self.query, self.length, self.classes = query, length, len(check.entries)
        self.slots = [t for t in range(1, length) if t in places]

    @cached_property
    def touching(self) -> list[float]:
        """The direction of the mean stream."""
        mass = [0.0] * self.classes
        mass[self.query] += self.tables.weights(0)[self.query]
        for t in range(1, self.length):
            share = (t in self.slots) / len(self.slots)
            for y in self.others:
                mass[y] += (1 - share) * self.tables.weights(t)[y] / len(self.others)
            for y in self.answers:
                mass[y] += share * self.tables.weights(t)[y] / len(self.answers)
        columns = zip(*self.streams, strict=True)
        mean = [math.fsum(map(mul, mass, column)) for column in columns]
        norm = math.sqrt(math.fsum(x * x for x in mean))
        return [x * (1 - 2.0**-40) / norm for x in mean]

    @cached_property
    def streams(self) -> list[list[float]]:
        """The stream of every token, rounded."""
        return [[float(x.mid()) for x in stream] for stream in self.tables.streams]

    def bounds(self, answer: int, rivals: list[int]) -> tuple[float, float]:
        """At least and at most the chance that the answer wins, the latter by some rivals."""
        most = {c: self.lost(answer, [(answer, c)]) for c in range(self.classes) if c != answer}
        failing = 0.0
        for place, c in enumerate(rivals):
            failing += 1 - self.lost(answer, [(c, answer)])
            for d in rivals[:place]:
                both = self.lost(answer, [(answer, c), (answer, d)])
                failing -= min(most[c], most[d], both)
        return max(0.0, 1 - math.fsum(most.values())), min(1.0, 1 - failing)

    def lost(self, answer: int, pairs: list[tuple[int, int]]) -> float:
        """At most the chance that the sums of the pairs, added up, are at most zero."""
        forms = [self.tables.form(a, c, self.touching)[0] for a, c in pairs]
        form = [math.fsum(parts) for parts in zip(*forms, strict=True)]
        rows = [self.tables.weights(t) for t in range(self.length)]
        free = [[row[y] * form[y] for y in self.others] for row in rows[1:]]
        placed = [row[answer] * form[answer] for row in rows[1:]]
        heaviest = rows[0][self.query] + max(rows[t][answer] for t in self.slots)
        heaviest += math.fsum(max(row[y] for y in self.others) for row in rows[1:])
        size = max(map(abs, form))
        constant = rows[0][self.query] * form[self.query]
        constant -= size * (self.length + 9) * (2.0**-49 * heaviest + 2.0**-990)
        slots = [t - 1 for t in self.slots]
        least = math.fsum(map(min, free)) + min(placed[t] - min(free[t]) for t in slots)
        return 0.0 if constant + least > 0 else _chance(constant, free, placed, slots)


def _chance(
    constant: float, free: list[list[float]], placed: list[float], slots: list[int]
) -> float:
    """At most the chance that a constant and one term per position are at most zero in sum.

    At one of the slots, each alike likely, stands the placed term, at every other position one of
    the free ones. Slots of the same octave of placed terms are bounded together.
    """
    top = max(max(abs(placed[t]) for t in slots), 2.0**-1000)
    groups: dict[int, list[int]] = {}
    for t in slots:
        groups.setdefault(math.frexp(abs(placed[t]) / top)[1], []).append(t)
    parts = [len(g) / len(slots) * _tail(constant, free, placed, g) for g in groups.values()]
    return math.fsum(parts) * (1 + 2.0**-40)


def _tail(constant: float, free: list[list[float]], placed: list[float], slots: list[int]) -> float:
    """The same with one window for all slots."""
    low, high, crude = _window(constant, free, placed, slots)
    if crude <= NIL or low > 0:
        return NIL
    if high <= 0:
        return crude
    unit = 2.002 * max(-low, high) * GRID
    if unit < 2.0**-1000:
        return crude
    turns = [[math.floor(x / unit) * GRID for x in row] for row in free]
    own = [0.0] * len(free)
    for slot in slots:
        own[slot] = math.floor(placed[slot] / unit) * GRID
    start = (math.floor(constant / unit) - len(free) - 2) * GRID
    if max(abs(start), max(map(abs, own)), max(abs(x) for row in turns for x in row)) > 2.0**9:
        return crude
    total = 0.5 + 1 / (DEGREE + 1) + 10 * NIL + 2.0**-36 * (len(free) + 2)
    for k, phi in _characteristic(start, turns, own, slots).items():
        t = k / (DEGREE + 1)
        if k % 2:
            factor = math.pi * t * (1 - t) / math.tan(math.pi * t) + t
            total -= 2 * factor / (math.pi * k) * phi.imag
        else:
            total += 2 * (1 - t) / (DEGREE + 1) * phi.real
    return min(total, crude)


def _window(
    constant: float, free: list[list[float]], placed: list[float], slots: list[int]
) -> tuple[float, float, float]:
    """Bounds that the sum passes with a chance of NIL at most, and one of the chance itself."""
    variance = _variance([placed[t] for t in slots]) + math.fsum(map(_variance, free))
    tops, bottoms = list(map(max, free)), list(map(min, free))
    high = constant + math.fsum(tops) + max(placed[t] - bottoms[t] for t in slots)
    low = constant + math.fsum(bottoms) + min(placed[t] - tops[t] for t in slots)
    sizes = (
        abs(constant)
        + 2 * max(abs(placed[t]) for t in slots)
        + math.fsum(max(map(abs, row)) for row in free)
    )
    high, low, crude = high + 1e-9 * sizes, low - 1e-9 * sizes, 1.0
    for tilt in (t / math.sqrt(variance) for t in TILTS) if variance > 0 else ():
        up, down = (_cumulant(s, constant, free, placed, slots) + 1e-3 for s in (tilt, -tilt))
        high = min(high, (up - math.log(NIL)) / tilt)
        low = max(low, (math.log(NIL) - down) / tilt)
        crude = min(crude, math.exp(min(0.0, down)))
    return low, high, crude


def _variance(row: list[float]) -> float:
    mean = math.fsum(row) / len(row)
    return math.fsum((x - mean) ** 2 for x in row) / len(row)


def _cumulant(
    tilt: float, constant: float, free: list[list[float]], placed: list[float], slots: list[int]
) -> float:
    """The logarithm of the mean of exp(tilt · sum)."""
    logs = [_log_mean([tilt * x for x in row]) for row in free]
    ways = _log_mean([tilt * placed[t] - logs[t] for t in slots])
    return tilt * constant + math.fsum(logs) + ways


def _log_mean(row: list[float]) -> float:
    top = max(row)
    return top + math.log(math.fsum(math.exp(x - top) for x in row) / len(row))


def _characteristic(
    start: float, turns: list[list[float]], own: list[float], slots: list[int]
) -> dict[int, complex]:
    """The characteristic function at 1 … DEGREE turns, where it is not nil."""
    share = [(t in set(slots)) / len(slots) for t in range(len(turns))]
    pairs: dict[int, tuple[complex, complex]]
    pairs = dict.fromkeys(range(1, DEGREE + 1), (1 + 0j, 0j))
    for t in sorted(range(len(turns)), key=lambda t: -_variance(turns[t])):
        row = turns[t]
        if len(pairs) > FEW:
            coarse = [[_turned(k * x) for x in row] for k in range(0, DEGREE + 1, FINE)]
            fine = [[_turned(k * x) for x in row] for k in range(FINE)]
            means = {k: sum(map(mul, coarse[k // FINE], fine[k % FINE])) for k in pairs}
        else:
            means = {k: sum(_turned(k * x) for x in row) for k in pairs}
        for k, (without, having) in list(pairs.items()):
            mean = means[k] / len(row)
            having *= mean
            if share[t]:
                having += share[t] * without * _turned(k * own[t])
            without *= mean
            pairs[k] = without, having
            if abs(without) + abs(having) <= NIL / 2:
                del pairs[k]
    return {k: having * _turned(k * start) for k, (_, having) in pairs.items()}


def _turned(turns: float) -> complex:
    """The point of the unit circle after that many turns; whole ones are taken off exactly."""
    return cmath.rect(1.0, 2 * math.pi * math.remainder(turns, 1.0))
