"""``ropeproof check``: hold trained checkpoints against the theory."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from empirical.atomic import write_json


def command(
    paths: Annotated[list[Path], typer.Argument(help="Checkpoint directories.")],
    lengths: Annotated[
        str | None, typer.Option(help="Input lengths, such as 32,64; by default from task.json.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Also write the rows here.")] = None,
) -> None:
    """Measure a model's heads and hold them against the theorems for their own angles and norms.

    Exit 0 iff every prediction holds, 1 if one is violated, 3 if one is undecided. What others
    observed on their own models binds none: such a row may fail.
    """
    from empirical import checkpoint, hugging_face, prediction_table, self_check
    from empirical.predictions import predict
    from empirical.predictions.prediction import exit_status
    from empirical.predictions.subject import Subject

    asked = prediction_table.parse_lengths(lengths) if lengths else None
    subjects = [
        Subject.of(checkpoint.read(path), asked)
        if hugging_face.model_type(path) == "gptj"
        else hugging_face.read(path)
        for path in paths
    ]
    rows = {
        path: list(predict(subject) if isinstance(subject, Subject) else self_check.rows(subject))
        for path, subject in track(
            list(zip(paths, subjects, strict=True)),
            "checking",
            console=Console(stderr=True),
            transient=True,
        )
    }
    console = Console()
    for path, predictions in rows.items():
        console.print(prediction_table.table(path.name, predictions))
    everything = [p for predictions in rows.values() for p in predictions]
    console.print(prediction_table.summary(everything), soft_wrap=True)
    if json:
        write_json(
            json,
            [
                {"checkpoint": path.name} | p.to_json()
                for path, predictions in rows.items()
                for p in predictions
            ],
        )
    raise typer.Exit(exit_status(everything))
