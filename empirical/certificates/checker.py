"""Checks a written certificate again.

Trusts the standard library, python-flint's balls, and safetensors to cut a file into tensors; it
shares no code with what wrote the certificate. Weights become balls, and so does everything up to
the exponentials. A PROVED row is proved again: per rival, a sum over positions of the least term
in floats with bounded error, split by tokens where that is too coarse. A witness is run.
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

from flint import arb, arb_mat, ctx
from safetensors import SafetensorError, deserialize

BITS, LARGEST_PIECES, ROUNDING, TINY = 128, 20_000, 2.0**-49, 2.0**-990
FIELDS = {"query", "answer", "distance", "verdict", "rival", "witness", "witness_margin"}


class Rejected(Exception):
    """The certificate does not hold; the message says why."""


def recheck(file: Path, directory: Path) -> None:
    """Prove every claim of a certificate about a checkpoint directory again.

    Raises:
        Rejected: a claim is not shown again, or the certificate or the checkpoint cannot be read.
    """
    previous, ctx.prec = ctx.prec, BITS
    try:
        said = json.loads(file.read_text())
        seal = said.pop("seal")
        text = json.dumps(said, sort_keys=True, separators=(",", ":"))
        sealed = hashlib.sha256(text.encode()).hexdigest() == seal
        _need(sealed, "its seal is not that of its contents: a part of it was altered")
        _Check(said, directory).run()
    except OSError as error:
        raise Rejected(f"cannot read {error.filename}: {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise Rejected(f"it is cut short or is no JSON: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, SafetensorError) as error:
        raise Rejected(f"it or the checkpoint is not of the known form: {error!r}") from error
    finally:
        ctx.prec = previous


class _Check:
    def __init__(self, said: dict[str, Any], directory: Path) -> None:
        self.said, self.model = said, _Model(directory)
        task = json.loads((directory / "task.json").read_text())
        self.entries = task["tokens"]
        same = said["checkpoint_sha256"] == self.model.sha256
        _need(same, "it speaks of another checkpoint: the sha256 of the weights differs")
        known = said["task"] == task["task"] and said["task"] in ("index", "retrieval")
        _need(known and said["arithmetic"] == "real", "it speaks of another task or arithmetic")

    def run(self) -> None:
        said, length, queries = self.said, self.said["length"], range(len(self.entries))
        rows = {(row["query"], row["answer"]): row for row in said["rows"]}
        wanted = {(query, a) for query in queries for a in self.choices(query, length)[0]}
        whole = bool(rows) and set(rows) == wanted and len(said["rows"]) == len(wanted)
        _need(whole, f"its rows are not the queries and answers of length {length}")
        proved = sum(row["verdict"] == "PROVED" for row in rows.values()) / len(rows)
        _need(said["proved_fraction"] == proved, "its proved_fraction is not that of its rows")
        for row in said["rows"]:
            self.row(row, length)
        searched, beyond = said["horizon_searched"] or 0, said["beyond"][:]
        reaches = {int(query): reach for query, reach in said["horizon"].items()}
        searchable = {query for query in queries if self.choices(query, searched)[0]}
        _need(set(reaches) == searchable, "its horizons are not those of its queries")
        for query, reach in reaches.items():
            if reach != searched:
                at = [row["query"] for row in beyond].index(query)  # a ValueError if none ends it
                row = beyond.pop(at)
                ends = row.pop("length") == reach + 1 and row["verdict"] != "PROVED"
                _need(ends, f"the horizon of query {query} does not end before its row")
                self.row(row, reach + 1)
            first = next(n for n in range(2, searched + 1) if self.choices(query, n)[0])
            for answer in self.choices(query, reach)[0]:
                self.prove(query, answer, first, reach)
        _need(not beyond, "a row beyond the horizon has no horizon")

    def choices(self, query: int, length: int) -> tuple[list[int], range, list[int]]:
        """Answers, their distances, and the tokens of all other places; empty: no such input."""
        tokens = [t for t, entry in enumerate(self.entries) if entry is not None]
        asked = self.entries[query]
        if self.said["task"] == "index" and type(asked) is int and 1 <= asked < length:
            letters = [t for t in tokens if isinstance(self.entries[t], str)]
            return letters, range(asked, asked + 1), tokens
        if self.said["task"] == "retrieval" and asked and asked[1] != asked[0] and length > 1:
            found = [t for t in tokens if self.entries[t][0] == asked[1]]
            return found, range(1, length), [t for t in tokens if t not in found]
        return [], range(0), []

    def row(self, row: dict[str, Any], length: int) -> None:
        query, answer, name = row["query"], row["answer"], f"query {row['query']}"
        _need(set(row) == FIELDS, f"a row of {name} does not have the fields of a row")
        answers, places, others = self.choices(query, length)
        distance, witness, rival = row["distance"], row["witness"], row["rival"]
        possible = answer in answers and distance in places
        _need(possible, f"a row of {name} has an answer or a distance that it cannot have")
        if row["verdict"] == "REFUTED":
            other = rival in range(len(self.entries)) and rival != answer
            _need(other, f"the rival of {name} is no other class")
            rest = [token for t, token in enumerate(witness[-2::-1], start=1) if t != distance]
            stands = witness[-1] == query and witness[-1 - distance] == answer
            proper = len(witness) == length and stands and set(rest) <= set(others)
            _need(proper, f"the witness of {name} is not an input of the task with its answer")
            margin = self.model.query(query).margin(witness[::-1], answer, rival)
            _need(margin < 0, f"the witness of {name} is not answered wrongly: {margin.str(9)}")
            near = abs(margin - row["witness_margin"]) <= 1e-12 * abs(margin)
            _need(near, f"the margin of the witness of {name} is {margin.str(17)}")
        elif row["verdict"] == "PROVED":
            bare = (rival, witness, row["witness_margin"]) == (None, None, None)
            _need(bare, f"a PROVED row of {name} has a rival or a witness")
            self.prove(query, answer, length, length)
        else:
            _need(row["verdict"] == "UNDECIDED", f"a row of {name} has an unknown verdict")

    def prove(self, query: int, answer: int, first: int, last: int) -> None:
        """The answer wins at every length from first to last, or the certificate is rejected."""
        (_, places, others), tables = self.choices(query, last), self.model.query(query)
        for rival in (c for c in range(len(self.entries)) if c != answer):
            form, size = tables.form(answer, rival, None)
            terms, own = [tables.weights(0)[query] * form[query]], [math.inf]
            sum_, swap, heaviest = terms[0], math.inf, max(tables.weights(0))
            for t in range(1, last):
                weights = tables.weights(t)
                terms.append(min(weights[y] * form[y] for y in others))
                own.append(weights[answer] * form[answer] if t in places else math.inf)
                heaviest += max(weights)
                sum_, swap = sum_ + terms[t], min(swap, own[t] - terms[t])
                slack = size * (t + 9) * (ROUNDING * heaviest + TINY)
                if t + 1 < first or sum_ + swap > slack:
                    continue
                for d in (d for d in range(1, t + 1) if not sum_ + own[d] - terms[d] > slack):
                    piece = [[query], *([others] * (d - 1)), [answer], *([others] * (t - d))]
                    shown = tables.positive(piece, answer, rival)
                    _need(shown, f"PROVED is not shown again: query {query}, answer {answer}")


class _Model:
    """Every table of a one-block GPT-J in balls."""

    def __init__(self, directory: Path) -> None:
        config = json.loads((directory / "config.json").read_text())
        data = (directory / "model.safetensors").read_bytes()
        self.sha256 = hashlib.sha256(data).hexdigest()
        width, dim = config["n_embd"], config["rotary_dim"]
        kind = (config["model_type"], config.get("activation_function", "gelu_new"))
        _need(kind == ("gptj", "gelu_new"), "the checkpoint is not GPT-J with gelu_new")
        _need(config["n_layer"] == config["n_head"] == 1, "it has several blocks or heads")
        tensors: dict[str, Any] = dict(deserialize(data))  # type: ignore[no-untyped-call]

        def get(name: str, block: str = "transformer.h.0.") -> arb_mat:
            found = tensors[block + name]
            shape, code = found["shape"], {"F32": "f", "F16": "e"}[found["dtype"]]
            numbers = struct.unpack(f"<{math.prod(shape)}{code}", bytes(found["data"]))
            return arb_mat(math.prod(shape[:-1]), shape[-1], [arb(x) for x in numbers])

        embedding = get("wte.weight", "transformer.")
        column = arb_mat(embedding.nrows(), 1, [arb(1)] * embedding.nrows())
        self.epsilon = arb(float(config.get("layer_norm_epsilon", 1e-5)))
        gain, rows = get("ln_1.weight").entries(), list(map(_centred, embedding.tolist()))
        shrink = [(_dot(row, row) / width + self.epsilon).rsqrt() for row in rows]
        normed = [[r * x for x in map(mul, row, gain)] for r, row in zip(shrink, rows, strict=True)]
        x = arb_mat(normed) + column * get("ln_1.bias")
        self.q, self.k = ((x * get(f"attn.{n}_proj.weight").transpose()).tolist() for n in "qk")
        value_out = get("attn.v_proj.weight").transpose() * get("attn.out_proj.weight").transpose()
        self.written = (x * value_out).tolist()
        hidden = x * get("mlp.fc_in.weight").transpose() + column * get("mlp.fc_in.bias")
        active = arb_mat([list(map(_gelu, row)) for row in hidden.tolist()])
        mlp = active * get("mlp.fc_out.weight").transpose() + column * get("mlp.fc_out.bias")
        self.direct = (embedding + mlp).tolist()
        gain, head = get("ln_f.weight", "transformer.").entries(), get("weight", "lm_head.")
        self.readout = [list(map(mul, gain, row)) for row in head.tolist()]
        moved = head * get("ln_f.bias", "transformer.").transpose()
        self.bias = (moved + get("bias", "lm_head.").transpose()).entries()
        self.width, self.rotary, self.scale = width, dim, arb(width).sqrt()
        self.angles = [arb(10000) ** (-arb(2 * f) / dim) for f in range(dim // 2)]

    @cache  # noqa: B019 - lives as long as the check
    def query(self, token: int) -> "_Query":
        return _Query(self, token)


class _Query:
    """One query's tables: weights by distance, and the stream each token alone would make."""

    def __init__(self, model: _Model, token: int) -> None:
        self.model, q, half = model, model.q[token], range(0, model.rotary, 2)
        rows = []
        for k in model.k:
            cos = [q[f] * k[f] + q[f + 1] * k[f + 1] for f in half]
            sin = [q[f] * k[f + 1] - q[f + 1] * k[f] for f in half]
            rows.append([*cos, *sin, _dot(q[model.rotary :], k[model.rotary :])])
        self.amplitudes = arb_mat(rows) / model.scale
        own, last = model.direct[token], (model.epsilon * model.width).sqrt()
        self.streams = [[*_centred(list(map(add, own, w))), last] for w in model.written]
        self.norms = [_dot(stream, stream).sqrt() for stream in self.streams]
        kept = arb_mat([stream[:-1] for stream in self.streams])
        self.linear = (kept * arb_mat(model.readout).transpose()).tolist()

    @cache  # noqa: B019 - lives as long as the check
    def weight_balls(self, distance: int) -> list[arb]:
        turns = [(angle * distance).sin_cos() for angle in self.model.angles]
        column = [*(cos for _, cos in turns), *(sin for sin, _ in turns), arb(1)]
        return [x.exp() for x in (self.amplitudes * arb_mat(len(column), 1, column)).entries()]

    @cache  # noqa: B019 - lives as long as the check
    def weights(self, distance: int) -> list[float]:
        return [float(w.mid()) for w in self.weight_balls(distance)]

    def form(self, a: int, c: int, rho: list[float] | None) -> tuple[list[float], float]:
        """A lower bound of each token's part, per unit of weight, and the largest size of one."""
        bias = (self.model.bias[a] - self.model.bias[c]) / self.model.scale
        if bias > 0 and rho is None:
            rho = self.touching(list(map(add, self.streams[a], self.streams[c])))
        touched = [_dot(rho, stream) for stream in self.streams] if rho and bias > 0 else self.norms
        exact = [row[a] - row[c] + bias * t for row, t in zip(self.linear, touched, strict=True)]
        parts = [math.nextafter(float(part.lower()), -math.inf) for part in exact]
        return parts, max(map(abs, parts))

    def touching(self, stream: list[arb]) -> list[float]:
        """Nearly the unit vector along a stream, of norm below 1."""
        shrink = _dot(stream, stream).rsqrt()
        return [float((x * shrink).mid()) * (1 - 2.0**-40) for x in stream]

    def stream(self, tokens: dict[int, int]) -> list[arb]:
        total = [arb(0)] * (self.model.width + 1)
        for t, y in tokens.items():
            weight = self.weight_balls(t)[y]
            total = [s + weight * x for s, x in zip(total, self.streams[y], strict=True)]
        return total

    def margin(self, tokens: list[int], a: int, c: int) -> arb:
        """Logit of a minus logit of c on an input, from the query backwards."""
        stream = self.stream(dict(enumerate(tokens)))
        gap = _dot(self.model.readout[a], stream) - _dot(self.model.readout[c], stream)
        bias = self.model.bias[a] - self.model.bias[c]
        return gap * self.model.scale / _dot(stream, stream).sqrt() + bias

    def positive(self, whole: list[list[int]], a: int, c: int) -> bool:
        """Is the logit difference positive on every input of a product of choices?"""
        bias = (self.model.bias[a] - self.model.bias[c]) / self.model.scale
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
                bound = arb(
                    math.fsum(x for x, _ in least)
                    - size * (ROUNDING * heaviest + len(piece) * TINY)
                )
                if not bias > 0:
                    stream = self.stream(fixed)
                    apart = (self.weight_balls(t)[y] * self.norms[y] for t, y in fixed.items())
                    bound += bias * (_dot(stream, stream).sqrt() - sum(apart, arb(0)))
                proved = bool(bound > 0)
                if proved or not bias > 0:
                    break
                rho = self.touching(self.stream(dict(enumerate(worst))))
            if proved or (len(fixed) == len(piece) and self.margin(worst, a, c) > 0):
                continue
            if seen > LARGEST_PIECES or len(fixed) == len(piece):
                return False
            place = max(set(range(len(piece))) - set(fixed), key=lambda t: max(self.weights(t)))
            stack += [[*piece[:place], [y], *piece[place + 1 :]] for y in piece[place]]
        return True


def _need(condition: object, reason: str) -> None:
    if not condition:
        raise Rejected(reason)


def _centred(row: list[arb]) -> list[arb]:
    mean = sum(row, arb(0)) / len(row)
    return [x - mean for x in row]


def _dot(left: Iterable[arb | float], right: Iterable[arb]) -> arb:
    return sum(map(mul, left, right), arb(0))


def _gelu(x: arb) -> arb:
    return x * (1 + ((2 / arb.pi()).sqrt() * (x + arb("0.044715") * x**3)).tanh()) / 2
