"""Hand-set induction circuits as GPT-J models, and their trajectories as they are sharpened.

The positive control: a circuit known from its construction (``constructions.induction``,
``constructions.smeared_key``) passes through the same code as trained models. In place of
training, all logits of attention are multiplied by a rising factor.
"""

import math
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float32

from empirical.induction.probe import Probe
from empirical.induction.trajectory import InductionTrajectory, trajectory
from empirical.models.config import GPTJConfig
from empirical.models.smeared import SmearedConfig
from empirical.tasks.segments import Segments

ROTARY, STILL = 64, 64
"""Rotated and unrotated channels of the one head of a layer."""
SHARPEST, SNAPSHOTS = 16.0, 17
"""Logit of a match at the end, and how many snapshots lead there: as their square, from 0."""
PREVIOUS = 4.0
"""How much larger the logits of the previous-token head are."""
GAIN = 3.0
"""Logits of what is copied."""
NOISE = 0.01
"""Deviation of what each seed adds to every matrix of attention."""
SHARE = 0.2
"""Of its own in a smeared key."""
SEEDS = range(5)
"""Of the circuits that trained models are held beside."""


def hand_set(language: Segments, length: int, seeds: range) -> Iterator[InductionTrajectory]:
    """Circuits of one to three layers, plain and smeared, each sharpened step by step.

    One plain layer only looks at the previous token. Others end in a match; a third layer writes
    nothing. With smeared keys the first layer matches already.

    Args:
        language: whose letters they know.
        length: tokens of context.
        seeds: of the noise on the weights.
    """
    probe = Probe(language, length)
    for layers, smeared in ((1, False), (2, False), (3, False), (1, True), (2, True)):
        name = f"induction-{layers}" + ("-smeared" if smeared else "")
        config = _config(language, layers, smeared)
        for seed in seeds:
            models = (
                (float(step), _weights(config, language, seed, (step / (SNAPSHOTS - 1)) ** 2))
                for step in range(SNAPSHOTS)
            )
            yield trajectory((name, seed), config, probe, models)[0]


def _config(language: Segments, layers: int, smeared: bool) -> GPTJConfig:
    width = ROTARY + STILL
    kind = SmearedConfig if smeared else GPTJConfig
    return kind(len(language.entries), width, layers, 1, ROTARY, n_inner=1)


def _weights(
    config: GPTJConfig, language: Segments, seed: int, sharpness: float
) -> dict[str, Float32[np.ndarray, "..."]]:
    """The circuit with its attention logits at a share of their sharpest.

    Channels: the token, what is copied, the letter before, a constant. As LayerNorm does with a
    one-hot row, a token is told from others by more than its deviation; what a block reads from it
    only scales.
    """
    tokens, letters, width = len(language.entries), language.lower.size, config.n_embd
    letter = np.eye(letters)[language.letters]
    own, copied, before, one = np.split(
        np.arange(2 * tokens + letters + 1), [tokens, 2 * tokens, 2 * tokens + letters]
    )
    embedding = np.zeros((tokens, width))
    embedding[:, own] = np.eye(tokens)
    factor = math.sqrt(sharpness * SHARPEST * math.sqrt(width))
    rng = np.random.default_rng(seed)

    def noisy(matrix: np.ndarray) -> np.ndarray:
        return matrix + rng.normal(0, NOISE, matrix.shape)

    smeared = isinstance(config, SmearedConfig)
    planes = ROTARY // 2
    angles = GPTJConfig.BASE ** (-np.arange(planes) / planes)
    weights = {
        "transformer.wte.weight": embedding,
        "transformer.ln_f.weight": np.ones(width),
        "transformer.ln_f.bias": np.zeros(width),
        "lm_head.weight": np.zeros((tokens, width)),
        "lm_head.bias": np.zeros(tokens),
    }
    weights["lm_head.weight"][:, copied] = np.eye(tokens) * GAIN / math.sqrt(width)
    for layer in range(config.n_layer):
        block = f"transformer.h.{layer}"
        query, key, value = (np.zeros((width, width)) for _ in range(3))
        output = np.zeros((width, width))
        matches = layer == 1 or (smeared and layer == 0)
        if matches:
            still = ROTARY + np.arange(letters)
            read = own if smeared and layer == 0 else before
            query[still[:, None], own] = letter.T
            key[still[:, None], read] = letter.T if smeared and layer == 0 else np.eye(letters)
            value[own[:, None], own] = np.eye(tokens)
            output[copied[:, None], own] = np.eye(tokens)
        elif layer == 0:
            query[0:ROTARY:2, one] = np.cos(-angles)[:, None] / math.sqrt(planes)
            query[1:ROTARY:2, one] = np.sin(-angles)[:, None] / math.sqrt(planes)
            key[0:ROTARY:2, one] = PREVIOUS / math.sqrt(planes)
            value[own[:letters, None], own] = letter.T
            output[before[:, None], own[:letters]] = np.eye(letters)
        scale, shift = np.ones(width), np.zeros(width)
        scale[one], shift[one] = 0, 8
        weights |= {
            f"{block}.ln_1.weight": scale,
            f"{block}.ln_1.bias": shift,
            f"{block}.attn.q_proj.weight": noisy(query * factor / 8),
            f"{block}.attn.k_proj.weight": noisy(key * factor / 8),
            f"{block}.attn.v_proj.weight": noisy(value / 8),
            f"{block}.attn.out_proj.weight": noisy(output),
            f"{block}.mlp.fc_in.weight": np.zeros((1, width)),
            f"{block}.mlp.fc_in.bias": np.zeros(1),
            f"{block}.mlp.fc_out.weight": np.zeros((width, 1)),
            f"{block}.mlp.fc_out.bias": np.zeros(width),
        }
        if smeared:
            weights[f"{block}.attn.k_proj.smear"] = np.full(1, math.log(SHARE / (1 - SHARE)))
    return {name: array.astype(np.float32) for name, array in weights.items()}
