"""Offers what a notebook needs, in one call each; a model is a checkpoint, a path or a name."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.predictions import predict as predict_of
from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject
from empirical.shipped.checkpoints import directory_named, model_path

if TYPE_CHECKING:
    from empirical.certificates.document import Checked
    from empirical.figures.gallery import Drawing
    from empirical.scores.table import Score
    from empirical.survey.report import HeadReport

AnyModel: TypeAlias = Checkpoint | str | PathLike[str]


def read_checkpoint(model: AnyModel) -> Checkpoint:
    """Read a model.

    Args:
        model: a directory, or the name of a shipped model such as ``index-1layer``; a checkpoint is
        returned as it is.

    Raises:
        Refusal: the directory is missing or damaged, or the architecture is not supported.
    """
    if isinstance(model, Checkpoint):
        return model
    return checkpoint.read(directory_named(str(model)))


def shipped_checkpoints() -> Mapping[str, Path]:
    """Returns the directory of every shipped model whose weights are here, by name."""
    from empirical.shipped.checkpoints import shipped

    return {path.name: path for path in shipped()}


def predict(model: AnyModel, lengths: tuple[int, ...] | None = None) -> list[Prediction]:
    """Returns every prediction about a model, as ``ropeproof check`` makes them.

    Args:
        model: as for ``read_checkpoint``.
        lengths: tokens per input; by default 1, 2, 4 and 16 times the longest trained on.

    Raises:
        Refusal: the model cannot be read, or its task has no input of a length.
    """
    return list(predict_of(Subject.of(read_checkpoint(model), lengths)))


def score(model: AnyModel, inputs: int = 500) -> "list[Score]":
    """Returns the scores of each head of a GPT-J model, on inputs of its own task.

    Args:
        model: as for ``read_checkpoint``.
        inputs: number of inputs.

    Returns:
        One row per layer, head and kind of query.

    Raises:
        Refusal: the model cannot be read, or its task has no input of the training length.
    """
    from empirical.models.gptj import GPTJ
    from empirical.scores import queries
    from empirical.scores.table import score as score_of

    checkpoint = read_checkpoint(model)
    gptj = GPTJ.of(checkpoint.config, checkpoint.weights)
    return list(score_of(gptj, queries.draw(checkpoint, inputs)))


def certify(model: AnyModel, length: int, horizon: int | None = None) -> "Checked":
    """Prove a model right on every input of a length, or find one that it gets wrong.

    Args:
        model: as for ``read_checkpoint``.
        length: tokens per input.
        horizon: tokens of the longest inputs searched for horizons; by default there are none.

    Returns:
        What the independent checker has shown of what the search found.

    Raises:
        Refusal: the model cannot be read, is of no kind that is certified, or has no such input.
    """
    from empirical.certificates.document import checked
    from empirical.certificates.search import CertificateRequest, search_for
    from empirical.recheck.findings import silent

    checkpoint = read_checkpoint(model)
    claims = search_for(CertificateRequest(length, horizon), checkpoint).run(silent)
    return checked(claims, checkpoint.path)


def read_heads(
    model: str | PathLike[str], length: int = 256, prompts: int = 8, causes: int = 2
) -> "list[HeadReport]":
    """Returns what every head of a model attends to, as ``ropeproof heads`` measures it.

    Args:
        model: a directory, a GGUF file, ``owner/name`` on the Hub, or the name of a shipped or
            packaged model, such as ``smollm2-135m-instruct``.
        length: tokens of a prompt.
        prompts: how many random repeats.
        causes: on how many of them every head is removed.

    Returns:
        One report per head, layer after layer.

    Raises:
        Refusal: the model cannot be read, or its canonical heads are not its own.
    """
    from tempfile import TemporaryDirectory

    from empirical.foreign.reading import stored_at
    from empirical.survey.measured_heads import measured_heads
    from empirical.survey.table import SurveyTable

    stored = stored_at(model_path(str(model)))
    with TemporaryDirectory() as folder:
        table = SurveyTable(Path(folder) / "heads.jsonl")
        return list(measured_heads(stored, table, length, prompts, causes).heads)


def figure(name: str) -> "Drawing":
    """Returns the figure of this name, which draws itself in a notebook.

    Args:
        name: of the figure.

    Raises:
        Refusal: the name is unknown; the message lists the nearest names.
    """
    from empirical.figures.gallery import find

    (drawing,) = find([name])
    return drawing
