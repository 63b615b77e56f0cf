"""What float32 does stays within its bound, and a certificate that covers it is checked."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from flint import arb, ctx

from empirical.certificates.arithmetic.float32 import Execution, Slack, _least_norm
from empirical.certificates.arithmetic.rounding import exp
from empirical.certificates.one_layer.branch_and_bound import Verdict
from empirical.certificates.one_layer.float32_prover import ExecutedProver, Handicapped
from empirical.certificates.one_layer.prover import Prover, certify
from empirical.certificates.one_layer.tables import Tables
from empirical.files import checkpoint
from empirical.recheck import one_head
from empirical.recheck.float32 import slack
from empirical.recheck.one_head import recheck
from empirical.recheck.tables import Model
from empirical.shipped.checkpoints import shipped
from tests.empirical import small_models
from tests.empirical.certificates import tiny
from tests.empirical.certificates.test_checker import rejected

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
    execution = Execution(checkpoint.read(path))
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


def test_slack_grows_with_the_length_and_lies_close_to_the_checkers() -> None:
    path = SHIPPED["index-1layer"]
    execution = Execution(checkpoint.read(path))
    first, second = execution.slack(12, 20), execution.slack(12, 100)
    assert second.weight > first.weight > 0
    assert second.linear > first.linear > 0
    ours = (second.weight, second.linear, second.bias)
    with ctx.workprec(one_head.BITS):
        again = [float(x.mid()) for x in slack(Model(path), 12, 100)]
    for mine, theirs in zip(ours, again, strict=True):
        assert theirs == pytest.approx(mine, rel=0.02)
        assert theirs < mine


def test_least_norm_is_below_every_mixture() -> None:
    rng = np.random.default_rng(0)
    for size in (1, 2, 6):
        points = rng.normal(size=(size, 4)) + 0.5
        mixtures = rng.dirichlet(np.ones(size), 2000) @ points
        least = float(np.sqrt((mixtures**2).sum(axis=1)).min())
        assert _least_norm(points) <= least + 1e-12


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
        made = tiny.checkpoint("index", seed, True, 0.4, 6)
        assert made.task is not None
        checkpoint.write(tmp_path, made.config, made.weights, made.task, {})
        found = checkpoint.read(tmp_path)
        said = certify(ExecutedProver(found), found.sha256, 4, 5, lambda done, total: None)
        if 0 < said["proved_fraction"] < 1:
            break
    file = tmp_path / "certificate.json"
    file.write_text(json.dumps(said))
    assert said["arithmetic"] == "real+float32"
    recheck(file, tmp_path)
    rounds = {**said, "arithmetic": "float16"}
    assert "another task or arithmetic" in rejected(rounds, tmp_path)


@pytest.mark.parametrize("verdict", ["PROVED", "REFUTED"])
def test_an_unjustified_claim(
    tmp_path: Path, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate in real numbers that says float32 too, where rounding is too coarse for it."""
    for seed in range(40):
        made = tiny.checkpoint("index", seed, True, 0.4, 6)
        assert made.task is not None
        checkpoint.write(tmp_path, made.config, made.weights, made.task, {})
        found = checkpoint.read(tmp_path)
        said = certify(Prover(found), found.sha256, 3, None, lambda done, total: None)
        if {row["verdict"] for row in said["rows"]} == {verdict}:
            break
    said["arithmetic"] = "real+float32"
    large = (arb(1000), arb(1000), arb(1000))
    monkeypatch.setattr(one_head, "slack", lambda model, query, length: large)
    reason = "PROVED is not shown again" if verdict == "PROVED" else "float32 may still answer"
    assert reason in rejected(said, tmp_path)
