"""What is written is read again; what is damaged or foreign is refused in one sentence."""

import json
import os
import shutil
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

from empirical import atomic, checkpoint
from tests.empirical import small_models
from theory.refusal import Refusal

TENSORS = "model.safetensors"


def change_json(file: Path, **values: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def resave(directory: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Save the tensors again, changed, without a manifest to catch it."""
    tensors = safetensors.numpy.load_file(directory / TENSORS)
    change(tensors)
    safetensors.numpy.save_file(tensors, directory / TENSORS)
    (directory / "manifest.json").unlink()


def test_what_is_written_is_read(directory: Path) -> None:
    found = checkpoint.read(directory)
    expected = small_models.weights(small_models.TINY)
    assert found.config == small_models.TINY
    assert found.weights.keys() == expected.keys()
    assert all(np.array_equal(found.weights[name], expected[name]) for name in expected)
    assert found.task == checkpoint.TaskRecord("index", ("a", 1, None), (2, 3))
    assert found.manifest == {"seed": 0, "sha256": found.sha256}


def test_a_plain_hugging_face_directory_is_read(directory: Path, tmp_path: Path) -> None:
    small_models.theirs(directory).half().save_pretrained(tmp_path / "theirs")
    found = checkpoint.read(tmp_path / "theirs")
    expected = checkpoint.read(directory)
    assert found.config == expected.config
    assert found.task is None
    assert found.manifest is None
    for name, array in expected.weights.items():
        assert np.array_equal(found.weights[name], array.astype("f2").astype("f4"))


def test_masks_of_old_versions_are_passed_over(directory: Path) -> None:
    resave(directory, lambda t: t.update({"transformer.h.0.attn.bias": np.ones((1, 1), bool)}))
    assert "transformer.h.0.attn.bias" not in checkpoint.read(directory).weights


@pytest.mark.parametrize("name", ["config.json", "task.json", "manifest.json"])
@pytest.mark.parametrize("text", ["", "{", "[]", "\xff", "[" * 100_000])
def test_unreadable_json_is_refused(directory: Path, name: str, text: str) -> None:
    (directory / name).write_bytes(text.encode("latin-1"))
    with pytest.raises(Refusal, match=f"{name} is not .*JSON"):
        checkpoint.read(directory)


@pytest.mark.parametrize("name", ["config.json", TENSORS])
def test_missing_file_is_refused(directory: Path, name: str) -> None:
    (directory / name).unlink()
    with pytest.raises(Refusal, match=f"cannot read .*{name}"):
        checkpoint.read(directory)


def test_missing_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="absent is not a directory: name one"):
        checkpoint.read(tmp_path / "absent")


def test_huge_json_is_refused_unread(directory: Path) -> None:
    with (directory / "config.json").open("r+b") as file:
        file.truncate(1 << 40)
    with pytest.raises(Refusal, match="is above"):
        checkpoint.read(directory)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("model_type", "llama", "model_type is 'llama': only 'gptj'"),
        ("activation_function", "relu", "only 'gelu_new'"),
        ("tie_word_embeddings", True, "tie_word_embeddings"),
        ("rotary_dim", 1, "even number from 2 to 2"),
        ("rotary_dim", 4, "even number from 2 to 2"),
        ("rotary_dim", None, "rotary_dim is None"),
        ("n_head", 3, "does not split into 3 heads"),
        ("n_head", 2, "even number from 2 to 1"),
        ("n_layer", 0, "n_layer is 0"),
        ("n_layer", True, "n_layer is True"),
        ("n_layer", 10**12, "h.1.ln_1.weight is missing"),
        ("n_inner", 0, "inner is 0"),
        ("n_embd", 2.0, "n_embd is 2.0"),
        ("n_embd", 4, "has shape"),
        ("n_inner", None, "has shape"),
        ("vocab_size", 10**12, "lists 3 tokens where the model has 10"),
        ("vocab_size", 10**15, "vocab_size is 10+:"),
        ("layer_norm_epsilon", float("nan"), "is not readable JSON"),
        ("layer_norm_epsilon", 1, "layer_norm_epsilon is 1"),
        ("resid_pdrop", 1, "resid_pdrop is 1"),
    ],
)
def test_wrong_configuration_is_refused(
    directory: Path, field: str, value: object, says: str
) -> None:
    change_json(directory / "config.json", **{field: value})
    with pytest.raises(Refusal, match=rf"\.(json|safetensors)\b.*{says}"):
        checkpoint.read(directory)


@pytest.mark.parametrize("field", ["model_type", "vocab_size", "n_embd", "rotary_dim"])
def test_missing_field_is_refused(directory: Path, field: str) -> None:
    config = json.loads((directory / "config.json").read_text())
    del config[field]
    (directory / "config.json").write_text(json.dumps(config))
    with pytest.raises(Refusal, match=rf"config\.json: {field} is"):
        checkpoint.read(directory)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("tokens", ["a", 1], "lists 2 tokens where the model has 3: list one entry per token id"),
        ("tokens", ["a", 1, 0.5], "0.5 is not"),
        ("tokens", "ab1", "does not say"),
        ("task", 3, "does not say"),
        ("train_lengths", [0], "does not say"),
        ("train_lengths", 10, "does not say"),
    ],
)
def test_wrong_task_is_refused(directory: Path, field: str, value: object, says: str) -> None:
    change_json(directory / "task.json", **{field: value})
    with pytest.raises(Refusal, match=rf"task\.json.*{says}"):
        checkpoint.read(directory)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.pop("lm_head.bias"), "lm_head.bias is missing"),
        (lambda t: t.update(extra=np.zeros(1)), "'extra' is no parameter"),
        (lambda t: t.update({"lm_head.bias": np.zeros(4, "f4")}), "lm_head.bias has shape"),
        (lambda t: t.update({"lm_head.bias": np.zeros(3)}), "lm_head.bias is stored as F64"),
        (lambda t: t["lm_head.bias"].fill(np.nan), "lm_head.bias holds NaN or infinite"),
        (lambda t: t["lm_head.bias"].fill(-np.inf), "lm_head.bias holds NaN or infinite"),
    ],
    ids=["missing", "extra", "shape", "dtype", "nan", "infinite"],
)
def test_wrong_tensors_are_refused(
    directory: Path, change: Callable[[dict[str, Any]], object], says: str
) -> None:
    resave(directory, change)
    with pytest.raises(Refusal, match=rf"{TENSORS}: {says}"):
        checkpoint.read(directory)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
)


@given(st.sampled_from(["config.json", "task.json", "manifest.json"]), st.data())
def test_any_json_is_read_or_refused(shared: Path, name: str, data: st.DataObject) -> None:
    file = shared / name
    sound = file.read_text()
    fields = json.loads(sound)
    fields[data.draw(st.sampled_from(sorted(fields)))] = data.draw(json_values)
    try:
        file.write_text(json.dumps(fields))
        with suppress(Refusal):
            checkpoint.read(shared)
    finally:
        file.write_text(sound)


def test_manifest_of_another_model_is_refused(directory: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    small_models.write(other, small_models.ONE_HEAD)
    shutil.copy(other / "manifest.json", directory)
    with pytest.raises(Refusal, match=r"another sha256.*copy the directory again"):
        checkpoint.read(directory)


def test_weights_that_cannot_be_read_back_are_not_written(tmp_path: Path) -> None:
    config, record = small_models.TINY, checkpoint.TaskRecord("index", ("a", 1, None), (2,))
    weights = small_models.weights(config)
    weights["lm_head.bias"][0] = np.nan
    with pytest.raises(Refusal, match="NaN"):
        checkpoint.write(tmp_path, config, weights, record, {})
    del weights["lm_head.bias"]
    with pytest.raises(Refusal, match="missing"):
        checkpoint.write(tmp_path, config, weights, record, {})
    assert not list(tmp_path.iterdir())


def refusal(path: Path) -> str:
    """The one sentence with which a directory is refused."""
    with pytest.raises(Refusal) as refused:
        checkpoint.read(path)
    sentence = str(refused.value)
    assert str(path) in sentence
    assert ": " in sentence
    assert sentence.isprintable()
    assert len(sentence) < 1000
    return sentence


@pytest.mark.parametrize("name", ["config.json", "task.json", "manifest.json", TENSORS])
@pytest.mark.parametrize("kind", ["directory", "pipe", "endless", "loop"])
def test_what_is_no_file_is_refused(directory: Path, name: str, kind: str) -> None:
    file = directory / name
    file.unlink()
    match kind:
        case "directory":
            file.mkdir()
        case "pipe":
            os.mkfifo(file)
        case "endless":
            file.symlink_to("/dev/zero")
        case "loop":
            file.symlink_to(file)
    assert name in refusal(directory)


@pytest.mark.parametrize("path", ["x" * 5000, "a/" * 3000, "\0"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(Refusal, match="is not a directory"):
        checkpoint.read(Path(path))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("config.json", "n_layer"),
        ("config.json", "n_embd"),
        ("config.json", "vocab_size"),
        ("config.json", "n_positions"),
        ("config.json", "layer_norm_epsilon"),
        ("config.json", "model_type"),
        ("task.json", "tokens"),
        ("task.json", "train_lengths"),
    ],
)
@pytest.mark.parametrize("absurd", ["huge", "below", "deep", "long", "list"])
def test_absurd_values_are_refused_in_a_short_sentence(
    directory: Path, name: str, field: str, absurd: str
) -> None:
    deep: object = 0
    for _ in range(900):
        deep = [deep]
    values: dict[str, object] = {
        "huge": 10**400,
        "below": -(10**400),
        "deep": deep,
        "long": "x" * 10**6,
        "list": ["a", deep, 10**400],
    }
    change_json(directory / name, **{field: values[absurd]})
    refusal(directory)


def test_claims_allocate_nothing(directory: Path) -> None:
    """Whatever a file claims, reading takes memory in proportion to what is there."""
    sound = {file: file.read_bytes() for file in directory.iterdir()}
    header = json.loads(sound[directory / TENSORS][8:].split(b"}}")[0] + b"}}")
    header["lm_head.bias"] |= {"shape": [2**40], "data_offsets": [0, 2**42]}
    text = json.dumps(header).encode()
    lies: list[tuple[str, bytes | dict[str, int | list[int]]]] = [
        ("config.json", {"n_layer": 2**40}),
        ("config.json", {"n_embd": 2**40, "rotary_dim": 2**40}),
        ("config.json", {"n_inner": 2**40}),
        ("task.json", {"train_lengths": [2**40]}),
        (TENSORS, len(text).to_bytes(8, "little") + text),
        (TENSORS, (2**25).to_bytes(8, "little") + text),
        (TENSORS, (2**63).to_bytes(8, "little") + text),
    ]
    for name, lie in lies:
        for file, content in sound.items():
            file.write_bytes(content)
        if isinstance(lie, bytes):
            (directory / name).write_bytes(lie)
        else:
            change_json(directory / name, **lie)
        tracemalloc.start()
        with suppress(Refusal):
            checkpoint.read(directory)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1 << 20, name


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.decode().encode("utf-16-le"),
        lambda text: text.replace(b'"pt"', b"[12]"),
        lambda text: text.replace(b"lm_head.bias", b"lm_head.\\ud8"),
        lambda text: text.replace(b"lm_head.bias", b"lm_head.\\nas"),
        lambda text: text.replace(b"lm_head.bias", b"lm_head.\xffias"),
        lambda text: text.replace(b"lm_head.bias", b"ln_head.bias"),
        lambda text: text.replace(b"[0,", b"[false,"),
        lambda text: text.replace(b'"F32"', b'"F64"', 1),
        lambda text: text.replace(b'"F32"', b'"I32"', 1),
        lambda text: text.replace(b"{", b"[", 1),
        lambda text: text[:-1].rstrip() + b',"x":' + b"[" * 100_000,
        lambda text: b"{}",
    ],
    ids=[
        "utf16", "metadata", "half_letter", "escaped_name", "no_utf8", "other_name",
        "false_offset", "other_size", "integers", "no_object", "deep", "empty",
    ],
)  # fmt: skip
def test_foreign_headers_are_refused(directory: Path, change: Callable[[bytes], bytes]) -> None:
    file = directory / TENSORS
    data = file.read_bytes()
    end = 8 + int.from_bytes(data[:8], "little")
    text = change(data[8:end])
    assert text != data[8:end]
    file.write_bytes(len(text).to_bytes(8, "little") + text + data[end:])
    (directory / "manifest.json").unlink()
    refusal(directory)


@given(st.data())
def test_flipped_bytes_without_a_manifest_are_read_or_refused(
    shared: Path, data: st.DataObject
) -> None:
    file, manifest = shared / TENSORS, shared / "manifest.json"
    sound, record = file.read_bytes(), manifest.read_bytes()
    damaged = bytearray(sound)
    end = 8 + int.from_bytes(sound[:8], "little")
    places = st.integers(0, len(sound) - 1) | st.integers(8, end)
    for place in data.draw(st.lists(places, min_size=1, max_size=4)):
        damaged[place] = data.draw(st.integers(0, 255))
    try:
        file.write_bytes(damaged)
        manifest.unlink()
        with suppress(Refusal):
            found = checkpoint.read(shared)
            for name, shape in checkpoint.shapes(found.config):
                assert found.weights[name].shape == shape
                assert np.isfinite(found.weights[name]).all()
    finally:
        file.write_bytes(sound)
        manifest.write_bytes(record)


RECORD = checkpoint.TaskRecord("index", ("a", 1, None), (2,))


@pytest.mark.parametrize(
    ("record", "manifest"),
    [
        (RECORD, {"loss": float("nan")}),
        (RECORD, {"letter": "\ud800"}),
        (checkpoint.TaskRecord("index", ("\ud800", 1, None), (2,)), {}),
        (checkpoint.TaskRecord("index", ("a", 1), (2,)), {}),
    ],
    ids=["nan", "surrogate", "letter", "tokens"],
)
def test_what_cannot_be_read_back_is_not_written(
    tmp_path: Path, record: checkpoint.TaskRecord, manifest: dict[str, object]
) -> None:
    weights = small_models.weights(small_models.TINY)
    with pytest.raises(ValueError, match=r"JSON|surrogates|lists 2 tokens"):
        checkpoint.write(tmp_path, small_models.TINY, weights, record, manifest)
    assert not list(tmp_path.iterdir())


def test_transposed_weights_are_written_as_they_are(tmp_path: Path) -> None:
    weights = {
        name: np.asfortranarray(array)
        for name, array in small_models.weights(small_models.TINY).items()
    }
    checkpoint.write(tmp_path, small_models.TINY, weights, RECORD, {})
    found = checkpoint.read(tmp_path)
    assert all(np.array_equal(found.weights[name], weights[name]) for name in weights)


@pytest.mark.parametrize("written", range(5))
def test_interrupted_writing_is_old_or_new_or_refused(
    directory: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    old = checkpoint.read(directory).sha256
    write_bytes, calls = atomic.write_bytes, iter(range(4))

    def fail_after(path: Path, data: bytes) -> None:
        if next(calls) >= written:
            raise KeyboardInterrupt
        write_bytes(path, data)

    monkeypatch.setattr(atomic, "write_bytes", fail_after)
    weights = small_models.weights(small_models.TINY, seed=1)
    with suppress(KeyboardInterrupt):
        checkpoint.write(directory, small_models.TINY, weights, RECORD, {})
    match written:
        case 0:
            assert checkpoint.read(directory).sha256 == old
        case 4:
            assert np.array_equal(
                checkpoint.read(directory).weights["lm_head.bias"], weights["lm_head.bias"]
            )
        case _:
            assert "another sha256" in refusal(directory)
