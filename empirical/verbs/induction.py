"""``ropeproof induction``: the lines of evidence for induction heads, on trained runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from empirical.files.atomic import write_json
from empirical.shipped.checkpoints import directory_named

if TYPE_CHECKING:
    from empirical.induction.collection import Collection
    from empirical.predictions.prediction import Prediction

TRAINED = "trained"
HAND_SET = "hand-set circuits, sharpened"
SHUFFLED = "trained, then shuffled"


def command(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            parser=directory_named, help="Directories of runs; default: the shipped ones."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Also write the trajectories here.")] = None,
    json: Annotated[Path | None, typer.Option(help="Also write the rows here.")] = None,
) -> None:
    """Compare runs with snapshots to published observations of induction heads, with controls.

    Of the two controls the closest calls are shown. Exit status: 0 if hand-set circuits pass every
    row and shuffled weights no row that needs induction, else 1. Trained models may fail.
    """
    from empirical.induction import collection
    from empirical.predictions.induction import predict

    measured = _measured(runs) if runs else collection.read()
    if out:
        collection.write(out, measured)
    predictions = {
        TRAINED: list(predict(measured.trained)),
        HAND_SET: list(predict(measured.hand_set)),
        SHUFFLED: list(predict([run.of_shuffled() for run in measured.trained])),
    }
    _print(measured, predictions)
    if json:
        rows = {kind: [row.to_json() for row in part] for kind, part in predictions.items()}
        write_json(json, rows)
    controlled = _controlled(predictions[HAND_SET], predictions[SHUFFLED])
    raise typer.Exit(0 if controlled else 1)


def _measured(runs: Sequence[Path]) -> "Collection":
    """Measure runs, and hand-set circuits beside them."""
    from empirical.induction import collection
    from empirical.induction.hand_set import SEEDS, hand_set
    from empirical.induction.trajectory import InductionTrajectory, of_run
    from empirical.tasks.segments import Segments
    from empirical.training.recipes import PLANS

    plan = PLANS["induction-2"]
    assert isinstance(plan.task, Segments)
    trained: list[InductionTrajectory] = []
    circuits: list[InductionTrajectory] = []
    with Progress(console=Console(stderr=True), transient=True) as bar:
        measuring = bar.add_task("measuring", total=len(runs))
        for number, run in enumerate(runs):

            def show(done: float, number: int = number) -> None:
                bar.update(measuring, completed=number + done)

            trained.append(of_run(run, show))
        building = bar.add_task("hand-set circuits", total=len(SEEDS))
        for seed in SEEDS:
            circuits += hand_set(plan.task, plan.train_lengths[0], range(seed, seed + 1))
            bar.advance(building)
    return collection.of_runs(runs, trained, circuits)


def _print(measured: "Collection", predictions: "dict[str, list[Prediction]]") -> None:
    """Print every row of the trained runs, and the closest calls of the two controls."""
    from empirical.display import prediction_table
    from empirical.predictions.induction import by_row
    from empirical.predictions.prediction import PredictionOutcome

    console = Console()
    for title, rows in by_row(measured.trained).items():
        console.print(prediction_table.table(title, rows))
        console.print()
    console.print(prediction_table.summary(predictions[TRAINED]), soft_wrap=True)
    for title, unwanted in ((HAND_SET, PredictionOutcome.FAIL), (SHUFFLED, PredictionOutcome.PASS)):
        rows = predictions[title]
        console.print()
        console.print(prediction_table.table(title, prediction_table.closest(rows, unwanted)))
        console.print(prediction_table.summary(rows), soft_wrap=True)


def _controlled(hand_set: "Sequence[Prediction]", shuffled: "Sequence[Prediction]") -> bool:
    """Returns whether all hand-set rows pass and no shuffled row that needs induction does."""
    from empirical.predictions.prediction import PredictionOutcome

    needs_induction = [row for row in shuffled if "does_not" not in row.name]
    return all(row.outcome is PredictionOutcome.PASS for row in hand_set) and not any(
        row.outcome is PredictionOutcome.PASS for row in needs_induction
    )
