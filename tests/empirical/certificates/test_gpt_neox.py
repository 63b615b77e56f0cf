"""Specifications of GPT-NeoX models: against ``transformers``, every input, false neighbours."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch
import transformers
from flint import arb, ctx

from empirical.certificates.certifiable import read_certifiable
from empirical.certificates.one_layer.gptj import OneLayerModel
from empirical.certificates.specified.starting import starting_specification
from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.models.config import GPTJConfig
from empirical.models.gpt_neox import NeoXConfig
from empirical.recheck.certificate import Refutation, Verdict
from empirical.recheck.check import examine
from empirical.recheck.checkpoint import read_checkpoint, read_model
from empirical.recheck.failures import Malformed
from empirical.recheck.tables import Block
from empirical.shipped.checkpoints import directory_named
from tests.attack.models import Arrays
from tests.command_line import ropeproof
from tests.empirical import foreign_models
from tests.empirical.certificates.neox_network import NeoXNetwork
from tests.empirical.certificates.random_specifications import drawn, for_heads
from tests.empirical.certificates.test_specified import certified, contradictions, undecided
from tests.empirical.neox_models import (
    BLOCK,
    config_json,
    drawn_model,
    old_form,
    twin,
    write,
)
from theory.refusal import Refusal

SHAPE = GPTJConfig(5, 12, 1, 2, 4, n_inner=7, layer_norm_epsilon=1e-3)
"""Heads of six channels, of which four turn."""


def random_weights(seed: int, config: dict[str, Any]) -> Arrays:
    """Weights of about one, for every parameter."""
    rng = np.random.default_rng(seed)
    shapes = NeoXConfig.from_json(config).shapes()
    return {name: rng.normal(0, 0.7, shape).astype(np.float32) for name, shape in shapes}


def model(path: Path, seed: int = 0, **changes: Any) -> Path:
    """A directory of a random model."""
    config = config_json(SHAPE, **changes)
    return write(path, config, random_weights(seed, config))


def logits_of_search(read: Checkpoint, tokens: list[int]) -> list[float]:
    """What the search's tables give on an input: streams of heads, their norm, and the bias."""
    made = OneLayerModel(read)
    heads = [made.tables(tokens[-1], head) for head in range(read.config.n_head)]
    with ctx.workprec(made.bits):
        forms: list[arb] = [arb(0)] * read.config.vocab_size
        stream: list[arb] = [arb(0)] * (read.config.n_embd + 1)
        for tables in heads:
            scores = [tables.score_balls(at)[token] for at, token in enumerate(tokens[::-1])]
            weights = [(score - scores[0]).exp() for score in scores]
            for token, weight in zip(tokens[::-1], weights, strict=True):
                share = weight / sum(weights, arb(0))
                linear = [tables.linear_ball(token, kind) for kind in range(len(forms))]
                forms = [x + share * y for x, y in zip(forms, linear, strict=True)]
                slant = tables.slant_balls(token)
                stream = [x + share * y for x, y in zip(stream, slant, strict=True)]
        norm = sum((x * x for x in stream), arb(0)).sqrt()
        return [float((x / norm + tables.bias_ball(c)).mid()) for c, x in enumerate(forms)]


def logits_of_checker(path: Path, tokens: list[int]) -> list[float]:
    """What the checker's tables give on an input."""
    block = Block(read_model(path))
    places, query = tokens[::-1], tokens[-1]
    with ctx.workprec(block.precision):
        shares = []
        for head in range(block.config.heads):
            weights = [block.attention(head, query, y, at) for at, y in enumerate(places)]
            shares += [
                (head, y, w / sum(weights, arb(0))) for y, w in zip(places, weights, strict=True)
            ]
        square = arb(0)
        for h, y, v in shares:
            for k, z, w in shares:
                square += v * w * block.gram(query, (h, y), (k, z))
        return [
            float(
                (
                    sum((w * block.form(h, query, y, kind) for h, y, w in shares), arb(0))
                    / square.sqrt()
                    + block.bias[kind]
                ).mid()
            )
            for kind in range(block.config.tokens)
        ]


ANGLES = config_json(SHAPE)["rope_parameters"]
VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "tied": {"tie_word_embeddings": True},
    "without biases": {"attention_bias": False},
    "tanh": {"hidden_act": "gelu_pytorch_tanh"},
    "new": {"hidden_act": "gelu_new"},
    "relu": {"hidden_act": "relu"},
    "all turn": {"rope_parameters": ANGLES | {"rope_theta": 7.5, "partial_rotary_factor": 1}},
    "one head": {"num_attention_heads": 1},
}  # fmt: skip


@pytest.mark.parametrize("name", VARIANTS)
def test_both_readers_give_the_logits_of_transformers(name: str, tmp_path: Path) -> None:
    path = model(tmp_path, len(name), **VARIANTS[name])
    read = read_certifiable(path, specified=True)
    rng, network = np.random.default_rng(1), NeoXNetwork(read)
    made = transformers.GPTNeoXForCausalLM.from_pretrained(path, attn_implementation="eager")
    for length in (1, 2, 9):
        tokens = rng.integers(0, SHAPE.vocab_size, length)
        expected = network.float_logits(tokens[None])[0]
        single = made(torch.from_numpy(tokens[None])).logits[0, -1].detach().numpy()
        assert expected == pytest.approx(single, abs=1e-5)
        assert logits_of_search(read, tokens.tolist()) == pytest.approx(expected, abs=1e-9)
        assert logits_of_checker(path, tokens.tolist()) == pytest.approx(expected, abs=1e-9)
        literal = [float(ball.mid()) for ball in network.logits(tuple(tokens.tolist()))]
        assert literal == pytest.approx(expected, abs=1e-9)


def test_every_part_that_is_stored_counts(tmp_path: Path) -> None:
    """No tensor may be read as another, or left out: each changes what both readers make of it."""
    path, tokens = model(tmp_path / "model"), [0, 3, 1, 4, 2]
    weights = safetensors.numpy.load_file(path / "model.safetensors")
    before = logits_of_checker(path, tokens)
    for name in weights:
        changed = weights | {name: weights[name] * np.float32(1.5)}
        other = write(tmp_path / "other", config_json(SHAPE), changed)
        after = logits_of_checker(other, tokens)
        assert np.abs(np.subtract(after, before)).max() > 1e-6, name
        searched = logits_of_search(read_certifiable(other, specified=True), tokens)
        assert searched == pytest.approx(after, abs=1e-12)


@pytest.mark.parametrize(
    ("kind", "heads"), [("plain", 1), ("scales", 1), ("blend", 1), ("plain", 2)]
)
def test_no_input_contradicts_a_verdict(kind: str, heads: int, tmp_path: Path) -> None:
    for seed in range(3):
        rng = np.random.default_rng([23, seed, heads, len(kind)])
        read, entries = drawn_model(tmp_path / f"{seed}", rng, kind, heads)
        document = drawn(rng, entries[:9], 2)
        if heads > 1:
            document = for_heads(rng, document, heads)
        outcome = certified(read, document)
        rows = outcome.certificate.claims.rows
        assert outcome.differences == ()
        assert contradictions(read, document, rows) == []
        assert undecided(read, document, rows) == 0


@pytest.mark.parametrize(("name", "length"), [("index-1layer", 61), ("several-heads/index-2", 12)])
def test_a_shipped_model_and_its_twin_have_the_same_verdicts(
    name: str, length: int, tmp_path: Path
) -> None:
    gptj = checkpoint.read(directory_named(name))
    document = starting_specification(gptj)
    document["groups"] = document["groups"][1:4]
    for group in document["groups"]:
        group["lengths"] = [length, length]
    rows = certified(gptj, document).certificate.claims.rows
    outcome = certified(twin(tmp_path, gptj), document)
    again = outcome.certificate.claims.rows
    assert outcome.differences == ()
    assert [row.verdict for row in again] == [row.verdict for row in rows]
    assert Verdict.UNDECIDED not in {row.verdict for row in rows}
    for row, other in zip(rows, again, strict=True):
        if isinstance(row.refutation, Refutation) and isinstance(other.refutation, Refutation):
            assert other.refutation.margin == pytest.approx(row.refutation.margin, abs=1e-4)


def test_no_refuted_case_is_shown_as_proved(tmp_path: Path) -> None:
    refuted = 0
    for seed in range(6):
        rng = np.random.default_rng([29, seed])
        read, entries = drawn_model(tmp_path / f"{seed}", rng, "plain", 1 + seed % 2)
        document = drawn(rng, entries, 2)
        if seed % 2:
            document = for_heads(rng, document, 2)
        certificate = certified(read, document).certificate
        rows = certificate.claims.rows
        false = [
            replace(row, verdict=Verdict.PROVED, longest=None, refutation=None, other=None)
            if row.verdict is Verdict.REFUTED
            else row
            for row in rows
        ]
        claims = replace(certificate.claims, rows=tuple(false))
        unshown = examine(replace(certificate, claims=claims), read_model(read.path))
        forged = [row for row, was in zip(false, rows, strict=True) if row is not was]
        assert [one.claim for one in unshown] == forged
        refuted += len(forged)
    assert refuted > 10


Change = Callable[[dict[str, Any]], dict[str, Any]]


def but(**changes: Any) -> Change:
    """Other values of some fields."""
    return lambda config: config | changes


def without(*names: str) -> Change:
    """Without some fields."""
    return lambda config: {name: value for name, value in config.items() if name not in names}


def angles(**changes: Any) -> Change:
    """Other angles."""
    return lambda config: config | {"rope_parameters": config["rope_parameters"] | changes}


HOSTILE: dict[str, tuple[Change, str]] = {
    "serial": (but(use_parallel_residual=False), "its MLP"),
    "residual missing": (without("use_parallel_residual"), "use_parallel_residual"),
    "residual no truth value": (but(use_parallel_residual=1), "use_parallel_residual"),
    "two layers": (but(num_hidden_layers=2), "layers.1|one layer|num_hidden_layers"),
    "odd number of turned channels": (angles(partial_rotary_factor=0.5), "pairs"),
    "nothing turns": (angles(partial_rotary_factor=0.1), "pairs"),
    "more than all turn": (angles(partial_rotary_factor=1.5), "partial_rotary_factor|1.5"),
    "share no number": (angles(partial_rotary_factor="1"), "number"),
    "share infinite": (angles(partial_rotary_factor=1e400), "JSON|number|Infinity"),
    "no share": (lambda c: without("rotary_pct")(old_form(c)), "rotary_pct"),
    "no base": (lambda c: without("rotary_emb_base")(old_form(c)), "rotary_emb_base"),
    "two shares": (but(rotary_pct=0.25), "partial_rotary_factor|rotary_pct"),
    "two bases": (but(rope_theta=9.0), "rope_theta"),
    "angles scaled": (angles(rope_type="linear", factor=2.0), "rope_parameters"),
    "angles of another type": (angles(rope_type="dynamic"), "rope_"),
    "angles scaled in the old form": (
        lambda c: old_form(c) | {"rope_scaling": {"type": "linear", "factor": 2.0}},
        "rope_scaling",
    ),
    "base below one": (angles(rope_theta=0.5), "0.5"),
    "heads of another size": (but(head_dim=4), "head_dim"),
    "heads that do not split": (but(num_attention_heads=5), "heads"),
    "activation": (but(hidden_act="gelu_fast"), "hidden_act"),
    "no activation": (without("hidden_act"), "hidden_act"),
    "no epsilon": (without("layer_norm_eps"), "layer_norm_eps"),
    "biases no truth value": (but(attention_bias=0), "attention_bias"),
    "biases not meant": (but(attention_bias=False), "bias"),
    "tied, and stored": (but(tie_word_embeddings=True), "embed_out"),
    "another inner width": (but(intermediate_size=8), "dense_h_to_4h"),
    "another family": (but(model_type="gpt_neox_japanese"), "model_type"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_both_readers_refuse_another_configuration(name: str, tmp_path: Path) -> None:
    change, reason = HOSTILE[name]
    weights = random_weights(0, config_json(SHAPE))
    path = write(tmp_path, change(config_json(SHAPE)), weights)
    with pytest.raises(Refusal, match=reason):
        read_certifiable(path, specified=True)
    with pytest.raises(Malformed, match=reason):
        read_model(path)


def test_both_forms_of_configuration_are_the_same_model(tmp_path: Path) -> None:
    path, tokens = model(tmp_path / "new"), [1, 1, 4, 0]
    old = shutil.copytree(path, tmp_path / "old")
    doubled = old_form(config_json(SHAPE)) | {"rope_theta": 10000, "rope_scaling": None}
    (old / "config.json").write_text(json.dumps(doubled))
    assert logits_of_checker(old, tokens) == logits_of_checker(path, tokens)
    one, two = (read_certifiable(one, specified=True) for one in (path, old))
    assert logits_of_search(one, tokens) == logits_of_search(two, tokens)


@pytest.mark.parametrize("name", ["extra", "missing", "shape", "nan", "type"])
def test_both_readers_refuse_other_tensors(name: str, tmp_path: Path) -> None:
    weights = random_weights(0, config_json(SHAPE))
    bias = f"{BLOCK}.attention.query_key_value.bias"
    match name:
        case "extra":
            weights["gpt_neox.layers.1.mlp.dense_h_to_4h.bias"] = weights[bias]
        case "missing":
            del weights[bias]
        case "shape":
            weights[bias] = weights[bias][:-1]
        case "nan":
            weights[bias] = np.full_like(weights[bias], np.nan)
        case "type":
            weights[bias] = weights[bias].astype(np.float64)
    path = write(tmp_path, config_json(SHAPE), weights)
    with pytest.raises(Refusal):
        read_certifiable(path, specified=True)
    with pytest.raises(Malformed):
        read_model(path)


def test_what_old_versions_stored_beside_parameters_is_not_read(tmp_path: Path) -> None:
    path, tokens = model(tmp_path), [2, 0, 1]
    before = logits_of_checker(path, tokens)
    weights = random_weights(0, config_json(SHAPE))
    for name in ("bias", "masked_bias", "rotary_emb.inv_freq"):
        weights[f"{BLOCK}.attention.{name}"] = np.ones(3, np.float32)
    write(path, config_json(SHAPE), weights)
    assert logits_of_checker(path, tokens) == before
    assert len(read_certifiable(path, specified=True).weights) == len(weights) - 3


def test_a_certificate_is_of_one_model_and_configuration(tmp_path: Path) -> None:
    """Angles, activation and residual stand in the configuration, to which it is bound."""
    path = model(tmp_path / "model")
    spec, certificate = tmp_path / "spec.json", tmp_path / "certificate.json"
    assert ropeproof("spec", "new", path, "--out", spec).status == 0
    ran = ropeproof("certify", path, "--spec", spec, "--out", certificate)
    assert ran.status in (0, 1)
    assert "by checker" in ran.out
    assert ropeproof("recheck", certificate, path, "--spec", spec).status == 0
    (path / "config.json").write_text(json.dumps(config_json(SHAPE, hidden_act="relu")))
    assert ropeproof("recheck", certificate, path).status == 1


def test_tasks_float32_and_the_kernel_are_for_gptj(tmp_path: Path) -> None:
    path = model(tmp_path)
    ran = ropeproof("certify", path, "--length", 4)
    assert ran.status == 2
    assert "give --spec" in ran.err
    (path / "task.json").write_text(
        json.dumps({"task": "index", "tokens": ["a", "b", 1, 2, 3], "train_lengths": [4]})
    )
    assert ropeproof("certify", path, "--length", 4).status == 2
    with pytest.raises(Malformed, match="model_type"):
        read_checkpoint(path)
    with pytest.raises(Refusal):
        checkpoint.read(path)


REFUSED = [
    "mixtral", "gemma", "gemma2", "gemma3_text", "granite",
    "olmo2", "phi3", "starcoder2",
]  # fmt: skip


@pytest.mark.parametrize("family", REFUSED)
def test_other_families_are_refused_by_name(family: str, tmp_path: Path) -> None:
    change: dict[str, Any] = {"num_hidden_layers": 1}
    if family == "gemma3_text":
        change["layer_types"] = ["full_attention"]
    shape = foreign_models.config(family, "default", **change)
    path = foreign_models.write(tmp_path, shape)
    for arguments in (("--length", "4"), ("--spec", tmp_path / "absent.json")):
        ran = ropeproof("certify", path, *arguments)
        assert ran.status == 2
        assert f"model_type is '{family}': certified are GPT-J" in " ".join(ran.err.split())


def test_a_gpt2_and_a_serial_gpt_neox_are_refused_by_name(tmp_path: Path) -> None:
    gpt2 = transformers.GPT2Config(
        vocab_size=5, n_positions=8, n_embd=8, n_layer=1, n_head=2, bos_token_id=0, eos_token_id=0
    )
    transformers.GPT2LMHeadModel(gpt2).save_pretrained(tmp_path / "gpt2")
    ran = ropeproof("spec", "new", tmp_path / "gpt2", "--out", tmp_path / "spec.json")
    assert ran.status == 2
    assert "model_type is 'gpt2': certified are GPT-J" in " ".join(ran.err.split())
    serial = transformers.GPTNeoXConfig.from_dict(config_json(SHAPE, use_parallel_residual=False))
    transformers.GPTNeoXForCausalLM(serial).save_pretrained(tmp_path / "serial")
    ran = ropeproof("spec", "new", tmp_path / "serial", "--out", tmp_path / "spec.json")
    assert ran.status == 2
    assert "model_type is 'gpt_neox', and its MLP writes" in " ".join(ran.err.split())


def test_what_transformers_saves_is_read(tmp_path: Path) -> None:
    for tied in (False, True):
        shape = transformers.GPTNeoXConfig.from_dict(config_json(SHAPE, tie_word_embeddings=tied))
        path = tmp_path / f"{tied}"
        transformers.GPTNeoXForCausalLM(shape).save_pretrained(path)
        config = read_certifiable(path, specified=True).config
        assert isinstance(config, NeoXConfig)
        assert config.tied is tied
        assert read_model(path).config.tied is tied
