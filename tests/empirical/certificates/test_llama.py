"""Specifications of Llama, Mistral, Qwen2 and Qwen3 models whose MLP writes nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch
import transformers

from empirical.certificates.certifiable import read_certifiable
from empirical.models.config import GPTJConfig
from empirical.recheck.checkpoint import read_model
from empirical.recheck.failures import Malformed
from tests.attack.models import Arrays
from tests.command_line import ropeproof
from tests.empirical import foreign_models
from tests.empirical.certificates.llama_network import LlamaNetwork
from tests.empirical.certificates.random_specifications import drawn, for_heads
from tests.empirical.certificates.test_gpt_neox import logits_of_checker, logits_of_search
from tests.empirical.certificates.verdicts_held import refuted_rows
from tests.empirical.llama_models import BLOCK, CLASSES, OWN, config_json, drawn_llama
from tests.empirical.neox_models import write
from theory.refusal import Refusal

SHAPE = GPTJConfig(5, 16, 1, 4, 4, n_inner=7, layer_norm_epsilon=1e-3)
KEYS = 2
"""Shared by two heads each."""
FAMILIES = sorted(OWN)


def random_weights(path: Path, config: dict[str, Any], seed: int = 0) -> Arrays:
    """Weights of about one for every parameter, but for the zeros of the last map of the MLP."""
    rng, kind = np.random.default_rng(seed), CLASSES[config["model_type"]]
    made: Any = kind(transformers.AutoConfig.for_model(**config))
    made.save_pretrained(path)
    stored = safetensors.numpy.load_file(path / "model.safetensors")
    return {
        name: (rng.normal(0, 0.7, array.shape) * ("down_proj" not in name)).astype(np.float32)
        for name, array in stored.items()
    }


def model(path: Path, family: str, **changes: Any) -> Path:
    """A directory of a random model."""
    config = config_json(family, SHAPE, KEYS, **changes)
    return write(path, config, random_weights(path / "saved", config))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("tied", [False, True])
def test_both_readers_give_the_logits_of_transformers(
    family: str, tied: bool, tmp_path: Path
) -> None:
    path = model(tmp_path, family, tie_word_embeddings=tied)
    read = read_certifiable(path, specified=True)
    rng, network = np.random.default_rng(1), LlamaNetwork(read)
    made: Any = CLASSES[family]
    made = made.from_pretrained(path, attn_implementation="eager")
    for length in (1, 2, 9):
        tokens = rng.integers(0, SHAPE.vocab_size, length)
        expected = network.float_logits(tokens[None])[0]
        single = made(torch.from_numpy(tokens[None])).logits[0, -1].detach().numpy()
        assert expected == pytest.approx(single, abs=1e-5)
        assert logits_of_search(read, tokens.tolist()) == pytest.approx(expected, abs=1e-9)
        assert logits_of_checker(path, tokens.tolist()) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_part_that_is_stored_counts(family: str, tmp_path: Path) -> None:
    """But for the MLP and its norm, which write nothing."""
    path, tokens = model(tmp_path / "model", family), [0, 3, 1, 4, 2]
    weights = safetensors.numpy.load_file(path / "model.safetensors")
    before = logits_of_checker(path, tokens)
    for name in weights:
        changed = weights | {name: weights[name] * np.float32(1.5)}
        other = write(tmp_path / "other", config_json(family, SHAPE, KEYS), changed)
        after = logits_of_checker(other, tokens)
        counts = ".mlp." not in name and "post_attention" not in name
        assert (np.abs(np.subtract(after, before)).max() > 1e-6) == counts, name
        searched = logits_of_search(read_certifiable(other, specified=True), tokens)
        assert searched == pytest.approx(after, abs=1e-12)


@pytest.mark.parametrize(
    ("kind", "heads"), [("plain", 1), ("scales", 1), ("blend", 1), ("plain", 2)]
)
def test_no_input_contradicts_a_verdict(kind: str, heads: int, tmp_path: Path) -> None:
    """And of what is refuted nothing is shown as proved."""
    refuted = 0
    for seed in range(4):
        rng = np.random.default_rng([31, seed, heads, len(kind)])
        read, entries = drawn_llama(tmp_path / f"{seed}", rng, kind, heads)
        document = drawn(rng, entries, 2)
        if heads > 1:
            document = for_heads(rng, document, heads)
        refuted += len(refuted_rows(read, document))
    assert refuted > 0


Change = Callable[[dict[str, Any]], dict[str, Any]]
NEW = {"rope_type": "default", "rope_theta": 10000.0}


def but(**changes: Any) -> Change:
    """Other values of some fields."""
    return lambda config: config | changes


def without(name: str) -> Change:
    """Without a field."""
    return lambda config: {key: value for key, value in config.items() if key != name}


HOSTILE: dict[str, tuple[str, Change, str]] = {
    "two layers": ("llama", but(num_hidden_layers=2), "layers.1|one layer"),
    "keys that do not split": ("llama", but(num_key_value_heads=3), "key|split"),
    "no number of keys": ("llama", without("num_key_value_heads"), "num_key_value_heads"),
    "other keys": ("llama", but(num_key_value_heads=1), "k_proj"),
    "heads of another size": ("llama", but(head_dim=8), "head_dim"),
    "norms not meant": ("qwen3", but(model_type="llama"), "_norm"),
    "norms missing": ("llama", but(model_type="qwen3", use_sliding_window=False), "_norm"),
    "biases not meant": ("llama", but(attention_bias=False), "bias"),
    "biases no truth value": ("llama", but(attention_bias=1), "attention_bias"),
    "biases of the MLP": ("llama", but(mlp_bias=True), "mlp_bias"),
    "no base": ("llama", without("rope_parameters"), "rope_theta"),
    "two bases": ("llama", but(rope_theta=9.0), "rope_theta"),
    "angles scaled": ("llama", but(rope_parameters=NEW | {"factor": 2.0}), "rope_parameters"),
    "angles of another type": ("llama", but(rope_parameters=NEW | {"rope_type": "yarn"}), "rope_"),
    "angles scaled of old": ("llama", but(rope_scaling={"type": "linear"}), "rope_scaling"),
    "half turns": ("llama", but(partial_rotary_factor=0.5), "partial_rotary_factor"),
    "a window": ("mistral", but(sliding_window=4), "sliding_window"),
    "a window by default": ("mistral", without("sliding_window"), "sliding_window"),
    "a window of qwen2": ("qwen2", but(use_sliding_window=True), "use_sliding_window"),
    "a layer with a window": ("qwen2", but(layer_types=["sliding_attention"]), "layer_types"),
    "tied, and stored": ("qwen2", but(tie_word_embeddings=True), "lm_head"),
    "another family": ("qwen2", but(model_type="llama", attention_bias=True), "bias|o_proj"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_both_readers_refuse_another_configuration(name: str, tmp_path: Path) -> None:
    family, change, reason = HOSTILE[name]
    config = config_json(family, SHAPE, KEYS)
    path = write(tmp_path, change(config), random_weights(tmp_path / "saved", config))
    with pytest.raises(Refusal, match=reason):
        read_certifiable(path, specified=True)
    with pytest.raises(Malformed, match=reason):
        read_model(path)


@pytest.mark.parametrize("family", FAMILIES)
def test_an_mlp_that_writes_is_refused_by_name(family: str, tmp_path: Path) -> None:
    own = {"head_dim": 8, "num_hidden_layers": 1, "sliding_window": None}
    own |= {"use_sliding_window": False} if family.startswith("qwen") else {}
    shape = foreign_models.config(family, "default", **own)
    shape.sliding_window = None
    path = foreign_models.write(tmp_path / "whole", shape)
    ran = ropeproof("certify", path, "--spec", tmp_path / "absent.json")
    assert ran.status == 2
    assert f"model_type is '{family}', and its MLP writes: certified are" in " ".join(
        ran.err.split()
    )
    with pytest.raises(Malformed, match=r"down_proj\.weight is not zero"):
        read_model(path)
    weights = safetensors.numpy.load_file(path / "model.safetensors")
    weights[f"{BLOCK}.mlp.down_proj.weight"] *= 0
    safetensors.numpy.save_file(weights, path / "model.safetensors")
    assert read_certifiable(path, specified=True).config.n_head == 4
    assert read_model(path).config.key_heads == 2
    spec = tmp_path / "spec.json"
    assert ropeproof("spec", "new", path, "--out", spec).status == 0
    assert "give --spec" in ropeproof("certify", path, "--length", 4).err
