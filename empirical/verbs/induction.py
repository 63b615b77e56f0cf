"""``ropeproof induction``: the lines of evidence for induction heads, over trained runs."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from empirical.atomic import write_json


def command(
    runs: Annotated[
        list[Path] | None, typer.Argument(help="Directories of runs; the shipped ones if none.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Also write the trajectories here.")] = None,
    json: Annotated[Path | None, typer.Option(help="Also write the rows here.")] = None,
) -> None:
    """Hold runs with snapshots to what was observed of induction heads, beside two controls.

    Hand-set circuits must pass every row, shuffled weights none that asks for induction. Exit 0
    iff they do; what trained models do binds none of them.
    """
    from empirical import prediction_table
    from empirical.induction import collection
    from empirical.induction.hand_set import SEEDS, hand_set
    from empirical.induction.trajectory import Trajectory, of_run
    from empirical.plans import PLANS
    from empirical.predictions.induction import predict
    from empirical.predictions.prediction import Outcome
    from empirical.tasks.segments import Segments

    if runs:
        with Progress(console=Console(stderr=True), transient=True) as bar:
            measuring = bar.add_task("measuring", total=len(runs))
            trained = []
            for number, run in enumerate(runs):

                def show(done: float, number: int = number) -> None:
                    bar.update(measuring, completed=number + done)

                trained.append(of_run(run, show))
            plan = PLANS["induction-2"]
            assert isinstance(plan.task, Segments)
            circuits = bar.add_task("hand-set circuits", total=len(SEEDS))
            hand: list[Trajectory] = []
            for seed in SEEDS:
                hand += hand_set(plan.task, plan.train_lengths[0], range(seed, seed + 1))
                bar.advance(circuits)
        same_texts = {
            (run.name, run.seed): collection.single_losses(path)
            for path, run in zip(runs, trained, strict=True)
            if "translated" in run.final.tables
        }
        found = collection.Collection(
            trained, hand, *(collection.principal_components(same_texts) if same_texts else ())
        )
    else:
        found = collection.read()
    if out:
        collection.write(out, found)

    groups = {
        "trained": list(predict(found.trained)),
        "hand-set circuits, sharpened": list(predict(found.hand_set)),
        "trained, then shuffled": list(predict([run.of_shuffled() for run in found.trained])),
    }
    console = Console()
    for title, rows in groups.items():
        console.print(prediction_table.table(title, rows))
        console.print(prediction_table.summary(rows), soft_wrap=True)
        console.print()
    if json:
        write_json(json, {title: [p.to_json() for p in rows] for title, rows in groups.items()})
    _, hand_set_rows, shuffled_rows = groups.values()
    controlled = all(p.outcome is Outcome.PASS for p in hand_set_rows) and not any(
        p.outcome is Outcome.PASS for p in shuffled_rows if "does_not" not in p.name
    )
    raise typer.Exit(0 if controlled else 1)
