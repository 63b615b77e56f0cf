"""Files that no checkpoint should hold: read the same, or refused in one short sentence."""

import json
import os
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from empirical.files import atomic, checkpoint
from tests.empirical import small_models
from tests.empirical.directories import TENSORS, change_json
from theory.refusal import Refusal


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


@pytest.mark.parametrize(
    "values",
    [
        {"seed": "0"},
        {"seed": True},
        {"seed": -1},
        {"seed": 10**30},
        {"config": 7},
        {"config": None},
        {"accuracy": []},
        {"accuracy": {"17": 0.5}},
        {"accuracy": {"17": {"correct": 1}}},
        {"accuracy": {"17": {"correct": 2, "total": 1}}},
        {"accuracy": {"17": {"correct": 0, "total": 0}}},
        {"accuracy": {"17": {"correct": True, "total": 1}}},
        {"accuracy": {"x": {"correct": 1, "total": 1}}},
        {"accuracy": {"17": {"correct": 1, "total": 1, "more": 1}}},
    ],
)
def test_a_record_of_another_form_is_refused(directory: Path, values: dict[str, object]) -> None:
    sound = {"seed": 3, "config": {}, "accuracy": {"17": {"correct": 1, "total": 2}}}
    change_json(directory / "manifest.json", **sound)
    assert checkpoint.read(directory).seed == 3
    change_json(directory / "manifest.json", **values)
    assert "manifest.json" in refusal(directory)


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
            model = checkpoint.read(shared)
            for name, shape in checkpoint.shapes(model.config):
                assert model.weights[name].shape == shape
                assert np.isfinite(model.weights[name]).all()
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
    model = checkpoint.read(tmp_path)
    assert all(np.array_equal(model.weights[name], weights[name]) for name in weights)


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


def test_weights_that_cannot_be_read_have_no_fingerprint(tmp_path: Path) -> None:
    weights = tmp_path / "weights.safetensors"
    weights.symlink_to("/proc/self/mem")
    with pytest.raises(Refusal, match=r"weights\.safetensors cannot be read"):
        checkpoint.file_sha256(weights)
