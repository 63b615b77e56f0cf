"""Bounds what float32 may change, for the checker of certificates.

Shares no code with the prover's bound. The model of an execution is that of ``theory/TRUST.md``:
with v = 2⁻²⁴, k-term sums err by (k + 1)·v of their terms' sizes, library functions by 4v, the
moments of a LayerNorm by (width + 8)·v. All is computed in balls.
"""

from functools import reduce
from operator import mul
from typing import NamedTuple

from flint import arb, arb_mat

from empirical.recheck.tables import Model

SINGLE, LIBRARY, ROOM, STEPS = arb(2) ** -24, arb(2) ** -22, arb(1001) / 1000, 400
Row = list[arb]


class Slack(NamedTuple):
    """Relative error of a weight, and what an answer must be ahead, over the scale and outright."""

    weight: arb
    linear: arb
    bias: arb


class Rounded(NamedTuple):
    """A row of numbers, and at most how far an execution is from each."""

    exact: Row
    error: Row

    def times(self, weights: arb_mat) -> "Rounded":
        """Stored weights (one row per output) times the numbers."""
        sizes = arb_mat([list(map(abs, row)) for row in weights.tolist()])
        lost = (len(self.exact) + 1) * SINGLE
        spread = [e + lost * (abs(x) + e) for x, e in zip(*self, strict=True)]
        return Rounded(_apply(weights, self.exact), _apply(sizes, spread))

    def plus(self, exact: Row) -> "Rounded":
        """The sum with stored numbers."""
        sums = [x + y for x, y in zip(self.exact, exact, strict=True)]
        errors = zip(self.error, sums, strict=True)
        return Rounded(sums, [e + SINGLE * (abs(s) + e) for e, s in errors])


def slack(model: Model, query: int, length: int) -> Slack:
    """How much an answer must be ahead in real numbers, to win in every execution."""
    tokens = [_normed(model, row) for row in model.get("wte.weight", "transformer.").tolist()]
    projected = {n: model.get(f"attn.{n}_proj.weight") for n in "qkv"}
    keys = [token.times(projected["k"]) for token in tokens]
    weight = _weight(model, tokens[query].times(projected["q"]), keys, length)

    values = [token.times(projected["v"]) for token in tokens]
    sums = 2 * (length + 16) * SINGLE
    lost = [[e + sums * (abs(x) + e) for x, e in zip(*v, strict=True)] for v in values]
    mixed = Rounded(_largest([v.exact for v in values]), _largest(lost))
    attended = mixed.times(model.get("attn.out_proj.weight")).error
    own = _own(model, query, tokens[query])
    embedded = model.get("wte.weight", "transformer.").tolist()[query]
    streams = [[d + w for d, w in zip(own.exact, row, strict=True)] for row in model.written[0]]
    sizes = _largest(streams)
    error = [
        a + b + 2 * SINGLE * (abs(d) + abs(e) + s)
        for a, b, d, e, s in zip(own.error, attended, own.exact, embedded, sizes, strict=True)
    ]
    centred = [[x - _mean(row) for x in row] for row in streams]
    least = _least(model, centred)
    moments, shift = (model.width + 8) * SINGLE, _mean(error)
    means = moments * _mean(sizes)
    centres = _largest(centred)
    error = [e + shift + means + SINGLE * c for e, c in zip(error, centres, strict=True)]
    top = (
        reduce(arb.max, [_dot(row, row) for row in centred]) / model.width + model.epsilon
    ).sqrt()
    variance = 2 * moments * _mean([s * s for s in sizes])
    scale = _mean([e * e for e in error]).sqrt() + (variance / least).min(variance.sqrt())
    scale += 4 * SINGLE * top

    weighted = [list(map(abs, row)) for row in model.readout]
    spread = reduce(arb.max, model.bias) - reduce(arb.min, model.bias)
    late = (model.width + 6) * SINGLE
    across = (reduce(arb.max, [_dot(row, row) for row in weighted]) * model.width).sqrt()
    moved = list(map(abs, model.get("ln_f.bias", "transformer.").entries()))
    both = zip(
        model.get("weight", "lm_head.").tolist(),
        model.get("bias", "lm_head.").entries(),
        strict=True,
    )
    outright = late * reduce(arb.max, [_dot(map(abs, row), moved) + abs(b) for row, b in both])
    most = reduce(arb.max, _apply(arb_mat(weighted), error))
    linear = 2 * (most + late * across * (top + scale) + outright * scale) + spread * scale
    return Slack(ROOM * weight, ROOM * linear, 2 * ROOM * outright)


def _weight(model: Model, q: Rounded, keys: list[Rounded], length: int) -> arb:
    """Relative error of an attention weight."""
    turned = [15 * SINGLE * (length - 1) * angle for angle in model.angles]
    turned = [t.min(arb(2)) for t in turned] + [arb(0)] * (model.width - model.rotary)
    worst = largest = arb(0)
    for k in keys:
        columns = (_pairs(part, model.rotary) for part in (*q, *k))
        size = error = arb(0)
        for a, da, b, db, turn in zip(*columns, turned, strict=True):
            size += a * b
            error += a * db + da * (b + db) + a * b * (turn + 34 * SINGLE)
        error += (model.width + 10) * SINGLE * size
        worst, largest = worst.max(error / model.scale), largest.max(size / model.scale)
    return (worst + 2 * SINGLE * (largest + worst) + LIBRARY).expm1()


def _own(model: Model, query: int, token: Rounded) -> Rounded:
    """What the MLP and the residual of the query give."""
    hidden = token.times(model.get("mlp.fc_in.weight"))
    hidden = hidden.plus(model.get("mlp.fc_in.bias").entries())
    errors = [arb("1.13") * e + 16 * SINGLE * (abs(x) + e) for x, e in zip(*hidden, strict=True)]
    mlp = Rounded(list(map(model.gelu, hidden.exact)), errors).times(model.get("mlp.fc_out.weight"))
    mlp = mlp.plus(model.get("mlp.fc_out.bias").entries())
    return mlp.plus(model.get("wte.weight", "transformer.").tolist()[query])


def _normed(model: Model, row: Row) -> Rounded:
    """The first LayerNorm of a stored row."""
    moments, mean = (model.width + 8) * SINGLE, _mean(row)
    centred = [x - mean for x in row]
    scale = (_mean([x * x for x in centred]) + model.epsilon).sqrt()
    off = [moments * _mean(list(map(abs, row))) + SINGLE * abs(x) for x in centred]
    part = _mean([e * e for e in off]).sqrt() / scale + 4 * SINGLE
    part += moments * _mean([x * x for x in row]) / (scale * scale)
    exact, error = [], []
    for x, e, gain in zip(centred, off, model.get("ln_1.weight").entries(), strict=True):
        exact.append(x / scale * gain)
        error.append((e / scale + abs(x / scale) * part) * abs(gain) + SINGLE * abs(exact[-1]))
    return Rounded(exact, error).plus(model.get("ln_1.bias").entries())


def _least(model: Model, centred: list[Row]) -> arb:
    """A lower bound of the final LayerNorm's scale over all mixtures of streams."""
    ground = model.epsilon.sqrt()
    points = [[*(x / model.scale for x in row), ground] for row in centred]
    rounded = [[float(x.mid()) for x in point] for point in points]
    near = [sum(column) / len(rounded) for column in zip(*rounded, strict=True)]
    best, direction = ground, None
    for _ in range(STEPS):
        along = [sum(map(mul, near, point)) for point in rounded]
        bound = min(along) / sum(x * x for x in near) ** 0.5
        if bound > best:
            best, direction = arb(bound), near
        towards = [p - x for p, x in zip(rounded[along.index(min(along))], near, strict=True)]
        length = max(sum(x * x for x in towards), 1e-300)
        step = min(1.0, max(0.0, -sum(map(mul, near, towards)) / length))
        near = [x + step * t for x, t in zip(near, towards, strict=True)]
    if direction is None:
        return ground
    rho = list(map(arb, direction))
    return ground.max(reduce(arb.min, (_dot(rho, p) for p in points)) / _dot(rho, rho).sqrt())


def _pairs(row: Row, rotary: int) -> Row:
    """Lengths of the rotated pairs, then the sizes of the rest."""
    turned = zip(row[0:rotary:2], row[1:rotary:2], strict=True)
    return [(x * x + y * y).sqrt() for x, y in turned] + list(map(abs, row[rotary:]))


def _largest(rows: list[Row]) -> Row:
    """The largest size in each column."""
    return [reduce(arb.max, map(abs, column)) for column in zip(*rows, strict=True)]


def _mean(row: Row) -> arb:
    return sum(row, arb(0)) / len(row)


def _dot(left: "map[arb] | Row", right: Row) -> arb:
    return sum(map(mul, left, right), arb(0))


def _apply(matrix: arb_mat, row: Row) -> Row:
    product: Row = (matrix * arb_mat(len(row), 1, row)).entries()
    return product
