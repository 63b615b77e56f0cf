"""Specifications of Phi models: against ``transformers``, every input, false neighbours."""

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
from empirical.models.phi import PhiConfig
from empirical.recheck.checkpoint import read_model
from empirical.recheck.failures import Malformed
from tests.attack.models import Arrays
from tests.command_line import ropeproof
from tests.empirical import foreign_models
from tests.empirical.certificates.phi_network import PhiNetwork
from tests.empirical.certificates.random_specifications import drawn, for_heads
from tests.empirical.certificates.test_gpt_neox import logits_of_checker, logits_of_search
from tests.empirical.certificates.verdicts_held import refuted_rows
from tests.empirical.neox_models import write
from tests.empirical.phi_models import config_json, drawn_phi, old_form
from theory.refusal import Refusal

SHAPE = GPTJConfig(5, 12, 1, 2, 4, n_inner=7, layer_norm_epsilon=1e-3)


def random_weights(config: dict[str, Any]) -> Arrays:
    """Weights of about one, for every parameter."""
    rng = np.random.default_rng(0)
    shapes = PhiConfig.from_json(config).shapes()
    return {name: rng.normal(0, 0.7, shape).astype(np.float32) for name, shape in shapes}


@pytest.mark.parametrize("change", [{}, {"tie_word_embeddings": True}, {"hidden_act": "relu"}])
@pytest.mark.parametrize("form", [dict, old_form])
def test_both_readers_give_the_logits_of_transformers(
    change: dict[str, Any], form: Callable[[dict[str, Any]], dict[str, Any]], tmp_path: Path
) -> None:
    config = config_json(SHAPE, **change)
    path = write(tmp_path, form(config), random_weights(config))
    read = read_certifiable(path, specified=True)
    rng, network = np.random.default_rng(1), PhiNetwork(read)
    made = transformers.PhiForCausalLM.from_pretrained(path, attn_implementation="eager")
    for length in (1, 2, 9):
        tokens = rng.integers(0, SHAPE.vocab_size, length)
        expected = network.float_logits(tokens[None])[0]
        single = made(torch.from_numpy(tokens[None])).logits[0, -1].detach().numpy()
        assert expected == pytest.approx(single, abs=1e-5)
        assert logits_of_search(read, tokens.tolist()) == pytest.approx(expected, abs=1e-9)
        assert logits_of_checker(path, tokens.tolist()) == pytest.approx(expected, abs=1e-9)


def test_every_part_that_is_stored_counts(tmp_path: Path) -> None:
    path, tokens = tmp_path / "model", [0, 3, 1, 4, 2]
    config = config_json(SHAPE)
    weights = random_weights(config)
    before = logits_of_checker(write(path, config, weights), tokens)
    for name in weights:
        changed = weights | {name: weights[name] * np.float32(1.5)}
        other = write(tmp_path / "other", config, changed)
        after = logits_of_checker(other, tokens)
        assert np.abs(np.subtract(after, before)).max() > 1e-6, name
        searched = logits_of_search(read_certifiable(other, specified=True), tokens)
        assert searched == pytest.approx(after, abs=1e-12)


@pytest.mark.parametrize(
    ("kind", "heads"), [("plain", 1), ("scales", 1), ("blend", 1), ("plain", 2)]
)
def test_no_input_contradicts_a_verdict(kind: str, heads: int, tmp_path: Path) -> None:
    """And of what is refuted nothing is shown as proved."""
    refuted = 0
    for seed in range(4):
        rng = np.random.default_rng([37, seed, heads, len(kind)])
        read, entries = drawn_phi(tmp_path / f"{seed}", rng, kind, heads)
        document = drawn(rng, entries, 2)
        if heads > 1:
            document = for_heads(rng, document, heads)
        refuted += len(refuted_rows(read, document))
    assert refuted > 0


HOSTILE: dict[str, tuple[dict[str, Any], str]] = {
    "two layers": ({"num_hidden_layers": 2}, "layers.1|one layer"),
    "shared keys": ({"num_key_value_heads": 1}, "num_key_value_heads"),
    "heads of another size": ({"head_dim": 4}, "head_dim"),
    "norms of queries": ({"qk_layernorm": True}, "qk_layernorm"),
    "activation": ({"hidden_act": "gelu_fast"}, "hidden_act"),
    "tied, and stored": ({"tie_word_embeddings": True}, "lm_head"),
    "no angles": ({"rope_parameters": None}, "rope_theta"),
    "two bases": ({"rope_theta": 9.0}, "rope_theta"),
    "angles scaled": ({"rope_scaling": {"type": "linear"}}, "rope_scaling"),
    "all turn, it says elsewhere": ({"partial_rotary_factor": 1.0}, "partial_rotary_factor"),
    "another family": ({"model_type": "gpt_neox"}, "use_parallel_residual"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_both_readers_refuse_another_configuration(name: str, tmp_path: Path) -> None:
    change, reason = HOSTILE[name]
    path = write(tmp_path, config_json(SHAPE) | change, random_weights(config_json(SHAPE)))
    with pytest.raises(Refusal, match=reason):
        read_certifiable(path, specified=True)
    with pytest.raises(Malformed, match=reason):
        read_model(path)


def test_what_transformers_saves_is_certified(tmp_path: Path) -> None:
    one = {"num_hidden_layers": 1, "num_attention_heads": 1, "num_key_value_heads": 1}
    shape = foreign_models.config("phi", "default", vocab_size=6, hidden_size=8, **one)
    path, spec = foreign_models.write(tmp_path / "model", shape), tmp_path / "spec.json"
    assert ropeproof("certify", path, "--length", 4).status == 2
    assert ropeproof("spec", "new", path, "--out", spec).status == 0
    ran = ropeproof("certify", path, "--spec", spec)
    assert ran.status in (0, 1)
    assert "by checker" in ran.out
    weights = safetensors.numpy.load_file(path / "model.safetensors")
    safetensors.numpy.save_file(
        weights | {"more": weights["lm_head.bias"]}, path / "model.safetensors"
    )
    assert ropeproof("certify", path, "--spec", spec).status == 2
