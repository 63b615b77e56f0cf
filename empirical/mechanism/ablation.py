"""Counts the right answers of a model with one head silenced."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from empirical.heads.executed import stream_tensors
from empirical.heads.silenced import WAYS, Way, stream_without
from empirical.models.gptj import GPTJ
from empirical.tasks.task import Answers, Inputs
from empirical.training.evaluation import Count, by_hops


@dataclass(frozen=True)
class Ablation:
    """Right answers with one head silenced.

    Attributes:
        layer: index of the block.
        head: index of the head in its block.
        way: how the head was silenced; see ``empirical.heads.silenced``.
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
        model: a model in evaluation mode.
        ids: token ids; the last token is the query.
        answers: token ids.
        hops: number of hops of each input.
        progress: called with the number of heads that are done and their total number.

    Yields:
        One row per layer, head and way.
    """
    device = next(model.parameters()).device
    streams = list(stream_tensors(model, torch.from_numpy(ids).to(device)))
    config = model.config
    for layer in range(config.n_layer):
        for head in range(config.n_head):
            for way in WAYS:
                model_answers = _answers(model, streams, layer, head, way)
                yield Ablation(layer, head, way, by_hops(model_answers == answers, hops))
            progress(layer * config.n_head + head + 1, config.n_layer * config.n_head)


@torch.inference_mode()
def _answers(
    model: GPTJ, streams: list[Tensor], layer: int, head: int, way: Way
) -> Int64[np.ndarray, " size"]:
    """Returns the likeliest next token of each input with one head silenced.

    Args:
        model: the model.
        streams: what each block of the whole model reads.
        layer: index of the block.
        head: index of the head in its block.
        way: how the head is silenced.
    """
    stream = stream_without(model, streams, layer, head, way)
    logits = model.lm_head(model.transformer.ln_f(stream[:, -1]))
    likeliest: Int64[np.ndarray, " size"] = logits.argmax(dim=-1).cpu().numpy()
    return likeliest
