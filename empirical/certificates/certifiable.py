"""Reads the checkpoints that are certified, and says of any other family why it is not."""

import os
import reprlib
from pathlib import Path

from empirical.files.checkpoint import CONFIG, Checkpoint, read
from empirical.files.json_file import read_json
from empirical.models.config import GPTJConfig
from empirical.models.gpt_neox import NeoXConfig
from empirical.models.llama import LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config
from empirical.models.one_plane import OnePlaneConfig
from empirical.models.phi import PhiConfig
from theory.refusal import Refusal

OF_TASKS = (GPTJConfig, OnePlaneConfig)
"""Architectures whose tasks are certified."""
LLAMAS = (LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config)
OF_SPECIFICATIONS = (*OF_TASKS, NeoXConfig, PhiConfig, *LLAMAS)
"""Architectures of which one layer is certified by a specification."""
CERTIFIED = (
    "certified are GPT-J and, of one layer and by a specification, Phi, GPT-NeoX, Llama, Mistral, "
    "Qwen2 and Qwen3 whose MLP stands beside attention or writes nothing"
)
IN_SERIES = "its MLP reads what attention wrote, which is not linear in attention weights"
SERIAL = (
    "gemma",
    "gemma2",
    "gemma3",
    "gemma3_text",
    "gpt2",
    "granite",
    "mixtral",
    "olmo2",
    "phi3",
    "qwen3_moe",
    "starcoder2",
)
"""Families whose MLP stands after attention, and not beside it."""
SILENT = ("llama", "mistral", "qwen2", "qwen3")
"""Of these, the ones that are certified where it writes nothing."""
REASONS = {
    **dict.fromkeys(SERIAL, IN_SERIES),
    **dict.fromkeys(("gpt_neox", "phi", *SILENT), "give --spec, which `ropeproof spec new` begins"),
}
"""Why a family is not certified, or how it is."""


WRITES = (".mlp.down_proj.weight", ".mlp.dense_4h_to_h.weight")
"""What is zero of an MLP that writes nothing."""


def read_certifiable(path: Path, *, specified: bool) -> Checkpoint:
    """Read a checkpoint directory to certify it.

    Args:
        path: the directory.
        specified: whether a specification says what of it is certified, or its task.

    Raises:
        Refusal: its family is not certified so, or it cannot be read.
    """
    kinds = OF_SPECIFICATIONS if specified else OF_TASKS
    if os.path.isdir(path) and os.path.lexists(path / CONFIG):
        family = read_json(path / CONFIG).get("model_type")
        if family not in [kind.FIXED["model_type"] for kind in kinds]:
            reason = REASONS.get(family) if isinstance(family, str) else None
            why = "" if reason is None else f"; {reason}"
            raise Refusal(
                f"{path / CONFIG}: model_type is {reprlib.repr(family)}: {CERTIFIED}{why}"
            )
    checkpoint = read(path, *kinds)
    config = checkpoint.config
    serial = isinstance(config, LlamaConfig)
    serial |= isinstance(config, NeoXConfig) and not config.parallel
    written = (array for name, array in checkpoint.weights.items() if name.endswith(WRITES))
    if serial and any(array.any() for array in written):
        family = config.FIXED["model_type"]
        raise Refusal(
            f"{path}: model_type is {family!r}, and its MLP writes: {CERTIFIED}; {IN_SERIES}"
        )
    return checkpoint
