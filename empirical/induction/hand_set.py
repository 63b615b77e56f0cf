"""Builds hand-set induction circuits as GPT-J models, and measures them as they are sharpened.

They are the positive control: a circuit known from its construction (``constructions.induction``,
``constructions.smeared_key``) passes through the same code as trained models. In place of
training, a rising factor multiplies all attention logits.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64

from empirical.induction.probe import Probe
from empirical.induction.trajectory import InductionTrajectory, trajectory
from empirical.models.config import GPTJConfig
from empirical.models.smeared import SmearedConfig
from empirical.tasks.segments import Segments

ROTARY, STILL = 64, 64
"""Rotated and unrotated channels of the one head of a layer."""
SHARPEST, SNAPSHOTS = 16.0, 17
"""Logit of a match at the end, and the number of snapshots; the logit rises as their square."""
PREVIOUS = 4.0
"""Factor of the logits of the previous-token head."""
GAIN = 3.0
"""Logit of the copied token."""
NOISE = 0.01
"""Standard deviation of the noise on every entry of an attention matrix."""
SHARE = 0.2
"""Share of a position's own key in a smeared key."""
CONSTANT, SHRINK = 8.0, 1 / 8
"""Value of the constant channel after LayerNorm, and factor of the matrices that read it."""
SEEDS = range(5)
"""Seeds of the circuits that trained models are compared with."""

Matrix = Float64[np.ndarray, "width width"]


def hand_set(language: Segments, length: int, seeds: range) -> Iterator[InductionTrajectory]:
    """Measure circuits of one to three layers, plain and smeared, each sharpened in steps.

    With plain keys the first layer attends to the previous token, the second matches and copies,
    and a third writes nothing. With smeared keys the first layer matches already.

    Args:
        language: the language whose letters the circuits know.
        length: tokens of context.
        seeds: seeds of the noise on the weights.

    Yields:
        One trajectory per circuit and seed.
    """
    probe = Probe(language, length)
    for layers, smeared in ((1, False), (2, False), (3, False), (1, True), (2, True)):
        name = f"induction-{layers}" + ("-smeared" if smeared else "")
        config = _config(language, layers, smeared)
        for seed in seeds:
            snapshots = (
                (float(step), _weights(config, language, seed, (step / (SNAPSHOTS - 1)) ** 2))
                for step in range(SNAPSHOTS)
            )
            yield trajectory((name, seed), config, probe, snapshots)[0]


def _config(language: Segments, layers: int, smeared: bool) -> GPTJConfig:
    width = ROTARY + STILL
    kind = SmearedConfig if smeared else GPTJConfig
    return kind(len(language.entries), width, layers, 1, ROTARY, n_inner=1)


@dataclass(frozen=True, eq=False)
class _Channels:
    """The channels of the residual stream by what they hold.

    Attributes:
        own: the token of the position.
        copied: the token that the circuit predicts.
        before: the letter of the token before.
        one: the constant.
    """

    own: Int64[np.ndarray, " tokens"]
    copied: Int64[np.ndarray, " tokens"]
    before: Int64[np.ndarray, " letters"]
    one: Int64[np.ndarray, " one"]

    @classmethod
    def of(cls, language: Segments) -> "_Channels":
        tokens, letters = len(language.entries), language.lower.size
        ends = [tokens, 2 * tokens, 2 * tokens + letters]
        return cls(*np.split(np.arange(ends[-1] + 1), ends))


@dataclass(frozen=True, eq=False)
class _Projections:
    """The attention matrices of one layer."""

    query: Matrix
    key: Matrix
    value: Matrix
    output: Matrix

    @classmethod
    def nothing(cls, width: int) -> "_Projections":
        return cls(*(np.zeros((width, width)) for _ in range(4)))


def _weights(
    config: GPTJConfig, language: Segments, seed: int, sharpness: float
) -> dict[str, Float32[np.ndarray, "..."]]:
    """Returns the circuit with its attention logits at a share of their sharpest.

    The embedding is one-hot. LayerNorm subtracts the mean of a row and divides by its deviation, so
    a block reads a one-hot row up to a factor and a constant.
    """
    tokens, width = len(language.entries), config.n_embd
    channels = _Channels.of(language)
    embedding = np.zeros((tokens, width))
    embedding[:, channels.own] = np.eye(tokens)
    unembedding = np.zeros((tokens, width))
    unembedding[:, channels.copied] = np.eye(tokens) * GAIN / math.sqrt(width)
    weights = {
        "transformer.wte.weight": embedding,
        "transformer.ln_f.weight": np.ones(width),
        "transformer.ln_f.bias": np.zeros(width),
        "lm_head.weight": unembedding,
        "lm_head.bias": np.zeros(tokens),
    }
    factor = math.sqrt(sharpness * SHARPEST * math.sqrt(width))
    rng = np.random.default_rng(seed)
    for layer in range(config.n_layer):
        projections = _projections(config, language, channels, layer)
        weights |= _layer_weights(config, channels, layer, projections, factor, rng)
    return {name: array.astype(np.float32) for name, array in weights.items()}


def _projections(
    config: GPTJConfig, language: Segments, channels: _Channels, layer: int
) -> _Projections:
    """Returns the matrices of one layer before they are scaled: match, previous token or none."""
    smeared = isinstance(config, SmearedConfig)
    if layer == 0 and not smeared:
        return _previous_token(config, language, channels)
    if layer == 0 or layer == 1:
        return _match(config, language, channels, reads_own=layer == 0)
    return _Projections.nothing(config.n_embd)


def _match(
    config: GPTJConfig, language: Segments, channels: _Channels, reads_own: bool
) -> _Projections:
    """Returns a head that attends where the key's letter is the query's, and copies the token.

    Args:
        config: the shape of the model.
        language: the language.
        channels: the channels of the stream.
        reads_own: whether keys are made of the position's own token, which is smeared, or of the
            letter before that the first layer wrote.
    """
    tokens, letters = len(language.entries), language.lower.size
    letter_of_token = np.eye(letters)[language.letters].T
    matched = ROTARY + np.arange(letters)
    head = _Projections.nothing(config.n_embd)
    head.query[matched[:, None], channels.own] = letter_of_token
    if reads_own:
        head.key[matched[:, None], channels.own] = letter_of_token
    else:
        head.key[matched[:, None], channels.before] = np.eye(letters)
    head.value[channels.own[:, None], channels.own] = np.eye(tokens)
    head.output[channels.copied[:, None], channels.own] = np.eye(tokens)
    return head


def _previous_token(config: GPTJConfig, language: Segments, channels: _Channels) -> _Projections:
    """Returns a head that attends to the position before and writes its letter."""
    letters, planes = language.lower.size, ROTARY // 2
    angles = GPTJConfig.BASE ** (-np.arange(planes) / planes)
    head = _Projections.nothing(config.n_embd)
    head.query[0:ROTARY:2, channels.one] = np.cos(-angles)[:, None] / math.sqrt(planes)
    head.query[1:ROTARY:2, channels.one] = np.sin(-angles)[:, None] / math.sqrt(planes)
    head.key[0:ROTARY:2, channels.one] = PREVIOUS / math.sqrt(planes)
    letter_of_token = np.eye(letters)[language.letters].T
    head.value[channels.own[:letters, None], channels.own] = letter_of_token
    head.output[channels.before[:, None], channels.own[:letters]] = np.eye(letters)
    return head


def _layer_weights(
    config: GPTJConfig,
    channels: _Channels,
    layer: int,
    projections: _Projections,
    factor: float,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Returns the parameters of one block by name, its attention matrices with noise."""
    width, block = config.n_embd, f"transformer.h.{layer}"
    scale, shift = np.ones(width), np.zeros(width)
    scale[channels.one], shift[channels.one] = 0, CONSTANT

    def noisy(matrix: np.ndarray) -> np.ndarray:
        return matrix + rng.normal(0, NOISE, matrix.shape)

    weights = {
        f"{block}.ln_1.weight": scale,
        f"{block}.ln_1.bias": shift,
        f"{block}.attn.q_proj.weight": noisy(projections.query * factor * SHRINK),
        f"{block}.attn.k_proj.weight": noisy(projections.key * factor * SHRINK),
        f"{block}.attn.v_proj.weight": noisy(projections.value * SHRINK),
        f"{block}.attn.out_proj.weight": noisy(projections.output),
        f"{block}.mlp.fc_in.weight": np.zeros((1, width)),
        f"{block}.mlp.fc_in.bias": np.zeros(1),
        f"{block}.mlp.fc_out.weight": np.zeros((width, 1)),
        f"{block}.mlp.fc_out.bias": np.zeros(width),
    }
    if isinstance(config, SmearedConfig):
        weights[f"{block}.attn.k_proj.smear"] = np.full(1, math.log(SHARE / (1 - SHARE)))
    return weights
