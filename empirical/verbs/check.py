"""``ropeproof check``: check trained checkpoints against the theory."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from empirical.files.atomic import write_json
from empirical.shipped.checkpoints import directory_named


def command(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            parser=directory_named, help="Checkpoints or folders of them; else all shipped ones."
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
    from empirical.files import checkpoint, network_file
    from empirical.foreign import reading
    from empirical.foreign.vocabulary import Vocabulary
    from empirical.models.config import GPTJConfig
    from empirical.models.one_plane import OnePlaneConfig
    from empirical.models.smeared import SmearedConfig
    from empirical.predictions import predict
    from empirical.predictions.hand_set import stored_network
    from empirical.predictions.prediction import Prediction, PredictionOutcome, exit_status
    from empirical.predictions.subject import Subject
    from empirical.shipped.checkpoints import shipped
    from empirical.survey.self_check import SelfCheck, self_check

    kinds = (GPTJConfig, OnePlaneConfig, SmearedConfig)
    types = {kind.FIXED["model_type"] for kind in kinds}
    asked = prediction_table.parse_lengths(lengths) if lengths else None
    models = [model for path in paths or shipped() for model in checkpoint.within(path)]
    twins: dict[str, list[Path]] = {}
    checked: dict[Path, SelfCheck] = {}

    def rows_of(path: Path) -> Iterator[Prediction]:
        if (path / network_file.FILE).exists():
            yield from stored_network.rows(network_file.read(path), asked)
        elif reading.model_type(path) in types:
            yield from predict(Subject.of(checkpoint.read(path, *kinds), asked))
        else:
            longest = max(asked or (0,))
            model = reading.read(path, longest)
            twins.setdefault(model.fingerprint, []).append(path)
            vocabulary = Vocabulary.of(path, model.module.config.vocab_size)
            checked[path] = self_check(model, vocabulary, longest)
            yield from checked[path].rows()

    # One model at a time; nothing is shown or written before all have been read, and a bar that
    # is no terminal's would leave an empty line before a refusal.
    errors = Console(stderr=True)
    quiet = not errors.is_terminal
    rows = {
        path: list(rows_of(path))
        for path in track(models, "checking", console=errors, transient=True, disable=quiet)
    }
    console = Console()
    for path, predictions in rows.items():
        shown = predictions
        if path in checked:
            console.print(f"{path.name}: {checked[path].line}", soft_wrap=True)
            shown = [row for row in predictions if row.outcome is not PredictionOutcome.PASS]
        if shown:
            console.print(prediction_table.table(path.name, shown))
    for same in twins.values():
        if len(same) > 1:
            console.print(f"the same weights: {', '.join(map(str, same))}", soft_wrap=True)
    everything = [row for predictions in rows.values() for row in predictions]
    written = [
        {"checkpoint": path.name} | row.to_json()
        for path, predictions in rows.items()
        for row in predictions
    ]
    console.print(prediction_table.summary(everything), soft_wrap=True)
    if json:
        write_json(json, written)
    raise typer.Exit(exit_status(everything))
