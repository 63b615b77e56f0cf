"""``ropeproof mechanism``: how a multi-hop model finds its answer, layer by layer."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from empirical import completion
from empirical.files.atomic import write_json
from empirical.shipped.checkpoints import directory_named

if TYPE_CHECKING:
    from empirical.mechanism.measurement import Mechanism


def command(
    directory: Annotated[
        Path,
        typer.Argument(
            parser=directory_named,
            autocompletion=completion.models,
            help="A checkpoint of a multi-hop task.",
        ),
    ],
    inputs: Annotated[
        int, typer.Option(min=1, help="Number of inputs, from the test part of the dataset.")
    ] = 400,
    json: Annotated[Path | None, typer.Option(help="Also write the rows here.")] = None,
) -> None:
    """Show where heads attend, which stops hold the answer, and what each head contributes.

    A head is silenced in three ways: its output becomes zero (zero), the mean over inputs (mean),
    or zero while all later heads keep their attention weights (pattern).
    """
    from empirical.files import checkpoint
    from empirical.mechanism.measurement import measure

    model = checkpoint.read(directory)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        running = bar.add_task("silencing heads", total=None)

        def tick(done: int, total: int) -> None:
            bar.update(running, completed=done, total=total)

        mechanism = measure(model, inputs, tick)
    console = Console()
    for table in _tables(mechanism):
        console.print(table)
    if json:
        write_json(json, mechanism.to_json())


def _tables(mechanism: "Mechanism") -> Iterator[Table]:
    yield _peaks(mechanism)
    yield _answers_held(mechanism)
    yield _ablations(mechanism)


def _peaks(mechanism: "Mechanism") -> Table:
    """Returns one line per head and kind of query: where the largest weights are."""
    table = Table("head", "query", box=None, title="largest weight", title_justify="left")
    for heading in ("next stop", "itself", "end", "elsewhere"):
        table.add_column(heading, justify="right")
    for row in mechanism.peaks:
        counts = (row.next_stop, row.itself, row.end, row.elsewhere)
        table.add_row(f"L{row.layer}H{row.head}", row.query, *map(str, counts))
    return table


def _answers_held(mechanism: "Mechanism") -> Table:
    """Returns one line per depth: the share of stops that hold the answer."""
    rows = mechanism.answers_held
    table = Table("after", box=None, title="stops that hold the answer", title_justify="left")
    for remaining in sorted({row.remaining for row in rows}):
        table.add_column(f"{remaining} to go", justify="right")
    for depth in sorted({row.depth for row in rows}):
        shares = [f"{row.held / row.stops:.3f}" for row in rows if row.depth == depth]
        table.add_row(f"{depth} layers", *shares)
    return table


def _ablations(mechanism: "Mechanism") -> Table:
    """Returns one line per way and head: the share of right answers with the head silenced."""
    from empirical.heads.silenced import WAYS

    rows = mechanism.ablations
    table = Table("head", "silenced", box=None, title="right answers", title_justify="left")
    for hops in rows[0].counts:
        table.add_column(f"{hops} hops", justify="right")
    for way in WAYS:
        for row in (row for row in rows if row.way == way):
            shares = [f"{count.correct / count.total:.3f}" for count in row.counts.values()]
            table.add_row(f"L{row.layer}H{row.head}", way, *shares)
    return table
