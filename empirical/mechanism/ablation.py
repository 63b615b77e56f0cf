"""What a model still answers right when one head is silenced."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from empirical.heads.executed import residual_streams
from empirical.heads.silenced import WAYS, Way, stream_without
from empirical.models.gptj import GPTJ
from empirical.tasks.task import Answers, Inputs
from empirical.training.evaluation import Count, by_hops


@dataclass(frozen=True)
class Ablation:
    """Right answers with one head silenced.

    Attributes:
        layer: the block.
        head: the head of the block.
        way: how it was silenced.
        counts: right answers by number of hops.
    """

    layer: int
    head: int
    way: Way
    counts: Mapping[int, Count]


def ablate(
    model: GPTJ,
    ids: Inputs,
    answers: Answers,
    hops: Int64[np.ndarray, " size"],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[Ablation]:
    """Silence every head of a model in every way, one at a time.

    Args:
        model: a model in evaluation mode, on the CPU.
        ids: token ids; the last token asks.
        answers: token ids.
        hops: how many hops each input takes.
        progress: called with the heads that are done and all heads.
    """
    streams = [torch.from_numpy(stream) for stream in residual_streams(model, ids)]
    config = model.config
    for layer in range(config.n_layer):
        for head in range(config.n_head):
            for way in WAYS:
                said = _answers(model, streams, layer, head, way)
                yield Ablation(layer, head, way, by_hops(said == answers, hops))
            progress(layer * config.n_head + head + 1, config.n_layer * config.n_head)


@torch.inference_mode()
def _answers(
    model: GPTJ, streams: list[Tensor], layer: int, head: int, way: Way
) -> Int64[np.ndarray, " size"]:
    """The likeliest next tokens with one head silenced, from the streams of the whole model."""
    stream = stream_without(model, streams, layer, head, way)
    logits = model.lm_head(model.transformer.ln_f(stream[:, -1]))
    said: Int64[np.ndarray, " size"] = logits.argmax(dim=-1).numpy()
    return said
