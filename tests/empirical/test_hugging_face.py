"""Directories of other people: read as they are, or refused before anything large is allocated."""

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch
from safetensors.torch import load_file, save_file

from empirical.foreign import capture, reading
from tests.empirical import foreign_models
from tests.empirical.directories import TENSORS, change_json
from theory.refusal import Refusal

INDEX = "model.safetensors.index.json"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound")
    return foreign_models.write(path, foreign_models.config("llama"))


@pytest.fixture
def directory(sound: Path, tmp_path: Path) -> Path:
    """A sound model to spoil."""
    for file in (sound / "config.json", sound / TENSORS):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def refusal(path: Path) -> str:
    """The one sentence with which a directory is refused."""
    with pytest.raises(Refusal) as refused:
        reading.read(path)
    sentence = str(refused.value)
    assert str(path) in sentence
    assert ": " in sentence
    assert sentence.isprintable()
    assert len(sentence) < 1000
    return sentence


def resave(directory: Path, change: Callable[[dict[str, Any]], object]) -> None:
    tensors = load_file(directory / TENSORS)
    change(tensors)
    save_file(tensors, directory / TENSORS)


def shard(directory: Path, **places: str) -> None:
    """Spread the tensors over two files; ``places`` are added to the index."""
    tensors = load_file(directory / TENSORS)
    (directory / TENSORS).unlink()
    names = sorted(tensors)
    files = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, held in files.items():
        save_file({name: tensors[name] for name in held}, directory / file)
    index = {name: file for file, held in files.items() for name in held} | places
    (directory / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": index}))


def test_weights_are_those_of_the_files(sound: Path) -> None:
    model = reading.read(sound)
    stored = load_file(sound / TENSORS)
    assert not model.module.training
    for name, parameter in model.module.named_parameters():
        assert parameter.dtype == torch.float32
        assert torch.equal(parameter, stored[name])


def test_shards_are_the_same_model(directory: Path) -> None:
    one = reading.read(directory)
    shard(directory)
    two = reading.read(directory)
    assert one.fingerprint == two.fingerprint
    for name, parameter in one.module.named_parameters():
        assert torch.equal(parameter, two.module.get_parameter(name))


def test_one_changed_number_changes_the_fingerprint(directory: Path) -> None:
    before = reading.read(directory).fingerprint
    resave(directory, lambda tensors: tensors["model.norm.weight"][3].add_(1e-6))
    assert reading.read(directory).fingerprint != before


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_read_into_float32(directory: Path, dtype: torch.dtype) -> None:
    resave(directory, lambda t: t.update({name: w.to(dtype) for name, w in t.items()}))
    stored = load_file(directory / TENSORS)
    for name, parameter in reading.read(directory).module.named_parameters():
        assert parameter.dtype == torch.float32
        assert torch.equal(parameter, stored[name].float())


def test_float16_that_overflowed_is_refused(directory: Path) -> None:
    def overflow(tensors: dict[str, Any]) -> None:
        tensors["model.norm.weight"][0] = 1e6
        tensors.update({name: weight.half() for name, weight in tensors.items()})

    resave(directory, overflow)
    assert "model.norm.weight holds NaN or infinite numbers" in refusal(directory)


def test_a_stream_that_overflows_is_refused(directory: Path) -> None:
    resave(directory, lambda t: t["model.layers.0.mlp.down_proj.weight"].mul_(1e38))
    model = reading.read(directory)
    with pytest.raises(Refusal, match="before block 1 is not finite"):
        capture.run(model, np.arange(8), lambda seen: None)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"auto_map": {"AutoModelForCausalLM": "modeling.Evil"}}, "auto_map"),
        ({"quantization_config": {"quant_method": "gptq"}}, "quantization_config"),
        ({"transformers_weights": "../other.safetensors"}, "transformers_weights"),
        ({"model_type": "evil"}, "'evil' is not read"),
        ({"num_hidden_layers": 2**40}, "layers are more than there are tensors"),
        ({"num_hidden_layers": "2"}, "layers are more than there are tensors"),
        ({"num_hidden_layers": -2}, "a model of -2 layers has no head"),
        ({"hidden_size": 2**40}, "config.json"),
        ({"vocab_size": 2**62}, "config.json"),
        ({"vocab_size": -5}, "config.json"),
        ({"num_attention_heads": 0}, "config.json"),
        ({"num_key_value_heads": 3}, "config.json"),
        ({"head_dim": 15}, "config.json"),
        ({"head_dim": 10**400}, "config.json"),
        ({"hidden_act": "x" * 10**6}, "config.json"),
        ({"rope_parameters": {"rope_type": "spiral", "rope_theta": 1.0}}, "'spiral'"),
        ({"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4}}, "factor"),
        ({"rope_parameters": {"rope_type": "default", "rope_theta": "x"}}, "config.json"),
        ({"rope_parameters": {"rope_type": "default", "rope_theta": -1.0}}, "config.json"),
    ],
)
def test_hostile_configurations_are_refused(
    directory: Path, change: dict[str, object], words: str
) -> None:
    change_json(directory / "config.json", **change)
    assert words in refusal(directory)


def test_labels_claim_no_memory(directory: Path) -> None:
    change_json(directory / "config.json", num_labels=2**40)
    reading.read(directory)


@pytest.mark.parametrize(
    "file",
    ["/etc/passwd", "../a.safetensors", "sub/a.safetensors", "..", "a.bin", "a.safetensors\0"],
)
def test_an_index_that_points_elsewhere_is_refused(directory: Path, file: str) -> None:
    shard(directory, extra=file)
    assert "inside its directory" in refusal(directory)


def test_a_missing_shard_is_refused(directory: Path) -> None:
    shard(directory)
    (directory / "b.safetensors").unlink()
    assert "b.safetensors" in refusal(directory)


def test_an_index_that_lies_is_refused(directory: Path) -> None:
    shard(directory, extra="a.safetensors")
    assert "does not hold 'extra'" in refusal(directory)
    (directory / INDEX).write_text('{"weight_map": ["a"]}')
    assert "no weight_map" in refusal(directory)


def test_tensors_outside_the_index_are_read_as_well(directory: Path) -> None:
    before = reading.read(directory).fingerprint
    shard(directory)
    index = json.loads((directory / INDEX).read_text())
    del index["weight_map"]["model.norm.weight"]
    (directory / INDEX).write_text(json.dumps(index))
    assert reading.read(directory).fingerprint == before


def test_a_tensor_in_two_files_is_refused(directory: Path) -> None:
    shard(directory)
    tensors = load_file(directory / "a.safetensors") | {"model.norm.weight": torch.ones(32)}
    other = load_file(directory / "b.safetensors") | {"model.norm.weight": torch.zeros(32)}
    save_file(tensors, directory / "a.safetensors")
    save_file(other, directory / "b.safetensors")
    assert "both hold 'model.norm.weight'" in refusal(directory)


def test_shards_without_an_index_are_read_if_they_are_all_there(directory: Path) -> None:
    before = reading.read(directory).fingerprint
    shard(directory)
    (directory / INDEX).unlink()
    (directory / "a.safetensors").rename(directory / "model-00001-of-00002.safetensors")
    assert "1 of 2 shards" in refusal_after(directory, "b.safetensors")
    (directory / "b").rename(directory / "model-00002-of-00002.safetensors")
    assert reading.read(directory).fingerprint == before


def refusal_after(directory: Path, hidden: str) -> str:
    """The refusal once a file has another ending."""
    (directory / hidden).rename(directory / hidden.split(".")[0])
    return refusal(directory)


def test_another_name_of_the_file_is_said(directory: Path) -> None:
    (directory / TENSORS).rename(directory / "consolidated.safetensors")
    assert "consolidated.safetensors and no model.safetensors" in refusal(directory)
    (directory / "consolidated.safetensors").unlink()
    assert "holds no model.safetensors" in refusal(directory)
    (directory / "config.json").unlink()
    assert "holds no config.json" in refusal(directory)


@pytest.mark.parametrize(
    "rename",
    [
        lambda name: f"_orig_mod.{name}",
        lambda name: f"module._orig_mod.{name}",
        lambda name: name.removeprefix("model."),
        lambda name: name.replace("norm.weight", "norm.gamma"),
    ],
    ids=["compiled", "parallel", "base", "gamma"],
)
def test_names_may_be_old_or_wrapped(directory: Path, rename: Callable[[str], str]) -> None:
    before = dict(reading.read(directory).module.named_parameters())
    tensors = load_file(directory / TENSORS)
    save_file({rename(name): tensor for name, tensor in tensors.items()}, directory / TENSORS)
    for name, parameter in reading.read(directory).module.named_parameters():
        assert torch.equal(parameter, before[name])


def test_two_names_of_one_parameter_are_refused(directory: Path) -> None:
    def twice(tensors: dict[str, Any]) -> None:
        tensors["norm.weight"] = torch.ones(32)

    resave(directory, twice)
    assert "are the same parameter" in refusal(directory)


def test_a_model_saved_without_its_unembedding_is_refused(directory: Path) -> None:
    resave(directory, lambda tensors: tensors.pop("lm_head.weight"))
    assert "lm_head.weight is missing" in refusal(directory)
    change_json(directory / "config.json", tie_word_embeddings=True)
    model = reading.read(directory).module
    assert torch.equal(model.lm_head.weight, model.model.embed_tokens.weight)


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2])
def test_float8_is_refused_for_what_it_is(directory: Path, dtype: torch.dtype) -> None:
    name = "model.layers.0.mlp.up_proj.weight"
    resave(directory, lambda tensors: tensors.update({name: tensors[name].to(dtype)}))
    sentence = refusal(directory)
    assert f"{name} is stored as F8_E" in sentence
    assert "damaged" not in sentence


@pytest.mark.parametrize("file", [TENSORS, "config.json"])
def test_a_pointer_of_git_lfs_is_refused_for_what_it_is(directory: Path, file: str) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    (directory / file).write_text(pointer)
    assert "is a pointer of Git LFS" in refusal(directory)


def test_the_attention_that_a_configuration_asks_for_does_not_matter(directory: Path) -> None:
    change_json(directory / "config.json", attn_implementation="flash_attention_2")
    change_json(directory / "config.json", _attn_implementation="no_such_thing")
    assert reading.read(directory).module.config._attn_implementation == "eager"


def test_sliding_layers_without_a_window_are_refused(tmp_path: Path) -> None:
    foreign_models.write(tmp_path, foreign_models.config("qwen2"))
    change_json(tmp_path / "config.json", use_sliding_window=False)
    assert "layer_types has sliding layers and there is no window" in refusal(tmp_path)


def test_a_missing_expert_is_refused(tmp_path: Path) -> None:
    foreign_models.write(tmp_path, foreign_models.config("mixtral"))
    reading.read(tmp_path)
    resave(
        tmp_path,
        lambda tensors: [tensors.pop(name) for name in [*tensors] if "layers.1.block" in name],
    )
    assert "layers.1.mlp" in refusal(tmp_path)


@pytest.mark.parametrize("prefix", ["language_model.model.", "model.language_model."])
def test_the_text_part_of_multimodal_gemma3_is_read(tmp_path: Path, prefix: str) -> None:
    foreign_models.write(tmp_path, foreign_models.config("gemma3_text"))
    before = dict(reading.read(tmp_path).module.named_parameters())
    tensors = load_file(tmp_path / TENSORS)
    head = "language_model.lm_head." if prefix.startswith("language") else "lm_head."
    save_file(
        {
            name.replace("model.", prefix, 1).replace("lm_head.", head): tensor
            for name, tensor in tensors.items()
        }
        | {"vision_tower.encoder.weight": torch.ones(3)},
        tmp_path / TENSORS,
    )
    text = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(
        json.dumps({"model_type": "gemma3", "text_config": text, "vision_config": {}})
    )
    for name, parameter in reading.read(tmp_path).module.named_parameters():
        assert torch.equal(parameter, before[name])
    (tmp_path / "config.json").write_text('{"model_type": "gemma3"}')
    assert "no text_config" in refusal(tmp_path)


def test_tensors_that_do_not_fit_are_refused(directory: Path) -> None:
    sound = (directory / TENSORS).read_bytes()
    lacking: Callable[[dict[str, Any]], object] = lambda t: t.pop("model.norm.weight")  # noqa: E731
    for change, words in (
        (lacking, "model.norm.weight is missing"),
        (lambda t: t.update({"model.norm.weight": torch.ones(5)}), "has shape [5]"),
        (lambda t: t.update({"model.norm.weight": torch.ones(32).int()}), "stored as I32"),
        (lambda t: t["model.norm.weight"][0].fill_(torch.nan), "NaN"),
    ):
        (directory / TENSORS).write_bytes(sound)
        resave(directory, change)
        assert words in refusal(directory)


def test_adapters_and_pickles_are_refused(directory: Path) -> None:
    (directory / "adapter_config.json").write_text("{}")
    assert "holds an adapter" in refusal(directory)
    (directory / "config.json").rename(directory / "aside")
    assert "holds an adapter" in refusal(directory)
    (directory / "aside").rename(directory / "config.json")
    (directory / "adapter_config.json").unlink()
    (directory / TENSORS).rename(directory / "pytorch_model.bin")
    assert "pickle" in refusal(directory)


def test_a_file_larger_than_memory_is_refused_unread(directory: Path) -> None:
    """A sparse file of four terabytes whose header is in order."""
    size = 2**42
    entry = {"dtype": "F32", "shape": [size // 4], "data_offsets": [0, size]}
    header = json.dumps({"model.norm.weight": entry}).encode()
    with (directory / TENSORS).open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "takes 4096 GiB in float32" in refusal(directory)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**15


def test_nothing_in_the_directory_is_executed(directory: Path) -> None:
    """Code beside the model stays asleep, and so does a tokenizer that asks for code."""
    for name in ("modeling_llama.py", "configuration_llama.py", "sitecustomize.py", "__init__.py"):
        (directory / name).write_text("raise SystemExit('executed')")
    reading.read(directory)


def test_without_transformers_one_sentence_says_so(
    sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    assert "pip install 'ropeproof[hf]'" in refusal(sound)


def test_numpy_files_are_read_too(directory: Path) -> None:
    tensors = {k: w.numpy() for k, w in load_file(directory / TENSORS).items()}
    before = reading.read(directory).fingerprint
    safetensors.numpy.save_file(tensors, directory / TENSORS)
    assert reading.read(directory).fingerprint == before
