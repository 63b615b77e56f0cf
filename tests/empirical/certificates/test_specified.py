"""Specifications against running every input, and false claims about them."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from flint import arb, ctx

from empirical.certificates.document import checked
from empirical.certificates.one_layer.prover import Prover
from empirical.certificates.specified.prover import SpecifiedProver
from empirical.certificates.specified.reading import overlap
from empirical.certificates.specified.starting import starting_specification
from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint, TaskRecord
from empirical.models.config import GPTJConfig
from empirical.recheck.certificate import (
    Case,
    Certificate,
    Mixture,
    MixtureProof,
    Refutation,
    Specified,
    Verdict,
    parsed_certificate,
    seal,
)
from empirical.recheck.check import examine
from empirical.recheck.checkpoint import read_model
from empirical.recheck.fields import Field
from empirical.recheck.specification import parsed_specification
from empirical.shipped.checkpoints import shipped
from tests.attack.forgeries import outcome
from tests.attack.models import KINDS, checkpoint_of
from tests.attack.network import Network
from tests.attack.truth import PRECISIONS
from tests.command_line import ropeproof
from tests.empirical.certificates import tiny
from tests.empirical.certificates.heads_network import HeadsNetwork, network_of
from tests.empirical.certificates.neox_network import BlockNetwork
from tests.empirical.certificates.random_specifications import (
    Document,
    a_set,
    cases,
    drawn,
    inputs,
    members,
    placed_inputs,
)
from tests.empirical.recheck.certificates import instead, put, quiet, write
from tests.empirical.recheck.specifications import EVERY_PART, ONE_OF, specified

AT_MOST = 12
"""Changed certificates that are checked."""
NEAR = 6
"""Inputs of one length that are run in balls."""
MODELS = 4
"""Models of which refuted cases are claimed to be proved."""
SHIPPED = {path.name: path for path in shipped()}


class Run:
    """What a model does with every input of a case, in floats, and in balls where these are near.

    Attributes:
        wrong: an input is known on which what is asked is not so, by length.
        right: it is known to be so on all inputs, by length.
    """

    def __init__(self, network: Network, document: Document, case: Case) -> None:
        group = document["groups"][case.group]
        self.right: dict[int, bool] = {}
        self.wrong: dict[int, bool] = {}
        self.same = False
        if "weight_on" in group["asked"]:
            self._weigh(network, document, case)
            return
        if "share" in group["asked"]:
            self._share_out(network, document, case)
            return
        self.same = group["asked"] == "same winner"
        if not self.same and isinstance(group["asked"]["wins"], dict):
            self._compare_sets(network, document, case)
            return
        self.by = 0.0 if self.same else group["asked"].get("by", 0.0)
        self.winner = _class(document, group, case)
        first, last = group["lengths"]
        for length in range(first, last + 1):
            every = np.array(sorted(inputs(document, case.group, case.query, case.answer, length)))
            if self.same and self.winner is None:
                self.winner = _winner(network, every[:1])
            if self.winner is None:
                self.right[length] = self.wrong[length] = False
                continue
            with np.errstate(all="ignore"):
                margins = network.float_margins(every, np.full(len(every), self.winner)) - self.by
            order = np.argsort(np.nan_to_num(margins, nan=-np.inf))
            size = np.abs(margins).max()
            near = [at for at in order[:3].tolist() if not margins[at] > 1e-6 * size]
            exact = [
                network.margin(tuple(every[at].tolist()), self.winner) - self.by for at in near
            ]
            self.wrong[length] = any(bool(margin < 0) for margin in exact)
            clear = bool((margins > 1e-6 * size).sum() + len(near) == len(margins))
            self.right[length] = clear and all(bool(margin > 0) for margin in exact)

    def _compare_sets(self, network: Network, document: Document, case: Case) -> None:
        """The same where one of several classes is to win."""
        asked = document["groups"][case.group]["asked"]
        named = sorted(members(document, asked["wins"]["one_of"]))
        outside = [kind for kind in range(network.config.vocab_size) if kind not in named]
        first, last = document["groups"][case.group]["lengths"]
        for length in range(first, last + 1):
            every = sorted(inputs(document, case.group, case.query, case.answer, length))
            with np.errstate(all="ignore"):
                logits = network.float_logits(np.array(every))
                leads = logits[:, named].max(axis=1) - logits[:, outside].max(axis=1)
            leads = np.nan_to_num(leads - asked.get("by", 0.0), nan=-np.inf)
            size = 1e-6 * np.nan_to_num(np.abs(logits)).max()
            near = [at for at in np.argsort(leads).tolist() if not leads[at] > size][:NEAR]
            exact = [_lead(network, every[at], named, outside, asked.get("by", 0.0)) for at in near]
            self.wrong[length] = any(bool(lead < 0) for lead in exact)
            clear = bool((leads > size).sum() + len(near) == len(leads))
            self.right[length] = clear and all(bool(lead > 0) for lead in exact)

    def _share_out(self, network: Network, document: Document, case: Case) -> None:
        """The same where the share of a class is asked for."""
        asked = document["groups"][case.group]["asked"]["share"]
        sign, limit = (1, asked["at_least"]) if "at_least" in asked else (-1, asked["at_most"])
        kind = case.answer if asked["of"] == "answer" else _id(document, asked["of"])
        assert kind is not None
        first, last = document["groups"][case.group]["lengths"]
        for length in range(first, last + 1):
            every = sorted(inputs(document, case.group, case.query, case.answer, length))
            with np.errstate(all="ignore"):
                logits = network.float_logits(np.array(every))
                shares = np.exp(logits - logits.max(axis=1, keepdims=True))
                shares = shares[:, kind] / shares.sum(axis=1)
            margins = np.nan_to_num(sign * (shares - limit), nan=-np.inf)
            near = [at for at in np.argsort(margins).tolist() if not margins[at] > 1e-6][:NEAR]
            exact = [sign * _share_less(network, every[at], kind, limit) for at in near]
            self.wrong[length] = any(bool(margin < 0) for margin in exact)
            clear = bool((margins > 1e-6).sum() + len(near) == len(margins))
            self.right[length] = clear and all(bool(margin > 0) for margin in exact)

    def _weigh(self, network: Network, document: Document, case: Case) -> None:
        """The same where attention weights are asked about."""
        asked = document["groups"][case.group]["asked"]
        if "head" in asked and isinstance(network, HeadsNetwork | BlockNetwork):
            network = network.of_head(asked["head"])
        sign, share = (1, asked["at_least"]) if "at_least" in asked else (-1, asked["at_most"])
        first, last = document["groups"][case.group]["lengths"]
        for length in range(first, last + 1):
            every = sorted(
                placed_inputs(document, case.group, case.query, case.answer, length), key=str
            )
            weights = network.float_attention(np.array([tokens for tokens, _ in every]))
            meant = [_places(asked, length, position) for _, position in every]
            margins = sign * ((weights * np.array(meant)).sum(axis=1) - share)
            near = np.flatnonzero(~(margins > 1e-6))[:3].tolist()
            exact = []
            for at in near:
                own = network.attention(every[at][0])
                inside = (weight for weight, here in zip(own, meant[at], strict=True) if here)
                exact.append(sign * (sum(inside, arb(0)) - share))
            self.wrong[length] = any(bool(margin < 0) for margin in exact)
            all_near = int((margins > 1e-6).sum()) + len(near) == len(margins)
            self.right[length] = all_near and all(bool(margin > 0) for margin in exact)


def _lead(
    network: Network, tokens: tuple[int, ...], named: list[int], outside: list[int], by: float
) -> arb:
    """The largest logit of some classes less that of others and a margin, with its sign."""
    for bits in PRECISIONS:
        with ctx.workprec(bits):
            logits = network.logits(tokens)
            ours, theirs = (reduce(arb.max, [logits[c] for c in of]) for of in (named, outside))
            lead: arb = ours - theirs - by
        if lead > 0 or lead < 0:
            break
    return lead


def _share_less(network: Network, tokens: tuple[int, ...], kind: int, limit: float) -> arb:
    """The share of a class in the output less a number, with its sign."""
    for bits in PRECISIONS:
        with ctx.workprec(bits):
            logits = network.logits(tokens)
            others = sum(((logit - logits[kind]).exp() for logit in logits), arb(0))
            less: arb = 1 / others - limit
        if less > 0 or less < 0:
            break
    return less


def _places(asked: Document, length: int, answer: int | None) -> list[bool]:
    """Which positions the weight is asked of."""
    on = asked["weight_on"]
    if on == "answer":
        return [position == answer for position in range(length)]
    meant = {length - 1 - place for place in on.get("from_last", [])}
    meant |= {*on.get("from_first", [])}
    return [position in meant for position in range(length)]


def _class(document: Document, group: Document, case: Case) -> int | None:
    if group["asked"] == "same winner":
        return case.winner
    if group["asked"]["wins"] == "answer" and case.answer is not None:
        return case.answer
    return _id(document, group["asked"]["wins"])


def _id(document: Document, token: Any) -> int:
    tokens = [tuple(t) if isinstance(t, list) else t for t in document["tokens"]]
    return tokens.index(tuple(token) if isinstance(token, list) else token)


def _winner(network: Network, one: np.ndarray) -> int | None:
    """The class that certainly wins on an input."""
    tokens = tuple(one[0].tolist())
    for winner in range(network.config.vocab_size):
        if network.margin(tokens, winner) > 0:
            return winner
    return None


def contradictions(checkpoint: Checkpoint, document: Document, rows: tuple[Case, ...]) -> list[str]:
    """Claims that running every input contradicts."""
    network, wrong = network_of(checkpoint), []
    assert [(row.group, row.query, row.answer) for row in rows] == [*cases(document)]
    for row in rows:
        run = Run(network, document, row)
        last = document["groups"][row.group]["lengths"][1]
        proved_to = last if row.verdict is Verdict.PROVED else (row.longest or 0)
        wrong += [f"{row} fails at {n}" for n in run.wrong if n <= proved_to and run.wrong[n]]
        if row.refutation is not None:
            length = len(row.refutation.witness)
            every = inputs(document, row.group, row.query, row.answer, length)
            holds = run.right.get(length, False) and (
                not run.same or all(run.right[n] for n in run.right if n <= length)
            )
            if row.refutation.witness not in every or holds:
                wrong.append(f"{row} is refuted, and right")
    return wrong


def undecided(checkpoint: Checkpoint, document: Document, rows: tuple[Case, ...]) -> int:
    """How many rows are UNDECIDED where running every input says clearly what is so."""
    network, clear = network_of(checkpoint), 0
    for row in rows:
        if row.verdict is Verdict.UNDECIDED:
            run = Run(network, document, row)
            clear += all(run.right.values()) or any(run.wrong.values())
    return clear


def certified(checkpoint: Checkpoint, document: Document) -> Any:
    specification = parsed_specification(Field("spec.json", "", document))
    claims = SpecifiedProver(checkpoint, specification).certify(quiet)
    return checked(claims, checkpoint.path)


@pytest.mark.parametrize("kind", ["plain", "sharp", "biases", "scales", "whole numbers"])
def test_no_input_contradicts_a_verdict(kind: str, tmp_path: Path) -> None:
    assert kind in KINDS
    rng = np.random.default_rng([19, len(kind)])
    checkpoint = write(tmp_path, checkpoint_of(rng, kind, 1))
    assert checkpoint.task is not None
    document = drawn(rng, checkpoint.task.entries)
    outcome = certified(checkpoint, document)
    rows = outcome.certificate.claims.rows
    assert outcome.differences == ()
    assert contradictions(checkpoint, document, rows) == []
    assert undecided(checkpoint, document, rows) == 0


def test_a_claim_that_an_input_contradicts_is_found(tmp_path: Path) -> None:
    """The truth that verdicts are held to tells true from false."""
    checkpoint = write(tmp_path, tiny.checkpoint("index", 6, True, 0.4, 6))
    rows = certified(checkpoint, EVERY_PART).certificate.claims.rows
    for at, row in enumerate(rows):
        other = Verdict.PROVED if row.verdict is Verdict.REFUTED else Verdict.REFUTED
        refutation = None
        if other is Verdict.REFUTED:
            case = inputs(EVERY_PART, row.group, row.query, row.answer, 4)
            refutation = Refutation(1, min(case), -1.0)
        turned = replace(row, verdict=other, refutation=refutation, longest=None)
        assert contradictions(checkpoint, EVERY_PART, (*rows[:at], turned, *rows[at + 1 :])) != []


def some_false(document: Document, rng: np.random.Generator) -> Iterator[tuple[str, Document]]:
    """Documents with one thing changed, which may make them false."""
    rows = document["claims"]["rows"]
    for at, row in enumerate(rows):
        bare = {name: row[name] for name in ("group", "query", "answer") if name in row}
        winner = {"winner": 0} if row["group"] == 2 else {}
        yield "proved", put(document, ("claims", "rows", at), instead(bare | winner | PROVED))
        for name, change in CHANGES.items():
            if name in row:
                yield name, put(document, ("claims", "rows", at, name), change)
    yield "fewer rows", put(document, ("claims", "rows"), lambda rows: rows[:-1])
    yield "other order", put(document, ("claims", "rows"), lambda rows: rows[::-1])
    for at, group in enumerate(document["claims"]["specification"]["groups"]):
        path = ("claims", "specification", "groups", at)
        first, last = group["lengths"]
        tokens = document["claims"]["specification"]["tokens"]
        yield "shorter", put(document, (*path, "lengths"), instead([first, last - 1]))
        yield "longer", put(document, (*path, "lengths"), instead([first, last + 1]))
        for name in ("others", "last"):
            yield f"{name} drawn", put(document, (*path, name), instead(a_set(rng, tokens)))
        if isinstance(group["asked"], dict):
            yield "by", put(document, (*path, "asked"), lambda asked: asked | {"by": 0.5})


PROVED = {"verdict": "PROVED"}
CHANGES: dict[str, Any] = {
    "witness": lambda witness: [*witness[:-2], witness[0], witness[-1]],
    "margin": lambda margin: margin * (1 + 2.0**-30),
    "rival": lambda rival: rival ^ 1,
    "winner": lambda winner: winner ^ 1,
    "other": lambda other: [1, *other[1:]],
    "longest": lambda longest: longest + 1,
}


def test_a_changed_certificate_is_accepted_only_where_it_is_true(tmp_path: Path) -> None:
    """Verdicts, witnesses, sets, lengths and margins, each changed and sealed again."""
    honest, read = specified(tmp_path), read_model(tmp_path)
    model, counts, rng = checkpoint.read(tmp_path), Counter[str](), np.random.default_rng(0)
    assert outcome(honest, read) == "accepted"
    every = [*some_false(honest, rng)]
    for at in rng.permutation(len(every))[:AT_MOST].tolist():
        name, changed = every[at]
        if changed["claims"] == honest["claims"]:
            continue
        accepted = outcome(changed, read) == "accepted"
        counts["accepted" if accepted else "refused"] += 1
        if accepted:  # the certificate of another specification, which then is to be true
            assert name not in {"proved", *CHANGES} - {"witness", "other", "rival"}
            claims = certificate_of(changed).claims
            assert isinstance(claims, Specified)
            assert contradictions(model, changed["claims"]["specification"], claims.rows) == []
    assert counts["refused"] > AT_MOST / 2


def near_misses(rng: np.random.Generator) -> Document:
    """A specification of which many cases hold by little, or fail by little."""
    tokens: list[Any] = ["a", "b", None, 1, 2, 3]
    known = [token for token in tokens if token is not None]
    groups: list[Document] = []
    for number in range(6):
        group: Document = {
            "name": f"group {number}",
            "lengths": [4, 5],
            "last": [1, 2, 3],
            "others": [known[at] for at in rng.permutation(len(known))[:2].tolist()],
            "from_first": [[known[rng.integers(len(known))]] for _ in range(2)],
            "asked": {"wins": known[rng.integers(len(known))]},
        }
        if number % 3 == 1:
            group["asked"]["by"] = float(rng.choice([0.05, 0.2, 0.5, 1.0]))
        if number % 3 == 2:
            del group["from_first"]
            group["from_last"] = {"1": ["a"], "2": [known[rng.integers(len(known))]]}
        groups.append(group)
    return {"format": "ropeproof specification", "version": 1, "tokens": tokens, "groups": groups}


def test_no_refuted_case_is_shown_as_proved(tmp_path: Path) -> None:
    """Whatever is left out or misread of a group lets some of many false claims pass."""
    counts, rng = Counter[str](), np.random.default_rng(5)
    for seed in range(MODELS):
        checkpoint = write(tmp_path, tiny.checkpoint("index", seed, seed % 2 > 0, 0.4, 6))
        certificate = certified(checkpoint, near_misses(rng)).certificate
        rows = certificate.claims.rows
        counts["proved"] += sum(row.verdict is Verdict.PROVED for row in rows)
        false = [
            replace(row, verdict=Verdict.PROVED, longest=None, refutation=None)
            if row.verdict is Verdict.REFUTED
            else row
            for row in rows
        ]
        claims = replace(certificate.claims, rows=tuple(false))
        unshown = examine(replace(certificate, claims=claims), read_model(tmp_path))
        refuted = [row for row, was in zip(false, rows, strict=True) if row is not was]
        counts["refuted"] += len(refuted)
        assert [one.claim for one in unshown] == refuted
    assert min(counts["proved"], counts["refuted"]) > MODELS


def certificate_of(document: Document) -> Certificate:
    content = {name: value for name, value in document.items() if name != "seal"}
    return parsed_certificate(Field("document", "", {**content, "seal": seal(content)}))


@pytest.mark.parametrize(("task", "length"), [("index", 61), ("retrieval", 3)])
def test_the_tasks_of_shipped_models_are_specifications(task: str, length: int) -> None:
    model = checkpoint.read(SHIPPED[f"{task}-1layer"])
    prover = Prover(model)
    domains = prover.domains(length)[1:4]
    rows = [row for domain in domains for row in prover.rows(domain.query, length)]
    document = at_length(starting_specification(model), length)
    document["groups"] = document["groups"][1:4]
    outcome = certified(model, document)
    expected = {(row.query, row.answer): str(row.verdict) for row in rows}
    verdicts = {
        (row.query, row.answer): str(row.verdict) for row in outcome.certificate.claims.rows
    }
    assert verdicts == expected
    assert outcome.differences == ()


@pytest.mark.parametrize("task", ["index", "retrieval"])
def test_the_tasks_of_tiny_models_are_specifications(task: str, tmp_path: Path) -> None:
    verdicts: set[str] = set()
    for seed in range(4):
        checkpoint = write(tmp_path / str(seed), tiny.checkpoint(task, seed, True, 0.4, 6))
        worst = tiny.worst_margins(checkpoint, 4)
        outcome = certified(checkpoint, at_length(starting_specification(checkpoint), 4))
        for row in outcome.certificate.claims.rows:
            assert row.answer is not None
            margin = worst[row.query, row.answer]
            assert str(row.verdict) == ("PROVED" if margin > 0 else "REFUTED")
            verdicts.add(str(row.verdict))
    assert verdicts == {"PROVED", "REFUTED"}


def at_length(document: Document, length: int) -> Document:
    """A specification at one length, without the groups that have no input of it."""
    groups = [group for group in document["groups"] if group["lengths"][0] <= length]
    return document | {"groups": [group | {"lengths": [length, length]} for group in groups]}


def test_how_far_a_fixed_string_decides_the_output(tmp_path: Path) -> None:
    """A string, any tokens, a last token: the output changes first where every input says so."""
    ends = Counter[int]()
    for seed in range(6):
        checkpoint = write(tmp_path / str(seed), tiny.checkpoint("index", seed, True, 2.0, 6))
        specification = EVERY_PART | {"groups": [after("ab", 3, 6)]}
        (row,) = certified(checkpoint, specification).certificate.claims.rows
        assert row.winner is not None
        outputs = {
            length: {
                int(winner)
                for winner in winners(checkpoint, inputs(specification, 0, row.query, None, length))
            }
            for length in range(3, 7)
        }
        other = [length for length, won in outputs.items() if won != {row.winner}]
        end = min(other, default=7) - 1
        end = end if end >= 3 else 0
        assert (6 if row.verdict is Verdict.PROVED else row.longest or 0) == end
        ends[end] += 1
    assert len(ends) > 1


def after(string: str, first: int, last: int) -> Document:
    """A group of all inputs that begin with a string."""
    return {
        "name": string, "lengths": [first, last], "last": [1], "others": "any",
        "from_first": [[letter] for letter in string], "asked": "same winner",
    }  # fmt: skip


def test_one_of_the_classes_that_win_always_wins(tmp_path: Path) -> None:
    """The set of all winners is PROVED, a set without one of them is REFUTED by an input."""
    counts = Counter[str]()
    for seed in range(4):
        checkpoint = write(tmp_path / str(seed), tiny.checkpoint("index", seed, True, 1.0, 6))
        tokens = EVERY_PART["tokens"]
        for query in (3, 4, 5):
            bare = {"name": "all", "lengths": [2, 4], "last": [tokens[query]], "others": "any"}
            document = EVERY_PART | {"groups": [bare]}
            every = (inputs(document, 0, query, None, length) for length in range(2, 5))
            won = sorted({int(one) for some in every for one in winners(checkpoint, some)})
            asked = [won] + [[one for one in won if one != other] for other in won]
            groups = [
                bare | {"asked": {"wins": {"one_of": [tokens[one] for one in some]}}}
                for some in asked
                if some and all(tokens[one] is not None for one in some)
            ]
            if not groups or len(won) in (1, len(tokens)):
                continue
            outcome = certified(checkpoint, EVERY_PART | {"groups": groups})
            first, *rest = outcome.certificate.claims.rows
            assert outcome.differences == ()
            assert first.verdict is Verdict.PROVED
            assert {row.verdict for row in rest} == {Verdict.REFUTED}
            counts["sets"] += len(groups)
            counts["parted"] += any(len(proof.nodes) > 1 for proof in first.shown)
            counts["mixed"] += any(shares_of_several(proof) for proof in first.shown)
    assert counts["sets"] > 20
    assert min(counts["parted"], counts["mixed"]) > 0


def shares_of_several(proof: MixtureProof) -> bool:
    """Does a proof need more than one class on a piece?"""
    leaves = [node for node in proof.nodes if isinstance(node, Mixture)]
    return any(sum(share > 0 for share in leaf.shares) > 1 for leaf in leaves)


def winners(checkpoint: Checkpoint, every: set[tuple[int, ...]]) -> np.ndarray:
    """The class of the largest logit on each input, in float64."""
    with torch.inference_mode():
        logits = tiny.model(checkpoint)(torch.tensor(sorted(every)), last_only=True)[:, 0]
    won: np.ndarray = logits.argmax(dim=1).numpy()
    return won


def test_the_largest_of_several_numbers(tmp_path: Path) -> None:
    """The groups of Max-of-K are all inputs, each once, and their rows say which come out right."""
    tokens, length = 5, 4
    document = starting_specification(counting(tokens, 0, 12.0))
    rows = [*cases(document)]
    right_answers = [
        document["groups"][at]["asked"]["wins"] if answer is None else answer
        for at, _, answer in rows
    ]
    every = Counter(
        (*one, largest)
        for row, largest in zip(rows, right_answers, strict=True)
        for one in inputs(document, *row, length)
    )
    assert every == Counter((*one, max(one)) for one in product(range(tokens), repeat=length))
    verdicts = Counter[str]()
    for seed in range(2):
        checkpoint = write(tmp_path / str(seed), counting(tokens, seed, 12.0))
        claimed = certified(checkpoint, document).certificate.claims.rows
        for row, largest in zip(claimed, right_answers, strict=True):
            won = winners(checkpoint, inputs(document, row.group, row.query, row.answer, length))
            right = bool((won == largest).all())
            assert str(row.verdict) == ("PROVED" if right else "REFUTED")
            verdicts[str(row.verdict)] += 1
    assert verdicts["PROVED"] > 5
    assert verdicts["REFUTED"] > 5


def counting(tokens: int, seed: int, strength: float) -> Checkpoint:
    """A model that attends to large numbers and copies, shaken."""
    rng = np.random.default_rng(seed)
    config = GPTJConfig(tokens, tokens + 1, 1, 1, 2, n_inner=1, layer_norm_epsilon=1e-5)
    weights = {name: 0.02 * rng.normal(0, 1, shape) for name, shape in checkpoint.shapes(config)}
    block = "transformer.h.0"
    numbers = np.eye(tokens, tokens + 1) + weights["transformer.wte.weight"]
    weights["transformer.wte.weight"] = 0.1 * numbers
    weights[f"{block}.ln_1.weight"] += 1
    weights["transformer.ln_f.weight"] += 1
    size = np.arange(tokens + 1) % tokens
    weights[f"{block}.attn.q_proj.weight"][-1, -1] -= 1  # the last coordinate is below the mean
    weights[f"{block}.attn.k_proj.weight"][-1] += strength * size / tokens
    weights[f"{block}.attn.v_proj.weight"] += np.eye(tokens + 1)
    weights[f"{block}.attn.out_proj.weight"] += np.eye(tokens + 1)
    weights["lm_head.weight"] += np.eye(tokens, tokens + 1)
    small = {name: array.astype(np.float32) for name, array in weights.items()}
    record = TaskRecord("largest", tuple(range(tokens)), (4,))
    return Checkpoint(Path("counting"), config, small, "", record, None)


WRONG: dict[str, tuple[Any, str]] = {
    "unknown token": (("groups", 0, "last", ["z"]), "groups[0].last[0]: 'z' is not one of"),
    "null": (("groups", 0, "last", [None]), "groups[0].last[0]: 'None' is not one of"),
    "unknown set": (("groups", 1, "others", "vowels"), "groups[1].others: 'vowels' names no set"),
    "empty set": (("groups", 0, "last", []), "groups[0].last: the set is empty"),
    "empty rest": (("sets", "letters", {"but": "any"}), "sets.letters: the set is empty"),
    "token twice": (("groups", 0, "last", [1, 1]), "groups[0].last: a token stands there twice"),
    "overlap": (("groups", 1, "last", [1, 2]), "groups[1]: it overlaps groups[0]"),
    "no answer": (("groups", 3, "asked", {"wins": "answer"}), "groups[3].asked.wins: the group ha"),
    "answer unasked": (("groups", 0, "asked", {"wins": "a"}), "groups[0].asked.wins: the group ha"),
    "answer beyond": (("groups", 0, "answer", {"tokens": ["a"], "at": [9]}), "no input of the gro"),
    "answer late": (
        ("groups", 0, "answer", {"tokens": ["a"], "at": [3]}),
        "no place for the ans",
    ),
    "too short": (("groups", 2, "lengths", [3, 5]), "start at 4 tokens or more"),
    "backwards": (("groups", 0, "lengths", [5, 4]), "groups[0].lengths: a first and a last"),
    "place 0": (("groups", 2, "from_last", {"0": "any"}), "groups[2].from_last.0: a place is"),
    "negative": (("groups", 0, "asked", {"wins": "answer", "by": -1}), "groups[0].asked.by: -1 is"),
    "two sides": (
        ("groups", 2, "asked", {"weight_on": {"from_last": [0]}, "at_least": 0.1, "at_most": 1}),
        "groups[2].asked: one of at_least and at_most is expected here",
    ),
    "no side": (("groups", 2, "asked", {"weight_on": {"from_last": [0]}}), "one of at_least and"),
    "too much weight": (
        ("groups", 2, "asked", {"weight_on": {"from_last": [0]}, "at_least": 1.5}),
        "groups[2].asked.at_least: 1.5 is not between 0 and 1",
    ),
    "weight of no answer": (
        ("groups", 2, "asked", {"weight_on": "answer", "at_least": 0.5}),
        "groups[2].asked.weight_on: the group has no answer",
    ),
    "weight nowhere": (
        ("groups", 2, "asked", {"weight_on": {"from_last": []}, "at_least": 0.5}),
        "groups[2].asked.weight_on: it has no place, or one twice",
    ),
    "weight twice": (
        ("groups", 2, "asked", {"weight_on": {"from_last": [1, 1]}, "at_least": 0.5}),
        "groups[2].asked.weight_on: it has no place, or one twice",
    ),
    "weight by name": (
        ("groups", 2, "asked", {"weight_on": "letters", "at_least": 0.5}),
        'groups[2].asked.weight_on: "answer" or places are expected here',
    ),
    "weight beyond": (
        ("groups", 2, "asked", {"weight_on": {"from_last": [2]}, "at_least": 0.5}),
        "groups[2].asked: inputs of 4 tokens have no place 2 after the first positions",
    ),
    "weight unsaid": (
        ("groups", 2, "asked", {"weight_on": {"from_first": [2]}, "at_least": 0.5}),
        "groups[2].asked: position 2 is not in from_first",
    ),
    "no class": (
        ("groups", 3, "asked", {"wins": {"one_of": []}}),
        "groups[3].asked.wins.one_of: the set is empty",
    ),
    "classes beside an answer": (
        ("groups", 0, "asked", {"wins": {"one_of": "letters"}}),
        "groups[0].asked.wins: the group has an answer that is not asked for",
    ),
    "format": (("format", "x"), "it is no specification"),
    "more": (("groups", 0, "sometimes", 1), "groups[0]: the field 'sometimes' is unknown here"),
    "name of a set": (("sets", "any", ["a"]), "sets.any: a set of that name is there already"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_specification_is_refused_where_it_is_wrong(name: str, tmp_path: Path) -> None:
    (*path, value), message = WRONG[name]
    file = tmp_path / "spec.json"
    file.write_text(json.dumps(put(EVERY_PART, tuple(path), instead(value))
                               if name not in ("more", "name of a set")
                               else added(EVERY_PART, path, value)))  # fmt: skip
    ran = ropeproof("spec", "check", file)
    assert ran.status == 2
    assert f"{file}: " in ran.err
    assert message in ran.err


def test_one_of_several_classes_ends_with_its_time(tmp_path: Path) -> None:
    """What floats do not show at once is left UNDECIDED, however much could be found later."""
    model = write(tmp_path, tiny.checkpoint("index", 1, True, 1.0, 6))
    asked = parsed_specification(Field("spec.json", "", ONE_OF))
    verdicts = {
        seconds: [row.verdict for row in SpecifiedProver(model, asked, seconds).certify(quiet).rows]
        for seconds in (0.0, 60.0)
    }
    assert Verdict.UNDECIDED in verdicts[0.0]
    assert Verdict.UNDECIDED not in verdicts[60.0]
    assert all(
        early in (late, Verdict.UNDECIDED)
        for early, late in zip(verdicts[0.0], verdicts[60.0], strict=True)
    )


def test_one_of_all_classes_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "spec.json"
    everything = {"wins": {"one_of": "any"}}
    document = put(EVERY_PART, ("groups", 3, "asked"), instead(everything))
    file.write_text(json.dumps(document))
    assert ropeproof("spec", "check", file).status == 0  # an id that never occurs may win
    file.write_text(json.dumps(put(document, ("tokens", 2), instead("c"))))
    ran = ropeproof("spec", "check", file)
    assert ran.status == 2
    assert "groups[3].asked.wins: one of all classes wins, whatever the model does" in ran.err


def added(document: Document, path: list[Any], value: Any) -> Document:
    """A copy with one field more."""
    return put(document, tuple(path[:-1]), lambda fields: fields | {path[-1]: value})


def test_groups_overlap_where_an_input_of_both_exists() -> None:
    rng, seen = np.random.default_rng(3), Counter[bool]()
    for _ in range(150):
        document = drawn(rng, ("a", "b", 1), 2)
        one, two = parsed_specification(Field("drawn", "", document)).groups
        mine, yours = (
            {i for at, query, answer in cases(document) if at == group
             for n in range(document["groups"][at]["lengths"][0],
                            document["groups"][at]["lengths"][1] + 1)
             for i in inputs(document, at, query, answer, n)}
            for group in range(2)
        )  # fmt: skip
        shared = overlap(one, two)
        assert (shared is None) == (not mine & yours)
        assert shared is None or shared[::-1] in mine & yours
        seen[shared is None] += 1
    assert min(seen[True], seen[False]) > 20


def test_the_kernel_is_not_asked_about_specifications(tmp_path: Path) -> None:
    file = tmp_path / "certificate.json"
    file.write_text(json.dumps(specified(tmp_path / "model")))
    ran = ropeproof("recheck", "--kernel", file, tmp_path / "model")
    assert ran.status == 2
    assert "of a specification" in ran.err


def test_certify_takes_a_length_or_a_specification(tmp_path: Path) -> None:
    file = tmp_path / "spec.json"
    assert ropeproof("spec", "new", "index-1layer", "--out", file).status == 0
    assert ropeproof("certify", "index-1layer").status == 2
    both = ropeproof("certify", "index-1layer", "--spec", file, "--length", 4)
    assert both.status == 2
    assert "leave out the options" in both.err
    other = ropeproof("certify", "retrieval-1layer", "--spec", file)
    assert other.status == 2
    assert "lists 20 tokens where" in other.err


def test_a_certificate_of_fewer_inputs_is_not_of_the_specification(tmp_path: Path) -> None:
    meant, less, certificate = (tmp_path / name for name in ("meant", "less", "certificate"))
    assert ropeproof("spec", "new", "index-1layer", "--out", meant).status == 0
    document = json.loads(meant.read_text())
    document["groups"] = document["groups"][:1]
    document["groups"][0]["lengths"] = [2, 9]
    less.write_text(json.dumps(document))
    assert ropeproof("certify", "index-1layer", "--spec", less, "--out", certificate).status == 0
    assert ropeproof("recheck", certificate, "index-1layer").status == 0
    assert ropeproof("recheck", certificate, "index-1layer", "--spec", less).status == 0
    other = ropeproof("recheck", certificate, "index-1layer", "--spec", meant)
    assert other.status == 1
    assert "its specification is not that of" in other.out
    asked = ropeproof("recheck", "--kernel", certificate, "index-1layer", "--spec", meant)
    assert asked.status == 2
