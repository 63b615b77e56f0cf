"""Forecasts against enumeration of all inputs; measurements against the layers run alone."""

from copy import deepcopy
from itertools import product

import numpy as np
import pytest
import torch

from empirical.heads.executed import heads_on, residual_streams
from empirical.mechanism import peak_survival as module
from empirical.mechanism.forecast import Forecast, forecast
from empirical.mechanism.peak_survival import PeakSurvival, peak_survival
from empirical.models.config import GPTJConfig
from empirical.models.gptj import GPTJ
from empirical.scores.queries import stops
from empirical.tasks.dataset import Dataset
from empirical.tasks.letter import LetterTask
from empirical.tasks.multi_hop import MultiHop
from empirical.tasks.number import NumberTask
from empirical.training.recipes import PLANS
from tests.empirical import small_models, solvers
from tests.empirical.scores import rerun
from theory.refusal import Refusal

NUMBER = NumberTask((*"abc", *range(1, 17)))
LETTER = PLANS["letter"].task
SEED = 5
MOST = 40


def model_of(task: MultiHop, layers: int = 1) -> GPTJ:
    config = GPTJConfig(
        len(task.entries), n_embd=16, n_layer=layers, n_head=2, rotary_dim=6, n_inner=4
    )
    return GPTJ.of(config, small_models.weights(config, 3))


def forecasts(model: GPTJ, task: MultiHop, ids: np.ndarray) -> list[Forecast]:
    asked, ends = stops(task, ids), task.path(ids)[:, -1]
    return [forecast(head, task, asked, ends, MOST) for _, _, head in heads_on(model, ids)]


def walk_of(task: MultiHop, tokens: list[int]) -> list[int]:
    return (solvers.letter if isinstance(task, LetterTask) else solvers.number)(
        task.entries, tokens
    )


@pytest.mark.parametrize("task", [NUMBER, LETTER], ids=["number", "letter"])
def test_forecasts_are_those_of_all_inputs_with_two_tokens_in_front(task: MultiHop) -> None:
    model, front = model_of(task), 2
    ids, _ = Dataset(task, 0).batch("test", 0, 40)
    ids = ids[task.hops(ids) == 4][:1]
    forecast = forecasts(model, task, ids)
    asked = stops(task, ids).flat
    block = deepcopy(model.transformer.blocks[0]).double()
    embedding = model.transformer.wte.weight.detach().double()
    again = 0
    for query, (_, number, place) in enumerate(zip(*asked, strict=True)):
        tokens = ids[number].tolist()
        end = walk_of(task, tokens)[-1]
        window = [tokens[k] for k in range(8) if k != end]
        logits = rerun.attention(block, embedding[tokens])[0].numpy()
        for head, of_head in enumerate(forecast):
            peak = int(logits[head, place, : place + 1].argmax())
            assert of_head.peak_positions[query] == peak
            recurs = isinstance(task, NumberTask) and peak < 8
            again += recurs
            leads, weights = [], []
            for ahead in product([*window, tokens[peak]] if recurs else window, repeat=front):
                rows = rerun.attention(block, embedding[[*ahead, *tokens]])
                seen, shares = (
                    part.numpy()[head, front + place, : front + place + 1] for part in rows
                )
                lead = seen[front + peak] - np.delete(seen, front + peak).max()
                leads.append((lead, all(token in window for token in ahead)))
                weights.append(shares[front + peak])
            least = min(lead for lead, _ in leads)
            assert of_head.floor[query, front] == pytest.approx(least, abs=1e-9)
            if not recurs:
                drawn = np.array([lead for lead, _ in leads])
                assert of_head.largest_lead[query, front] == pytest.approx(drawn.max(), abs=1e-9)
                assert of_head.kept[query, front] == pytest.approx((drawn >= 0).mean(), abs=1e-9)
                assert 1 / of_head.weight[query, front] == pytest.approx(
                    np.mean(1 / np.array(weights))
                )
    assert (again > 0) == isinstance(task, NumberTask)


def test_nothing_in_front_forecasts_what_is() -> None:
    ids, _ = Dataset(NUMBER, 0).batch("test", 0, 40)
    for of_head in forecasts(model_of(NUMBER, 2), NUMBER, ids):
        assert (of_head.kept[:, 0] == 1).all()
        assert (of_head.floor[:, 0] == of_head.largest_lead[:, 0]).all()
        assert (of_head.floor[:, 0] >= 0).all()
        for falling in (
            of_head.kept,
            of_head.floor,
            of_head.largest_lead,
            of_head.weight,
            of_head.bound,
        ):
            assert (falling[:, 1:] <= falling[:, :-1]).all()
        assert of_head.kept.min() < 0.5


def test_the_floor_keeps_to_what_the_planes_allow() -> None:
    model = model_of(NUMBER)
    ids, _ = Dataset(NUMBER, 0).batch("test", 0, 40)
    _, inputs, places = stops(NUMBER, ids).flat
    bounded = 0
    for of_head, (_, _, head) in zip(
        forecasts(model, NUMBER, ids), heads_on(model, ids), strict=True
    ):
        assert (of_head.floor <= of_head.bound + 1e-12).all()
        assert (of_head.bound[:, 0] == np.inf).all()
        assert np.isfinite(of_head.bound[:, 1:]).any()
        for query, (number, place) in enumerate(zip(inputs, places, strict=True)):
            peak, first = of_head.peak_positions[query], 17 * number
            if peak >= 8:
                assert (of_head.bound[query] == np.inf).all()
                continue
            bounded += 1
            (amplitude,) = head.amplitudes(int(first + place), np.array([first + peak]))
            leads = [
                sum(
                    2 * abs(a) * abs(np.sin(s * t / 2))
                    for a, t in zip(amplitude, head.angles, strict=True)
                )
                for s in range(peak + 1, peak + 6)
            ]
            assert of_head.bound[query, 5] == pytest.approx(min(leads))
    assert bounded > 20


def test_what_is_measured_is_what_the_layers_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "INPUTS", 24)
    model, length = model_of(NUMBER, 2), 30
    ids, _ = Dataset(NUMBER, 0).batch("test", 0, 40)
    rows = {
        (r.layer, r.head, r.query): r for r in peak_survival(model, NUMBER, ids, (length,), SEED)
    }
    assert len(rows) == 2 * 2 * 4
    monkeypatch.setattr(module, "TOKENS", 24 * length)
    capped = {
        (r.layer, r.head, r.query): r for r in peak_survival(model, NUMBER, ids, (length,), SEED)
    }
    rng = np.random.default_rng((SEED, length, module.STREAM))
    long, _ = NUMBER.batch(rng, 24, length)
    counted: dict[tuple[int, int, str], list[tuple[bool, float]]] = {key: [] for key in rows}
    pairs = zip(
        residual_streams(model, long), residual_streams(model, long[:, -17:].copy()), strict=True
    )
    for layer, (whole, alone) in enumerate(list(pairs)[:2]):
        block = deepcopy(model.transformer.blocks[layer]).double()
        for number, tokens in enumerate(long.tolist()):
            after = rerun.attention(block, torch.from_numpy(whole[number]).double())[1].numpy()
            before = rerun.attention(block, torch.from_numpy(alone[number]).double())[1].numpy()
            for stop, place in enumerate(solvers.number(NUMBER.entries, tokens)[:-1]):
                for head in range(2):
                    peak = int(before[head, place - 13].argmax()) + 13
                    kept = int(after[head, place].argmax()) == peak
                    key = layer, head, "last" if stop == 0 else f"hop {stop}"
                    counted[key].append((kept, float(after[head, place, peak])))
    for key, seen in counted.items():
        assert capped[key].measured_queries == (len(seen),)
        assert capped[key].measured_kept == pytest.approx((np.mean([kept for kept, _ in seen]),))
        assert capped[key].measured_weight == pytest.approx(
            (np.mean([w for _, w in seen]),), abs=1e-6
        )
        assert rows[key].measured_queries[0] >= len(seen)
        assert rows[key].forecast_kept == capped[key].forecast_kept
    assert 0 < np.mean([row.measured_kept for row in capped.values()]) < 1


def test_a_head_is_forecast_to_fail_where_half_of_its_queries_do() -> None:
    model, lengths = model_of(NUMBER), tuple(range(18, 57))
    ids, _ = Dataset(NUMBER, 0).batch("test", 0, 40)
    rows: list[PeakSurvival] = list(peak_survival(model, NUMBER, ids, lengths, SEED))
    assert any(row.forecast_failure for row in rows)
    for row in rows:
        below = [n for n, share in zip(lengths, row.forecast_kept, strict=True) if share < 0.5]
        assert row.forecast_failure == (below[0] if below else None)


@pytest.mark.parametrize("lengths", [(17, 20), (30, 20), (20, 20)])
def test_lengths_out_of_order_are_refused(lengths: tuple[int, ...]) -> None:
    ids, _ = Dataset(NUMBER, 0).batch("test", 0, 20)
    with pytest.raises(Refusal, match="ascend from more than 17"):
        next(peak_survival(model_of(NUMBER), NUMBER, ids, lengths, SEED))
