"""Holds what was decided of problems for which others publish bounds, in a table.

``python -m empirical.shipped.published_problems`` decides them and writes the table beside this
file; it takes minutes. With a part's name, ``overwhelmed`` or ``largest``, it decides that alone.

- Overwhelmed (arXiv 2502.06038): a fixed string, any tokens, a last token: up to which length
  does the model say the same whatever stands between?
- Max-of-K (arXiv 2406.11779): on which share of all inputs of K numbers is the largest said?
"""

import json
import math
import sys
import time
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import combinations, groupby
from pathlib import Path
from typing import Any

import numpy as np

from empirical.certificates.document import checked
from empirical.certificates.specified.prover import SpecifiedProver
from empirical.certificates.specified.reading import named
from empirical.certificates.specified.starting import starting_specification
from empirical.files import checkpoint
from empirical.files.atomic import write_json
from empirical.files.checkpoint import Checkpoint
from empirical.recheck.certificate import Case, Refutation, Specified, Verdict
from empirical.recheck.fields import Field
from empirical.recheck.findings import silent
from empirical.recheck.specification import ANYWHERE, Group, parsed_specification
from empirical.shipped.checkpoints import directory_named
from theory.refusal import Refusal

TABLE = Path(__file__).with_suffix(".json")
PYTHON = "specified/python"
STRINGS = (
    "import ", "from ", "def ", "class ", "    return ", "self.", "if __name__ == ", "try:\n",
    "    def __init__(self", "raise ValueError(", "print(", "for i in range(", "while True:\n",
    "#" * 16, " " * 16, "'''", "lambda x: ", "@property\n", " not in ", "\n\n\n",
)  # fmt: skip
"""The fixed strings."""
LAST = ("\n", "q", ";", ",", "~")
"""The last tokens after each of them."""
FREE = 64
"""Tokens between string and last token, at most."""
LARGEST = {"specified/largest-4": 4, "specified/largest-8": 8}
"""The models of Max-of-K, by name."""
NEAR = 3
"""How far below the largest number others are near it."""
COUNTED = 4
"""Numbers of an input, at most, for all inputs to be run."""


@dataclass(frozen=True)
class Overwhelmed:
    """What is so of one string and one last token.

    Attributes:
        string: at the first positions.
        last: the last token.
        output: the class that wins.
        free: it wins whatever stands between, up to so many tokens there; none: not even on no
            token.
        verdict: PROVED if it does up to ``FREE`` tokens.
        one: if not, an input of one token more on which it wins.
        other: and an input on which another class does.
        seconds: of processor time for search and check, shared out among the string's last tokens.
    """

    string: str
    last: str
    output: str
    free: int | None
    verdict: str
    one: str | None
    other: str | None
    seconds: float


@dataclass(frozen=True)
class Largest:
    """What is so of a model of Max-of-K.

    Attributes:
        model: its name.
        numbers: K.
        cases: by the largest number, whether it is the last, and the last number.
        proved: cases of which every input is answered rightly.
        refuted: cases with an input that is not.
        certified: inputs in the proved cases.
        inputs: all of them.
        right: inputs that are answered rightly, each of them run; none if they were not.
        seconds: of processor time for search and check.
    """

    model: str
    numbers: int
    cases: int
    proved: int
    refuted: int
    certified: int
    inputs: int
    right: int | None
    seconds: float


def overwhelmed(model: Checkpoint, string: str) -> list[Overwhelmed]:
    """Decide one string with each last token."""
    started = time.process_time()
    document = starting_specification(model) | {
        "groups": [
            {
                "name": "after the string",
                "lengths": [len(string) + 1, len(string) + 1 + FREE],
                "last": [*LAST],
                "others": "any",
                "from_first": [[letter] for letter in string],
                "asked": "same winner",
            }
        ]
    }
    claims = _decided(model, document)
    seconds = (time.process_time() - started) / len(claims.rows)
    names = [named(entry) for entry in claims.specification.entries]
    return [_told(names, string, row, round(seconds, 2)) for row in claims.rows]


def _told(names: list[str], string: str, row: Case, seconds: float) -> Overwhelmed:
    assert row.winner is not None
    free = FREE if row.verdict is Verdict.PROVED else None
    if row.longest is not None:
        free = row.longest - len(string) - 1
    one, other = row.other, row.refutation
    return Overwhelmed(
        string=string,
        last=names[row.query],
        output=names[row.winner],
        free=free,
        verdict=str(row.verdict),
        one=None if one is None else "".join(names[token] for token in one),
        other="".join(names[token] for token in other.witness)
        if isinstance(other, Refutation)
        else None,
        seconds=seconds,
    )


def largest(name: str) -> Largest:
    """Decide all inputs of a model of Max-of-K, and run them where they are few enough."""
    model, numbers = checkpoint.read(directory_named(name)), LARGEST[name]
    document = starting_specification(model)
    if numbers <= COUNTED:
        document["groups"] = by_near(model.config.vocab_size, numbers)
    started = time.process_time()
    claims = _decided(model, document)
    seconds = time.process_time() - started
    certified = 0
    for at, rows in groupby(claims.rows, key=lambda row: row.group):
        proved = sum(row.verdict is Verdict.PROVED for row in rows)
        certified += proved * inputs_of(claims.specification.groups[at], numbers)
    return Largest(
        model=name,
        numbers=numbers,
        cases=len(claims.rows),
        proved=sum(row.verdict is Verdict.PROVED for row in claims.rows),
        refuted=sum(row.verdict is Verdict.REFUTED for row in claims.rows),
        certified=certified,
        inputs=model.config.vocab_size**numbers,
        right=right_answers(model) if numbers <= COUNTED else None,
        seconds=round(seconds, 1),
    )


def by_near(tokens: int, length: int) -> list[dict[str, Any]]:
    """All inputs of Max-of-K, each once: by the largest, and by where numbers just below it stand.

    The largest number is the last one, or stands before a smaller last one. A model errs where
    others are near it, so that these inputs are groups of their own.
    """
    groups: list[dict[str, Any]] = []
    for most in range(tokens):
        near, far = [*range(max(0, most - NEAR), most)], [*range(most - NEAR), most]
        for size in range(length if most else 1):
            for places in combinations(range(1, length), size):
                common: dict[str, Any] = {"lengths": [length, length], "others": far}
                common["from_last"] = {str(place): near for place in places}
                name = f"{most}, near at {', '.join(map(str, places)) or 'none'}"
                last = {"name": f"{name}, last", "last": [most], "asked": {"wins": most}}
                groups.append(common | last)
                if most and size < length - 1:
                    before = {"name": f"{name}, before", "last": [*range(most)]}
                    answer = {"tokens": [most], "at": ANYWHERE}
                    groups.append(common | before | {"answer": answer, "asked": {"wins": "answer"}})
    return groups


def inputs_of(group: Group, length: int) -> int:
    """How many inputs each case of a group of Max-of-K has."""
    fixed = math.prod(len(tokens) for tokens in group.from_last.values())
    free, choices = length - 1 - len(group.from_last), len(group.others)
    without = 0 if group.answer is None else (choices - 1) ** free
    return int(fixed * (choices**free - without))


def share(row: Largest) -> Fraction:
    """The certified accuracy over uniform inputs."""
    return Fraction(row.certified, row.inputs)


def right_answers(model: Checkpoint) -> int:
    """How many of all inputs of four numbers have the largest as their answer, in float64.

    A forward pass for each of them, with the terms of each position added up once.
    """
    values, weights = _four_places(model)
    gain, shift = (model.weights[f"transformer.ln_f.{part}"] for part in ("weight", "bias"))
    head, bias = model.weights["lm_head.weight"].astype(float), model.weights["lm_head.bias"]
    tokens, right = np.arange(model.config.vocab_size), 0
    for query in tokens.tolist():
        direct, placed = values[query][0], values[query][1]
        sums = [weights[query, place, :, None] * placed for place in (1, 2, 3)]
        own = weights[query, 0, query]
        for first in tokens.tolist():
            mixed = own * placed[query] + sums[2][first] + sums[1][:, None] + sums[0][None, :]
            total = own + weights[query, 3, first]
            total = total + weights[query, 2][:, None] + weights[query, 1][None, :]
            stream = direct + mixed / total[..., None]
            apart = stream - stream.mean(axis=-1, keepdims=True)
            spread = np.sqrt((apart**2).mean(axis=-1) + model.config.layer_norm_epsilon)
            logits = (apart / spread[..., None] * gain + shift) @ head.T + bias
            answers = np.maximum(np.maximum(tokens[:, None], tokens), max(query, first))
            right += int((logits.argmax(axis=-1) == answers).sum())
    return right


def _four_places(
    model: Checkpoint,
) -> tuple[list[tuple[np.ndarray, np.ndarray]], np.ndarray]:
    """By last token, its own stream and what each token is read as; and the weights.

    Returns:
        The streams, and weights by last token, place and token, before the softmax divides them.
    """
    config, block = model.config, "transformer.h.0"
    stored = {name: array.astype(float) for name, array in model.weights.items()}
    embedding = stored["transformer.wte.weight"]
    apart = embedding - embedding.mean(axis=1, keepdims=True)
    spread = np.sqrt((apart**2).mean(axis=1, keepdims=True) + config.layer_norm_epsilon)
    normed = apart / spread * stored[f"{block}.ln_1.weight"] + stored[f"{block}.ln_1.bias"]
    if any(stored[f"{block}.mlp.fc_out.{part}"].any() for part in ("weight", "bias")):
        raise Refusal(f"{model.path} has an MLP: inputs are counted for attention alone")
    queries, keys, read = (
        normed @ stored[f"{block}.attn.{part}_proj.weight"].T for part in ("q", "k", "v")
    )
    read = read @ stored[f"{block}.attn.out_proj.weight"].T
    planes = np.arange(0, config.rotary_dim, 2)
    scores = np.empty((len(embedding), 4, len(embedding)))
    for place in range(4):
        turns = np.exp(1j * place * config.BASE ** (-planes / config.rotary_dim))
        turned = (queries[:, planes] + 1j * queries[:, planes + 1]) * turns
        met = turned @ (keys[:, planes] - 1j * keys[:, planes + 1]).T
        rest = queries[:, config.rotary_dim :] @ keys[:, config.rotary_dim :].T
        scores[:, place] = (met.real + rest) / np.sqrt(config.head_dim)
    weights = np.exp(scores - scores.max(axis=(1, 2), keepdims=True))
    return [(embedding[query], read) for query in range(len(embedding))], weights


def _decided(model: Checkpoint, document: dict[str, Any]) -> Specified:
    """What the checker has shown of a specification."""
    specification = parsed_specification(Field("published problems", "", document))
    claims = SpecifiedProver(model, specification).certify(silent)
    proof = checked(claims, model.path)
    if proof.differences or not isinstance(proof.certificate.claims, Specified):
        raise Refusal(f"search and checker differ, please report it: {proof.differences}")
    return proof.certificate.claims


def read() -> tuple[list[Overwhelmed], list[Largest]]:
    """The rows of the table."""
    table = json.loads(TABLE.read_text())
    return (
        [Overwhelmed(**row) for row in table["overwhelmed"]],
        [Largest(**row) for row in table["largest"]],
    )


def page() -> list[str]:
    """The lines of the tables in ``FOUND.md``."""
    strings, numbers = read()
    heads = " | ".join(f"`{last!r}`" for last in LAST)
    lines = [f"| string | {heads} | s |", "|---" * (len(LAST) + 2) + "|"]
    for string in STRINGS:
        rows = {row.last: row for row in strings if row.string == string}
        told = (rows[last] for last in LAST)
        cells = " | ".join(f"`{row.output!r}` {_length(row)}" for row in told)
        seconds = sum(row.seconds for row in rows.values())
        lines.append(f"| `{string!r}` | {cells} | {seconds:.1f} |")
    lines += ["| numbers | cases | proved | refuted | certified | counted | s |", "|---" * 7 + "|"]
    for row in numbers:
        certified = math.floor(share(row) * 10**6) / 10**6
        counted = "" if row.right is None else f"{row.right / row.inputs:.6f}"
        lines.append(
            f"| {row.numbers} | {row.cases} | {row.proved} | {row.refuted} | {certified:.6f} | "
            f"{counted} | {row.seconds:.0f} |"
        )
    return lines


def _length(row: Overwhelmed) -> str:
    return f"≥ {row.free}" if row.verdict == Verdict.PROVED else str(row.free)


def main(part: str | None = None) -> None:
    """Decide all problems, or one part of them, and write the table."""
    table = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    if part in (None, "overwhelmed"):
        model = checkpoint.read(directory_named(PYTHON))
        rows = [row for string in STRINGS for row in overwhelmed(model, string)]
        table["overwhelmed"] = [asdict(row) for row in rows]
        write_json(TABLE, table)
    if part in (None, "largest"):
        table["largest"] = []
        for name in LARGEST:
            table["largest"].append(asdict(largest(name)))
            write_json(TABLE, table)


if __name__ == "__main__":
    main(*sys.argv[1:2])
