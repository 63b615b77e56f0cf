"""The kernel shows honest certificates, and no forged one."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from empirical.certificates.document import certificate_of, sha256_of, text_of
from empirical.certificates.one_layer.prover import Prover, certify
from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.kernel_proofs import building, read_back
from empirical.kernel_proofs.building import Source
from empirical.kernel_proofs.check_source import Numbers
from empirical.kernel_proofs.claims import Claims, claims_of
from empirical.kernel_proofs.prove import prove, written
from empirical.recheck.certificate import Certificate, OneHop, Verdict, parsed_certificate
from empirical.recheck.check import examine
from empirical.recheck.checkpoint import read_checkpoint
from empirical.recheck.fields import parse
from empirical.shipped.checkpoints import shipped
from tests.empirical.certificates import tiny
from tests.empirical.certificates.test_verbs import run
from tests.empirical.recheck.certificates import one_hop, quiet, write
from tests.empirical.recheck.specifications import specified
from tests.test_documents import is_shown
from theory.kernel import coqc
from theory.kernel.coqc import Coq, Limits
from theory.refusal import Refusal

README = Path(__file__).parents[3].joinpath("README.md").read_text()
INDEX, RETRIEVAL = (
    next(path for path in shipped() if path.name == name)
    for name in ("index-1layer", "retrieval-1layer")
)


@cache
def found(directory: Path, length: int, horizon: int | None = None) -> Certificate:
    """What the search finds of a shipped model."""
    model = checkpoint.read(directory)
    content = certify(Prover(model), model.sha256, length, horizon, quiet)
    return certificate_of(content, read_checkpoint(directory))


def claims(certificate: Certificate) -> OneHop:
    assert isinstance(certificate.claims, OneHop)
    return certificate.claims


def small(path: Path, task: str, seed: int) -> Certificate:
    """What the search finds of a tiny model that is written to a directory."""
    return parsed_certificate(parse(json.dumps(one_hop(path, task, seed)).encode(), "tiny"))


def obstacle(certificate: Certificate, directory: Path, of: str = "") -> str:
    """Why the kernel does not show it; its axioms are not asked for."""
    task = read_checkpoint(directory).task
    last = written(claims_of(certificate, task), directory, Numbers.MACHINE_FLOATS)
    return failure(needed(last, of))


def needed(last: Source, of: str) -> tuple[Source, ...]:
    """The files that the last one needs and whose names begin so: no other is compiled in vain."""
    return tuple(source for source in last.all_needed if source.name.startswith(of))


def failure(sources: tuple[Source, ...]) -> str:
    """Why some files do not compile."""
    compiler = coqc.installed()
    assert compiler is not None
    built = building.build(compiler, sources, Limits(), 2, quiet)
    return next((f"{name}.v, {b.obstacle}" for name, b in built.items() if b.obstacle), "")


def rebound(certificate: Certificate, directory: Path) -> Certificate:
    """The same claims about another checkpoint, of which the checker shows some less."""
    moved = replace(certificate, files=sha256_of(directory))
    assert examine(moved, read_checkpoint(directory))
    return moved


def test_index_is_right_on_2_to_60_tokens(
    kernel: Coq, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, kept = tmp_path / "index.json", tmp_path / "kept"
    file.write_text(text_of(found(INDEX, 32, 256)))
    status, out, _ = run(capsys, "recheck", "--kernel", file, INDEX, "--kernel-files", kept)
    assert status == 0, out
    examples = re.findall(r"^```text\n(index-1layer, .*?)```$", README, re.MULTILINE | re.DOTALL)
    assert [is_shown(out, [*lines.splitlines()]) for lines in examples] == [True]
    assert "2 <= n <= 60 -> asks tokens Index n x a -> answers model n x a" in out
    assert "(13, 178); (14, 60)" in out
    assert "shown by the kernel of Coq" in out
    assert "4 axioms of the classical real numbers" in out
    assert {"Model.v", "Tokens.v", "Statement.v", "Proof.v"} <= {p.name for p in kept.iterdir()}


@pytest.mark.timeout(900)
def test_retrieval_is_right_on_10_tokens(kernel: Coq) -> None:
    proof = prove(found(RETRIEVAL, 10), RETRIEVAL, processes=2)
    assert not proof.obstacle
    assert isinstance(proof.claims, Claims)
    assert proof.claims.whole_length
    assert len(proof.claims.right) == 300


@pytest.mark.parametrize(("task", "seed"), [("index", 4), ("retrieval", 11)])
def test_tiny_models_are_shown_as_the_search_found_them(
    kernel: Coq, tmp_path: Path, task: str, seed: int
) -> None:
    certificate = small(tmp_path, task, seed)
    assert {row.verdict for row in claims(certificate).rows} == {Verdict.PROVED, Verdict.REFUTED}
    assert obstacle(certificate, tmp_path) == ""


def test_a_flipped_verdict_is_not_shown(kernel: Coq) -> None:
    honest = found(INDEX, 61)
    rows = [
        replace(row, verdict=Verdict.PROVED, refutation=None) if row.refutation else row
        for row in claims(honest).rows
    ]
    assert rows != list(claims(honest).rows)
    forged = replace(honest, claims=replace(claims(honest), rows=tuple(rows)))
    assert obstacle(forged, INDEX, "Claims_").startswith("Claims_")


def test_a_horizon_one_longer_is_not_shown(kernel: Coq) -> None:
    honest = found(INDEX, 32, 256)
    horizons = [
        replace(h, longest=h.longest + 1, beyond=None) if h.query == 14 else h
        for h in claims(honest).horizons
    ]
    forged = replace(honest, claims=replace(claims(honest), horizons=tuple(horizons)))
    assert obstacle(forged, INDEX, "Claims_").startswith("Claims_")


def test_a_right_answer_is_not_refuted(kernel: Coq, tmp_path: Path) -> None:
    honest = small(tmp_path, "index", 0)
    rows = list(claims(honest).rows)
    at, row = next((i, r) for i, r in enumerate(rows) if r.refutation is not None)
    assert row.refutation is not None
    # on this input the rival is asked to be above itself
    refutation = replace(row.refutation, rival=row.answer)
    rows[at] = replace(row, refutation=refutation)
    forged = replace(honest, claims=replace(claims(honest), rows=tuple(rows)))
    assert obstacle(forged, tmp_path, "Witnesses").startswith("Witnesses.v")


def negated(model: Checkpoint) -> Checkpoint:
    weights = dict(model.weights)
    weights["lm_head.weight"] = -weights["lm_head.weight"]
    return replace(model, weights=weights)


def exchanged(model: Checkpoint) -> Checkpoint:
    """Two tokens mean each other."""
    assert model.task is not None
    entries = list(model.task.entries)
    for one, other in ((3, 4), (0, 1)):
        entries[one], entries[other] = entries[other], entries[one]
    return replace(model, task=replace(model.task, entries=tuple(entries)))


def another(model: Checkpoint) -> Checkpoint:
    assert model.task is not None
    return replace(model, weights=tiny.checkpoint(model.task.name, 9, True, 0.4, 6, 1).weights)


@pytest.mark.parametrize("change", [negated, exchanged, another])
def test_the_same_claims_of_a_changed_model_are_not_shown(
    kernel: Coq, tmp_path: Path, change: Callable[[Checkpoint], Checkpoint]
) -> None:
    honest = small(tmp_path / "honest", "index", 4)
    write(tmp_path / "changed", change(checkpoint.read(tmp_path / "honest")))
    forged = rebound(honest, tmp_path / "changed")
    assert obstacle(forged, tmp_path / "changed")
    with pytest.raises(Refusal, match="speaks of another checkpoint"):
        prove(honest, tmp_path / "changed")


def altered(source: Source, name: str, old: str, new: str) -> Source:
    """A file with a change in one that it needs."""
    needs = tuple(altered(need, name, old, new) for need in source.needs)
    text = re.sub(old, new, source.text) if source.name == name else source.text
    assert source.name != name or text != source.text
    return Source(source.name, text, needs)


KIND = "{| query_token := 14; places := [%s]; others := seq 0 20 |}"


@pytest.mark.parametrize(
    ("old", "new", "fails"),
    [
        ("claims_of Index tokens 14 20", "claims_of Index tokens 13 20", "Proof.v"),
        (r"some_answers 20 20 \[.*?\]", "some_answers 20 20 []", "Proof.v"),
        ("claims_of Index tokens 14 20", f"Build_claims {KIND % ''}", "Proof.v"),
        ("claims_of Index tokens 14 20", f"Build_claims {KIND % 1}", "Claims_12.v"),
    ],
    ids=["another query", "no answers", "no places", "wrong distance"],
)
def test_claims_about_something_else_show_nothing(
    kernel: Coq, old: str, new: str, fails: str
) -> None:
    task = read_checkpoint(INDEX).task
    last = written(claims_of(found(INDEX, 20), task), INDEX, Numbers.MACHINE_FLOATS)
    forged = altered(last, "Claims_12", old, new)
    assert failure(needed(forged, fails.removesuffix(".v"))).startswith(fails)


def test_an_empty_claim_is_refused(kernel: Coq, tmp_path: Path) -> None:
    honest = small(tmp_path, "index", 0)
    empty = replace(claims(honest), rows=(), horizons=(), horizon_searched=None)
    with pytest.raises(Refusal, match="are not those of the task"):
        prove(replace(honest, claims=empty), tmp_path)


def test_every_written_number_is_read_back(tmp_path: Path) -> None:
    small(tmp_path, "index", 0)
    model = checkpoint.read(tmp_path)
    certificate = found_in(tmp_path)
    texts = {s.name: s.text for s in certificate.all_needed}
    weights = sum(array.size for array in model.weights.values())
    assert read_back.hold_model_against(texts["Model"], tmp_path) == weights
    assert read_back.hold_tokens_against(texts["Tokens"], tmp_path) == 6
    rng = np.random.default_rng(0)
    for name, hold in (
        ("Model", read_back.hold_model_against),
        ("Tokens", read_back.hold_tokens_against),
    ):
        text = texts[name]
        for at in rng.integers(len(text), size=150).tolist():
            other = chr(ord(text[at]) ^ 1)
            with pytest.raises(Refusal):
                hold(f"{text[:at]}{other}{text[at + 1 :]}", tmp_path)
        for longer in (text + "\n", text[:-1]):
            with pytest.raises(Refusal):
                hold(longer, tmp_path)


def found_in(directory: Path) -> Source:
    """The files for what the search finds of a tiny model."""
    model = checkpoint.read(directory)
    content = certify(Prover(model), model.sha256, 4, 6, quiet)
    read = read_checkpoint(directory)
    claimed = claims_of(certificate_of(content, read), read.task)
    return written(claimed, directory, Numbers.MACHINE_FLOATS)


def test_another_models_weights_are_not_read_back(tmp_path: Path) -> None:
    texts = {}
    for seed in (0, 1):
        small(tmp_path / str(seed), "index", seed)
        last = found_in(tmp_path / str(seed))
        texts[seed] = next(s.text for s in last.all_needed if s.name == "Model")
    read_back.hold_model_against(texts[0], tmp_path / "0")
    with pytest.raises(Refusal):
        read_back.hold_model_against(texts[0], tmp_path / "1")


def test_without_coqc_one_sentence_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coqc, "installed", lambda: None)
    file = tmp_path / "index.json"
    file.write_text(text_of(found(INDEX, 32)))
    for asked in (("recheck", "--kernel", file, INDEX), ("certify", INDEX, "--length", 9)):
        status, out, error = run(capsys, *asked, *(["--kernel"] if asked[0] == "certify" else []))
        assert (status, out) == (2, "")
        assert "the proof kernel needs coqc" in error
        assert "Traceback" not in error


def test_a_certificate_of_a_specification_is_refused(kernel: Coq, tmp_path: Path) -> None:
    certificate = parsed_certificate(parse(json.dumps(specified(tmp_path)).encode(), "specified"))
    assert "task.json" not in certificate.files
    with pytest.raises(Refusal, match="of a specification"):
        prove(certificate, tmp_path)


def test_what_the_kernel_is_not_asked_about_is_refused(
    kernel: Coq, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    walking = INDEX.parent / "hops" / "letter-2-bare"
    status, _, error = run(capsys, "certify", walking, "--length", 8, "--kernel")
    assert status == 2
    assert "one layer of at most 8 heads, and about induction in two layers" in error
    asked = ("certify", INDEX, "--length", 9, "--kernel", "--arithmetic", "real+float32")
    status, _, error = run(capsys, *asked)
    assert status == 2
    assert "real arithmetic" in error
    shutil.copytree(INDEX, tmp_path / "copy")
    file = tmp_path / "index.json"
    file.write_text(text_of(found(INDEX, 32)))
    (tmp_path / "copy" / "task.json").write_text("{}")
    assert run(capsys, "recheck", "--kernel", file, tmp_path / "copy")[0] == 2
