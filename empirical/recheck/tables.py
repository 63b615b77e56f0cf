"""The tables of a one-block GPT-J checkpoint, in balls, for the checkers of certificates.

Shares no code with the prover's own; ``checker`` says what is trusted.
"""

import hashlib
import json
import math
import struct
from collections.abc import Iterable
from functools import cache
from operator import add, mul
from pathlib import Path
from typing import Any

from flint import arb, arb_mat
from safetensors import deserialize

LARGEST_PIECES, ROUNDING, TINY = 20_000, 2.0**-49, 2.0**-990


class Rejected(Exception):
    """The certificate does not hold; the message says why."""


class Weights:
    """What a checkpoint directory of a GPT-J stores, in balls."""

    def __init__(self, directory: Path) -> None:
        config = json.loads((directory / "config.json").read_text())
        data = (directory / "model.safetensors").read_bytes()
        self.config, self.sha256 = config, hashlib.sha256(data).hexdigest()
        self.width, self.rotary = config["n_embd"], config["rotary_dim"]
        kind, act = config["model_type"], config.get("activation_function", "gelu_new")
        known = kind in ("gptj", "one-plane-gptj") and act == "gelu_new"
        need(known, "the checkpoint is not GPT-J with gelu_new")
        self._tensors: dict[str, Any] = dict(deserialize(data))  # type: ignore[no-untyped-call]
        self.epsilon = arb(float(config.get("layer_norm_epsilon", 1e-5)))
        half = range(self.rotary // 2)
        self.angles = [arb(10000) ** (-arb(2 * f) / self.rotary) for f in half]
        if kind == "one-plane-gptj":
            self.angles = [arb(float(config["angle"]))]

    @cache  # noqa: B019 - lives as long as the check
    def get(self, name: str, block: str = "transformer.h.0.") -> arb_mat:
        """Stored weights."""
        found = self._tensors[block + name]
        shape, code = found["shape"], {"F32": "f", "F16": "e"}[found["dtype"]]
        numbers = struct.unpack(f"<{math.prod(shape)}{code}", bytes(found["data"]))
        return arb_mat(math.prod(shape[:-1]), shape[-1], [arb(x) for x in numbers])


class Model(Weights):
    """Every table of a one-block GPT-J in balls."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        config, width = self.config, self.width
        need(config["n_layer"] == 1, "it has several blocks")
        self.heads, self.dim = config["n_head"], width // config["n_head"]
        self.ground = (self.epsilon * width).sqrt()
        get, self.gelu = self.get, _gelu
        embedding = get("wte.weight", "transformer.")
        column = arb_mat(embedding.nrows(), 1, [arb(1)] * embedding.nrows())
        gain, rows = get("ln_1.weight").entries(), list(map(centred, embedding.tolist()))
        shrink = [(dot(row, row) / width + self.epsilon).rsqrt() for row in rows]
        normed = [[r * x for x in map(mul, row, gain)] for r, row in zip(shrink, rows, strict=True)]
        x = arb_mat(normed) + column * get("ln_1.bias")
        self.q, self.k = ((x * get(f"attn.{n}_proj.weight").transpose()).tolist() for n in "qk")
        read = (x * get("attn.v_proj.weight").transpose()).tolist()
        out = get("attn.out_proj.weight").transpose().tolist()
        parts = [slice(h * self.dim, (h + 1) * self.dim) for h in range(self.heads)]
        each = (arb_mat([row[p] for row in read]) * arb_mat(out[p]) for p in parts)
        self.written = [written.tolist() for written in each]
        hidden = x * get("mlp.fc_in.weight").transpose() + column * get("mlp.fc_in.bias")
        active = arb_mat([list(map(_gelu, row)) for row in hidden.tolist()])
        mlp = active * get("mlp.fc_out.weight").transpose() + column * get("mlp.fc_out.bias")
        self.direct = (embedding + mlp).tolist()
        gain, head = get("ln_f.weight", "transformer.").entries(), get("weight", "lm_head.")
        self.readout = [list(map(mul, gain, row)) for row in head.tolist()]
        moved = head * get("ln_f.bias", "transformer.").transpose()
        self.bias = (moved + get("bias", "lm_head.").transpose()).entries()
        self.scale = arb(width).sqrt()

    @cache  # noqa: B019 - lives as long as the check
    def query(self, token: int, head: int = 0) -> "Query":
        """The tables of one query and one head."""
        return Query(self, token, head)


class Query:
    """One query's tables: weights by distance, and the stream each token alone would make.

    With several heads each has its own, and an equal share of what the query adds by itself.

    Attributes:
        slack: how much further ahead an answer must be: a part of what each weight adds, that much
            per unit of weight, and that much of the logit.
    """

    def __init__(self, model: Model, token: int, head: int) -> None:
        mine = slice(head * model.dim, (head + 1) * model.dim)
        self.model, self.token = model, token
        q, half = model.q[token][mine], range(0, model.rotary, 2)
        self.slack: tuple[arb, arb, arb] = (arb(0), arb(0), arb(0))
        rows = []
        for k in (key[mine] for key in model.k):
            cos = [q[f] * k[f] + q[f + 1] * k[f + 1] for f in half]
            sin = [q[f] * k[f + 1] - q[f + 1] * k[f] for f in half]
            rows.append([*cos, *sin, dot(q[model.rotary :], k[model.rotary :])])
        self.amplitudes = arb_mat(rows) / arb(model.dim).sqrt()
        own, last = [x / model.heads for x in model.direct[token]], model.ground / model.heads
        self.streams = [[*centred(list(map(add, own, w))), last] for w in model.written[head]]
        self.norms = [dot(stream, stream).sqrt() for stream in self.streams]
        kept = arb_mat([stream[:-1] for stream in self.streams])
        self.linear = (kept * arb_mat(model.readout).transpose()).tolist()

    @cache  # noqa: B019 - lives as long as the check
    def weight_balls(self, distance: int) -> list[arb]:
        """The unnormalised attention weight of every token at a distance."""
        turns = [(angle * distance).sin_cos() for angle in self.model.angles]
        column = [*(cos for _, cos in turns), *(sin for sin, _ in turns), arb(1)]
        return [x.exp() for x in (self.amplitudes * arb_mat(len(column), 1, column)).entries()]

    @cache  # noqa: B019 - lives as long as the check
    def weights(self, distance: int) -> list[float]:
        """The same, rounded."""
        return [float(w.mid()) for w in self.weight_balls(distance)]

    @cache  # noqa: B019 - lives as long as the check
    def relative(self, distance: int) -> list[float]:
        """The same in units of the query's own weight, rounded."""
        own = self.weight_balls(0)[self.token]
        return [float((w / own).mid()) for w in self.weight_balls(distance)]

    def form(self, a: int, c: int, rho: list[float] | None) -> tuple[list[float], float]:
        """A lower bound of each token's part, per unit of weight, and the largest size of one."""
        weight, linear, late = self.slack
        bias = (self.model.bias[a] - self.model.bias[c] - late) / self.model.scale
        if bias > 0 and rho is None:
            rho = self.touching(list(map(add, self.streams[a], self.streams[c])))
        touched = [dot(rho, stream) for stream in self.streams] if rho and bias > 0 else self.norms
        exact = [row[a] - row[c] + bias * t for row, t in zip(self.linear, touched, strict=True)]
        if weight or linear:
            sizes = [abs(row[a] - row[c]) for row in self.linear]
            norms = [(abs(bias) + late / self.model.scale) * norm for norm in self.norms]
            both = zip(exact, sizes, norms, strict=True)
            exact = [x - weight * (s + n) - linear for x, s, n in both]
        parts = [math.nextafter(float(part.lower()), -math.inf) for part in exact]
        return parts, max(map(abs, parts))

    def touching(self, stream: list[arb]) -> list[float]:
        """Nearly the unit vector along a stream, of norm below 1."""
        shrink = dot(stream, stream).rsqrt()
        return [float((x * shrink).mid()) * (1 - 2.0**-40) for x in stream]

    def stream(self, tokens: dict[int, int]) -> list[arb]:
        """What tokens at their distances write together."""
        total = [arb(0)] * (self.model.width + 1)
        for weight, y in ((self.weight_balls(t)[y], y) for t, y in tokens.items()):
            total = [s + weight * x for s, x in zip(total, self.streams[y], strict=True)]
        return total

    def positive(self, whole: list[list[int]], a: int, c: int) -> bool:
        """Is the logit difference positive on every input of a product of choices?"""
        late, exact = self.slack[2], not any(self.slack)
        bias = (self.model.bias[a] - self.model.bias[c] - late) / self.model.scale
        stack, seen = [whole], 0
        while stack:
            piece, seen = stack.pop(), seen + 1
            fixed = {t: tokens[0] for t, tokens in enumerate(piece) if len(tokens) == 1}
            rho, proved = None, False
            for _ in range(6 if bias > 0 else 1):
                form, size = self.form(a, c, rho)
                weights = [self.weights(t) for t in range(len(piece))]
                both = zip(weights, piece, strict=True)
                least = [min((w[y] * form[y], y) for y in row) for w, row in both]
                heaviest, worst = math.fsum(map(max, weights)), [y for _, y in least]
                slack = size * (ROUNDING * heaviest + len(piece) * TINY)
                bound = arb(math.fsum(x for x, _ in least) - slack)
                if not bias > 0:
                    stream = self.stream(fixed)
                    apart = (self.weight_balls(t)[y] * self.norms[y] for t, y in fixed.items())
                    bound += bias * (dot(stream, stream).sqrt() - sum(apart, arb(0)))
                proved = bool(bound > 0)
                if proved or not bias > 0:
                    break
                rho = self.touching(self.stream(dict(enumerate(worst))))
            alone = len(fixed) == len(piece)
            if proved or (alone and exact and margin([self], worst, a, c) > 0):
                continue
            if seen > LARGEST_PIECES or alone:
                return False
            place = max(set(range(len(piece))) - set(fixed), key=lambda t: max(self.weights(t)))
            stack += [[*piece[:place], [y], *piece[place + 1 :]] for y in piece[place]]
        return True


def margin(heads: list[Query], tokens: list[int], a: int, c: int) -> arb:
    """Logit of a minus logit of c on an input, from the query backwards."""
    model, stream = heads[0].model, [arb(0)] * (heads[0].model.width + 1)
    for head in heads:
        whole = sum((head.weight_balls(t)[y] for t, y in enumerate(tokens)), arb(0))
        parts = head.stream(dict(enumerate(tokens)))
        stream = [s + x / whole for s, x in zip(stream, parts, strict=True)]
    gap = dot(model.readout[a], stream) - dot(model.readout[c], stream)
    bias = model.bias[a] - model.bias[c]
    return gap * model.scale / dot(stream, stream).sqrt() + bias


def need(condition: object, reason: str) -> None:
    """Reject the certificate for a reason unless a condition holds."""
    if not condition:
        raise Rejected(reason)


def centred(row: list[arb]) -> list[arb]:
    """Numbers less their mean."""
    mean = sum(row, arb(0)) / len(row)
    return [x - mean for x in row]


def dot(left: Iterable[arb | float], right: Iterable[arb]) -> arb:
    """Their inner product."""
    return sum(map(mul, left, right), arb(0))


def _gelu(x: arb) -> arb:
    return x * (1 + ((2 / arb.pi()).sqrt() * (x + arb("0.044715") * x**3)).tanh()) / 2
