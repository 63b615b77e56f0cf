"""What float32 does stays within its bound, and a certificate that covers it is checked."""

import sys
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from flint import arb, ctx

from empirical.certificates.arithmetic.float32 import (
    MOST_POSITIONS,
    SINGLE,
    ExecutionSlack,
    Float32Execution,
    angle_errors,
    least_norm,
)
from empirical.certificates.arithmetic.rounding import exp
from empirical.certificates.one_layer.float32_prover import (
    Float32Prover,
    WithFloat32Slack,
    execution_of_checker,
)
from empirical.certificates.one_layer.prover import Prover
from empirical.certificates.one_layer.tables import Tables
from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.models.config import GPTJConfig
from empirical.recheck import float32 as recheck_float32
from empirical.recheck.certificate import Verdict
from empirical.recheck.failures import Rejected
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
    leads: np.ndarray = logits[answer] - logits
    return leads


class Slacks:
    """How much an answer must be ahead, as the search derives it and as the checker does."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._ours, self._theirs = Float32Execution(checkpoint), execution_of_checker(checkpoint)

    def __call__(
        self, query: int, length: int
    ) -> tuple[ExecutionSlack | None, ExecutionSlack | None]:
        theirs = self._theirs.slack(query, length)
        of_checker = (
            None if theirs is None else ExecutionSlack(theirs.weight, theirs.linear, theirs.bias)
        )
        return self._ours.slack(query, length), of_checker


@torch.inference_mode()
def ratios(path: Path, length: int, inputs: int, near: bool) -> list[float]:
    """Allowed deviation over the one observed, after it was held against every margin.

    The bound is for any order of operations at every input; it is small next to the logits.
    """
    prover, slacks = Prover(checkpoint.read(path)), Slacks(checkpoint.read(path))
    runs = (small_models.ours(path), small_models.theirs(path))
    rng = np.random.default_rng(0)
    allowed_over_observed = []
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
            real = margins(tables, tokens, answer)
            batch = torch.from_numpy(tokens[::-1].copy())[None]
            executions = (runs[0](batch, last_only=True)[0, 0], runs[1](batch).logits[0, -1])
            for slack in slacks(domain.query, tokens.size):
                assert slack is not None
                handicapped = WithFloat32Slack(tables, answer, slack)
                allowed = real - margins(handicapped, tokens, answer)
                for logits in (one.double().numpy() for one in executions):
                    off = np.abs(logits[answer] - logits - real)
                    off[answer] = allowed[answer] = 0
                    assert (off <= allowed).all()
                    assert allowed.max() <= 0.02 * np.ptp(real)
                    allowed_over_observed.append(float(allowed.max() / off.max()))
    return allowed_over_observed


@pytest.mark.parametrize("name", ["index-1layer", "retrieval-1layer"])
@pytest.mark.parametrize("near", [False, True])
def test_executions_stay_within_the_bound(name: str, near: bool) -> None:
    allowed_over_observed = ratios(SHIPPED[name], 60, 6, near)
    print(
        f"{name}: allowed over observed, median {np.median(allowed_over_observed):.0f}",
        file=sys.stderr,
    )


@pytest.mark.parametrize("name", ["index-1layer", "retrieval-1layer"])
def test_horizons_lose_little(name: str) -> None:
    model = checkpoint.read(SHIPPED[name])
    real, executed = Prover(model), Float32Prover(model)
    for domain in real.domains(40)[::11]:
        longest = real.reach(domain.query, 200).longest
        reach = executed.reach(domain.query, 200)
        assert longest - 2 <= reach.longest <= longest
        assert reach.beyond is not None


@pytest.mark.parametrize("name", ["index-1layer", "retrieval-1layer"])
def test_two_derivations_of_one_slack(name: str) -> None:
    """Both grow with the length, and neither is three times the other."""
    slacks, before = Slacks(checkpoint.read(SHIPPED[name])), (0.0, 0.0)
    for length in (20, 100, 3000):
        both = slacks(12, length)
        for slack, least in zip(both, before, strict=True):
            assert slack is not None
            assert slack.weight > least
        ours, theirs = (astuple(slack)[:3] for slack in both if slack is not None)
        for one, two in zip(ours, theirs, strict=True):
            assert 1 / 3 < one / two < 3
        before = ours[0], theirs[0]


def test_nothing_is_claimed_out_of_the_range_of_float32() -> None:
    """Embeddings whose squares overflow."""
    power = 70
    model = checkpoint.read(SHIPPED["index-1layer"])
    weights = {name: array.copy() for name, array in model.weights.items()}
    name = "transformer.h.0.attn"
    weights[f"{name}.q_proj.weight"] *= np.float32(2.0**power)
    weights[f"{name}.k_proj.weight"] *= np.float32(2.0**-power)
    # Products of queries and keys are as before.
    assert None not in Slacks(replace(model, weights=weights))(12, 20)
    weights["transformer.wte.weight"] *= np.float32(2.0**power)
    assert Slacks(replace(model, weights=weights))(12, 20) == (None, None)


def exact_angle_errors(config: GPTJConfig, length: int) -> list[float]:
    """How far torch's angles of the largest position are from the exact ones, by plane."""
    exponents = torch.arange(0, config.rotary_dim, 2).float() / config.rotary_dim
    frequencies = 1.0 / (10000.0**exponents)
    angles = ((length - 1) * frequencies).double().tolist()
    with ctx.workprec(200):
        exact = [
            arb(length - 1) * arb(10000) ** (-arb(2 * plane) / config.rotary_dim)
            for plane in range(len(angles))
        ]
        return [float(abs(arb(x) - true)) for x, true in zip(angles, exact, strict=True)]


@pytest.mark.parametrize("rotary", [4, 30, 64, 256])
def test_angles_err_by_no_more_than_their_bound(rotary: int) -> None:
    """13 units, as was once counted, are too few for a large exponent."""
    config = GPTJConfig(3, rotary, 1, 1, rotary)
    nearest, units = 0.0, 0.0
    for length in (2, 1025, MOST_POSITIONS):
        bounds = angle_errors(config, length).tolist()
        errors = exact_angle_errors(config, length)
        assert all(error <= bound for error, bound in zip(errors, bounds, strict=True))
        for error, bound, angle in zip(errors, bounds, config.angles, strict=True):
            nearest = max(nearest, error / bound)
            units = max(units, bound / (angle * (length - 1) * SINGLE))
    assert nearest > 0.05
    assert units > 13 or rotary < 30


def test_least_norm_is_below_every_mixture() -> None:
    rng = np.random.default_rng(0)
    for size in (1, 2, 6):
        points = rng.normal(size=(size, 4)) + 0.5
        mixtures = rng.dirichlet(np.ones(size), 2000) @ points
        least = float(np.sqrt((mixtures**2).sum(axis=1)).min())
        assert least_norm(points) <= least + 1e-12


def test_verdicts_under_a_slack() -> None:
    """With no slack nothing changes; with a large one all is UNDECIDED; never a verdict flips."""
    seen = set()
    for seed in range(6):
        checkpoint = tiny.checkpoint("index", seed, True, 0.4, 6)
        real, executed = Prover(checkpoint), Float32Prover(checkpoint)
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
                    hard = WithFloat32Slack(
                        tables, before.answer, ExecutionSlack(amount, amount, amount)
                    )
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
    large = recheck_float32.Slack(1000.0, 1000.0, 1000.0)
    monkeypatch.setattr(recheck_float32.Execution, "slack", lambda self, query, length: large)
    claimed = altered(document, lambda claims: claims.update(arithmetic="real+float32"))
    with pytest.raises(Rejected, match=r"PROVED is not shown again|float32 may still answer"):
        check(claimed, tmp_path)
