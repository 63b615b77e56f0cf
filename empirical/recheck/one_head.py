"""Checks a written certificate again.

Trusts the standard library, python-flint's balls, and safetensors to cut a file into tensors; it
shares no code with what wrote the certificate. Weights become balls, and so does everything up to
the exponentials. A PROVED row is proved again: per rival, a sum over positions of the least term
in floats with bounded error, split by tokens where that is too coarse. A witness is run.
"""

import hashlib
import json
import math
from pathlib import Path
from typing import Any

from flint import ctx
from safetensors import SafetensorError

from empirical.recheck.float32 import slack
from empirical.recheck.induction import check_induction
from empirical.recheck.several_heads import Shown
from empirical.recheck.tables import (
    ROUNDING,
    TINY,
    Model,
    Query,
    Rejected,
    margin,
    need,
)

BITS = 128
FIELDS = {"query", "answer", "distance", "verdict", "rival", "witness", "witness_margin"}


def recheck(file: Path, directory: Path) -> None:
    """Prove every claim of a certificate about a checkpoint directory again.

    Raises:
        Rejected: a claim is not shown again, or the certificate or the checkpoint cannot be read.
    """
    from empirical.recheck import accuracy

    previous, ctx.prec = ctx.prec, BITS
    try:
        said = json.loads(file.read_text())
        seal = said.pop("seal")
        text = json.dumps(said, sort_keys=True, separators=(",", ":"))
        sealed = hashlib.sha256(text.encode()).hexdigest() == seal
        need(sealed, "its seal is not that of its contents: a part of it was altered")
        if said["task"] == "induction":
            check_induction(said, directory)
            return
        check = Check(said, directory)
        check.run()
        for part in filter(None, [said["accuracy"], *said["accuracies"]]):
            need(check.model.heads == 1, "accuracies are not known of several heads")
            accuracy.check_accuracy(check, part)
    except OSError as error:
        raise Rejected(f"cannot read {error.filename}: {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise Rejected(f"it is cut short or is no JSON: {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, SafetensorError) as error:
        raise Rejected(f"it or the checkpoint is not of the known form: {error!r}") from error
    finally:
        ctx.prec = previous


class Check:
    """A certificate next to the checkpoint that it speaks of."""

    def __init__(self, said: dict[str, Any], directory: Path) -> None:
        self.said, self.model = said, Model(directory)
        task = json.loads((directory / "task.json").read_text())
        self.entries = task["tokens"]
        same = said["checkpoint_sha256"] == self.model.sha256
        need(same, "it speaks of another checkpoint: the sha256 of the weights differs")
        known = said["task"] == task["task"] and said["task"] in ("index", "retrieval")
        arithmetic = said["arithmetic"] in ("real", "real+float32")[: 1 + (self.model.heads == 1)]
        self.shown = Shown(self.model)
        need(known and arithmetic, "it speaks of another task or arithmetic")

    def run(self) -> None:
        """Show proofs, rows and horizons again."""
        for proof in self.said["proofs"]:
            self.shown.add(proof, *self.choices(proof["query"], proof["length"]))
        said, length, queries = self.said, self.said["length"], range(len(self.entries))
        rows = {(row["query"], row["answer"]): row for row in said["rows"]}
        wanted = {(query, a) for query in queries for a in self.choices(query, length)[0]}
        whole = bool(rows) and set(rows) == wanted and len(said["rows"]) == len(wanted)
        need(
            whole,
            f"its rows are not the queries and answers of length {length}",
        )
        proved = sum(row["verdict"] == "PROVED" for row in rows.values()) / len(rows)
        need(said["proved_fraction"] == proved, "its proved_fraction is not that of its rows")
        for row in said["rows"]:
            self.row(row, length)
        searched, beyond = said["horizon_searched"] or 0, said["beyond"][:]
        reaches = {int(query): reach for query, reach in said["horizon"].items()}
        known = set(reaches) == {query for query in queries if self.choices(query, searched)[0]}
        need(known, "its horizons are not those of its queries")
        for query, reach in reaches.items():
            if reach != searched:
                at = [row["query"] for row in beyond].index(query)  # a ValueError if none ends it
                row = beyond.pop(at)
                ends = row.pop("length") == reach + 1 and row["verdict"] != "PROVED"
                need(ends, f"the horizon of query {query} does not end before its row")
                self.row(row, reach + 1)
            first = next(n for n in range(2, searched + 1) if self.choices(query, n)[0])
            for answer in self.choices(query, reach)[0]:
                self.prove(query, answer, first, reach)
        need(not beyond, "a row beyond the horizon has no horizon")

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

    def tables(self, query: int, length: int) -> Query:
        """A query's tables for rows of a length, with what float32 may change, if it is claimed."""
        tables = self.model.query(query)
        if self.said["arithmetic"] == "real+float32":
            tables.slack = slack(self.model, query, length)
        return tables

    def row(self, row: dict[str, Any], length: int) -> None:
        """Show one row again."""
        query, answer, name = row["query"], row["answer"], f"query {row['query']}"
        need(set(row) == FIELDS, f"a row of {name} does not have the fields of a row")
        answers, places, others = self.choices(query, length)
        distance, witness, rival = row["distance"], row["witness"], row["rival"]
        possible = answer in answers and distance in places
        need(possible, f"a row of {name} has an answer or a distance that it cannot have")
        if row["verdict"] == "REFUTED":
            other = rival in range(len(self.entries)) and rival != answer
            need(other, f"the rival of {name} is no other class")
            rest = [token for t, token in enumerate(witness[-2::-1], start=1) if t != distance]
            stands = (len(witness), witness[-1], witness[-1 - distance]) == (length, query, answer)
            proper = stands and set(rest) <= set(others)
            need(proper, f"the witness of {name} is not an input of the task with its answer")
            heads = [self.model.query(query, head) for head in range(self.model.heads)]
            found = margin(heads, witness[::-1], answer, rival)
            need(found < 0, f"the witness of {name} is not answered wrongly: {found.str(9)}")
            if self.model.heads == 1:
                piece = [[token] for token in witness[::-1]]
                sure = self.tables(query, length).positive(piece, rival, answer)
                need(sure, f"float32 may still answer the witness of {name} rightly")
            near = abs(found - row["witness_margin"]) <= 1e-12 * abs(found)
            need(near, f"the margin of the witness of {name} is {found.str(17)}")
        elif row["verdict"] == "PROVED":
            bare = (rival, witness, row["witness_margin"]) == (None, None, None)
            need(bare, f"a PROVED row of {name} has a rival or a witness")
            self.prove(query, answer, length, length)
        else:
            need(row["verdict"] == "UNDECIDED", f"a row of {name} has an unknown verdict")

    def prove(self, query: int, answer: int, first: int, last: int) -> None:
        """The answer wins at every length from first to last, or the certificate is rejected."""
        if self.model.heads > 1:
            self.shown.prove(query, answer, first, last, *self.choices(query, last)[1:])
            return
        (_, places, others), tables = self.choices(query, last), self.tables(query, last)
        for rival in (c for c in range(len(self.entries)) if c != answer):
            (form, size), heaviest = tables.form(answer, rival, None), tables.weights(0)[query]
            terms, own = [heaviest * form[query]], [math.inf]
            sum_, swap, placed = terms[0], math.inf, 0.0
            for t in range(1, last):
                weights = tables.weights(t)
                terms.append(min(weights[y] * form[y] for y in others))
                own.append(weights[answer] * form[answer] if t in places else math.inf)
                heaviest += max(weights[y] for y in others)
                placed = max(placed, weights[answer]) if t in places else placed
                sum_, swap = sum_ + terms[t], min(swap, own[t] - terms[t])
                slack = size * (t + 9) * (ROUNDING * (heaviest + placed) + TINY)
                if t + 1 < first or sum_ + swap > slack:
                    continue
                for d in (d for d in range(1, t + 1) if not sum_ + own[d] - terms[d] > slack):
                    piece = [[query], *([others] * (d - 1)), [answer], *([others] * (t - d))]
                    shown = tables.positive(piece, answer, rival)
                    need(shown, f"PROVED is not shown again: query {query}, answer {answer}")
