"""``ropeproof induction``: the lines of evidence for induction heads, over trained runs."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from empirical.files.atomic import write_json
from empirical.shipped.checkpoints import directory_named


def command(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            parser=directory_named, help="Directories of runs; the shipped ones if none."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Also write the trajectories here.")] = None,
    json: Annotated[Path | None, typer.Option(help="Also write the rows here.")] = None,
) -> None:
    """Hold runs with snapshots to what was observed of induction heads, beside two controls.

    Hand-set circuits must pass every row, shuffled weights none that asks for induction; of
    each the rows nearest to doing otherwise are shown. Exit 0 iff they do; what trained models do
    binds none of them.
    """
    from empirical.display import prediction_table
    from empirical.induction import collection
    from empirical.induction.hand_set import SEEDS, hand_set
    from empirical.induction.trajectory import InductionTrajectory, of_run
    from empirical.predictions.induction import by_row, predict
    from empirical.predictions.prediction import PredictionOutcome
    from empirical.tasks.segments import Segments
    from empirical.training.recipes import PLANS

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
            hand: list[InductionTrajectory] = []
            for seed in SEEDS:
                hand += hand_set(plan.task, plan.train_lengths[0], range(seed, seed + 1))
                bar.advance(circuits)
        found = collection.of_runs(runs, trained, hand)
    else:
        found = collection.read()
    if out:
        collection.write(out, found)

    console = Console()
    groups = {"trained": list(predict(found.trained))}
    for title, rows in by_row(found.trained).items():
        console.print(prediction_table.table(title, rows))
        console.print()
    console.print(prediction_table.summary(groups["trained"]), soft_wrap=True)
    shuffled = [run.of_shuffled() for run in found.trained]
    for title, control, never in (
        ("hand-set circuits, sharpened", found.hand_set, PredictionOutcome.FAIL),
        ("trained, then shuffled", shuffled, PredictionOutcome.PASS),
    ):
        groups[title] = rows = list(predict(control))
        console.print()
        console.print(prediction_table.table(title, prediction_table.closest(rows, never)))
        console.print(prediction_table.summary(rows), soft_wrap=True)
    if json:
        write_json(json, {title: [p.to_json() for p in rows] for title, rows in groups.items()})
    _, hand_set_rows, shuffled_rows = groups.values()
    controlled = all(p.outcome is PredictionOutcome.PASS for p in hand_set_rows) and not any(
        p.outcome is PredictionOutcome.PASS for p in shuffled_rows if "does_not" not in p.name
    )
    raise typer.Exit(0 if controlled else 1)
