"""``ropeproof mechanism`` writes every row it shows, and refuses what does not walk."""

import json
from pathlib import Path

import pytest

from empirical.files import checkpoint
from empirical.files.checkpoint import TaskRecord
from empirical.models.config import GPTJConfig
from empirical.shipped.checkpoints import shipped
from empirical.verbs import mechanism
from tests.empirical import small_models
from theory.refusal import Refusal

ENTRIES = (*"abc", *range(1, 17))


def test_rows_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = GPTJConfig(19, n_embd=8, n_layer=2, n_head=2, rotary_dim=2, n_inner=4)
    task = TaskRecord("number", ENTRIES, (17,))
    checkpoint.write(tmp_path / "run", config, small_models.weights(config), task, {"seed": 1})
    file = tmp_path / "rows.json"
    mechanism.command(tmp_path / "run", inputs=20, json=file)
    rows = json.loads(file.read_text())
    assert len(rows["peaks"]) == 2 * 2 * 4
    assert len(rows["held"]) == 3 * 4
    assert len(rows["copies"]) == 2 * 3
    assert len(rows["ablations"]) == 2 * 2 * 3
    out = capsys.readouterr().out
    assert all(title in out for title in ("largest weight", "stops that hold", "right answers"))


def test_a_one_hop_model_is_refused() -> None:
    path = next(path for path in shipped() if path.name == "index-1layer")
    with pytest.raises(Refusal, match="name a number or letter model"):
        mechanism.command(path)
