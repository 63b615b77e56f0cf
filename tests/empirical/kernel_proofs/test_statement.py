"""What the theorems speak of is the network: by hand, and against two other implementations."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from constructions.attention import HeadWeights, logits, weights
from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.kernel_proofs import building
from empirical.kernel_proofs.building import Source
from empirical.kernel_proofs.check_source import HEAD, Checker, Numbers, parts_source
from empirical.kernel_proofs.model_source import model_source
from empirical.shipped.checkpoints import directory_named
from tests.empirical.certificates import tiny
from theory.kernel import assumptions, library
from theory.kernel.coqc import Coq, Limits, compile_file

BY_HAND = Path(__file__).with_name("by_hand.v")
SHIPPED = ("index-1layer", "one-plane/0.5")


def test_the_smallest_network_is_what_it_is_by_hand(kernel: Coq, tmp_path: Path) -> None:
    text = BY_HAND.read_text() + "Print Assumptions answers_by_hand.\n"
    file = tmp_path / "ByHand.v"
    file.write_text(text)
    ended = compile_file(kernel, file, library.compiled(kernel, text), Limits())
    assert not ended.obstacle
    assert set(assumptions.read(ended.output)) <= assumptions.CLASSICAL_REALS
    file.write_text(text.replace("9 / 2", "8 / 2"))
    assert compile_file(kernel, file, library.compiled(kernel, text), Limits()).obstacle


def enclosures(coq: Coq, checkpoint: Checkpoint, words: list[list[int]]) -> np.ndarray:
    """Bounds of all logits of some inputs, ``[words, classes, 2]``, as the checker has them."""
    checker = Checker(Numbers.MACHINE_FLOATS, checkpoint.config.n_head)
    model = Source("Model", model_source(checkpoint))
    queries, longest = sorted({word[-1] for word in words}), max(map(len, words))
    parts = Source("Parts", parts_source(queries, longest, checker), (model,))
    written = "; ".join(f"[{'; '.join(map(str, word))}]" for word in words)
    logits = "logits precision model Parts.parts"
    if checker.heads > 1:
        logits = (
            "(fun w => head_logits precision model Parts.parts (readouts precision model) w "
            "(seq 0 (vocab model)))"
        )
    asked = f"""{HEAD.format(checker=checker.file, made="Model Parts")}
Set Printing Width 1000000. Set Printing Depth 1000000.
Import Checker.
Eval vm_compute in map (fun w => map (fun i => (I.lower i, I.upper i))
  ({logits} w)) [{written}].
"""
    built = building.build(
        coq, [Source("Asked", asked, (model, parts))], Limits(), 1, lambda done, total: None
    )
    assert not [b.obstacle for b in built.values() if b.obstacle]
    printed = built["Asked"].output.partition("=")[2].rpartition(":")[0]
    found_floats = re.findall(r"-?0x[\da-f.]+p[+-]\d+|-?\b\d+\b", printed)
    bounds = np.array([float.fromhex(number) for number in found_floats])
    return bounds.reshape(len(words), -1, 2)


def normed(x: np.ndarray, gain: np.ndarray, bias: np.ndarray, epsilon: float) -> np.ndarray:
    centred = x - x.mean(axis=-1, keepdims=True)
    scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + epsilon)
    return np.asarray(centred / scale * gain + bias)


def by_reference_layer(checkpoint: Checkpoint, word: list[int]) -> np.ndarray:
    """Logits after one input, with the head of the reference layer."""
    w = {name.split("h.0.")[-1]: array.astype(float) for name, array in checkpoint.weights.items()}
    config, rotary = checkpoint.config, checkpoint.config.rotary_dim
    x = w["transformer.wte.weight"][word]
    z = normed(x, w["ln_1.weight"], w["ln_1.bias"], config.layer_norm_epsilon)
    still = (config.n_embd - rotary + 1) // 2
    angles = np.array([*config.angles, *[0.0] * still])
    odd = np.zeros((config.n_embd, 2 * angles.size - config.n_embd))
    query, key = (np.hstack([w[f"attn.{name}_proj.weight"].T, odd]) for name in "qk")
    value, output = w["attn.v_proj.weight"].T, w["attn.out_proj.weight"].T
    head = HeadWeights(angles, query / np.sqrt(config.n_embd), key, value, output)
    read = weights(logits(head, z), 1.0) @ (z @ value) @ output
    inner = z @ w["mlp.fc_in.weight"].T + w["mlp.fc_in.bias"]
    cubic = np.sqrt(2 / np.pi) * (inner + 0.044715 * inner**3)
    mlp = (inner / 2 * (1 + np.tanh(cubic))) @ w["mlp.fc_out.weight"].T + w["mlp.fc_out.bias"]
    last = normed(
        x + read + mlp,
        w["transformer.ln_f.weight"],
        w["transformer.ln_f.bias"],
        config.layer_norm_epsilon,
    )
    return np.asarray(last[-1] @ w["lm_head.weight"].T + w["lm_head.bias"])


@pytest.mark.parametrize("name", ["tiny index", "tiny partly rotated", *SHIPPED])
def test_enclosures_hold_logits_of_torch_and_of_the_reference_layer(kernel: Coq, name: str) -> None:
    rotary = 2 if "partly" in name else 6
    model = (
        tiny.checkpoint("index", 3, True, 0.4, rotary)
        if name.startswith("tiny")
        else checkpoint.read(directory_named(name))
    )
    rng = np.random.default_rng(len(name))
    lengths = [1, 2, 3, 7, 20, 33]
    words = [rng.integers(model.config.vocab_size, size=length).tolist() for length in lengths]
    bounds = enclosures(kernel, model, words)
    assert bounds.shape == (len(words), model.config.vocab_size, 2)
    assert (bounds[..., 1] - bounds[..., 0]).max() < 1e-8
    network = tiny.model(model)
    reversed_inside = []
    for word, (low, high) in zip(words, bounds.transpose(0, 2, 1), strict=True):
        by_torch = network(torch.tensor([word]))[0, -1].detach().numpy()
        for computed in (by_torch, by_reference_layer(model, word)):
            assert (low - 1e-9 < computed).all()
            assert (computed < high + 1e-9).all()
        backwards = by_reference_layer(model, [*word[-2::-1], word[-1]])
        reversed_inside.append(bool(((low < backwards) & (backwards < high)).all()))
    assert not all(reversed_inside)  # the order of the tokens matters, and the bounds show it


@pytest.mark.parametrize(("heads", "rotary"), [(2, 2), (3, 2)])
def test_enclosures_of_several_heads_hold_logits_of_torch(
    kernel: Coq, heads: int, rotary: int
) -> None:
    model = tiny.checkpoint("index", 3, True, 0.4, rotary, heads)
    rng = np.random.default_rng(heads)
    words = [rng.integers(model.config.vocab_size, size=n).tolist() for n in (1, 2, 3, 7, 20, 33)]
    bounds = enclosures(kernel, model, words)
    assert (bounds[..., 1] - bounds[..., 0]).max() < 1e-8
    network = tiny.model(model)
    for word, other, (low, high) in zip(
        words, [*words[1:], words[0]], bounds.transpose(0, 2, 1), strict=True
    ):
        by_torch = network(torch.tensor([word]))[0, -1].detach().numpy()
        assert (low - 1e-9 < by_torch).all()
        assert (by_torch < high + 1e-9).all()
        of_another = network(torch.tensor([other]))[0, -1].detach().numpy()
        assert not ((low - 1e-9 < of_another) & (of_another < high + 1e-9)).all()
