"""What an unfinished run has left is taken up, or refused, and never lost."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from empirical.files import atomic
from empirical.training.trainer import SNAPSHOTS, STATE
from tests.empirical.training_runs import PLAN, Killed, run
from theory.refusal import Refusal


def test_state_of_another_plan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        run(tmp_path, until=7)
    with pytest.raises(Refusal, match=r"another plan \(steps, batch_size differ\): remove it or"):
        run(tmp_path, replace(PLAN, steps=13, batch_size=5))


def test_state_of_another_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        run(tmp_path, until=7)
    before = (tmp_path / STATE).read_bytes()
    with pytest.raises(Refusal, match=r"another plan \(model differ\): remove it or"):
        run(tmp_path, replace(PLAN, model=replace(PLAN.model, n_layer=2)))
    assert (tmp_path / STATE).read_bytes() == before


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, plan = run(tmp_path / "whole"), replace(PLAN, snapshots=(7,))
    write = atomic.write_bytes

    def full_at_snapshots(path: Path, data: bytes) -> None:
        if SNAPSHOTS in path.parts:
            raise Refusal(f"cannot write {path} (No space left on device)")
        write(path, data)

    with monkeypatch.context() as patched:
        patched.setattr(atomic, "write_bytes", full_at_snapshots)
        with pytest.raises(Refusal, match="No space left"):
            run(tmp_path / "full", plan)
    assert [file.name for file in (tmp_path / "full").iterdir()] == [STATE]
    rest = run(tmp_path / "full", plan)
    assert rest == whole[5:]
    assert (tmp_path / "full" / SNAPSHOTS / "step-000007.safetensors").exists()


@pytest.mark.parametrize("kept", [0, 100, -1])
def test_damaged_state_is_refused(tmp_path: Path, kept: int) -> None:
    with pytest.raises(Killed):
        run(tmp_path, until=7)
    state = tmp_path / STATE
    state.write_bytes(state.read_bytes()[:kept])
    with pytest.raises(Refusal, match="is damaged: remove it"):
        run(tmp_path)


def test_finished_checkpoint_is_not_trained_over(tmp_path: Path) -> None:
    run(tmp_path)
    with pytest.raises(Refusal, match="holds a checkpoint: remove it"):
        run(tmp_path)


def test_folder_that_cannot_be_written_is_refused_before_training(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Refusal, match="cannot write"):
        run(tmp_path / "file" / "model", until=1)


@pytest.fixture(scope="module")
def unfinished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was killed; each example puts its state back."""
    path = tmp_path_factory.mktemp("unfinished")
    with pytest.raises(Killed):
        run(path, until=7)
    return path


@given(st.data())
def test_any_flipped_bit_of_a_state_is_refused(unfinished: Path, data: st.DataObject) -> None:
    state = unfinished / STATE
    sound = state.read_bytes()
    end = 8 + int.from_bytes(sound[:8], "little")
    place = data.draw(st.integers(0, len(sound) - 1) | st.integers(0, end))
    damaged = bytearray(sound)
    damaged[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        state.write_bytes(damaged)
        with pytest.raises(Refusal, match=f"{STATE} is damaged: remove it"):
            run(unfinished)
        assert state.read_bytes() == damaged
        assert os.listdir(unfinished) == [STATE]
    finally:
        state.write_bytes(sound)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "task.json"])
def test_a_model_of_someone_else_is_not_trained_over(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("precious")
    with pytest.raises(Refusal, match="remove it or name another folder"):
        run(tmp_path)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["precious"]
