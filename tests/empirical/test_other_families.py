"""Models of other families are trained as ours are: resumable, and readable afterwards."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from empirical.foreign import reading
from empirical.models.family import FamilyConfig, FamilyModel
from empirical.training import trainer
from empirical.training.plan import Plan
from empirical.training.recipes import PLANS
from empirical.training.trainer import Progress
from theory.refusal import Refusal

NAMES = ("gpt-neox", "llama")


def small(name: str) -> Plan:
    plan = PLANS[name]
    model = replace(plan.model, n_embd=32, n_inner=16, rotary_dim=4 if name == "gpt-neox" else 8)
    return replace(plan, model=model, train_lengths=(12,), steps=6, batch_size=4)


@pytest.mark.parametrize("name", NAMES)
def test_a_resumed_run_ends_in_the_same_bytes_and_is_read(name: str, tmp_path: Path) -> None:
    plan = small(name)

    def killed(progress: Progress) -> None:
        if progress.step == 4:
            raise InterruptedError

    trainer.train(plan, tmp_path / "whole", evaluation_inputs=20)
    with pytest.raises(InterruptedError):
        trainer.train(plan, tmp_path / "broken", progress=killed, save_every=3)
    trainer.train(plan, tmp_path / "broken", evaluation_inputs=20)
    for file in ("model.safetensors", "config.json", "task.json"):
        assert (tmp_path / "whole" / file).read_bytes() == (tmp_path / "broken" / file).read_bytes()
    model = reading.read(tmp_path / "whole")
    assert isinstance(plan.model, FamilyConfig)
    assert (model.family.model_type, model.layers) == (plan.model.family, 2)
    ids = torch.from_numpy(plan.batch(0)[0])
    fresh = FamilyModel(plan.model)
    fresh.causal.load_state_dict(model.module.state_dict())
    torch.testing.assert_close(fresh(ids), model.module(ids).logits, atol=1e-5, rtol=0)
    torch.testing.assert_close(fresh(ids, last_only=True), fresh(ids)[:, -1:])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"family": "gemma"}, "choose gpt_neox or llama"),
        ({"n_key_head": 3}, "4 heads of llama cannot share 3 key heads"),
        ({"n_key_head": 0}, "cannot share 0 key heads"),
        ({"family": "gpt_neox"}, "cannot share 2 key heads"),
        ({"rotary_dim": 16}, "heads of llama turn in all 32"),
        ({"attn_pdrop": 0.1}, "without dropout"),
    ],
)
def test_a_shape_that_the_family_has_not_is_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(Refusal, match=says):
        replace(PLANS["llama"].model, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"attention_only": True}, {"previous_token": 0.1}])
def test_what_only_gptj_can_do_is_refused(change: dict[str, object]) -> None:
    plan = small("llama")
    with pytest.raises(Refusal, match="are for GPT-J"):
        replace(plan, model=replace(plan.model, n_inner=1), **change)  # type: ignore[arg-type]
