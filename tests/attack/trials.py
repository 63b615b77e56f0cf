"""Trials: what the search says of drawn models, held against the truth about them.

A trial is a row: one model, query, answer and length. Whatever is counted is named in ``Counts``;
Those of ``attack_table.FAULTS`` must stay zero.
"""

import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import numpy as np
import torch
from flint import arb

from empirical.certificates.accuracy.bounds import accuracy
from empirical.certificates.document import checked
from empirical.certificates.one_layer.float32_prover import Float32Prover
from empirical.certificates.one_layer.prover import Prover, Row, certify
from empirical.certificates.several_heads.prover import prover_of
from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.models.gptj import GPTJ
from empirical.recheck.certificate import OneHop, Verdict
from tests.attack import truth
from tests.attack.models import KINDS, LARGEST, LENGTHS, checkpoint_of
from tests.attack.truth import Truth
from theory.refusal import Refusal

SECONDS = 2.0
"""For one row of several heads."""
CLEAR = 1e-6
"""Margins above this part of their scale are to be decided."""
SHARES = {"accuracies": 0.02, "executions": 0.04, "checks": 0.08}
"""Of the models, on which these are tried too."""

Counts: TypeAlias = Counter[str]


def run(rng: np.random.Generator, kind: str, heads: int) -> Counts:
    """The counts of one drawn model; an exception is a fault like any other."""
    checkpoint = edge(rng, heads) if kind == "edge" else checkpoint_of(rng, kind, heads)
    try:
        return Counter(models=1) + judged(checkpoint, heads, rng)
    except Exception:
        traceback.print_exc()
        return Counter(models=1, crash=1)


def edge(rng: np.random.Generator, heads: int) -> Checkpoint:
    """A model of any kind with a bias moved so that one row is right, or wrong, by very little."""
    checkpoint = checkpoint_of(rng, str(rng.choice(sorted(KINDS))), heads)
    length = int(rng.choice(LENGTHS))
    rows = Truth(checkpoint).rows(length)
    if not rows:
        return checkpoint
    answer = sorted(rows)[rng.integers(len(rows))][1]
    margin = min(row.worst for (_, a), row in rows.items() if a == answer)
    bias = checkpoint.weights["lm_head.bias"].copy()
    moved = float(bias[answer]) - margin * (1 + rng.choice([-1, 1]) * 2.0 ** -rng.integers(2, 40))
    bias[answer] = np.clip(moved, -LARGEST, LARGEST) if np.isfinite(moved) else bias[answer]
    return replace(checkpoint, weights={**checkpoint.weights, "lm_head.bias": bias})


def judged(checkpoint: Checkpoint, heads: int, rng: np.random.Generator) -> Counts:
    """The counts of one model."""
    prover, true = prover_of(checkpoint, SECONDS), Truth(checkpoint)
    counts: Counts = Counter()
    rows = {length: true.rows(length) for length in LENGTHS}
    for length in LENGTHS:
        for row in _rows_of(prover, length):
            counts += judge(true, rows[length][row.query, row.answer], row)
    counts += _horizons(prover, rows)
    if heads == 1 and rng.random() < SHARES["accuracies"]:
        counts += _accuracies(prover, rows)
    if heads == 1 and rng.random() < SHARES["executions"]:
        counts += _executions(checkpoint, rows)
    if rng.random() < SHARES["checks"]:
        counts += _checked(checkpoint, prover, rows[max(LENGTHS)])
    return counts


def judge(true: Truth, row: truth.Row, claimed: Row) -> Counts:
    """Hold a verdict against the truth about its row."""
    counts: Counts = Counter({"rows": 1, claimed.verdict.value: 1})
    known = _known(row)
    counts[f"truth {known}"] += 1
    counts["false PROVED"] += claimed.verdict is Verdict.PROVED and known != "right"
    counts["false REFUTED"] += claimed.verdict is Verdict.REFUTED and known != "wrong"
    clear = "clear" if row.relative > CLEAR else "near" if row.relative > 1e-12 else "close"
    counts[clear] += 1
    counts[f"{clear} decided"] += claimed.verdict is not Verdict.UNDECIDED
    if claimed.verdict is Verdict.REFUTED:
        counts += _witness(true, claimed)
    return counts


def _known(row: truth.Row) -> str:
    return "right" if row.right == row.inputs else "wrong" if row.wrong else "tied"


def _checked(model: Checkpoint, prover: Prover, rows: dict[tuple[int, int], truth.Row]) -> Counts:
    """What the checker leaves of what the search found of the longest inputs."""
    counts: Counts = Counter()
    if not rows or model.task is None:
        return counts
    with TemporaryDirectory() as folder:
        checkpoint.write(Path(folder), model.config, model.weights, model.task, {})
        content = certify(prover, "", max(LENGTHS), None, lambda done, total: None)
        try:
            outcome = checked(content, Path(folder))
        except Refusal:
            return Counter({"models that the checker refuses": 1})
    claims = outcome.certificate.claims
    assert isinstance(claims, OneHop)
    for row in claims.rows:
        known = _known(rows[row.query, row.answer])
        counts["rows after check"] += 1
        counts["decided after check"] += row.verdict is not Verdict.UNDECIDED
        counts["false after check"] += row.verdict is Verdict.PROVED and known != "right"
        counts["false after check"] += row.verdict is Verdict.REFUTED and known != "wrong"
    counts["differences of search and checker"] += len(outcome.differences)
    return counts


def _witness(true: Truth, row: Row) -> Counts:
    """Is the witness of a REFUTED row an input of it, and its margin right?"""
    assert row.witness is not None
    assert row.margin is not None
    assert row.rival is not None
    backwards = row.witness[::-1]
    stands = any(
        answer == row.answer
        and all(token in allowed for token, allowed in zip(backwards, choice, strict=True))
        for answer, choice in true.choices(row.query, row.length)
    )
    margin = true.difference(backwards, row.answer, row.rival)
    near = abs(margin - arb(row.margin)) <= abs(margin) * arb(2) ** -40
    return Counter(
        {
            "no input of the row": not stands or backwards[row.distance] != row.answer,
            "wrong witness margin": not near and abs(margin) > arb(2) ** -1000,
            "false REFUTED": not margin < 0,
        }
    )


def _rows_of(prover: Prover, length: int) -> Iterator[Row]:
    try:
        domains = prover.domains(length)
    except Refusal:  # no input of this length
        return
    for domain in domains:
        yield from prover.rows(domain.query, length)


def _horizons(prover: Prover, rows: dict[int, dict[tuple[int, int], truth.Row]]) -> Counts:
    """Does every horizon end before the first length with a row that is not right, or earlier?"""
    counts: Counts = Counter()
    longest = max(LENGTHS)
    for domain in prover.domains(longest):
        reach = prover.reach(domain.query, longest)
        right = [
            length
            for length, at in rows.items()
            if all(
                row.right == row.inputs for (query, _), row in at.items() if query == domain.query
            )
        ]
        counts["horizons"] += 1
        claimed = [length for length in LENGTHS if length <= reach.longest]
        refuted = reach.beyond is not None and reach.beyond.verdict is Verdict.REFUTED
        counts["wrong horizon"] += not set(claimed) <= set(right) or (
            refuted and reach.longest + 1 in right
        )
    return counts


def _accuracies(prover: Prover, rows: dict[int, dict[tuple[int, int], truth.Row]]) -> Counts:
    """Do the intervals hold the shares of inputs that are answered rightly?"""
    counts: Counts = Counter()
    for length, at in rows.items():
        if not at:
            continue
        bounds = accuracy(prover, length, lambda done, total: None)
        queries = sorted({query for query, _ in at})
        for side in ("least", "most"):
            shares = []
            for query in queries:
                mine = [row for (asked, _), row in at.items() if asked == query]
                rights = [row.right + (row.tied if side == "most" else 0) for row in mine]
                shares.append(
                    np.mean([r / row.inputs for r, row in zip(rights, mine, strict=True)])
                )
            true = float(np.mean(shares))
            missed = (
                bounds["lower"] > true + 1e-9 if side == "most" else bounds["upper"] < true - 1e-9
            )
            counts["accuracy missed"] += missed
        counts["accuracies"] += 1
        counts["accuracy missed"] += not 0 <= bounds["lower"] <= bounds["upper"] <= 1
    return counts


@torch.inference_mode()
def _executions(
    checkpoint: Checkpoint, rows: dict[int, dict[tuple[int, int], truth.Row]]
) -> Counts:
    """Is torch in float32 right wherever the certificate says that any execution is?"""
    counts: Counts = Counter()
    prover, model, true = (
        Float32Prover(checkpoint),
        GPTJ.of(checkpoint.config, checkpoint.weights),
        Truth(checkpoint),
    )
    for length in rows:
        for row in _rows_of(prover, length):
            counts["float32 rows"] += 1
            counts["float32 decided"] += row.verdict is not Verdict.UNDECIDED
            inputs = [
                list(tokens)[::-1]
                for answer, choice in true.choices(row.query, length)
                if answer == row.answer
                for tokens in product(*choice)
            ]
            if row.verdict is Verdict.REFUTED:
                inputs = [list(row.witness or ())]
            logits = model(torch.tensor(inputs), last_only=True)[:, 0]
            others = logits.clone()
            others[:, row.answer] = -torch.inf
            right = logits[:, row.answer] > others.max(dim=1).values
            false = row.verdict is Verdict.PROVED and not bool(right.all())
            false |= row.verdict is Verdict.REFUTED and bool(right.any())
            counts["false float32"] += false
    return counts


def kinds() -> list[str]:
    """Every kind of model, the blend last."""
    return [*sorted(KINDS), "blend", "edge"]
