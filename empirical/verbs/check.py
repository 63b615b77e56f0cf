"""``ropeproof check``: check trained checkpoints against the theory."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import track

from empirical import completion
from empirical.files.atomic import write_json
from empirical.shipped.checkpoints import directory_named

if TYPE_CHECKING:
    from empirical.report.checked_model import CheckedModel


def command(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            parser=directory_named,
            autocompletion=completion.models,
            help="Checkpoints or folders of them; else all shipped ones.",
        ),
    ] = None,
    lengths: Annotated[
        str | None,
        typer.Option(help="Input lengths, such as 32,64; by default what the directory says."),
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Also write the rows here.")] = None,
) -> None:
    """Check a model's heads against the theorems for their own angles and norms.

    Of a model of another family, its canonical heads are checked against its own attention;
    `ropeproof heads` reports on every head. Exit 0 iff every prediction holds, 1 if one is
    violated, 3 if one is undecided. Published observations may fail without affecting that.
    """
    from empirical.display import prediction_table
    from empirical.files import checkpoint
    from empirical.predictions.prediction import exit_status
    from empirical.report.checked_model import checked_model
    from empirical.shipped.checkpoints import shipped

    asked = prediction_table.parse_lengths(lengths) if lengths else None
    models = [model for path in paths or shipped() for model in checkpoint.within(path)]

    # One model at a time; nothing is shown or written before all have been read, and a bar that
    # is no terminal's would leave an empty line before a refusal.
    errors = Console(stderr=True)
    quiet = not errors.is_terminal
    tracked = track(models, "checking", console=errors, transient=True, disable=quiet)
    checked = [checked_model(path, asked) for path in tracked]

    console = Console()
    _show(checked, console)
    everything = [row for model in checked for row in model.rows]
    console.print(prediction_table.summary(everything), soft_wrap=True)
    if json:
        written = [
            {"checkpoint": model.path.name} | row.to_json()
            for model in checked
            for row in model.rows
        ]
        write_json(json, written)
    raise typer.Exit(exit_status(everything))


def _show(models: "Sequence[CheckedModel]", console: Console) -> None:
    """Prints a table per model, of foreign ones one line where they pass."""
    from empirical.display import prediction_table
    from empirical.predictions.prediction import PredictionOutcome

    same: dict[str, list[Path]] = {}
    for model in models:
        rows = model.rows
        if model.foreign is not None:
            same.setdefault(model.foreign.fingerprint, []).append(model.path)
            console.print(f"{model.path.name}: {model.foreign.check.line}", soft_wrap=True)
            rows = [row for row in model.rows if row.outcome is not PredictionOutcome.PASS]
        if rows:
            console.print(prediction_table.table(model.path.name, rows))
        accuracies = [
            f"{row.detail['right']} at {row.where}" for row in rows if "right" in row.detail
        ]
        if accuracies:
            line = f"right answers now, and as recorded: {', '.join(accuracies)}"
            console.print(line, soft_wrap=True)
    for paths in same.values():
        if len(paths) > 1:
            console.print(f"the same weights: {', '.join(map(str, paths))}", soft_wrap=True)
