"""``ropeproof worst``: the least weight that any context can leave a token in the first layer."""

import re
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
    from empirical.survey.worst_context import WorstContext

HALF = 0.5
"""The weight below which a target has lost."""
SHOWN = 12
"""Tokens of the worst context that are shown."""


def command(
    name: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="As for ropeproof heads."),
    ],
    head: Annotated[str, typer.Argument(help="A head of the first layer, such as L0H3.")],
    query: Annotated[str, typer.Option(help="The token that asks: its text, or #id.")],
    target: Annotated[str, typer.Option(help="The token whose weight is in question.")],
    distance: Annotated[int, typer.Option(min=1, help="How far before the query it stands.")] = 1,
    length: Annotated[int, typer.Option(min=3, help="Tokens of the longest context.")] = 1024,
    json: Annotated[Path | None, typer.Option(help="Also write the numbers here.")] = None,
) -> None:
    """Find the least weight that any context can leave a token in the first layer.

    The first layer reads tokens, so the worst of all contexts is found exactly, at every length.
    Contexts hold any ordinary tokens after the start token, if the tokenizer puts one. Exit 0, or 3
    if it stays open at which length the weight first falls below a half, as where it is a half.
    """
    from empirical.foreign import reading
    from empirical.survey.worst_context import angles_vary, decided, first_layer_head

    number = _head(head)
    stored = reading.stored_at(model_path(name))
    model = reading.read_stored(stored, length)
    vocabulary = model.vocabulary
    asked, sought = (_token(text, stored, vocabulary) for text in (query, target))
    start = vocabulary.start
    if len(start) > 1:
        raise Refusal(f"prompts of this model begin with {len(start)} tokens: only one is covered")
    tokens = np.union1d(vocabulary.ordinary, np.array(start, dtype=np.int64))
    places = {what: int(np.searchsorted(tokens, what)) for what in (asked, sought, *start)}
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused
        found = decided(
            first_layer_head(model, number, tokens, length),
            places[asked],
            places[sought],
            distance,
            length,
            places[start[0]] if start else None,
            HALF,
        )
    if angles_vary(model, length):  # what was computed holds for the longest only
        found = found.longest()
    status = _show(found, tokens, vocabulary, Console())
    if json:
        write_json(json, _written(model, number, tokens, (asked, sought), found))
    raise typer.Exit(status)


def _head(name: str) -> int:
    """The number of a head of the first layer."""
    said = re.fullmatch(r"L(\d+)H(\d+)", name)
    if said is None or int(said[1]) != 0:
        raise Refusal(
            f"{name!r} is no head like L0H3: every context can be judged only of the first layer, "
            "whose inputs are tokens"
        )
    return int(said[2])


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
    found: "WorstContext", tokens: np.ndarray, vocabulary: "Vocabulary", console: Console
) -> int:
    """Prints the weights by length and returns the exit status."""
    from empirical.survey.worst_in_balls import BITS

    table = Table(box=None, pad_edge=False)
    for heading in ("tokens", "least weight", "largest weight"):
        table.add_column(heading, justify="right")
    last = found.lengths.size - 1
    rows = sorted({*(2**power - 1 for power in range(last.bit_length())), last})
    for row in rows:
        table.add_row(str(found.lengths[row]), f"{found.least[row]:.4g}", f"{found.most[row]:.4g}")
    console.print(table)
    names = {token: text for text, token in vocabulary.ids.items()}
    worst = tokens[found.worst[:SHOWN]][::-1]
    shown = " ".join(names.get(int(token), f"#{token}") for token in worst)
    console.print(f"worst context ends in: {shown}", soft_wrap=True, markup=False)
    console.print(f"relative error of all weights, from rounding: at most {found.error:.0e}")
    may, does = found.below(HALF)
    if may is None:
        console.print(f"no context of up to {found.lengths[-1]} tokens leaves less than a half")
    elif may == does:
        console.print(f"some context of {does} tokens leaves less than a half, and no shorter one")
    else:
        console.print(f"UNDECIDED at {BITS[-1]} bits: can {may} tokens leave less than a half?")
        return 3
    return 0


def _written(
    model: "Model",
    head: int,
    tokens: np.ndarray,
    asked: tuple[int, int],
    found: "WorstContext",
) -> dict[str, object]:
    return {
        "model": str(model.path),
        "fingerprint": model.fingerprint,
        "head": f"L0H{head}",
        "query": asked[0],
        "target": asked[1],
        "distance": found.offset,
        "start": list(model.vocabulary.start),
        "lengths": found.lengths.tolist(),
        "least": found.least.tolist(),
        "most": found.most.tolist(),
        "error": found.error,
        "worst": tokens[found.worst].tolist(),
    }
