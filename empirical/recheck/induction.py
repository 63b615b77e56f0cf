"""Checks a certificate of induction in two layers again; ``checker`` says what is trusted."""

import json
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

from empirical.recheck.induction_paths import Ending, Reach
from empirical.recheck.induction_tables import Circuit, Contexts
from empirical.recheck.tables import need

FIELDS = {"previous", "query", "answer", "verdict", "rival", "witness", "witness_margin"}
DISTRIBUTION = (
    "query, its earlier place and every token elsewhere uniform over what the task allows"
)


def check_induction(said: dict[str, Any], directory: Path) -> None:
    """Prove every claim of a certificate of induction again.

    Raises:
        Rejected: a claim is not shown again.
    """
    circuit, length = Circuit(directory), said["length"]
    task = json.loads((directory / "task.json").read_text())
    need(task["task"] == "induction", "the checkpoint is of another task")
    every = len(task["tokens"]) == circuit.tokens and None not in task["tokens"]
    need(every, "a token id of the checkpoint is no token of its task")
    same = said["checkpoint_sha256"] == circuit.sha256
    need(same, "it speaks of another checkpoint: the sha256 of the weights differs")
    need(said["arithmetic"] == "real", "it speaks of another arithmetic")
    need(length in range(3, (1 << 12) + 1), "no input of its length is certified")
    empty = (said["horizon"], said["beyond"], said["proofs"], said["accuracies"])
    bare = not any(empty) and said["horizon_searched"] is None
    need(bare, "it claims what is not certified of induction")
    rows = {(row["previous"], row["query"], row["answer"]): row for row in said["rows"]}
    tokens, ids = circuit.tokens, range(circuit.tokens)
    wanted = {
        (p, q, a)
        for p, q, a in product(ids, ids, ids)
        if q not in (p, a) and (length > 3 or a == p)
    }
    whole = set(rows) == wanted and len(said["rows"]) == len(wanted)
    need(whole, f"its rows are not the groups of length {length}")
    proved = [group for group, row in rows.items() if row["verdict"] == "PROVED"]
    need(said["proved_fraction"] == len(proved) / len(rows), "its proved_fraction is not its rows'")
    _check_accuracy(said["accuracy"], proved, length, tokens)
    for group, row in rows.items():
        _check_row(circuit, group, row, length)
    if not proved:
        return
    reach = Reach(Contexts(circuit, length))
    for previous, query in sorted({group[:2] for group in proved}):
        ending = Ending(reach, previous, query)
        for answer in (a for p, q, a in proved if (p, q) == (previous, query)):
            shown = ending.proves(answer)
            need(shown, f"PROVED is not shown again: {_name(previous, query, answer)}")


def _name(previous: int, query: int, answer: int) -> str:
    return f"previous {previous}, query {query}, answer {answer}"


def _check_row(circuit: Circuit, group: tuple[int, int, int], row: dict[str, Any], n: int) -> None:
    """Everything about a row but its proof."""
    (previous, query, answer), name, witness = group, _name(*group), row["witness"]
    need(set(row) == FIELDS, f"a row does not have the fields of a row: {name}")
    need(row["verdict"] in ("PROVED", "REFUTED", "UNDECIDED"), f"an unknown verdict: {name}")
    other = row["rival"] in range(circuit.tokens) and row["rival"] != answer
    need(other == (row["verdict"] != "PROVED"), f"the rival is not one of a row: {name}")
    if row["verdict"] != "REFUTED":
        need(witness is None is row["witness_margin"], f"a witness of no failure: {name}")
        return
    proper = len(witness) == n and set(witness) <= set(range(circuit.tokens))
    proper = proper and witness[-2:] == [previous, query] and witness.count(query) == 2
    proper = proper and witness[witness.index(query) + 1] == answer
    need(proper, f"the witness is not an input of the task with its answer: {name}")
    margin = circuit.margin(witness, answer, row["rival"])
    need(margin < 0, f"the witness is not answered wrongly: {name}")
    near = abs(margin - row["witness_margin"]) <= 1e-12 * abs(margin)
    need(near, f"the margin of the witness is {margin.str(17)}: {name}")


def _check_accuracy(
    said: dict[str, Any], proved: list[tuple[int, int, int]], length: int, tokens: int
) -> None:
    """The accuracy is no more than the share of inputs in groups that are proved."""
    last = Fraction(1, length - 2)  # of inputs have the query just before the token before the last
    apart = (1 - last) / (tokens - 1) ** 2
    shares = (apart + (last / (tokens - 1) if p == a else 0) for p, _, a in proved)
    share = sum(shares, Fraction(0)) / tokens
    stated = said["length"] == length and said["distribution"] == DISTRIBUTION
    stated = stated and set(said) == {"length", "lower", "upper", "distribution", "arithmetic"}
    need(stated and said["arithmetic"] == "real", "its accuracy is of other inputs")
    need(0 <= Fraction(said["lower"]) <= share, "its accuracy is above the share of proved inputs")
    need(said["upper"] == 1, "its accuracy has an upper bound that is not shown")
