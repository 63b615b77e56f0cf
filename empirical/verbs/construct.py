"""``ropeproof construct``: build a hand-set network and prove or refute it at a length."""

import math
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from empirical import completion
from empirical.files.atomic import write_json
from theory.refusal import Refusal

if TYPE_CHECKING:
    from constructions.construction import Network
    from constructions.prices import Row

LONGEST = 2048
"""Tokens; for longer inputs the exact sums over every rival take minutes."""
MARGIN = 1.01
"""Factor of the certified inverse temperature if none is given, which leaves room for float32."""
STATUS = {"PROVED": 0, "REFUTED": 1, "UNDECIDED": 3}


def command(
    name: Annotated[
        str | None,
        typer.Argument(
            autocompletion=completion.constructions, help="A construction, such as index."
        ),
    ] = None,
    length: Annotated[int | None, typer.Option(help="Tokens per input; required.")] = None,
    beta: Annotated[
        float | None,
        typer.Option(help="Inverse temperature; default: just above the certified one."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the network to this directory.")] = None,
    json: Annotated[Path | None, typer.Option(help="Also write the verdict here.")] = None,
    table: Annotated[
        Path | None, typer.Option(help="Write the critical temperatures by length here.")
    ] = None,
) -> None:
    """Build a hand-set network, and prove or refute it on all valid inputs of a length.

    Exit status: 0 proved right, 1 refuted (the failing input is printed), 3 undecided.
    """
    if table is not None:
        _write_table(table)
    if name is None:
        if table is None:
            raise Refusal(f"no construction is named: name one of {_names()}")
        return
    if length is None:
        raise Refusal(f"--length is required for {name}: give the number of tokens")
    with _working():
        network, chosen = _built(name, length, beta)
        rows = _judged(network, length, chosen)
    lines = Table("", name, title=f"{name}, {length} tokens", title_justify="left")
    for key, value in rows.items():
        lines.add_row(key, "none" if value in (None, []) else str(value))
    Console().print(lines)
    if json is not None:
        write_json(json, rows)
    if out is not None:
        from empirical.files import network_export

        network_export.write(out, network, length, chosen)
        write_json(out / "verdict.json", rows)
        typer.echo(out)
    if STATUS[str(rows["verdict"])]:
        raise typer.Exit(STATUS[str(rows["verdict"])])


def _working() -> AbstractContextManager[object]:
    """Returns a status line for a terminal: sums over long inputs take a while."""
    console = Console(stderr=True)
    return console.status("adding up rivals") if console.is_terminal else nullcontext()


def _names() -> str:
    from constructions.catalogue import every_construction

    return ", ".join(every_construction())


def _built(name: str, length: int, beta: float | None) -> "tuple[Network, float]":
    """Returns the network for the length, and its inverse temperature."""
    from constructions.catalogue import every_construction

    if name not in every_construction():
        raise Refusal(f"no construction is called {name!r}: give one of {_names()}")
    if length > LONGEST:
        raise Refusal(f"{length} tokens are too many to add up here: give at most {LONGEST}")
    if beta is not None and not (math.isfinite(beta) and beta > 0):
        raise Refusal(f"the inverse temperature {beta} is not finite and positive: give one like 9")
    network = every_construction()[name].for_length(length)
    certified = float(network.certified_beta(length).upper())
    return network, (beta or MARGIN * certified or 1.0)


def _judged(network: "Network", length: int, beta: float) -> dict[str, object]:
    """Returns the verdict at a length, its bounds, and the input that shows a failure."""
    import numpy as np
    from flint import arb

    certified, failing = network.certified_beta(length), network.failing_beta(length)
    tokens = network.hardest_input(length)
    if beta > certified:
        verdict = "PROVED"
    elif beta < failing and network.run(tokens, beta)[-1] != network.run(tokens)[-1]:
        verdict = "REFUTED"
    else:
        verdict = "UNDECIDED"
    planes, counts = np.unique(network.angles, return_counts=True)
    answer, given = network.run(tokens)[-1], network.run(tokens, beta)[-1]
    refuted = verdict == "REFUTED"
    return {
        "verdict": verdict,
        "construction": network.name(),
        "length": length,
        "beta": beta,
        "certified above beta": float(certified.mid()),
        "wrong below beta": None if failing == arb(0) else float(failing.mid()),
        "bounded by": list(network.bounded_by),
        "planes": {f"{angle:.6g}": int(n) for angle, n in zip(planes, counts, strict=True)},
        "failing input": tokens.tolist() if refuted else None,
        "right answer": int(answer) if refuted else None,
        "its answer": int(given) if refuted else None,
    }


def _write_table(path: Path) -> None:
    from constructions.prices import rows

    with _working():
        prices = list(rows())
    for name in dict.fromkeys(str(row["construction"]) for row in prices):
        Console().print(_table(name, [row for row in prices if row["construction"] == name]))
    write_json(path, prices)
    typer.echo(path)


def _table(title: str, rows: "list[Row]") -> Table:
    columns = [key for key in rows[0] if key != "construction"]
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(f"{row[key]:.8g}" for key in columns))
    return table
