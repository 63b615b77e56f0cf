"""What a ball does not know, and what float32 may lose, is never taken for known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from flint import arb, ctx

from empirical.certificates.document import checked
from empirical.certificates.one_layer.prover import Prover, certify
from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint, TaskRecord
from empirical.models.config import GPTJConfig
from empirical.models.gptj import GPTJ
from empirical.recheck.certificate import OneHop, Row, Verdict
from empirical.recheck.checkpoint import read_checkpoint
from empirical.recheck.float_tables import FloatTables
from empirical.recheck.tables import Block
from empirical.shipped.checkpoints import directory_named
from tests.attack.truth import Truth
from tests.empirical.recheck.certificates import Document, quiet, write

LARGE = 2.0**123


def cancelling(path: Path, seed: int) -> Checkpoint:
    """Two channels of every score, as large as 2¹²³ squared, cancel but for a number of size 1."""
    entries = ("a", "b", 1)
    config = GPTJConfig(len(entries), 4, 1, 1, 2, n_inner=1, layer_norm_epsilon=1e-5)
    rng = np.random.default_rng(seed)
    weights = {n: rng.normal(0, 1, shape).astype("f4") for n, shape in checkpoint.shapes(config)}
    block = "transformer.h.0"
    query = np.zeros((4, 4), dtype="f4")
    query[2:, 0] = 2.0**60
    key = np.zeros((4, 4), dtype="f4")
    key[2, 1], key[3, 1], key[3, 2] = LARGE, -LARGE, 2.0**-60
    weights |= {f"{block}.attn.q_proj.weight": query, f"{block}.attn.k_proj.weight": key}
    weights[f"{block}.ln_1.bias"][:] = 0
    record = TaskRecord("index", entries, (2, 3))
    return write(path, Checkpoint(path, config, weights, "", record, None))


def rows_left(content: Document, path: Path) -> tuple[Row, ...]:
    """What the checker leaves where every row is claimed to be PROVED."""
    for row in content["rows"]:
        row.update(verdict="PROVED", rival=None, witness=None, witness_margin=None)
    claims = checked(content, path).certificate.claims
    assert isinstance(claims, OneHop)
    return claims.rows


def score_of(block: Block) -> arb:
    """Of a at distance 1 from 1, at the precision of the tables."""
    with ctx.workprec(block.precision):
        return block.score(0, 2, 0, 1)


def test_amplitudes_that_cancel(tmp_path: Path) -> None:
    """The middles of the balls are far off; only finer balls show anything."""
    verdicts = []
    for seed in range(4):
        checkpoint = cancelling(tmp_path, seed)
        block = Block(read_checkpoint(tmp_path))
        assert score_of(block).rad() > 1
        assert score_of(block.finer).rad() < 2.0**-20
        assert np.isinf(FloatTables(block).weights(0, 2, 3).error).any()
        content = certify(Prover(checkpoint), checkpoint.sha256, 3, None, quiet)
        true = Truth(checkpoint).rows(3)
        for row in rows_left(content, tmp_path):
            right = true[row.query, row.answer].wrong == 0
            assert row.verdict is (Verdict.PROVED if right else Verdict.UNDECIDED)
            verdicts.append(row.verdict)
    assert set(verdicts) == {Verdict.PROVED, Verdict.UNDECIDED}


@pytest.mark.parametrize("power", [0, 70, -75])
@torch.inference_mode()
def test_float32_is_claimed_in_its_range_only(power: int, tmp_path: Path) -> None:
    """The same function by numbers that float32 cannot square, of which torch gives NaN."""
    model = checkpoint.read(directory_named("index-1layer"))
    names = ("wte.weight", "fc_out.weight", "fc_out.bias", "out_proj.weight")
    weights = {
        name: array * np.float32(2.0**power) if name.endswith(names) else array
        for name, array in model.weights.items()
    }
    epsilon = min(0.5, model.config.layer_norm_epsilon * 4.0**power)
    config = replace(model.config, layer_norm_epsilon=epsilon)
    scaled = write(tmp_path, replace(model, config=config, weights=weights))
    content = certify(Prover(scaled), scaled.sha256, 16, None, quiet)
    assert {row["verdict"] for row in content["rows"]} == {"PROVED"}
    rows = rows_left({**content, "arithmetic": "real+float32"}, tmp_path)
    inputs = torch.arange(16)[None] % config.vocab_size
    broken = bool(GPTJ.of(config, weights)(inputs, last_only=True).isnan().any())
    assert broken == (power != 0)
    assert {row.verdict for row in rows} == {Verdict.UNDECIDED if broken else Verdict.PROVED}
