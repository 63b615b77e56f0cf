"""What is written is read again; what is damaged or foreign is refused in one sentence."""

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from empirical.files import checkpoint
from tests.empirical import small_models
from tests.empirical.directories import TENSORS, change_json, resave
from theory.refusal import Refusal


def test_what_is_written_is_read(directory: Path) -> None:
    model = checkpoint.read(directory)
    expected = small_models.weights(small_models.TINY)
    assert model.config == small_models.TINY
    assert model.weights.keys() == expected.keys()
    assert all(np.array_equal(model.weights[name], expected[name]) for name in expected)
    assert model.task == checkpoint.TaskRecord("index", ("a", 1, None), (2, 3))
    assert model.manifest == {"seed": 0, "sha256": model.sha256}


def test_a_plain_hugging_face_directory_is_read(directory: Path, tmp_path: Path) -> None:
    small_models.theirs(directory).half().save_pretrained(tmp_path / "theirs")
    model = checkpoint.read(tmp_path / "theirs")
    expected = checkpoint.read(directory)
    assert model.config == expected.config
    assert model.task is None
    assert model.manifest is None
    for name, array in expected.weights.items():
        assert np.array_equal(model.weights[name], array.astype("f2").astype("f4"))


def test_masks_of_old_versions_are_passed_over(directory: Path) -> None:
    resave(directory, lambda t: t.update({"transformer.h.0.attn.bias": np.ones((1, 1), bool)}))
    assert "transformer.h.0.attn.bias" not in checkpoint.read(directory).weights


@pytest.mark.parametrize("name", ["config.json", "task.json", "manifest.json"])
@pytest.mark.parametrize("text", ["", "{", "[]", "\xff", "[" * 100_000])
def test_unreadable_json_is_refused(directory: Path, name: str, text: str) -> None:
    (directory / name).write_bytes(text.encode("latin-1"))
    with pytest.raises(Refusal, match=f"{name} is not .*JSON"):
        checkpoint.read(directory)


@pytest.mark.parametrize(
    ("name", "message"),
    [("config.json", "cannot read .*config.json"), (TENSORS, "a model without its weights")],
)
def test_missing_file_is_refused(directory: Path, name: str, message: str) -> None:
    (directory / name).unlink()
    with pytest.raises(Refusal, match=message):
        checkpoint.read(directory)


def test_missing_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="absent is not a directory: name one"):
        checkpoint.read(tmp_path / "absent")


def test_huge_json_is_refused_unread(directory: Path) -> None:
    with (directory / "config.json").open("r+b") as file:
        file.truncate(1 << 40)
    with pytest.raises(Refusal, match="has more than"):
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
        ("tokens", "ab1", "is not of the form"),
        ("task", 3, "is not of the form"),
        ("train_lengths", [0], "is not of the form"),
        ("train_lengths", 10, "is not of the form"),
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


def test_a_folder_stands_for_the_models_in_it(tmp_path: Path) -> None:
    for name in ("b", "a/deep"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / checkpoint.CONFIG).touch()
    (tmp_path / "none").mkdir()
    assert checkpoint.within(tmp_path) == [tmp_path / "a/deep", tmp_path / "b"]
    for alone in ("b", "none", "missing", "b/config.json"):
        assert checkpoint.within(tmp_path / alone) == [tmp_path / alone]
