"""Honest certificates hold; forged ones, sealed again, do not."""

import ast
import json
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import numpy as np
import pytest

from empirical import recheck
from empirical.certificates.document import certificate_of, checked
from empirical.certificates.one_layer.prover import Prover, certify
from empirical.certificates.several_heads import branch_and_bound
from empirical.certificates.several_heads.prover import prover_of
from empirical.certificates.several_heads.ratio_bounds import PieceSums
from empirical.files.checkpoint import Checkpoint, TaskRecord, shapes
from empirical.models.config import GPTJConfig
from empirical.recheck.check import weakened
from empirical.recheck.checkpoint import read_checkpoint
from empirical.recheck.failures import Malformed, Rejected
from tests.empirical.certificates import tiny
from tests.empirical.recheck.certificates import (
    Document,
    altered,
    check,
    document,
    induction,
    instead,
    one_hop,
    places,
    put,
    quiet,
    write,
)

LETTERS = frozenset({"PROVED", "REFUTED"})


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("model")


@pytest.fixture(scope="module")
def certificate(directory: Path) -> Document:
    for seed in range(100):
        made = one_hop(directory, "index", seed)
        verdicts = {row["verdict"] for row in made["claims"]["rows"]}
        if verdicts >= LETTERS and min(h["longest"] for h in made["claims"]["horizons"]) < 6:
            return made
    raise AssertionError("no model has rows of both kinds")


@pytest.mark.parametrize("task", sorted(tiny.TASKS))
@pytest.mark.parametrize("heads", [1, 2])
def test_honest_certificates_hold(task: str, heads: int, tmp_path: Path) -> None:
    for seed in range(8 if heads == 1 else 3):
        check(one_hop(tmp_path, task, seed, heads=heads, biases=seed % 3 > 0), tmp_path)


@pytest.mark.parametrize("noise", [0.01, 0.08, 0.2])
def test_honest_certificates_of_induction_hold(noise: float, tmp_path: Path) -> None:
    check(induction(tmp_path, noise), tmp_path)


def test_honest_accuracies_hold(tmp_path: Path) -> None:
    parts = 0
    for seed in (1, 2, 33):
        made = one_hop(tmp_path, "retrieval", seed, accuracies=(3, 4))
        parts += sum(len(accuracy["parts"]) for accuracy in made["claims"]["accuracies"])
        check(made, tmp_path)
    assert parts


def test_every_altered_number_is_refused(certificate: Document, directory: Path) -> None:
    paths = [("claims", *path) for path in places(certificate["claims"])]
    assert len(paths) > 40
    for path in paths:
        for change in (lambda number: number + 1, lambda number: -number - 1):
            changed = put(certificate, path, change)
            try:
                check(changed, directory)
            except (Malformed, Rejected):
                continue
            # A longer search that ends at the same row claims nothing more.
            assert path[-1] == "horizon_searched" or changed == certificate, path


def test_flipped_verdicts(certificate: Document, directory: Path) -> None:
    for at, row in enumerate(certificate["claims"]["rows"]):
        if row["verdict"] != "PROVED":
            names = {"query": row["query"], "answer": row["answer"], "verdict": "PROVED"}
            changed = put(certificate, ("claims", "rows", at), instead(names))
            with pytest.raises(Rejected, match="PROVED is not shown again"):
                check(changed, directory)


def test_a_longer_horizon(certificate: Document, directory: Path) -> None:
    for at, horizon in enumerate(certificate["claims"]["horizons"]):
        if "beyond" in horizon:
            longer = {"query": horizon["query"], "longest": 6}
            changed = put(certificate, ("claims", "horizons", at), instead(longer))
            with pytest.raises(Rejected, match="is not shown to be right at"):
                check(changed, directory)


def test_dropped_rows_and_horizons(certificate: Document, directory: Path) -> None:
    for name, reason in (("rows", "its rows are not"), ("horizons", "its horizons are not")):
        shorter = certificate["claims"][name][:-1]
        with pytest.raises(Rejected, match=reason):
            check(put(certificate, ("claims", name), instead(shorter)), directory)


def test_what_is_not_shown_becomes_undecided(certificate: Document, tmp_path: Path) -> None:
    """A search that believes everything: its claims are taken back, and what is left holds."""
    made = tiny.checkpoint("index", 3, True, 0.4, 6)
    checkpoint = write(tmp_path, made)
    content = certify(Prover(checkpoint), checkpoint.sha256, 4, 6, quiet)
    wrong = sum(row["verdict"] != "PROVED" for row in content["rows"])
    for row in content["rows"]:
        row.update(verdict="PROVED", rival=None, witness=None, witness_margin=None)
    content["horizon"] = dict.fromkeys(content["horizon"], 6)
    content["beyond"] = []
    outcome = checked(content, tmp_path)
    verdicts = [str(row.verdict) for row in outcome.certificate.claims.rows]
    assert wrong > 0
    assert verdicts.count("UNDECIDED") == wrong
    assert len(outcome.differences) >= wrong
    check(outcome.certificate.to_json(), tmp_path)
    assert weakened(outcome.certificate, []) == outcome.certificate


def test_altered_induction(tmp_path: Path) -> None:
    made = induction(tmp_path, 0.08)
    rows = made["claims"]["rows"]
    assert {row["verdict"] for row in rows} == {"PROVED", "REFUTED", "UNDECIDED"}
    for verdict in ("REFUTED", "UNDECIDED"):
        at = next(k for k, row in enumerate(rows) if row["verdict"] == verdict)
        ends = {name: rows[at][name] for name in ("previous", "query", "answer")}
        changed = put(made, ("claims", "rows", at), instead({**ends, "verdict": "PROVED"}))
        with pytest.raises(Rejected, match="PROVED is not shown again"):
            check(changed, tmp_path)
    at = next(k for k, row in enumerate(rows) if row["verdict"] == "REFUTED")
    for name, change, reason in (
        ("margin", lambda m: m * 1.001, "the margin of its witness"),
        ("witness", lambda w: w[::-1], "not an input of the task"),
        ("rival", lambda r: 3 - r, "no other class|not answered wrongly|the margin"),
    ):
        with pytest.raises(Rejected, match=reason):
            check(put(made, ("claims", "rows", at, name), change), tmp_path)
    with pytest.raises(Rejected, match="groups of length"):
        check(altered(made, lambda c: c["rows"].pop()), tmp_path)
    with pytest.raises(Rejected, match="groups of length"):
        check(altered(made, lambda c: c.update(length=3)), tmp_path)


def test_accuracies_that_say_more(tmp_path: Path) -> None:
    for seed in range(30, 60):
        made = one_hop(tmp_path, "retrieval", seed, accuracies=(4,))
        accuracy = made["claims"]["accuracies"][0]
        if accuracy["upper"] < 1:
            break
    base = ("claims", "accuracies", 0)
    for path, change, reason in (
        (("lower",), lambda x: x + 1e-4, "not the mean of its parts"),
        (("upper",), lambda x: x - 1e-4, "not the mean of its parts"),
        (("parts",), lambda parts: parts[1:], "not shown to be always right"),
        (
            ("parts", 0, "lower"),
            lambda x: x + 1e-4,
            "lower bound .* is not shown|is above its upper bound",
        ),
    ):
        with pytest.raises((Rejected, Malformed), match=reason):
            check(put(made, (*base, *path), change), tmp_path)


def test_trees_of_several_heads(tmp_path: Path) -> None:
    """Every leaf counts: a tree that lacks one, or whose numbers are others, does not hold."""
    for seed in range(12):
        made = one_hop(tmp_path, "index", seed, heads=2)
        trees = [k for k, p in enumerate(made["claims"]["proofs"]) if len(p["nodes"]) > 2]
        if trees:
            break
    check(made, tmp_path)
    base = ("claims", "proofs", trees[0], "nodes")
    for change, reason in (
        (lambda nodes: nodes[:-1], "its tree lacks a part"),
        (lambda nodes: [*nodes, "input"], "its tree is complete before node"),
        (lambda nodes: nodes[1:], "lacks|complete|leaf|box|input"),
    ):
        with pytest.raises(Rejected, match=reason):
            check(put(made, base, change), tmp_path)
    with pytest.raises(Rejected):
        check(altered(made, lambda c: c.update(proofs=[])), tmp_path)


def test_a_search_with_a_mistake_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One over several heads that believes any bound above minus one."""
    monkeypatch.setattr(PieceSums, "slack", lambda self, _: -1.0 * self.heaviest)
    monkeypatch.setattr(
        branch_and_bound._SeveralHeadsSearch, "_refutes", lambda self, at, tokens: False
    )
    for seed in range(10):
        made = one_hop(tmp_path, "index", seed, heads=2)
        if made["claims"]["proofs"]:
            with pytest.raises(Rejected):
                check(made, tmp_path)
            return
    raise AssertionError("nothing was believed")


def underflowing(path: Path) -> Checkpoint:
    """A model whose every answer is b: weights are tiny but for the query's own token."""
    config = GPTJConfig(3, 2, 1, 1, 2, n_inner=1, layer_norm_epsilon=1e-5)
    weights = {name: np.zeros(shape, dtype="f4") for name, shape in shapes(config)}
    weights["transformer.wte.weight"] = np.array([[1, -1], [-1, 1], [2, -2]], dtype="f4")
    for name in ("transformer.h.0.ln_1.weight", "transformer.ln_f.weight"):
        weights[name] += 1
    weights["transformer.h.0.attn.q_proj.weight"] = 15 * np.eye(2, dtype="f4")
    weights["transformer.h.0.attn.k_proj.weight"] = -15 * np.eye(2, dtype="f4")
    weights["lm_head.weight"][0] = 0.1, -0.1
    weights["lm_head.bias"][1] = 3
    record = TaskRecord("index", ("a", "b", 1), (2,))
    return write(path, Checkpoint(path, config, weights, "", record, None))


def test_weights_far_below_the_heaviest(tmp_path: Path) -> None:
    checkpoint = underflowing(tmp_path)
    content = certify(Prover(checkpoint), checkpoint.sha256, 2, None, quiet)
    for row in content["rows"]:
        row.update(verdict="PROVED", rival=None, witness=None, witness_margin=None)
    with pytest.raises(Rejected, match=r"query 2, answer 0: PROVED is not shown again"):
        check(document(content, tmp_path), tmp_path)


def test_nothing_of_ours_is_imported_but_the_checker_itself() -> None:
    modules = [
        import_module(info.name) for info in iter_modules(recheck.__path__, "empirical.recheck.")
    ]
    assert len(modules) > 10
    for module in modules:
        assert module.__file__ is not None
        for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                top = name.split(".")[0]
                ours = top in ("empirical", "constructions", "theory")
                assert not ours or name.startswith("empirical.recheck"), (module.__name__, name)
                assert top not in ("torch", "sympy", "scipy"), (module.__name__, name)


def test_what_the_search_says_is_the_document(tmp_path: Path) -> None:
    """The document written is the one parsed again."""
    made = one_hop(tmp_path, "index", 5)
    checkpoint = write(tmp_path, tiny.checkpoint("index", 5, True, 0.4, 6))
    content = certify(Prover(checkpoint), checkpoint.sha256, 4, 6, quiet)
    again = certificate_of(content, read_checkpoint(tmp_path)).to_json()
    assert json.dumps(again) == json.dumps(made)


def test_directions_that_the_search_left_are_not_written(tmp_path: Path) -> None:
    """A bound fails along one input, and the parts that are made then choose their own."""
    one_hop(tmp_path, "index", 5, heads=2)
    read = read_checkpoint(tmp_path)
    checkpoint = write(tmp_path, tiny.checkpoint("index", 5, True, 0.4, 2, 2))
    content = certify(prover_of(checkpoint, 1.0), checkpoint.sha256, 4, None, quiet)
    left, kept = [3, 0, 1, 2], [3, 0, 2, 2]
    leaves = [{"touch": kept, "thresholds": [0.0]}, {"thresholds": [0.0]}]
    tree = {"touch": left, "place": 2, "parts": [leaves[0], leaves[0]]}
    proof = {"query": 3, "answer": 0, "rival": 1, "length": 4, "trees": [tree]}
    written = certificate_of({**content, "proofs": [proof]}, read).to_json()["claims"]["proofs"][0]
    assert written["directions"] == [kept, kept]
    assert [leaf["along"] for leaf in written["nodes"][1:]] == [0, 1]
    tree["parts"] = leaves
    written = certificate_of({**content, "proofs": [proof]}, read).to_json()["claims"]["proofs"][0]
    assert written["directions"] == [left, kept]
