"""What the theory predicts of a model, whatever its kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from empirical.files import checkpoint, network_file
from empirical.foreign import reading
from empirical.models.config import GPTJConfig
from empirical.models.one_plane import OnePlaneConfig
from empirical.models.smeared import SmearedConfig
from empirical.predictions import predict
from empirical.predictions.hand_set import stored_network
from empirical.predictions.prediction import Prediction
from empirical.predictions.subject import Subject
from empirical.survey.self_check import SelfCheck, self_check

KINDS = (GPTJConfig, OnePlaneConfig, SmearedConfig)


@dataclass(frozen=True)
class ForeignCheck:
    """What is said of a model of another family.

    Attributes:
        check: its canonical heads against its own attention.
        fingerprint: of its weights.
    """

    check: SelfCheck
    fingerprint: str


@dataclass(frozen=True)
class CheckedModel:
    """The outcome for one model.

    Attributes:
        path: its directory.
        rows: its predictions.
        foreign: of another family what was checked; else None.
    """

    path: Path
    rows: Sequence[Prediction]
    foreign: ForeignCheck | None = None


def checked_model(path: Path, lengths: tuple[int, ...] | None) -> CheckedModel:
    """Returns the predictions of a hand-set network, a model of ours, or a foreign one.

    Args:
        path: its directory or file.
        lengths: of the inputs, in tokens; by default what the directory says.

    Raises:
        Refusal: the model cannot be read, or its task has no input of a length.
    """
    if (path / network_file.FILE).exists():
        return CheckedModel(path, list(stored_network.rows(network_file.read(path), lengths)))
    if is_ours(path):
        return CheckedModel(path, list(predict(Subject.of(checkpoint.read(path, *KINDS), lengths))))
    longest = max(lengths or (0,))
    model = reading.read(path, longest)
    check = self_check(model, longest)
    return CheckedModel(path, list(check.rows()), ForeignCheck(check, model.fingerprint))


def is_ours(path: Path) -> bool:
    """Whether a directory is of a model that this package trains."""
    model_type = reading.model_type(path)
    return isinstance(model_type, str) and model_type in {
        kind.FIXED["model_type"] for kind in KINDS
    }
