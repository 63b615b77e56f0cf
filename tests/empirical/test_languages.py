"""Languages hold what they say they hold, and models of them train, resume and are read back."""

import sysconfig
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoConfig

from empirical.files import checkpoint
from empirical.heads.executed import residual_streams
from empirical.heads.pattern import attention
from empirical.heads.smeared import heads
from empirical.models.gptj import GPTJ
from empirical.models.smeared import SmearedConfig
from empirical.tasks import task_from_entries
from empirical.tasks.induction import InductionTask
from empirical.tasks.markov import Markov
from empirical.tasks.python_source import ALPHABET, PythonSource
from empirical.tasks.segments import Segments
from empirical.training import trainer
from empirical.training.plan import Plan
from empirical.training.recipes import PLANS, plan_for
from theory.refusal import Refusal

SEGMENTS = Segments((*"abcdefghijkl", *"ABCDEFGHIJKL"))


def small(name: str) -> Plan:
    plan = PLANS[name]
    shape = replace(plan.model, n_embd=16, n_head=2, rotary_dim=4)
    return replace(plan, model=shape, train_lengths=(12,), steps=6, batch_size=2, snapshots=(0, 4))


def spelled_out(seed: int, size: int, length: int) -> list[list[int]]:
    """The same draws as ``SEGMENTS.text``, put together one piece at a time."""
    rng = np.random.default_rng(seed)
    pieces = 1 + length // 4
    orders = rng.random((size, 2, 12)).argsort(axis=2)
    lengths = rng.integers(6, 10, (size, 2))
    which = rng.integers(2, size=(size, pieces))
    missing = rng.integers(3, size=(size, pieces))
    filler = rng.integers(4, size=(size, pieces))
    upper = rng.random((size, pieces)) < 0.3
    noise = rng.integers(24, size=(size, length))
    texts = []
    for row in range(size):
        text: list[int] = []
        for piece in range(pieces):
            text += noise[row, len(text) : len(text) + filler[row, piece]].tolist()
            number = which[row, piece]
            segment = orders[row, number][: lengths[row, number]][missing[row, piece] :]
            text += [int(letter) + 12 * bool(upper[row, piece]) for letter in segment]
        texts.append(text[:length])
    return texts


@given(st.integers(0, 2**32), st.integers(1, 40))
def test_segments_equal_a_loop(seed: int, length: int) -> None:
    assert SEGMENTS.text(np.random.default_rng(seed), 3, length).tolist() == spelled_out(
        seed, 3, length
    )


def test_segments_are_predictable_from_the_text_alone() -> None:
    text = SEGMENTS.text(np.random.default_rng(0), 400, 64)
    single = np.bincount(text.ravel(), minlength=24) / text.size
    lower = single[SEGMENTS.lower]
    np.testing.assert_allclose(lower, lower.mean(), atol=0.01)
    assert lower.sum() > 1.7 * single[SEGMENTS.upper].sum()
    letters = SEGMENTS.letters[text]
    # After the same letter as once before comes the same letter as then: far above 1 in 12.
    right = []
    for row in letters.tolist():
        for i in range(40, 63):
            earlier = [j for j in range(i) if row[j] == row[i]]
            if earlier:
                right.append(row[earlier[-1] + 1] == row[i + 1])
    assert np.mean(right) > 0.35
    shuffled = np.random.default_rng(1).permuted(letters, axis=1).tolist()
    chance = [
        row[max(j for j in range(i) if row[j] == row[i]) + 1] == row[i + 1]
        for row in shuffled
        for i in range(40, 63)
        if row[i] in row[:i]
    ]
    assert np.mean(chance) < 0.2


def test_markov_texts_follow_their_own_chains() -> None:
    language = Markov(tuple("abcdefgh"))
    text = language.text(np.random.default_rng(0), 200, 100)
    same = []
    for row in text.tolist():
        same += [row[row.index(row[i]) + 1] == row[i + 1] for i in range(50, 99)]
    assert np.mean(same) > 0.4  # within a text the commonest follower comes again
    across = [one[50] == other[50] for one, other in pairwise(text)]
    assert np.mean(across) < 0.25


def test_python_source_is_the_library_of_this_python() -> None:
    language = PythonSource(ALPHABET)
    text = language.text(np.random.default_rng(0), 2, 300)
    library = b"".join(
        file.read_bytes() for file in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    ).decode("latin-1")
    library = "".join(c if c in ALPHABET else "?" for c in library)
    for row in text:
        assert "".join(str(ALPHABET[token]) for token in row) in library
    assert task_from_entries("python", list(ALPHABET)) == language


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("segments", [*"abcdefghij", *"ABCDEFGHI"]),
        ("segments", [*"abc", *"ABC"]),
        ("segments", ["a", 1]),
        ("python", ["a"]),
    ],
)
def test_languages_refuse_tokens_they_cannot_use(name: str, tokens: list[object]) -> None:
    with pytest.raises(Refusal, match="list"):
        task_from_entries(name, tokens)


@pytest.mark.parametrize("name", ["induction-2", "induction-1-smeared", "induction-2-mlp"])
def test_resumed_run_ends_in_the_same_bytes(name: str, tmp_path: Path) -> None:
    plan = small(name)

    class Stop(Exception):
        pass

    def stop(progress: trainer.Progress) -> None:
        if progress.step == 3:
            raise Stop

    trainer.train(plan, tmp_path / "whole", evaluation_inputs=10)
    with pytest.raises(Stop):
        trainer.train(plan, tmp_path / "broken", progress=stop, save_every=2)
    trainer.train(plan, tmp_path / "broken", evaluation_inputs=10)
    whole, broken = ((tmp_path / kind / "model.safetensors") for kind in ("whole", "broken"))
    assert whole.read_bytes() == broken.read_bytes()
    kept = sorted(file.name for file in (tmp_path / "broken" / "snapshots").iterdir())
    assert kept == ["step-000000.safetensors", "step-000004.safetensors"]
    read = checkpoint.read(tmp_path / "whole", type(plan.model))
    mlps = [array for part, array in read.weights.items() if ".mlp." in part]
    assert all((array == 0).all() for array in mlps) == plan.attention_only


def test_every_position_is_learned() -> None:
    plan = small("induction-2")
    ids, answers = plan.batch(0)
    np.testing.assert_array_equal(ids[:, 1:], answers[:, :-1])
    assert ids.shape == answers.shape == (2, 12)


@given(st.integers(0, 2**32), st.integers(3, 30))
def test_induction_asks_for_what_followed(seed: int, length: int) -> None:
    task = task_from_entries("induction", [None, *"abcde"])
    assert isinstance(task, InductionTask)
    rng = np.random.default_rng(seed)
    for row, answer in zip(*task.batch(rng, 4, length), strict=True):
        tokens = row.tolist()
        assert tokens.count(tokens[-1]) == 2
        assert tokens[tokens.index(tokens[-1]) + 1] == answer
        assert 0 not in tokens
    for row, answers in zip(*task.everywhere(rng, 4, length), strict=True):
        tokens = row.tolist()
        for i in range(length):
            earlier = [j for j in range(i) if tokens[j] == tokens[i]]
            asked = len(earlier) == 1 and earlier[0] < i - 1
            assert answers[i] == (tokens[earlier[0] + 1] if asked else InductionTask.UNASKED)


def test_previous_token_loss_is_that_of_the_first_layer() -> None:
    plan = replace(small("induction-2"), previous_token=0.5)
    run = trainer._Run(plan, torch.device("cpu"))
    assert isinstance(run.model, GPTJ)
    ids, answers = map(torch.from_numpy, plan.batch(0))
    (stream,) = islice(residual_streams(run.model, ids.numpy()), 1)
    weights = {name: w.detach().numpy() for name, w in run.model.named_parameters()}
    losses = []
    for head in heads(plan.model, weights, 0, stream):
        pattern = attention(head, np.arange(ids.numel()).reshape(ids.shape))
        losses += [-np.log(pattern[row, i, i - 1]) for row in range(2) for i in range(1, 12)]
    predicted = torch.nn.functional.cross_entropy(run.model(ids).flatten(0, 1), answers.flatten())
    expected = predicted.item() + 0.5 * float(np.mean(losses))
    assert run.advance().loss == pytest.approx(expected, rel=1e-5)


def test_a_margin_puts_the_answer_back() -> None:
    plan = small("induction-2")
    run = trainer._Run(plan, torch.device("cpu"))
    ids, answers = map(torch.from_numpy, plan.batch(0))
    logits = run.model(ids).flatten(0, 1).detach()
    logits[np.arange(answers.numel()), answers.flatten()] -= 3
    expected = torch.nn.functional.cross_entropy(logits, answers.flatten()).item()
    assert run.advance().loss < expected - 1
    run = trainer._Run(replace(plan, margin=3.0), torch.device("cpu"))
    assert run.advance().loss == pytest.approx(expected, rel=1e-5)


def test_a_shift_before_the_first_layer_is_drawn_and_no_other() -> None:
    plan = small("induction-2")
    runs = [
        trainer._Run(made, torch.device("cpu")) for made in (plan, replace(plan, first_shift=2.0))
    ]
    before, after = (dict(run.model.named_parameters()) for run in runs)
    (name,) = (name for name in before if not torch.equal(before[name], after[name]))
    assert name == "transformer.h.0.ln_1.bias"
    assert 1 < after[name].std() < 3


def test_attention_only_needs_the_narrowest_mlp() -> None:
    plan = small("induction-2")
    with pytest.raises(Refusal, match="n_inner"):
        replace(plan, model=replace(plan.model, n_inner=8))


def test_plans_keep_their_heads_where_nothing_else_is_asked() -> None:
    assert plan_for("induction-2", seed=3).model == PLANS["induction-2"].model
    assert plan_for("induction-2", width=32).model.rotary_dim == 8
    assert plan_for("induction-2", rotary_dim=4).model.n_embd == 64


def test_smeared_model_is_what_it_says(tmp_path: Path) -> None:
    plan = small("induction-1-smeared")
    trainer.train(plan, tmp_path / "run", evaluation_inputs=10)
    with pytest.raises(Refusal, match="smeared-gptj"):
        checkpoint.read(tmp_path / "run")
    with pytest.raises(ValueError, match="smeared-gptj"):
        AutoConfig.from_pretrained(tmp_path / "run")
    read = checkpoint.read(tmp_path / "run", SmearedConfig)
    assert "transformer.h.0.attn.k_proj.smear" in read.weights

    weights = dict(read.weights)
    rng = np.random.default_rng(0)
    for name in ("q_proj.weight", "k_proj.weight", "k_proj.smear"):
        shape = weights[f"transformer.h.0.attn.{name}"].shape
        weights[f"transformer.h.0.attn.{name}"] = rng.normal(size=shape).astype("f4")
    model = GPTJ(read.config)
    model.load_state_dict({n: torch.from_numpy(w) for n, w in weights.items()})
    ids = rng.integers(32, size=(2, 9))
    stream, _ = residual_streams(model.eval(), ids)
    block = model.transformer.blocks[0]
    executed = block.attn(block.ln_1(torch.from_numpy(stream)), False).detach().numpy()
    contents = np.arange(18).reshape(2, 9)
    normed = block.ln_1(torch.from_numpy(stream))
    values = block.attn.split(block.attn.v_proj(normed)).detach().numpy()
    # A slow twin of the smear: the keys of plain heads, mixed one position at a time.
    plain = heads(plan_for("induction-1").model.__class__(**vars(read.config)), weights, 0, stream)
    read_out = np.empty((2, 9, 16))
    for number, head in enumerate(heads(read.config, weights, 0, stream)):
        share = 1 / (1 + np.exp(-weights["transformer.h.0.attn.k_proj.smear"][number]))
        for content in range(18):
            before = content - 1 if content % 9 else content
            own, previous = plain[number].keys[content], plain[number].keys[before]
            expected = share * own + (1 - share) * previous
            np.testing.assert_allclose(head.keys[content], expected, rtol=1e-6)
        read_out[:, :, 8 * number : 8 * number + 8] = attention(head, contents) @ values[
            :, number
        ].astype("f8")
    output = weights["transformer.h.0.attn.out_proj.weight"].astype("f8")
    np.testing.assert_allclose(read_out @ output.T, executed, atol=1e-5)
