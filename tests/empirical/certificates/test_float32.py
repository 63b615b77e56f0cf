"""What float32 does stays within its bound, and a certificate that covers it is checked."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from empirical.certificates.arithmetic.rounding import exp
from empirical.certificates.one_layer.branch_and_bound import Verdict
from empirical.certificates.one_layer.float32_prover import (
    ExecutedProver,
    Handicapped,
    execution_of,
)
from empirical.certificates.one_layer.prover import Prover
from empirical.certificates.one_layer.tables import Tables
from empirical.files import checkpoint
from empirical.recheck.failures import Rejected
from empirical.recheck.float32 import Execution, Slack
from empirical.shipped.checkpoints import shipped
from tests.empirical import small_models
from tests.empirical.certificates import tiny
from tests.empirical.recheck.certificates import altered, check, one_hop

SHIPPED = {path.name: path for path in shipped()}


def margins(tables: Tables, tokens: np.ndarray, answer: int) -> np.ndarray:
    """Logit of the answer minus every logit, on an input from the query backwards."""
    weights = exp(tables.scores(0, tokens.size))[np.arange(tokens.size), tokens]
    scale = np.sqrt(((weights @ tables.slants[tokens]) ** 2).sum())
    logits = weights @ tables.linear[tokens] / scale + tables.bias
    found: np.ndarray = logits[answer] - logits
    return found


@torch.inference_mode()
def ratios(path: Path, length: int, inputs: int, near: bool) -> list[float]:
    """Allowed deviation over the one observed, after it was held against every margin.

    The bound is for any order of operations at every input; it is small next to the logits.
    """
    prover = Prover(checkpoint.read(path))
    execution = execution_of(checkpoint.read(path))
    runs = (small_models.ours(path), small_models.theirs(path))
    rng = np.random.default_rng(0)
    found = []
    for domain in prover.domains(length)[::4]:
        tables = prover.model.tables(domain.query)
        row = prover.reach(domain.query, 200).beyond
        for _ in range(inputs):
            tokens = rng.choice(domain.others, length)
            if near and row is not None and row.witness is not None:
                tokens = np.array(row.witness)[::-1][:length].copy()
                tokens[rng.integers(1, tokens.size)] = rng.choice(domain.others)
            tokens[0] = domain.query
            answer = int(rng.choice(domain.answers))
            slack = execution.slack(domain.query, tokens.size)
            assert slack is not None
            real = margins(tables, tokens, answer)
            allowed = real - margins(Handicapped(tables, answer, slack), tokens, answer)
            batch = torch.from_numpy(tokens[::-1].copy())[None]
            said = (runs[0](batch, last_only=True)[0, 0], runs[1](batch).logits[0, -1])
            for logits in (one.double().numpy() for one in said):
                off = np.abs(logits[answer] - logits - real)
                off[answer] = allowed[answer] = 0
                assert (off <= allowed).all()
                assert allowed.max() <= 0.02 * np.ptp(real)
                found.append(float(allowed.max() / off.max()))
    return found


@pytest.mark.parametrize("name", ["index-1layer", "retrieval-1layer"])
@pytest.mark.parametrize("near", [False, True])
def test_executions_stay_within_the_bound(name: str, near: bool) -> None:
    found = ratios(SHIPPED[name], 60, 6, near)
    print(f"{name}: allowed over observed, median {np.median(found):.0f}", file=sys.stderr)


@pytest.mark.parametrize("name", ["index-1layer", "retrieval-1layer"])
def test_horizons_lose_little(name: str) -> None:
    found = checkpoint.read(SHIPPED[name])
    real, executed = Prover(found), ExecutedProver(found)
    for domain in real.domains(40)[::11]:
        longest = real.reach(domain.query, 200).longest
        reach = executed.reach(domain.query, 200)
        assert longest - 2 <= reach.longest <= longest
        assert reach.beyond is not None


def test_slack_grows_with_the_length() -> None:
    execution = execution_of(checkpoint.read(SHIPPED["index-1layer"]))
    first, second = execution.slack(12, 20), execution.slack(12, 100)
    assert first is not None
    assert second is not None
    assert second.weight > first.weight > 0
    assert second.linear > first.linear > 0


def test_nothing_is_claimed_out_of_the_range_of_float32() -> None:
    """Embeddings whose squares overflow."""
    power = 70
    found = checkpoint.read(SHIPPED["index-1layer"])
    weights = {name: array.copy() for name, array in found.weights.items()}
    name = "transformer.h.0.attn"
    weights[f"{name}.q_proj.weight"] *= np.float32(2.0**power)
    weights[f"{name}.k_proj.weight"] *= np.float32(2.0**-power)
    near = execution_of(replace(found, weights=weights)).slack(12, 20)
    assert near is not None  # products of queries and keys are as before
    weights["transformer.wte.weight"] *= np.float32(2.0**power)
    assert execution_of(replace(found, weights=weights)).slack(12, 20) is None


def test_verdicts_under_a_slack() -> None:
    """With no slack nothing changes; with a large one all is UNDECIDED; never a verdict flips."""
    seen = set()
    for seed in range(6):
        found = tiny.checkpoint("index", seed, True, 0.4, 6)
        real, executed = Prover(found), ExecutedProver(found)
        for domain in real.domains(4):
            rows = list(real.rows(domain.query, 4))
            kept = list(executed.rows(domain.query, 4))
            for before, after in zip(rows, kept, strict=True):
                seen.add(after.verdict)
                assert after.verdict in (before.verdict, Verdict.UNDECIDED)
                if after.verdict is Verdict.REFUTED:
                    assert after == before
            for amount, wanted in ((0.0, None), (1e3, Verdict.UNDECIDED)):
                tables = real.model.tables(domain.query)
                for before in rows:
                    single = replace(domain, answers=np.array([before.answer]))
                    hard = Handicapped(tables, before.answer, Slack(amount, amount, amount))
                    again = next(real.rows_of(hard, single, 4)).verdict
                    if wanted is None:
                        assert again is before.verdict
                    else:
                        assert again is not Verdict.PROVED
    assert seen >= {Verdict.PROVED, Verdict.REFUTED}


def test_a_certificate_that_covers_float32(tmp_path: Path) -> None:
    for seed in range(20):
        document = one_hop(tmp_path, "index", seed, float32=True)
        verdicts = [row["verdict"] for row in document["claims"]["rows"]]
        if 0 < verdicts.count("PROVED") < len(verdicts):
            break
    assert document["claims"]["arithmetic"] == "real+float32"
    check(document, tmp_path)


def test_an_unjustified_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate in real numbers that says float32 too, where rounding is too coarse for it."""
    document = one_hop(tmp_path, "index", 0)
    large = Slack(1000.0, 1000.0, 1000.0)
    monkeypatch.setattr(Execution, "slack", lambda self, query, length: large)
    claimed = altered(document, lambda claims: claims.update(arithmetic="real+float32"))
    with pytest.raises(Rejected, match=r"PROVED is not shown again|float32 may still answer"):
        check(claimed, tmp_path)
