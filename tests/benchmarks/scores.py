"""Scores in closed form against running the layer again for every swap, in one run.

``python tests/benchmarks/scores.py`` prints one line per comparison, on one core; scores are
compared before times are. The model has the shape of urrutia2026heads (12 layers, one head, width
128) and random weights that attend sharply; what is scored is the last of 17 tokens.
"""

import time
from itertools import combinations
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from empirical.files import checkpoint
from empirical.heads import gptj
from empirical.heads.executed import residual_streams
from empirical.models.config import GPTJConfig
from empirical.models.gptj import GPTJ, GPTJBlock, rotate
from empirical.scores.content_position import ContentPositionLogits
from empirical.scores.swaps import TEMPERATURE, swap_scores
from empirical.scores.table import ScoredInputs, score

CONFIG = GPTJConfig(136, n_embd=128, n_layer=12, n_head=1, rotary_dim=128)
INPUTS, LENGTH = 500, 17
FEW = 20
"""Inputs whose layer is run again for every swap; the rest would take as long each."""


def sharp_model() -> GPTJ:
    """Random weights whose attention logits deviate by about 2."""
    rng = np.random.default_rng(0)
    model = GPTJ(CONFIG)
    for name, shape in checkpoint.shapes(CONFIG):
        deviation = (2 / shape[-1]) ** 0.5 if "_proj" in name and len(shape) == 2 else 0.02
        value = 1.0 if name.endswith(("ln_1.weight", "ln_f.weight")) else 0.0
        drawn = rng.normal(value, deviation, shape).astype("f4")
        model.get_parameter(name).data = torch.from_numpy(drawn)
    return model.eval()


def weights_of_last(block: GPTJBlock, stream: Tensor) -> Tensor:
    """The attention of the last token of each input, ``[inputs, length]``."""
    attention = block.attn
    normed = block.ln_1(stream)
    last = stream.shape[1] - 1
    query = rotate(attention.split(attention.q_proj(normed[:, last:])), last, CONFIG.angles)
    key = rotate(attention.split(attention.k_proj(normed)), 0, CONFIG.angles)
    logits = (query @ key.transpose(-1, -2))[:, 0, 0] * CONFIG.head_dim**-0.5
    weights: Tensor = logits.softmax(dim=-1)
    return weights


def weights_in_block(block: GPTJBlock, stream: Tensor) -> Tensor:
    """The same, from a run of the block whose softmax is kept."""
    seen: list[Tensor] = []

    def keeping(query: Tensor, key: Tensor, value: Tensor, **_: object) -> Tensor:
        ahead = torch.ones(query.shape[2], query.shape[2], dtype=torch.bool).triu(1)
        logits = query @ key.transpose(-1, -2) * CONFIG.head_dim**-0.5
        weights: Tensor = logits.masked_fill(ahead, -torch.inf).softmax(dim=-1)
        seen.append(weights[:, 0, -1])
        read: Tensor = weights @ value
        return read

    with patch.object(functional, "scaled_dot_product_attention", keeping):
        block(stream, False)
    return seen[0]


@torch.inference_mode()
def run_again(block: GPTJBlock, stream: Tensor, at_once: int, whole: bool) -> np.ndarray:
    """Both scores of each input; ``at_once`` inputs share each run of the layer.

    With ``whole`` the block runs, to its end, and its attention is read on the way; else only what
    the attention of the last token needs.
    """
    read = weights_in_block if whole else weights_of_last
    pairs = list(combinations(range(stream.shape[1] - 1), 2))
    parts = []
    for rows in torch.split(stream, at_once):
        before = read(block, rows)
        terms = []
        for i, j in pairs:
            swapped = rows.clone()
            swapped[:, [i, j]] = rows[:, [j, i]]
            new, old = read(block, swapped)[:, [i, j]], before[:, [i, j]]
            norm = new.norm(dim=1) * old.norm(dim=1)
            kept, exchanged = (new * old).sum(dim=1), (new * old.flip(1)).sum(dim=1)
            terms.append(
                torch.stack(((old[:, 0] - old[:, 1]).abs(), kept / norm, exchanged / norm))
            )
        moved, *cosines = torch.stack(terms, dim=-1)
        shares = (moved / TEMPERATURE).softmax(dim=-1)
        parts.append(torch.stack([(shares * cosine).sum(dim=-1) for cosine in cosines]))
    scores: np.ndarray = torch.cat(parts, dim=1).numpy()
    return scores


def main() -> None:
    """Compare, then time a whole snapshot."""
    torch.set_num_threads(1)
    model = sharp_model()
    ids = np.random.default_rng(1).integers(CONFIG.vocab_size, size=(INPUTS, LENGTH))
    layer = 6
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    streams = list(residual_streams(model, ids))

    contents = np.arange(INPUTS * LENGTH).reshape(INPUTS, LENGTH)
    scores = []
    start = time.perf_counter()
    for number, stream in enumerate(streams[:-1]):
        (head,) = gptj.heads(CONFIG, weights, number, stream.reshape(-1, CONFIG.n_embd))
        scores.append(np.stack(swap_scores(ContentPositionLogits.of(head, contents).matrices())))
    quick = (time.perf_counter() - start) / INPUTS / CONFIG.n_layer

    rows = torch.from_numpy(streams[layer][:FEW]).double()
    block = model.transformer.blocks[layer].double()
    for name, at_once, whole in (
        ("the layer, one input at a time", 1, True),
        (f"the layer, {FEW} inputs at a time", FEW, True),
        (f"only the attention of the last token, {FEW} at a time", FEW, False),
    ):
        start = time.perf_counter()
        again = run_again(block, rows, at_once, whole)
        slow = (time.perf_counter() - start) / FEW
        worst = np.abs(again - scores[layer][:, :FEW]).max()
        if worst > 1e-9:
            raise SystemExit(f"scores differ by {worst}")
        print(
            f"per layer and input, against {name:53} {quick * 1e3:6.3f} ms {slow * 1e3:8.2f} ms "
            f"{slow / quick:8,.0f} times (scores within {worst:.0e})"
        )
    block.float()
    for components in (False, True):
        start = time.perf_counter()
        score(model, ScoredInputs.last(ids), components=components)
        took = time.perf_counter() - start
        title = "and each plane as a head" if components else ""
        print(
            f"{INPUTS} inputs, {CONFIG.n_layer} layers, forward pass included {title} {took:.2f} s"
        )


if __name__ == "__main__":
    main()
