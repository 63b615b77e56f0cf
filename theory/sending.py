"""What one process found of a sentence, sent to another that has the sentence itself.

To build a sentence takes SymPy as long as to read its module. So the sentence, its claim and the
reduction of that are sent as labels, and the receiver puts its own in their places.
"""

import io
import pickle
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from theory.ledger import Judgement, Theorem


def packed(judgement: "Judgement") -> bytes:
    """The judgement without what its receiver has."""
    file = io.BytesIO()
    _Packer(file, judgement.theorem).dump(judgement)
    return file.getvalue()


def unpacked(sent: bytes, theorem: "Theorem") -> "Judgement":
    """The judgement of this theorem, as a process of our own packed it."""
    judgement: Judgement = _Unpacker(io.BytesIO(sent), theorem).load()
    return judgement


def _labels(theorem: "Theorem") -> dict[str, object]:
    parts = {
        "theorem": theorem,
        "claim": theorem.claim,
        "reduction": theorem.claim.reduction,
    }
    return {label: part for label, part in parts.items() if part is not None}


class _Packer(pickle.Pickler):
    def __init__(self, file: io.BytesIO, theorem: "Theorem") -> None:
        super().__init__(file)
        self.labels = {id(part): label for label, part in _labels(theorem).items()}

    def persistent_id(self, part: object) -> str | None:
        return self.labels.get(id(part))


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, theorem: "Theorem") -> None:
        super().__init__(file)
        self.parts = _labels(theorem)

    def persistent_load(self, label: str) -> object:
        return self.parts[label]
