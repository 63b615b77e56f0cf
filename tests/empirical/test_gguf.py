"""GGUF files: the same model as the tensors they were written of, or refused unread."""

import resource
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from empirical.foreign import reading
from empirical.foreign.parity import parity
from tests.empirical import foreign_models, gguf_files
from theory.refusal import Refusal

gguf: Any = pytest.importorskip("gguf", reason="gguf is not installed")
IDS = np.random.default_rng(0).integers(64, size=40)
TOKENS = ["<s>", *(f"▁{number}" for number in range(62)), "<unused>"]


def model(model_type: str = "llama", **change: object) -> Any:
    """A small model whose configuration a GGUF file can hold."""
    plain: dict[str, Any] = {"use_sliding_window": None} if model_type[:4] == "qwen" else {}
    if model_type in ("qwen2", "qwen3", "qwen3_moe", "mixtral"):
        plain |= {"sliding_window": None, "max_window_layers": None}
    if model_type == "qwen3_moe":  # whose files say nothing of it
        plain |= {"norm_topk_prob": True}
    if model_type == "granite":  # whose files have no other size of a head
        plain |= {"head_dim": 8, "embedding_multiplier": 3.0, "residual_multiplier": 0.5}
        plain |= {"logits_scaling": 2.0}
    if model_type == "gemma2":  # never has an unembedding of its own there
        plain |= {"query_pre_attn_scalar": 256, "attn_logit_softcapping": 50.0}
        plain |= {"tie_word_embeddings": True}
    if model_type == "gemma3_text":
        plain |= {"query_pre_attn_scalar": 256}
        layers = {"rope_type": "default", "rope_theta": 1e4}
        plain |= {"rope_parameters": {"full_attention": layers, "sliding_attention": layers}}
        plain |= {"layer_types": ["sliding_attention", "sliding_attention"]}
    return foreign_models.model(foreign_models.config(model_type, **(plain | change)))


@pytest.mark.parametrize("model_type", gguf_files.FAMILIES)
def test_a_file_is_the_model_that_was_written(model_type: str, tmp_path: Path) -> None:
    original = model(model_type)
    read = reading.read(gguf_files.write(tmp_path / "m.gguf", original, tokens=TOKENS))
    wanted = dict(original.named_parameters())
    for name, parameter in read.module.named_parameters():
        exact = wanted[name]
        if name.endswith("norm.weight") and model_type.startswith("gemma"):
            exact = (exact + 1) - 1  # stored plus one, so rounded
        assert torch.equal(parameter, exact), name
    ids = torch.from_numpy(IDS)[None]
    with torch.no_grad():
        assert torch.allclose(read.module(ids).logits, original(ids).logits, atol=1e-4)
    assert all(block.logits < block.bound for block in parity(read, IDS)[0])
    assert read.vocabulary.start == (0,)
    assert read.vocabulary.ordinary.tolist() == [*range(1, 63)]


def test_experts_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    """A tensor that is missing, one of another shape, and both of another number of experts."""
    original, gate, up = model("mixtral"), "blk.1.ffn_gate_exps.weight", "blk.1.ffn_up_exps.weight"
    sound = gguf_files.tensors_of(original, "llama")
    changes: list[tuple[dict[str, np.ndarray | None], str]] = [
        ({up: sound[up][:2]}, "do not fit together"),
        ({up: sound[up][:, :, :8]}, "do not fit together"),
        ({up: sound[up][:, :8]}, "has shape"),
        ({gate: sound[gate][:2], up: sound[up][:2]}, "has shape"),
        ({up: None}, f"holds '{gate}', which a mixtral model has no place for"),
        ({up: None, gate: None}, "mlp.experts.gate_up_proj is missing"),
    ]
    for change, words in changes:
        file = gguf_files.write(tmp_path / "m.gguf", original, tokens=TOKENS, tensors=change)
        with pytest.raises(Refusal, match=words):
            reading.read(file)


def test_a_base_and_a_window_that_are_not_said_are_those_of_the_format(tmp_path: Path) -> None:
    config = {"rope_parameters": {"rope_type": "default", "rope_theta": 1e4}}
    original = model("mixtral", **config)
    file = gguf_files.write(tmp_path / "m.gguf", original, leave_out=("llama.rope.freq_base",))
    assert reading.read(file).module.config.rope_parameters["rope_theta"] == 1e4
    file = gguf_files.write(tmp_path / "p.gguf", model("phi3", sliding_window=None), tokens=TOKENS)
    assert reading.read(file).module.config.sliding_window is None


@pytest.mark.parametrize("kind", ["Q8_0", "Q4_0", "F16"])
def test_the_dequantised_weights_are_the_model(kind: str, tmp_path: Path) -> None:
    original = model("qwen3", intermediate_size=64)
    read = reading.read(gguf_files.write(tmp_path / "m.gguf", original, tokens=TOKENS, kind=kind))
    type_ = gguf.GGMLQuantizationType[kind]
    for name, parameter in read.module.named_parameters():
        array = original.get_parameter(name).detach().numpy()
        if array.ndim > 1:
            array = gguf.dequantize(gguf.quantize(array, type_), type_)
        assert np.array_equal(parameter.detach().numpy(), array), name


def test_a_folder_with_one_file_is_that_file(tmp_path: Path) -> None:
    file = gguf_files.write(tmp_path / "a.gguf", model(), tokens=TOKENS)
    assert reading.read(tmp_path).fingerprint == reading.read(file).fingerprint
    (tmp_path / "b.gguf").write_bytes(file.read_bytes())
    with pytest.raises(Refusal, match="holds 2 GGUF files: name one"):
        reading.read(tmp_path)


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"llama.rope.scaling.type": "linear"}, "scales its angles (linear)"),
        ({"llama.rope.freq_base_swa": 1e3}, "llama.rope.freq_base_swa"),
        ({"llama.attention.sliding_window": 8}, "llama.attention.sliding_window = 8"),
        ({"llama.attention.key_length": 8}, "llama.attention.key_length = 8"),
        ({"llama.expert_shared_count": 1}, "llama.expert_shared_count = 1"),
        ({"llama.expert_count": 4}, "'blk.0.ffn_down.weight', which a mixtral model has no place"),
        ({"llama.attention.scale": 0.3}, "llama.attention.scale"),
    ],
)
def test_what_would_be_lost_is_refused(
    tmp_path: Path, extra: dict[str, object], words: str
) -> None:
    file = gguf_files.write(tmp_path / "m.gguf", model(), tokens=TOKENS, extra=extra)
    with pytest.raises(Refusal) as refused:
        reading.read(file)
    assert words in str(refused.value)
    assert "give the model's safetensors" in str(refused.value)


@pytest.mark.parametrize("name", ["rope_freqs.weight", "blk.0.attn_sinks.weight"])
def test_tensors_that_would_be_lost_are_refused(tmp_path: Path, name: str) -> None:
    more = {name: np.ones(8, np.float32)}
    file = gguf_files.write(tmp_path / "m.gguf", model(), tokens=TOKENS, tensors=more)
    with pytest.raises(Refusal, match=name.split(".")[0]):
        reading.read(file)


def test_other_architectures_are_refused_by_name(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "m.gguf", "mamba")
    writer.add_tensor("x", np.ones((2, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(Refusal, match="holds a mamba model"):
        reading.read(tmp_path / "m.gguf")


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    """Cut anywhere, and with every count and offset of the header set to something huge."""
    sound = gguf_files.write(tmp_path / "m.gguf", model(), tokens=TOKENS).read_bytes()
    file = tmp_path / "bad.gguf"
    cuts = [0, 3, 4, 12, 24, 30, 100, 1000, len(sound) // 2, len(sound) - 1]
    for cut in cuts:
        file.write_bytes(sound[:cut])
        with pytest.raises(Refusal):
            reading.read(file)
    rng = np.random.default_rng(0)
    refusals = []
    for place in [*range(4, 24, 4), *rng.integers(24, 3000, 60).tolist()]:
        file.write_bytes(sound[:place] + struct.pack("<Q", 2**62) + sound[place + 8 :])
        refusal = refused(file)
        if refusal is not None:  # else it hit a score or the name of a token
            refusals.append(refusal)
    assert all(refusal.isprintable() for refusal in refusals)
    assert len(refusals) > 35


def refused(file: Path) -> str | None:
    """Why a file is not read; None where it is."""
    try:
        reading.read(file)
    except Refusal as refusal:
        return str(refusal)
    return None


def test_a_file_larger_than_memory_is_refused_unread(tmp_path: Path) -> None:
    """A sparse file whose header is in order."""
    file = gguf_files.write(tmp_path / "m.gguf", model(), tokens=TOKENS)
    rows = 2**34
    header = reading.stored_at(file)
    old = struct.pack("<QQ", 32, 64)  # dimensions of the embedding, fastest first
    data = file.read_bytes()
    assert header.shape("token_embd.weight") == (64, 32)
    file.write_bytes(data.replace(old, struct.pack("<QQ", 32, rows), 1))
    with file.open("ab") as end:
        end.truncate(len(data) + 4 * 32 * rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Refusal, match="GiB in float32 and this machine has"):
        reading.read(file)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**17


def test_without_the_library_one_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = gguf_files.write(tmp_path / "m.gguf", model(), tokens=TOKENS)
    monkeypatch.setitem(sys.modules, "gguf", None)
    with pytest.raises(Refusal, match=r"pip install 'ropeproof\[gguf\]'"):
        reading.read(file)
