"""Collects everything that the report shows, as plain data for its template."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from constructions.catalogue import every_construction
from constructions.construction import Network
from empirical.display import ledger_table
from empirical.figures.gallery import Drawing
from empirical.predictions.hand_set.floors import hand_set_rows
from empirical.predictions.prediction import Prediction
from empirical.recheck.certificate import Horizon
from empirical.recheck.certificate import Verdict as RowVerdict
from empirical.report import graph, wheel
from empirical.report.mathematics import sentence
from empirical.shipped import checkpoints
from theory.evidence import Verdict
from theory.ledger import Judgement

LENGTH = 17
"""Tokens for which constructions are built."""
STATUS = {
    "kernel": "proved whole by Coq's kernel",
    "engines": "proved whole by another engine",
    "reduced": "a key step checked, the rest in prose",
    "refuted": "refuted, and replaced",
    "stated": "stated, not decided",
}

WORDS = ("PASS", "REPRODUCED", "FAIL", "NOT REPRODUCED", "UNDECIDED")
"""Outcomes of predictions and of published observations, as they are shown."""

Tick = Callable[[], object]


def status(judgement: Judgement) -> str:
    """Returns the key of ``STATUS`` for a sentence."""
    match judgement.verdict:
        case Verdict.REFUTED:
            return "refuted"
        case Verdict.PROVED | Verdict.RECORDED:
            return "kernel" if judgement.kernel else "engines"
        case Verdict.REDUCED:
            return "reduced"
    return "stated"


def sentences(judgements: Sequence[Judgement]) -> list[dict[str, Any]]:
    """Returns one entry per sentence: the row of the ledger, its status, prose and mathematics."""
    return [
        ledger_table.row(judgement)
        | {
            "status": status(judgement),
            "prose": judgement.theorem.prose.strip().split("\n\n")[1:],
            "math": sentence(judgement.theorem.claim),
            "reduction": judgement.theorem.claim.reduction
            and sentence(judgement.theorem.claim.reduction),
        }
        for judgement in judgements
    ]


def overview(
    judgements: Sequence[Judgement],
    certificates: Sequence[dict[str, Any]],
    predictions: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """Returns what the cards above the ledger say.

    Args:
        judgements: the judged sentences.
        certificates: what ``certified`` yields.
        predictions: what ``predictions`` yields.
    """
    counts = Counter(map(status, judgements))
    failing = [
        (int(query["beyond"]["length"]), entry["name"])
        for entry in certificates
        for query in entry["queries"]
        if query["beyond"]
    ]
    earliest: dict[str, int] = {}
    for length, name in sorted(failing, reverse=True):
        earliest[name] = length
    return {
        "sentences": len(judgements),
        "kinds": [(words, counts[key]) for key, words in STATUS.items() if counts[key]],
        "refuted": [j.theorem.name for j in judgements if j.verdict is Verdict.REFUTED],
        "models": [
            (entry["name"], entry["proved"], entry["rows"], earliest.get(entry["name"]))
            for entry in certificates
        ],
        "theory": _added(entry["counts"] for entry in predictions),
        "observed": _added(entry["observed"] for entry in predictions),
    }


def constructions() -> Iterator[dict[str, Any]]:
    """Yields one entry per construction, built for ``LENGTH`` tokens."""
    for name, kind in every_construction().items():
        network: Network = kind.for_length(LENGTH)
        yield {
            "name": name,
            "summary": " ".join((kind.__doc__ or "").split("\n\n")[0].split()),
            "bounded_by": kind.bounded_by,
            "blocks": len(network.blocks),
            "vocabulary": network.vocabulary,
            "beta": f"{float(network.certified_beta(LENGTH).mid()):.6g}",
            "drawings": list(wheel.drawings(network, LENGTH)),
        }


def certified(tick: Tick) -> Iterator[dict[str, Any]]:
    """Yields one entry per shipped model of one layer and one head.

    A horizon that no failing input ends is a lower bound, printed as ``≥ 256``.

    Args:
        tick: called after each model.
    """
    for name, model, claims in checkpoints.certificates():
        assert model.task is not None
        entries, queries = model.task.entries, []
        for horizon in claims.horizons:
            rows = [row for row in claims.rows if row.query == horizon.query]
            beyond = failing_beyond(entries, horizon)
            queries.append(
                {
                    "query": entry_text(entries[horizon.query]),
                    "rows": len(rows),
                    "proved": sum(row.verdict is RowVerdict.PROVED for row in rows),
                    "horizon": f"{'≥ ' if beyond is None else ''}{horizon.longest}",
                    "beyond": beyond,
                }
            )
        yield {
            "name": name,
            "sha256": model.sha256,
            "proved": sum(row.verdict is RowVerdict.PROVED for row in claims.rows),
            "rows": len(claims.rows),
            "length": claims.length,
            "horizon_searched": claims.horizon_searched,
            "queries": [query for query in queries if query["rows"]],
        }
        tick()


def failing_beyond(entries: Sequence[Any], horizon: Horizon) -> dict[str, str] | None:
    """Returns the failing input one token beyond a horizon, if one was found."""
    row = horizon.beyond
    if row is None or row.refutation is None:
        return None
    return {
        "length": str(horizon.longest + 1),
        "tokens": " ".join(entry_text(entries[token]) for token in row.refutation.witness),
        "answer": entry_text(entries[row.answer]),
        "given": entry_text(entries[row.refutation.rival]),
    }


def entry_text(entry: Any) -> str:
    """Returns an entry of a vocabulary as a page shows it."""
    return "".join(map(str, entry)) if isinstance(entry, tuple) else str(entry)


def predictions(tick: Tick) -> Iterator[dict[str, Any]]:
    """Yields every row and the counts of verdicts for the hand-set heads and each shipped model.

    Args:
        tick: called after each model.
    """
    yield predicted("hand-set heads", list(hand_set_rows()))
    for name, rows in checkpoints.predictions(checkpoints.shipped()):
        yield predicted(name, rows)
        tick()


def predicted(name: str, rows: list[Prediction]) -> dict[str, Any]:
    """Returns the rows of one model, and the counts of verdicts.

    Published observations bind no model: they are counted apart, and in other words.
    """
    theory = [row for row in rows if not row.observation]
    observed = [row for row in rows if row.observation]
    return {
        "name": name,
        "counts": _added([Counter(row.word for row in theory)]),
        "observed": _added([Counter(row.word for row in observed)]),
        "rows": [_row(row) for row in (*theory, *observed)],
    }


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Sums of counts by word, in the order of ``WORDS``."""
    total = sum(map(Counter[str], counts), Counter[str]())
    return {word: total[word] for word in WORDS if total[word]}


def _row(row: Prediction) -> dict[str, Any]:
    return row.to_json() | {
        "word": row.word,
        "within": f" ± {row.allowance:.0e}" if row.allowance else "",
    }


def figures(drawings: Sequence[Drawing], tick: Tick) -> Iterator[dict[str, str]]:
    """Yields each figure as an SVG element with ids of its own.

    Args:
        drawings: the figures.
        tick: called after each figure.
    """
    for drawing in drawings:
        svg = drawing.render(drawing.rows())["svg"]
        yield {"name": drawing.name, "title": drawing.title, "svg": element(svg, drawing.name)}
        tick()


def element(svg: bytes, name: str) -> str:
    """The SVG element of a file, with ids that begin with a name."""
    text = svg.decode()
    return re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{name}-", text[text.index("<svg") :])


def dependencies(
    judgements: Sequence[Judgement],
    built: Sequence[dict[str, Any]],
    predicted: Sequence[dict[str, Any]],
) -> str:
    """Returns the graph of sentences, constructions and predictions as SVG.

    Args:
        judgements: the judged sentences.
        built: what ``constructions`` yields.
        predicted: what ``predictions`` yields.
    """
    nodes = [graph.Node(j.theorem.name, j.theorem.group, status(j)) for j in judgements]
    arcs = list(graph.between_sentences([j.theorem for j in judgements]))
    for entry in built:
        name = f"construction-{entry['name']}"
        nodes.append(graph.Node(name, "constructions", "built"))
        arcs += [graph.Arc(name, bound, "bounds") for bound in entry["bounded_by"]]
    behind = {
        f"prediction-{row['name']}": row["theorem"] for entry in predicted for row in entry["rows"]
    }
    for name, theorem in sorted(behind.items()):
        nodes.append(graph.Node(name, "predictions", "built"))
        arcs.append(graph.Arc(name, theorem, "predicts"))
    return graph.svg(nodes, arcs)
