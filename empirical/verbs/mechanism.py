"""``ropeproof mechanism``: how a multi-hop model walks, layer by layer."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from empirical.files.atomic import write_json
from empirical.shipped.checkpoints import directory_named
from theory.refusal import Refusal


def command(
    directory: Annotated[
        Path, typer.Argument(parser=directory_named, help="A checkpoint of a multi-hop task.")
    ],
    inputs: Annotated[int, typer.Option(min=1, help="Inputs of the test part.")] = 400,
    json: Annotated[Path | None, typer.Option(help="Also write the rows here.")] = None,
) -> None:
    """Show where each layer looks, what each stop of a walk holds, and which heads it takes.

    A head is silenced in three ways: what it reads becomes zero, or its mean, or zero while all
    later heads keep looking where they looked.
    """
    from empirical.files import checkpoint
    from empirical.heads.silenced import WAYS
    from empirical.mechanism.ablation import ablate
    from empirical.mechanism.peaks import peaks
    from empirical.mechanism.programme import WalkStates
    from empirical.models.gptj import GPTJ
    from empirical.tasks import task_from_entries
    from empirical.tasks.dataset import Dataset
    from empirical.tasks.multi_hop import MultiHop

    found = checkpoint.read(directory)
    task = task_from_entries(found.task.name, found.task.entries) if found.task else None
    if not isinstance(task, MultiHop):
        raise Refusal(f"{directory} is not of a multi-hop task: name a number or letter model")
    model = GPTJ.of(found.config, found.weights)
    seed = int((found.manifest or {}).get("seed", 0))
    ids, answers = Dataset(task, seed).batch("test", 0, inputs)
    looks = peaks(model, task, ids)
    walks = WalkStates.of(model, task, ids)
    held, copies = walks.programme(), walks.copies()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        running = bar.add_task("silencing heads", total=None)

        def tick(done: int, total: int) -> None:
            bar.update(running, completed=done, total=total)

        silenced = list(ablate(model, ids, answers, task.hops(ids), tick))

    console = Console()
    table = Table("head", "query", box=None, title="largest weight", title_justify="left")
    for heading in ("next stop", "itself", "end", "elsewhere"):
        table.add_column(heading, justify="right")
    for row in looks:
        counts = (row.next_stop, row.itself, row.end, row.elsewhere)
        table.add_row(f"L{row.layer}H{row.head}", row.query, *map(str, counts))
    console.print(table)
    kinds = sorted({row.remaining for row in held})
    table = Table("after", box=None, title="stops that hold the answer", title_justify="left")
    for remaining in kinds:
        table.add_column(f"{remaining} to go", justify="right")
    for depth in range(found.config.n_layer + 1):
        shares = [f"{row.held / row.asked:.3f}" for row in held if row.depth == depth]
        table.add_row(f"{depth} layers", *shares)
    console.print(table)
    table = Table("head", "silenced", box=None, title="right answers", title_justify="left")
    for hops in kinds:
        table.add_column(f"{hops} hops", justify="right")
    for way in WAYS:
        for ablation in (row for row in silenced if row.way == way):
            shares = [f"{c.correct / c.total:.3f}" for c in ablation.counts.values()]
            table.add_row(f"L{ablation.layer}H{ablation.head}", way, *shares)
    console.print(table)
    if json:
        write_json(
            json,
            {
                "peaks": [asdict(row) for row in looks],
                "held": [asdict(row) for row in held],
                "copies": [asdict(row) for row in copies],
                "ablations": [asdict(row) for row in silenced],
            },
        )
