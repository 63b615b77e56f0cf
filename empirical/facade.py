"""What a notebook asks for, in one call each; a model may be a checkpoint, a path or a name."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.predictions import predict as predict_of
from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject
from empirical.shipped.checkpoints import directory_named

if TYPE_CHECKING:
    from empirical.figures.gallery import Drawing
    from empirical.scores.table import Score

AnyModel: TypeAlias = Checkpoint | str | PathLike[str]


def read_checkpoint(model: AnyModel) -> Checkpoint:
    """Read a model.

    Args:
        model: a directory, or the name of a shipped model such as ``index-1layer``; a checkpoint
            stands for itself.

    Raises:
        Refusal: the directory is missing, damaged, or of an architecture that is not understood.
    """
    if isinstance(model, Checkpoint):
        return model
    return checkpoint.read(directory_named(str(model)))


def shipped_checkpoints() -> Mapping[str, Path]:
    """The directory of every shipped model whose weights are here, by name."""
    from empirical.shipped.checkpoints import shipped

    return {path.name: path for path in shipped()}


def predict(model: AnyModel, lengths: tuple[int, ...] | None = None) -> list[Prediction]:
    """Every prediction about a model, as ``ropeproof check`` makes them.

    Args:
        model: as for ``read_checkpoint``.
        lengths: tokens per input; by default those it was trained on and beyond.

    Raises:
        Refusal: the model cannot be read, or has no input of a length.
    """
    return list(predict_of(Subject.of(read_checkpoint(model), lengths)))


def score(model: AnyModel, inputs: int = 500) -> "list[Score]":
    """How positional and how symbolic each head of a GPT-J model is, on inputs of its own task.

    Args:
        model: as for ``read_checkpoint``.
        inputs: how many inputs.

    Returns:
        One row per layer, head and kind of query.

    Raises:
        Refusal: the model cannot be read, or does not say its task.
    """
    from empirical.models.gptj import GPTJ
    from empirical.scores import queries
    from empirical.scores.table import score as score_of

    found = read_checkpoint(model)
    return list(score_of(GPTJ.of(found.config, found.weights), queries.draw(found, inputs)))


def figure(name: str) -> "Drawing":
    """The figure of this name; it shows itself in a notebook.

    Raises:
        Refusal: there is none; the message lists the nearest names.
    """
    from empirical.figures.gallery import find

    (drawing,) = find([name])
    return drawing
