"""Peaks are where the torch layer's own weights are largest, counted by a loop."""

from copy import deepcopy

import numpy as np
import pytest
import torch

from empirical.files import checkpoint
from empirical.heads.executed import residual_streams
from empirical.mechanism.peaks import peaks
from empirical.models.config import GPTJConfig
from empirical.models.gptj import GPTJ
from empirical.shipped.checkpoints import directory_named
from empirical.tasks.dataset import Dataset
from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.number import NumberTask
from tests.empirical import small_models, solvers
from tests.empirical.scores import rerun

ENTRIES = (*"abc", *range(1, 17))
CONFIG = GPTJConfig(19, n_embd=12, n_layer=2, n_head=2, rotary_dim=4, n_inner=4)


@pytest.mark.parametrize("at", ["seen", "seen elsewhere"])
def test_peaks_are_counted_as_a_loop_counts_them(at: str) -> None:
    task = NumberTask(ENTRIES)
    model = GPTJ.of(CONFIG, small_models.weights(CONFIG, 1))
    ids, _ = Dataset(task, 0).batch("test", 0, 24)
    rows = {(row.layer, row.head, row.query): row for row in peaks(model, task, ids)}
    assert len(rows) == 2 * 2 * 4
    streams = [torch.from_numpy(stream).double() for stream in residual_streams(model, ids)]
    counted = {key: [0, 0, 0, 0] for key in rows}
    for number, tokens in enumerate(ids.tolist()):
        walk = solvers.number(ENTRIES, tokens)
        for layer in range(2):
            block = deepcopy(model.transformer.blocks[layer]).double()
            weights = rerun.attention(block, streams[layer][number])[1]
            for stop, place in enumerate(walk[:-1]):
                for head in range(2):
                    count = counted[layer, head, "last" if stop == 0 else f"hop {stop}"]
                    peak = int(weights[head, place].argmax())
                    if at == "seen elsewhere":
                        peak = max(peak - 1, 0)
                    count[0] += 1
                    count[1] += peak == walk[stop + 1]
                    count[2] += peak == place
                    count[3] += peak == walk[-1] != walk[stop + 1]
    measured = {key: [r.queries, r.next_stop, r.itself, r.end] for key, r in rows.items()}
    assert (measured == counted) == (at == "seen")
    assert np.sum(list(measured.values()), axis=0).min() > 0
    for row in rows.values():
        assert row.elsewhere == row.queries - row.next_stop - row.itself - row.end


def test_shipped_letter_heads_walk_or_stay_as_the_page_of_findings_says() -> None:
    shipped = checkpoint.read(directory_named("letter-seed0"))
    assert isinstance(shipped.known_task, MultiHop)
    ids, _ = Dataset(shipped.known_task, shipped.seed).batch("test", 0, 400)
    rows = peaks(GPTJ.of(shipped.config, shipped.weights), shipped.known_task, ids)
    counts = np.zeros((12, 4))
    for row in rows:
        counts[row.layer] += (row.next_stop, row.itself, row.end, row.queries)
    walking, staying, ending = counts[:, :3].T / counts[:, 3]
    walk = (walking + ending)[2:8].round(2)
    stay = staying[8:].round(2)
    assert 0.97 <= walking[1].round(2) <= 0.98
    assert walk.min() >= 0.67
    assert stay.min() >= 0.09
    assert walk.max() <= 0.98
    assert stay.max() <= 0.5
    assert staying[8:].min() > staying[1:8].max()
