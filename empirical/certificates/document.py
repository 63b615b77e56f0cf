"""From what a search found to what the checker has shown of it.

A search is not trusted: ``checked`` writes what it found as a certificate, hands that text and the
checkpoint's files to the checker, and takes back every claim that is not shown.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from empirical.recheck.certificate import (
    FILES,
    Accuracy,
    Certificate,
    Cut,
    Horizon,
    Induction,
    InductionRow,
    Leaf,
    Node,
    OneHop,
    Part,
    Proof,
    Refutation,
    Row,
    Run,
    Specified,
    Split,
    Verdict,
    WalkRow,
    Walks,
    Within,
    certificate_from_text,
)
from empirical.recheck.check import examine, sentence, weakened
from empirical.recheck.checkpoint import Checkpoint, Model, read_checkpoint, read_model
from empirical.recheck.failures import Malformed
from empirical.recheck.fields import MOST_BYTES
from empirical.recheck.findings import Tick, silent
from empirical.recheck.induction import proved_share
from empirical.recheck.multi_hop import proved_share_of_walks
from empirical.recheck.task import INDUCTION, LETTER_WALKS, NUMBER_WALKS
from theory.refusal import Refusal


@dataclass(frozen=True, eq=False)
class Checked:
    """What the checker has shown.

    Attributes:
        certificate: claims that are all shown.
        differences: what the search found and the checker has not shown, in sentences.
    """

    certificate: Certificate
    differences: tuple[str, ...]

    def __repr__(self) -> str:
        verdicts = [row.verdict for row in self.certificate.claims.rows]
        proved = f"{verdicts.count(Verdict.PROVED)} of {len(verdicts)} rows proved"
        if isinstance(self.certificate.claims, Specified):
            return f"<Checked: {proved}>"
        return f"<Checked: {proved} at length {self.certificate.claims.length}>"


def checked(claims: Mapping[str, Any] | Specified, directory: Path, tick: Tick = silent) -> Checked:
    """Let the checker show what a search found.

    Args:
        claims: what the search says of a checkpoint (``certify`` of a prover).
        directory: the checkpoint.
        tick: called with the number of steps done and of all steps.

    Raises:
        Refusal: the checkpoint is not one that the checker reads.
    """
    try:
        checkpoint, claimed = as_certificate(claims, directory)
        text = text_of(claimed)
        _fits(text)
        certificate = certificate_from_text(text, "what the search found")
        unshown = examine(certificate, checkpoint, tick)
    except Malformed as malformed:
        raise Refusal(f"{malformed}: the checker takes no such file") from malformed
    return Checked(weakened(certificate, unshown), tuple(map(sentence, unshown)))


def as_certificate(
    claims: Mapping[str, Any] | Specified, directory: Path
) -> tuple[Model, Certificate]:
    """A checkpoint as the checker reads it, and what a search found of it as a certificate.

    Raises:
        Malformed: the checkpoint is not one that the checker reads.
    """
    if isinstance(claims, Specified):
        model = read_model(directory)
        return model, Certificate(model.sha256, claims)
    checkpoint = read_checkpoint(directory)
    return checkpoint, certificate_of(claims, checkpoint)


def accuracy_lines(certificate: Certificate) -> list[str]:
    """The certified accuracies of a certificate, in words."""
    claims = certificate.claims
    if isinstance(claims, Specified):
        return []
    if isinstance(claims, Induction):
        share = proved_share(claims.rows, claims.length)
        return [_accuracy_line(claims.length, share, Fraction(1))]
    if isinstance(claims, Walks):
        share = proved_share_of_walks(claims.rows)
        return [_accuracy_line(claims.length, share, Fraction(1))]
    return [
        _accuracy_line(accuracy.length, Fraction(accuracy.lower), Fraction(accuracy.upper))
        for accuracy in claims.accuracies
    ]


def _accuracy_line(length: int, lower: Fraction, upper: Fraction) -> str:
    if lower == upper == 1:
        return f"length {length}: accuracy exactly 1"
    return f"length {length}: accuracy between {_floored(lower)} and {_ceiled(upper)}"


def _floored(number: Fraction) -> str:
    """Six digits, rounded down."""
    return f"{math.floor(number * 10**6) / 10**6:.6f}"


def _ceiled(number: Fraction) -> str:
    """Six digits, rounded up."""
    return f"{math.ceil(number * 10**6) / 10**6:.6f}"


def text_of(certificate: Certificate) -> str:
    """A certificate as it is written: in lines, or without white space where these are too many."""
    content = certificate.to_json()
    lines = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    if len(lines.encode()) <= MOST_BYTES:
        return lines
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False) + "\n"


def _fits(text: str) -> None:
    """Refuse what the search found if no checker would read so much."""
    size = len(text.encode())
    if size > MOST_BYTES:
        raise Refusal(
            f"what the search found takes {size} bytes, more than the {MOST_BYTES} that a checker "
            "reads: ask for shorter inputs, or give --seconds less"
        )


def certificate_of(content: Mapping[str, Any], checkpoint: Checkpoint) -> Certificate:
    """What a search found as a certificate, unchecked."""
    if checkpoint.task.name == INDUCTION:
        groups = tuple(_induction_row(row) for row in content["rows"])
        return Certificate(checkpoint.sha256, Induction(content["length"], groups))
    if checkpoint.task.name in (*LETTER_WALKS, *NUMBER_WALKS):
        walks = tuple(WalkRow(tuple(row["walk"]), *_verdict(row)) for row in content["rows"])
        return Certificate(checkpoint.sha256, Walks(content["length"], walks))
    searched = content["horizon_searched"]
    beyond = {row["query"]: row for row in content["beyond"]}
    accuracies = [*filter(None, [content["accuracy"]]), *content["accuracies"]]
    claims = OneHop(
        length=content["length"],
        arithmetic=content["arithmetic"],
        rows=tuple(_row(row) for row in content["rows"]),
        horizon_searched=searched,
        horizons=tuple(
            _horizon(int(query), longest, beyond.get(int(query)))
            for query, longest in content["horizon"].items()
        ),
        accuracies=tuple(_accuracy(accuracy, checkpoint) for accuracy in accuracies),
        proofs=tuple(_proofs(content["proofs"], checkpoint)),
    )
    return Certificate(checkpoint.sha256, claims)


def sha256_of(directory: Path) -> dict[str, str]:
    """The sha256 of each file of a checkpoint that a certificate is bound to."""
    return {name: hashlib.sha256((directory / name).read_bytes()).hexdigest() for name in FILES}


def _verdict(row: Mapping[str, Any]) -> tuple[Verdict, Refutation | None]:
    verdict = Verdict(row["verdict"])
    if verdict is not Verdict.REFUTED:
        return verdict, None
    return verdict, Refutation(row["rival"], tuple(row["witness"]), row["witness_margin"])


def _row(row: Mapping[str, Any]) -> Row:
    return Row(row["query"], row["answer"], *_verdict(row))


def _induction_row(row: Mapping[str, Any]) -> InductionRow:
    return InductionRow(row["previous"], row["query"], row["answer"], *_verdict(row))


def _horizon(query: int, longest: int, beyond: Mapping[str, Any] | None) -> Horizon:
    return Horizon(query, longest, None if beyond is None else _row(beyond))


def _accuracy(bounds: Mapping[str, Any], checkpoint: Checkpoint) -> Accuracy:
    """Bounds of all inputs, rounded outwards from the mean of the parts."""
    parts = tuple(
        Part(p["query"], p["answer"], p["lower"], p["upper"], tuple(p["rivals"]))
        for p in bounds["parts"]
    )
    lower = upper = Fraction(1)
    domains = checkpoint.task.domains(bounds["length"])
    counts = {domain.query: len(domain.answers) for domain in domains}
    for part in parts:
        share = len(domains) * counts[part.query]
        lower -= (1 - Fraction(part.lower)) / share
        upper -= (1 - Fraction(part.upper)) / share
    return Accuracy(bounds["length"], _at_most(lower), -_at_most(-upper), parts)


def _at_most(number: Fraction) -> float:
    """The largest float, or the one before it, that is not above a fraction."""
    nearest = float(number)
    return nearest if nearest <= number else math.nextafter(nearest, -math.inf)


def _proofs(proofs: Sequence[Mapping[str, Any]], checkpoint: Checkpoint) -> Iterator[Proof]:
    """One proof for each place of the answer; what was found twice stands once."""
    seen = set()
    for proof in proofs:
        key = tuple(proof[name] for name in ("query", "answer", "rival", "length"))
        if key in seen:
            continue
        seen.add(key)
        domain = checkpoint.task.domain(proof["query"], proof["length"])
        if domain is None:
            continue
        for place, tree in zip(domain.places, proof["trees"], strict=True):
            nodes, directions = nodes_of(tree)
            yield Proof(
                query=proof["query"],
                answer=proof["answer"],
                rival=proof["rival"],
                length=proof["length"],
                place=place,
                directions=directions,
                nodes=nodes,
            )


def nodes_of(
    tree: Mapping[str, Any],
) -> tuple[tuple[Node, ...], tuple[tuple[int, ...], ...]]:
    """The nodes of a tree as the search nests it, each before its parts, and their directions."""
    touched: list[tuple[int, ...]] = []
    return _used([*_flattened(tree, touched, None, False)], touched)


def _used(
    nodes: Sequence[Node], touched: Sequence[tuple[int, ...]]
) -> tuple[tuple[Node, ...], tuple[tuple[int, ...], ...]]:
    """Nodes and directions without those that no leaf is along: the search went on below them."""
    along = [node.along for node in nodes if isinstance(node, Leaf) and node.along is not None]
    numbers = {old: new for new, old in enumerate(sorted(set(along)))}
    renumbered = (
        replace(node, along=numbers[node.along])
        if isinstance(node, Leaf) and node.along is not None
        else node
        for node in nodes
    )
    return tuple(renumbered), tuple(touched[old] for old in numbers)


def _flattened(
    tree: Mapping[str, Any], directions: list[tuple[int, ...]], along: int | None, boxed: bool
) -> Iterator[Node]:
    """The nodes of a nested tree, each before its parts.

    Args:
        tree: as the search nests it.
        directions: inputs whose streams touch the norm; grows.
        along: the last of these above.
        boxed: whether a box of ratios is in scope.
    """
    if "touch" in tree:
        directions.append(tuple(tree["touch"]))
        along = len(directions) - 1
    if "input" in tree:
        yield Run()
    elif "place" in tree:
        yield Split(tree["place"])
        for part in tree["parts"]:
            yield from _flattened(part, directions, along, boxed)
    elif "ratio" in tree:
        yield Cut(tree["ratio"] + 1, tree["at"])
        yield from _flattened(tree["below"], directions, along, boxed)
        yield from _flattened(tree["above"], directions, along, boxed)
    elif "ratios" in tree:
        low, high = tree["ratios"]
        yield Within(tuple(low), tuple(high))
        yield from _flattened(tree["tree"], directions, along, True)
    elif "thresholds" in tree:
        yield Leaf(tuple(tree["thresholds"]), False, along)
    elif "multipliers" in tree:
        yield Leaf(tuple(tree["multipliers"]), boxed, along)
    else:
        yield from _flattened(tree["tree"], directions, along, boxed)
