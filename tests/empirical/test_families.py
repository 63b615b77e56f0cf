"""Every family's canonical heads are its own eager attention, and near misses are far off."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from empirical.files import checkpoint
from empirical.foreign import families, reading
from empirical.foreign import parity as parity_of
from empirical.foreign.families.family import Family, halves, head_dim, interleaved
from empirical.foreign.parity import Change, parity
from empirical.foreign.reading import Model
from empirical.heads import gptj
from empirical.heads.canonical import Head
from tests.empirical import foreign_models, small_models
from theory.refusal import Refusal

IDS = np.random.default_rng(0).integers(64, size=48)
CASES = [
    (family, rope) for family in foreign_models.OWN for rope in foreign_models.rope_types(family)
]


def small(model_type: str, rope_type: str = "default", **change: object) -> Model:
    """A small model."""
    return foreign_models.unread(foreign_models.config(model_type, rope_type, **change))


def off(model: Model, change: Change = lambda head: head, **described: object) -> float:
    """The largest difference of a weight if heads or their family were otherwise."""
    family = replace(model.family, **described)  # type: ignore[arg-type]
    blocks = parity(replace(model, family=family), IDS, [change])[0]
    return max(block.patterns for block in blocks if block.patterns is not None)


def test_every_family_is_tested() -> None:
    multimodal = {"gemma3"}  # the text model under another name; see test_hugging_face
    assert set(foreign_models.OWN) | multimodal == set(families.families())


@pytest.mark.parametrize(("model_type", "rope_type"), CASES)
def test_heads_are_the_models_own(model_type: str, rope_type: str) -> None:
    model = small(model_type, rope_type)
    blocks = parity(model, IDS)[0]
    assert [block.layer for block in blocks] == [0, 1]
    for block in blocks:
        assert 0.8 < block.deviation < 5
        assert block.patterns is not None
        assert block.patterns < 1e-5
        assert block.logits < block.bound
    assert off(model, lambda head: replace(head, angles=2 * head.angles)) > 0.01
    other = halves if model.family.pairs is interleaved else interleaved
    assert off(model, pairs=other) > 0.1
    if rope_type != "default":
        plain = {"rope_type": "default", "rope_theta": 100.0, "partial_rotary_factor": 0.5}
        assert off(model, rope=lambda *_: plain) > 0.01
    if rope_type in ("yarn", "longrope"):
        assert off(model, lambda head: replace(head, attention_factor=1.0)) > 0.01


@pytest.mark.parametrize(
    "model_type",
    [
        "mistral",
        "qwen2",
        "qwen3",
        "gemma2",
        "gemma3_text",
        "starcoder2",
        "phi3",
        "mixtral",
        "qwen3_moe",
    ],
)
@pytest.mark.parametrize("step", [-1, 1])
def test_a_window_off_by_one_is_far_off(model_type: str, step: int) -> None:
    model = small(model_type)

    def moved(head: Head) -> Head:
        return replace(head, window=head.window and head.window + step)

    assert off(model, moved) > 0.05


def test_a_missing_softcap_is_far_off() -> None:
    model = small("gemma2")
    assert off(model, lambda head: replace(head, softcap=None)) > 0.1


def test_gemma3_does_not_apply_the_softcap_it_can_hold() -> None:
    model = small("gemma3_text", attn_logit_softcapping=0.5)
    assert off(model) < 1e-5


@pytest.mark.parametrize("model_type", ["gemma2", "gemma3_text", "granite"])
def test_another_scale_is_far_off(model_type: str) -> None:
    model = small(model_type)
    assert off(model, scale=lambda config: head_dim(config) ** -0.5) > 0.01


def test_keys_are_shared_as_the_model_shares_them() -> None:
    model = small("llama")
    heads = model.family.heads(model.module, 0, np.ones((3, 32), np.float32))
    assert heads[0].keys is heads[1].keys
    assert heads[1].keys is not heads[2].keys


@pytest.mark.parametrize("model_type", foreign_models.OWN)
def test_a_directory_gives_the_same_heads(model_type: str, tmp_path: Path) -> None:
    configuration = foreign_models.config(model_type)
    before = parity(foreign_models.unread(configuration), IDS)
    foreign_models.write(tmp_path, configuration)
    assert parity(reading.read(tmp_path), IDS) == before


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_what_is_not_finite_is_never_taken_for_equal(wrong: float) -> None:
    model = small("llama")

    def spoiled(head: Head) -> Head:
        return replace(head, queries=head.queries * np.where(head.angles > 0, wrong, 1.0))

    with np.errstate(all="ignore"), pytest.raises(Refusal, match="block 0 are not finite"):
        parity(model, IDS, [spoiled])


@pytest.mark.parametrize("step", [-1, 1])
def test_a_window_is_met_only_by_an_input_beyond_it(step: int) -> None:
    """So the self-check runs at the longest length that anything is said of."""
    model = small("mistral", sliding_window=30)

    def moved(head: Head) -> Head:
        return replace(head, window=head.window and head.window + step)

    short, far = (parity(model, IDS[:length], [moved])[0] for length in (28, 48))
    assert all(block.logits < block.bound for block in short)
    assert any(block.patterns is not None and block.patterns > 0.05 for block in far)


def test_long_factors_are_met_only_by_an_input_beyond_the_original_length() -> None:
    model = small("llama", "longrope")
    short_factors, _ = model.family.angles(model.module.config, 0, 1)

    def short(head: Head) -> Head:
        return replace(head, angles=short_factors)

    within, beyond = (parity(model, IDS[:length], [short])[0] for length in (24, 25))
    assert all(block.logits < block.bound for block in within)
    assert any(block.logits > 100 * block.bound for block in beyond)


def test_patterns_too_large_to_hold_leave_the_logits_to_compare(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = small("gemma2")
    held = parity(model, IDS)[0]
    monkeypatch.setattr(parity_of, "LARGEST_PATTERN", 4 * IDS.size**2 - 1)
    monkeypatch.setattr(parity_of, "ROWS_AT_ONCE", 5)
    free = parity(model, IDS)[0]
    for one, other in zip(held, free, strict=True):
        assert other.patterns is None
        assert other.logits == pytest.approx(one.logits, rel=0.5, abs=1e-6)
        assert other.deviation == pytest.approx(one.deviation)
        assert other.bound == pytest.approx(one.bound)


def test_a_longer_input_does_not_change_a_later_short_one(tmp_path: Path) -> None:
    """Dynamic NTK keeps the angles of the longest input it met."""
    model = small("llama", "dynamic")
    before = parity(model, IDS[:40])
    parity(model, np.tile(IDS, 2))
    assert parity(model, IDS[:40]) == before


def test_gptj_runs_beyond_its_positions(tmp_path: Path) -> None:
    foreign_models.write(tmp_path, foreign_models.config("gptj", max_position_embeddings=8))
    assert off(reading.read(tmp_path, longest=48)) < 1e-5


def test_both_readers_of_gptj_see_the_same_heads(tmp_path: Path) -> None:
    small_models.write(tmp_path, small_models.SHAPES[1])
    ours, theirs = checkpoint.read(tmp_path), reading.read(tmp_path)
    stream = np.random.default_rng(1).normal(size=(5, 24)).astype(np.float32)
    positions = np.arange(5)
    for one, other in zip(
        gptj.heads(ours.config, ours.weights, 1, stream),
        theirs.family.heads(theirs.module, 1, stream),
        strict=True,
    ):
        assert np.allclose(one.rows(positions), other.rows(positions), rtol=0, atol=1e-12)


def test_rows_are_the_logits_of_contents_in_their_places() -> None:
    rng = np.random.default_rng(3)

    def planes() -> np.ndarray:
        return rng.normal(size=(9, 3)) + 1j * rng.normal(size=(9, 3))

    head = Head(
        angles=rng.uniform(0, 1, 3),
        scale=0.3,
        queries=planes(),
        keys=planes(),
        query_rest=rng.normal(size=(9, 2)),
        key_rest=rng.normal(size=(9, 2)),
        attention_factor=1.2,
        softcap=2.0,
        window=4,
    )
    rows = head.rows(np.array([2, 8]))
    for row, query in enumerate((2, 8)):
        for key in range(9):
            if 0 <= query - key < 4:
                want = head.logits(query, np.array([key]), np.array([query - key])).item()
                assert abs(rows[row, key] - want) < 1e-12
            else:
                assert rows[row, key] == -np.inf


@pytest.mark.parametrize(
    ("model_type", "why"),
    [
        ("cohere", "interleaved"),
        ("deepseek_v3", "MLA"),
        ("olmo3", "nobody has described it here"),
        ("gpt_oss", "sink"),
        ("gpt2", "no RoPE"),
        ("mistral3", "images"),
        ("mamba", "is not read: give a model of gemma, gemma2"),
        (None, "None is not read"),
        (["llama"], "is not read"),
    ],
)
def test_other_families_are_refused_by_name(model_type: object, why: str) -> None:
    with pytest.raises(Refusal, match=why):
        families.family_named(model_type)


def test_other_rope_types_and_ways_are_refused_by_name() -> None:
    config = foreign_models.config("llama")
    family: Family = families.family_named("llama")
    config.rope_parameters = {"rope_type": "spiral", "rope_theta": 100.0}
    with pytest.raises(Refusal, match="'spiral' is not read"):
        family.angles(config, 0, 8)
    config.rope_parameters = {"rope_type": "yarn", "rope_theta": 100.0}
    with pytest.raises(Refusal, match="yarn are not complete"):
        family.angles(config, 0, 8)
    part = {"rope_type": "default", "rope_theta": 100.0, "partial_rotary_factor": 0.5}
    for change, why in (
        ({"model_type": "llama", "rope_parameters": part}, "rotated in part"),
        ({"model_type": "gemma2", "use_bidirectional_attention": True}, "attend to later ones"),
        ({"model_type": "gptj", "rotary_dim": 0}, "rotary_dim is not set"),
        ({"model_type": "gptj", "rotary_dim": 9999}, "rotary_dim is 9999 and a head has"),
    ):
        changed = foreign_models.config(**change)
        assert why in (families.family_named(changed.model_type).outside(changed) or "")


def test_reading_leaves_chance_alone(tmp_path: Path) -> None:
    foreign_models.write(tmp_path, foreign_models.config("llama"))
    torch.manual_seed(7)
    first = torch.rand(1)
    torch.manual_seed(7)
    reading.read(tmp_path)
    assert torch.rand(1) == first


def test_the_page_lists_every_family_and_type() -> None:
    lines = (Path(families.__file__).parents[1] / "FAMILIES.md").read_text().splitlines()
    start = lines.index("| family | default | linear | dynamic | llama3 | yarn | longrope |")
    on_page: dict[tuple[str, str], str] = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        family, *cells = (cell.strip(" `") for cell in line.strip("|").split("|"))
        on_page |= {
            (family, rope): cell for rope, cell in zip(foreign_models.ROPE, cells, strict=True)
        }
    assert {case for case, cell in on_page.items() if cell != "—"} == set(CASES)
    assert all(float(cell) < 1e-5 for cell in on_page.values() if cell != "—")
