"""``ropeproof worst``: the least weight that any context can leave a token, or a bound on it."""

import re
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from empirical.files.atomic import write_json
from empirical.shipped.checkpoints import model_path
from theory.refusal import Refusal

if TYPE_CHECKING:
    from empirical.foreign.reading import Model, Stored
    from empirical.foreign.vocabulary import Vocabulary
    from empirical.survey.norm_bounds import NormBounds
    from empirical.survey.worst_context import WorstContext

HALF = 0.5
"""The weight below which a target has lost."""
DIGITS = 4
"""Digits of a weight that are shown."""
SHOWN = 12
"""Tokens of the worst context that are shown."""


def command(
    name: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="As for ropeproof heads."),
    ],
    head: Annotated[str, typer.Argument(help="A head, such as L0H3.")],
    query: Annotated[
        str | None, typer.Option(help="In the first layer, the token that asks: its text, or #id.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="In the first layer, the token whose weight is in question.")
    ] = None,
    distance: Annotated[int, typer.Option(min=1, help="How far before the query it stands.")] = 1,
    length: Annotated[int, typer.Option(min=3, help="Tokens of the longest context.")] = 1024,
    json: Annotated[Path | None, typer.Option(help="Also write the numbers here.")] = None,
) -> None:
    """Find the least weight that any context can leave a token, or bound it.

    The first layer reads tokens, so the worst of all contexts is found exactly, at every length:
    contexts hold any ordinary tokens after the start token, if the tokenizer puts one. Of a deeper
    layer norms bound what its heads read, and the weights are bounds that may be far from what any
    context does. Exit 0, or 3 if it stays open at which length the weight first falls below a half.
    """
    from empirical.foreign import reading

    layer, number = _head(head)
    if layer == 0 and (query is None or target is None):
        raise Refusal(f"{head} reads tokens: give --query and --target, as text or as #id")
    if layer > 0 and (query is not None or target is not None):
        raise Refusal(f"{head} reads no tokens: leave --query and --target out for a bound")
    stored = reading.stored_at(model_path(name))
    model = reading.read_stored(stored, length)
    written: dict[str, object] = {
        "model": str(model.path),
        "fingerprint": model.fingerprint,
        "head": head,
        "distance": distance,
    }
    if query is not None and target is not None:
        status, numbers = _in_the_first(model, stored, number, (query, target), distance, length)
    else:
        status, numbers = _deeper(model, (layer, number), distance, length)
    if json:
        write_json(json, written | numbers)
    raise typer.Exit(status)


def _head(name: str) -> tuple[int, int]:
    """The layer and the number of a head."""
    place = re.fullmatch(r"L(\d{1,6})H(\d{1,6})", name)
    if place is None:
        raise Refusal(f"{name!r} is no head: name one, such as L0H3")
    return int(place[1]), int(place[2])


def _in_the_first(
    model: "Model",
    stored: "Stored",
    head: int,
    texts: tuple[str, str],
    distance: int,
    length: int,
) -> tuple[int, dict[str, object]]:
    """Shows the worst contexts of a head of the first layer; exit status and numbers."""
    from empirical.survey.worst_context import angles_vary, decided, first_layer_head

    vocabulary = model.vocabulary
    asked, sought = (_token(text, stored, vocabulary) for text in texts)
    start = vocabulary.start
    if len(start) > 1:
        raise Refusal(f"prompts of this model begin with {len(start)} tokens: only one is covered")
    tokens = np.union1d(vocabulary.ordinary, np.array(start, dtype=np.int64))
    places = {what: int(np.searchsorted(tokens, what)) for what in (asked, sought, *start)}
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused
        worst = decided(
            first_layer_head(model, head, tokens, length),
            places[asked],
            places[sought],
            distance,
            length,
            places[start[0]] if start else None,
            HALF,
        )
    if angles_vary(model, 0, length):  # what was computed holds for the longest only
        worst = worst.longest()
    status = _show(worst, tokens, vocabulary, Console())
    return status, {
        "query": asked,
        "target": sought,
        "start": list(start),
        "lengths": worst.lengths.tolist(),
        "least": worst.least.tolist(),
        "most": worst.most.tolist(),
        "error": worst.error,
        "worst": tokens[worst.worst].tolist(),
    }


def _deeper(
    model: "Model", place: tuple[int, int], distance: int, length: int
) -> tuple[int, dict[str, object]]:
    """Shows bounds on a head of a deeper layer; exit status and numbers."""
    from empirical.survey.norm_bounds import norm_bounds
    from empirical.survey.worst_context import angles_vary

    bounds = norm_bounds(model, *place, distance, length)
    if angles_vary(model, place[0], length):
        bounds = bounds.longest()
    return _show_bounds(bounds, Console()), {
        "bounds": "norms",
        "lengths": bounds.lengths.tolist(),
        "least": bounds.least.tolist(),
        "most": bounds.most.tolist(),
        "lowest": bounds.lowest.tolist(),
        "highest": bounds.highest.tolist(),
    }


def _token(text: str, stored: "Stored", vocabulary: "Vocabulary") -> int:
    """The id of a token that is given as text or as #id."""
    if re.fullmatch(r"#\d{1,9}", text):
        token = int(text[1:])
    else:
        encode = stored.tokenizer()
        if encode is None:
            raise Refusal(f"no tokenizer says what {text!r} is: give a token as #id, such as #5")
        ids = encode(text)
        if len(ids) != 1:
            raise Refusal(f"{text!r} is {len(ids)} tokens {ids}: give one, as text or as #id")
        token = ids[0]
    if token not in vocabulary.ordinary:
        raise Refusal(f"#{token} is no ordinary token of the model: name another")
    return token


def _show(
    context: "WorstContext", tokens: np.ndarray, vocabulary: "Vocabulary", console: Console
) -> int:
    """Prints the weights by length and returns the exit status."""
    from empirical.survey.worst_in_balls import BITS

    headings = "tokens", "least weight", "largest weight"
    console.print(
        _by_length(headings, context.lengths, context.least.tolist(), context.most.tolist())
    )
    names = {token: text for text, token in vocabulary.ids.items()}
    worst = tokens[context.worst[:SHOWN]][::-1]
    ends = " ".join(names.get(int(token), f"#{token}") for token in worst)
    console.print(f"worst context ends in: {ends}", soft_wrap=True, markup=False)
    console.print(f"relative error of all weights, from rounding: at most {context.error:.0e}")
    may, does = context.below(HALF)
    if may is None:
        console.print(f"no context of up to {context.lengths[-1]} tokens leaves less than a half")
    elif may == does:
        console.print(f"some context of {does} tokens leaves less than a half, and no shorter one")
    else:
        console.print(f"UNDECIDED at {BITS[-1]} bits: can {may} tokens leave less than a half?")
        return 3
    return 0


def _show_bounds(bounds: "NormBounds", console: Console) -> int:
    """Prints bounds by length and returns the exit status."""
    headings = "tokens", "weight at least", "at most"
    least, most = (
        [_outward(weight, way) for weight in weights]
        for weights, way in ((bounds.least, ROUND_FLOOR), (bounds.most, ROUND_CEILING))
    )
    console.print(_by_length(headings, bounds.lengths, least, most))
    low = _outward(bounds.lowest.min(), ROUND_FLOOR)
    high = _outward(bounds.highest.max(), ROUND_CEILING)
    console.print(f"bounds, from norms alone: every logit lies between {low:.4g} and {high:.4g}.")
    console.print("They allow rows that no context gives, and no weight need come near them.")
    below = np.flatnonzero(bounds.least < HALF)
    if below.size == 0:
        console.print(f"no context of up to {bounds.lengths[-1]} tokens leaves less than a half")
        return 0
    shortest = bounds.lengths[below[0]]
    console.print(f"UNDECIDED by norms: can {shortest} tokens leave less than a half?")
    return 3


def _outward(bound: float, way: str) -> float:
    """A bound rounded to the digits that are shown, so that it still is one."""
    return float(Context(prec=DIGITS, rounding=way).create_decimal(float(bound)))


def _by_length(
    headings: tuple[str, str, str],
    lengths: np.ndarray,
    least: Sequence[float],
    most: Sequence[float],
) -> Table:
    """A row for each power of two among the lengths, and for the last."""
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right")
    last = lengths.size - 1
    for row in sorted({*(2**power - 1 for power in range(last.bit_length())), last}):
        table.add_row(str(lengths[row]), f"{least[row]:.4g}", f"{most[row]:.4g}")
    return table
