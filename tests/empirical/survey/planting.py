"""Hand-set heads in random models of every family, on codes that nothing else writes to.

The stream holds a constant, a code for each token and one for each token before; random heads and
MLPs read all of it and write elsewhere.
"""

import json
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import torch
from torch import Tensor

from empirical.foreign.families.family import rms_norm_from_one
from empirical.foreign.reading import Model
from empirical.foreign.vocabulary import Vocabulary
from empirical.survey.measure import measure
from empirical.survey.prompts import Prompts
from empirical.survey.report import report
from tests.empirical import foreign_models

CODES, SIZE = 12, 16
"""Tokens at most, and channels of a head."""
CONSTANT = 0
TOKEN = slice(1, 1 + CODES)
SECOND = slice(1 + CODES, 1 + 2 * CODES)
"""The code of the token before, or of what a token seeks."""
RESERVED = slice(0, 1 + 2 * CODES)
Place = tuple[int, int]
"""Layer and head."""
FAMILIES = tuple(foreign_models.OWN)
WRITING = ("o_proj", "down_proj", "out_proj", "fc_out", "fc2", "c_proj", "4h_to_h", "attn.dense",
           "attention.dense")  # fmt: skip
"""What parameters that write to the stream are called."""
STARTED = Vocabulary(np.arange(1, CODES), (0,), CODES)
"""Token 0 begins every prompt and stands nowhere else."""
SHARP = 10.0
"""Factor of the queries of heads that are planted by role."""
FAST = 0.1
"""Radians per position from which on a plane forgets in 64 tokens what turned it."""


def random_model(model_type: str, seed: int, layers: int = 2) -> Model:
    """A random model whose reserved channels hold codes and nothing else."""
    change: dict[str, Any] = {
        "vocab_size": CODES,
        "hidden_size": 4 * SIZE,
        "num_hidden_layers": layers,
        "num_key_value_heads": None if model_type in ("gptj", "gpt_neox") else 4,
        "head_dim": SIZE,
        "max_position_embeddings": 512,
        "use_sliding_window": False,
        "sliding_window": 512 if model_type in ("gemma2", "gemma3_text") else None,
        "layer_types": None,
    }
    turning = {"rope_type": "default", "rope_theta": 1e4}
    if model_type == "gptj":
        change["rotary_dim"] = 8
    elif model_type == "gemma3_text":
        change["rope_parameters"] = {"full_attention": turning, "sliding_attention": turning}
    else:
        part = 0.5 if model_type in foreign_models.PARTLY else 1.0
        change["rope_parameters"] = {**turning, "partial_rotary_factor": part}
    if model_type == "gemma2":
        change["attn_logit_softcapping"] = 1000.0
    model = foreign_models.unread(foreign_models.config(model_type, **change), seed)
    less = 1.0 if model.family.normalise is rms_norm_from_one else 0.0
    with torch.no_grad():
        for name, parameter in model.module.named_parameters():
            if "norm" in name or "ln_" in name:  # normed heads get room for sharp attention
                one = 1.0
                if "q_norm" in name:
                    one = 24.0 if model_type == "olmo2" else 6.0  # one norm for four heads
                parameter.fill_(one - less if name.endswith("weight") else 0.0)
            elif any(part in name for part in WRITING):
                parameter.mul_(0.1)
                if parameter.ndim == 3:  # of experts
                    parameter[:, RESERVED] = 0
                else:
                    parameter[RESERVED] = 0
        embedding = model.module.get_input_embeddings().weight
        embedding.mul_(0.1)
        embedding[:, RESERVED] = 0
        embedding[:, CONSTANT] = 1
        embedding[:, TOKEN] = torch.eye(CODES)
        unembedding = model.module.get_output_embeddings().weight
        unembedding[:, TOKEN] += 10 * torch.eye(CODES)
    return model


def without_a_role(model: Model) -> Model:
    """The model whose random heads use turning planes alone, and no key but for its token's.

    A random head that uses planes which hardly turn, or unrotated channels, is symbolic by what it
    is, and one whose keys have a part in common is positional in part.
    """
    angles, _ = model.family.angles(model.module.config, 0, 64)
    slow = np.append(angles < FAST, np.full(SIZE // 2 - angles.size, True))
    idle = _order(model)[np.repeat(slow, 2)]
    for layer, head, which in product(range(model.layers), range(4), ("query", "key")):
        weight, bias = _rows(model, layer, head, which)
        with torch.no_grad():
            weight[idle] = 0
            if which == "key":
                tokens = weight[:, TOKEN].clone()
                weight.zero_()
                weight[:, TOKEN] = tokens - tokens.mean(dim=1, keepdim=True)
            if bias is not None:
                bias.zero_()
    return model


def plant(
    model: Model,
    layer: int,
    head: int,
    query: np.ndarray,
    key: np.ndarray,
    writes: slice | None = None,
    gain: float = 1.0,
) -> None:
    """Overwrite a head.

    Args:
        model: of one of ``FAMILIES``.
        layer: the block.
        head: the head of it.
        query: complex ``[width, SIZE / 2]``: what channels of the stream ask, plane by plane;
            planes beyond the rotated channels do not turn.
        key: likewise.
        writes: where the code of the token that is attended to goes.
        gain: how large it is written.
    """
    family = model.family
    attention = family.attention_of(family.blocks_of(model.module)[layer])
    order = _order(model)
    value = np.zeros((SIZE, 4 * SIZE))
    output = np.zeros((4 * SIZE, SIZE))
    if writes is not None:
        value[:CODES, TOKEN], output[writes, :CODES] = np.eye(CODES), gain * np.eye(CODES)
    channels = {"value": value}
    for which, matrix in (("query", query), ("key", key)):
        rows = np.zeros((SIZE, 4 * SIZE))
        rows[order] = np.stack([matrix.real, matrix.imag], axis=-1).reshape(4 * SIZE, SIZE).T
        channels[which] = rows
    with torch.no_grad():
        for which, rows in channels.items():
            weight, bias = _rows(model, layer, head, which)
            weight[:] = torch.from_numpy(rows)
            if bias is not None:
                bias.zero_()
        own = slice(head * SIZE, (head + 1) * SIZE)
        getattr(attention, family.output).weight[:, own] = torch.from_numpy(output)


@dataclass(frozen=True)
class Discoveries:
    """What the roles given to the heads of a model with planted ones are.

    Attributes:
        planted: heads with a planted role.
        recovered: those of them that were given it.
        given: roles that were given to any head.
        false: those that the head does not have, with their head.
    """

    planted: int
    recovered: int
    given: int
    false: tuple[tuple[Place, str], ...]


def discoveries(
    model_type: str, seed: int, layers: int = 4, length: int = 72, prompts: int = 8
) -> Discoveries:
    """Plant one head of each role in a random model, and look for roles in all of its heads."""
    model, planted = with_every_role(model_type, seed, layers)
    drawn = Prompts("repeats", seed).draw(0, prompts, length, STARTED, None)
    rows = [
        {"prompt": number} | row.to_json()
        for number, ids in enumerate(drawn)
        for row in measure(model, ids, seed)
    ]
    records = json.loads(json.dumps([{"length": length, "rows": rows}]))
    given = {(row.layer, row.head): row.labels for row in report(records)}
    return Discoveries(
        planted=len(planted),
        recovered=sum(role in given[place] for place, role in planted.items()),
        given=sum(map(len, given.values())),
        false=tuple(
            (place, role)
            for place, roles in given.items()
            for role in roles
            if role not in ROLES.get(planted.get(place, ""), set())
        ),
    )


def _order(model: Model) -> np.ndarray:
    """The channels of a head, plane after plane."""
    order = np.arange(SIZE)
    turned = model.family.rotated(model.module.config)
    if model.family.model_type != "gptj":  # channels of plane f are f and f + r/2
        order[:turned] = order[:turned].reshape(2, -1).T.ravel()
    return order


def _rows(model: Model, layer: int, head: int, which: str) -> tuple[Tensor, Tensor | None]:
    """The rows of a projection that are a head's queries, keys or values, and their biases."""
    family = model.family
    attention = family.attention_of(family.blocks_of(model.module)[layer])
    part = ("query", "key", "value").index(which)
    if family.model_type == "gpt_neox":
        projection, first = attention.query_key_value, (3 * head + part) * SIZE
    elif family.model_type == "phi3":
        projection, first = attention.qkv_proj, (4 * part + head) * SIZE
    else:
        projection, first = getattr(attention, f"{which[0]}_proj"), head * SIZE
    own = slice(first, first + SIZE)
    return projection.weight[own], None if projection.bias is None else projection.bias[own]


def positional(
    model: Model, jumps: dict[int, int], sharpness: float
) -> tuple[np.ndarray, np.ndarray]:
    """Query and key of a head in which token ``x`` looks ``jumps[x]`` back."""
    angles, _ = model.family.angles(model.module.config, 0, 64)
    query, key = np.zeros((2, 4 * SIZE, SIZE // 2), complex)
    fast = slice(0, 4)
    for token, jump in jumps.items():
        query[TOKEN][token, fast] = sharpness * np.exp(-1j * angles[fast] * jump)
    key[CONSTANT, fast] = 1
    return query, key


def symbolic(
    model: Model, asks: slice, held: slice, sharpness: float
) -> tuple[np.ndarray, np.ndarray]:
    """Query and key of a head that matches one code with another, on planes that hardly turn."""
    angles, _ = model.family.angles(model.module.config, 0, 64)
    assert (np.pad(angles, (0, SIZE // 2 - len(angles)))[-2:] < 0.002).all()
    tokens = np.arange(CODES)
    codes = np.exp(2j * np.pi / CODES * np.outer(tokens, [1, 5]))  # two agree by a half at most
    query, key = np.zeros((2, 4 * SIZE, SIZE // 2), complex)
    query[asks, -2:] = sharpness * codes
    key[held, -2:] = codes
    return query, key


def of_the_start(sharpness: float) -> tuple[np.ndarray, np.ndarray]:
    """Query and key of a head in which every token looks for the start token, code 0."""
    query, key = np.zeros((2, 4 * SIZE, SIZE // 2), complex)
    query[CONSTANT, -1] = sharpness
    key[TOKEN][0, -1] = 1
    return query, key


def of_loud_tokens(rng: np.random.Generator, sharpness: float) -> tuple[np.ndarray, np.ndarray]:
    """Query and key of a head in which every token prefers the same ones, and none the start."""
    query, key = np.zeros((2, 4 * SIZE, SIZE // 2), complex)
    query[CONSTANT, -1] = sharpness
    key[TOKEN][1:, -1] = rng.permutation(CODES - 1) / CODES
    return query, key


ROLES = {
    "previous token": {"previous token", "positional"},
    "induction": {"induction", "symbolic"},
    "duplicate token": {"duplicate token", "symbolic"},
    "sink": {"sink", "symbolic"},
    "positional": {"positional"},
    "symbolic": {"symbolic"},
}
"""Roles that are planted, and what a head that has one is."""


def with_every_role(model_type: str, seed: int, layers: int = 4) -> tuple[Model, dict[Place, str]]:
    """A random model with one head of each role at a random place, and which head has which.

    Induction stands in a later layer than the head of the token before that it reads.
    """
    model = without_a_role(random_model(model_type, seed, layers))
    rng = np.random.default_rng(seed)
    places = [(layer, head) for layer in range(layers) for head in range(4)]
    while True:
        drawn = [places[int(place)] for place in rng.permutation(len(places))[: len(ROLES)]]
        planted = dict(zip(ROLES, drawn, strict=True))
        if planted["previous token"][0] < planted["induction"][0]:
            break
    back = int(rng.integers(2, 13))
    one, several = (
        positional(model, dict.fromkeys(range(CODES), at), 2 * SHARP) for at in (1, back)
    )
    plant(model, *planted["previous token"], *one, writes=SECOND)
    plant(model, *planted["induction"], *symbolic(model, TOKEN, SECOND, SHARP), writes=TOKEN)
    plant(model, *planted["duplicate token"], *symbolic(model, TOKEN, TOKEN, SHARP))
    plant(model, *planted["sink"], *of_the_start(30 * SHARP))
    plant(model, *planted["positional"], *several)
    plant(model, *planted["symbolic"], *of_loud_tokens(rng, 30 * SHARP))
    return model, {place: role for role, place in planted.items()}
