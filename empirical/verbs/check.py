"""``ropeproof check``: hold trained checkpoints against the theory."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from empirical.atomic import write_json


def command(
    paths: Annotated[list[Path], typer.Argument(help="Checkpoint directories.")],
    lengths: Annotated[
        str | None,
        typer.Option(help="Input lengths, such as 32,64; by default what the directory says."),
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Also write the rows here.")] = None,
) -> None:
    """Measure a model's heads and hold them against the theorems for their own angles and norms.

    Exit 0 iff every prediction holds, 1 if one is violated, 3 if one is undecided. What others
    observed on their own models binds none: such a row may fail.
    """
    from empirical import (
        checkpoint,
        hugging_face,
        native,
        native_check,
        prediction_table,
        self_check,
    )
    from empirical.predictions import predict
    from empirical.predictions.prediction import Prediction, exit_status
    from empirical.predictions.subject import Subject

    asked = prediction_table.parse_lengths(lengths) if lengths else None

    def subject_of(path: Path) -> Subject | hugging_face.Model | native.Stored:
        if (path / native.FILE).exists():
            return native.read(path)
        if hugging_face.model_type(path) == "gptj":
            return Subject.of(checkpoint.read(path), asked)
        return hugging_face.read(path)

    def rows_of(subject: Subject | hugging_face.Model | native.Stored) -> Iterator[Prediction]:
        match subject:
            case Subject():
                return predict(subject)
            case native.Stored():
                return native_check.rows(subject, asked)
            case _:
                return self_check.rows(subject)

    subjects = [subject_of(path) for path in paths]
    rows = {
        path: list(rows_of(subject))
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
