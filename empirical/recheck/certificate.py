"""The certificate: a versioned document, read strictly and written canonically.

A certificate is bound to the three files of a checkpoint by their sha256 and makes claims about
all inputs of a length. Its ``kind`` says which claims: ``one-hop`` (one block, one or several
heads), ``induction`` (two blocks), ``walks`` (a block for each hop) or ``specified`` (one block,
on what a specification asks, which stands in the certificate). A further kind is a
further class here, in ``KINDS``, and in ``certificate.schema.json``. Every field is checked by
``recheck``; nothing that is not checked may stand in it. ``FORMAT.md`` describes the fields.
"""

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, TypeAlias

from empirical.recheck.fields import JSON, MOST_BYTES, MOST_TOKENS, Field, parse, read
from empirical.recheck.specification import MOST_HEADS, Specification, parsed_specification

FORMAT, VERSION = "ropeproof certificate", 2
MODEL_FILES = ("config.json", "model.safetensors")
FILES = (*MODEL_FILES, "task.json")
MOST_POSITIONS = 1 << 26
"""Positions of an input."""
MOST_ROWS = 1 << 20
MOST_NODES = 1 << 20
"""Of one proof tree."""
MOST_STOPS = 16
"""Of a walk."""


class Verdict(StrEnum):
    """What a row says of the answer's logit over all inputs of the row."""

    PROVED = "PROVED"
    REFUTED = "REFUTED"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True)
class Refutation:
    """An input of a row on which the answer does not have the largest logit.

    Attributes:
        rival: the class above the answer.
        witness: token ids, first to last.
        margin: the answer's logit minus the rival's, to 2⁻⁴⁰ of itself; negative, or below the
            margin that a specification asks for.
    """

    rival: int
    witness: tuple[int, ...]
    margin: float


@dataclass(frozen=True)
class Row:
    """All inputs of one length that end in a query and have an answer.

    Attributes:
        query: the last token.
        answer: the token that should have the largest logit.
        verdict: PROVED if it has on every one of these inputs.
        refutation: for REFUTED, an input on which it has not.
    """

    query: int
    answer: int
    verdict: Verdict
    refutation: Refutation | None = None

    def to_json(self) -> dict[str, JSON]:
        """The row as it stands in the document."""
        names: dict[str, JSON] = {"query": self.query, "answer": self.answer}
        return names | _verdict_to_json(self.verdict, self.refutation)

    @staticmethod
    def parsed(field: Field) -> "Row":
        """Read a row."""
        fields = field.object(("query", "answer", "verdict"), ("rival", "witness", "margin"))
        query, answer = (fields[name].integer(0, MOST_TOKENS) for name in ("query", "answer"))
        return Row(query, answer, *_verdict_parsed(field, fields))


@dataclass(frozen=True)
class InductionRow:
    """All inputs of one length that end in two tokens and have an answer.

    Attributes:
        previous: the token before the last.
        query: the last token.
        answer: the token after the query's earlier occurrence.
        verdict: PROVED if the answer has the largest logit on every one of these inputs.
        refutation: for REFUTED, an input on which it has not.
    """

    previous: int
    query: int
    answer: int
    verdict: Verdict
    refutation: Refutation | None = None

    def to_json(self) -> dict[str, JSON]:
        """The row as it stands in the document."""
        names: dict[str, JSON] = {
            "previous": self.previous,
            "query": self.query,
            "answer": self.answer,
        }
        return names | _verdict_to_json(self.verdict, self.refutation)

    @staticmethod
    def parsed(field: Field) -> "InductionRow":
        """Read a row."""
        names = ("previous", "query", "answer")
        fields = field.object((*names, "verdict"), ("rival", "witness", "margin"))
        previous, query, answer = (fields[name].integer(0, MOST_TOKENS) for name in names)
        return InductionRow(previous, query, answer, *_verdict_parsed(field, fields))


@dataclass(frozen=True)
class WalkRow:
    """All inputs of one length with the same walk.

    Attributes:
        walk: tokens of its stops, from the last position to the answer.
        verdict: PROVED if the answer has the largest logit on every one of these inputs.
        refutation: for REFUTED, an input on which it has not.
    """

    walk: tuple[int, ...]
    verdict: Verdict
    refutation: Refutation | None = None

    @property
    def query(self) -> int:
        """The last token of these inputs."""
        return self.walk[0]

    @property
    def answer(self) -> int:
        """The token that should have the largest logit."""
        return self.walk[-1]

    def to_json(self) -> dict[str, JSON]:
        """The row as it stands in the document."""
        return {"walk": list(self.walk)} | _verdict_to_json(self.verdict, self.refutation)

    @staticmethod
    def parsed(field: Field) -> "WalkRow":
        """Read a row."""
        fields = field.object(("walk", "verdict"), ("rival", "witness", "margin"))
        walk = fields["walk"].integers(0, MOST_TOKENS, MOST_STOPS)
        if len(walk) < 2:
            fields["walk"].fail("a walk has two stops or more")
        return WalkRow(walk, *_verdict_parsed(field, fields))


@dataclass(frozen=True)
class Horizon:
    """How long inputs of one query may be.

    Attributes:
        query: the last token.
        longest: the answer wins on all inputs of every length from the query's first to this one.
        beyond: a row of the next length that is not PROVED; none if no longer length was asked for.
    """

    query: int
    longest: int
    beyond: Row | None

    def to_json(self) -> dict[str, JSON]:
        """The horizon as it stands in the document."""
        fields: dict[str, JSON] = {"query": self.query, "longest": self.longest}
        return fields if self.beyond is None else fields | {"beyond": self.beyond.to_json()}

    @staticmethod
    def parsed(field: Field) -> "Horizon":
        """Read a horizon."""
        fields = field.object(("query", "longest"), ("beyond",))
        query = fields["query"].integer(0, MOST_TOKENS)
        longest = fields["longest"].integer(0, MOST_POSITIONS)
        beyond = Row.parsed(fields["beyond"]) if "beyond" in fields else None
        if beyond is not None and beyond.query != query:
            fields["beyond"].fail(f"its query is {beyond.query}, not {query}")
        if beyond is not None and beyond.verdict is Verdict.PROVED:
            fields["beyond"].fail("a row beyond the horizon is not PROVED")
        return Horizon(query, longest, beyond)


@dataclass(frozen=True)
class Part:
    """Bounds of the accuracy over the inputs of one query and one answer.

    Attributes:
        query: the last token.
        answer: the token that should have the largest logit.
        lower: the accuracy is at least this.
        upper: the accuracy is at most this.
        rivals: the classes whose wins, less common wins of two of them, make the upper bound.
    """

    query: int
    answer: int
    lower: float
    upper: float
    rivals: tuple[int, ...]

    def to_json(self) -> dict[str, JSON]:
        """The part as it stands in the document."""
        return {
            "query": self.query,
            "answer": self.answer,
            "lower": self.lower,
            "upper": self.upper,
            "rivals": list(self.rivals),
        }

    @staticmethod
    def parsed(field: Field) -> "Part":
        """Read a part."""
        fields = field.object(("query", "answer", "lower", "upper", "rivals"))
        query, answer = (fields[name].integer(0, MOST_TOKENS) for name in ("query", "answer"))
        lower, upper = (fields[name].number(0, 1) for name in ("lower", "upper"))
        rivals = fields["rivals"].integers(0, MOST_TOKENS, MOST_TOKENS)
        if lower > upper:
            field.fail("its lower bound is above its upper bound")
        if len(set(rivals)) < len(rivals) or answer in rivals:
            fields["rivals"].fail("a rival stands twice or is the answer")
        return Part(query, answer, lower, upper, rivals)


@dataclass(frozen=True)
class Accuracy:
    """Bounds of the accuracy over the inputs of one length that the task draws.

    Query, answer, the answer's place and every other token are uniform over what the task allows.

    Attributes:
        length: tokens per input.
        lower: the accuracy is at least this.
        upper: the accuracy is at most this.
        parts: the queries and answers that are not always right; every other is.
    """

    length: int
    lower: float
    upper: float
    parts: tuple[Part, ...]

    def to_json(self) -> dict[str, JSON]:
        """The accuracy as it stands in the document."""
        return {
            "length": self.length,
            "lower": self.lower,
            "upper": self.upper,
            "parts": [part.to_json() for part in self.parts],
        }

    @staticmethod
    def parsed(field: Field) -> "Accuracy":
        """Read an accuracy."""
        fields = field.object(("length", "lower", "upper", "parts"))
        length = fields["length"].integer(1, MOST_POSITIONS)
        lower, upper = (fields[name].number(0, 1) for name in ("lower", "upper"))
        if lower > upper:
            field.fail("its lower bound is above its upper bound")
        parts = tuple(Part.parsed(item) for item in fields["parts"].items(MOST_ROWS))
        _each_once(fields["parts"], [(part.query, part.answer) for part in parts])
        return Accuracy(length, lower, upper, parts)


@dataclass(frozen=True)
class Split:
    """The piece falls into one for each token that may stand at a place."""

    place: int

    def to_json(self) -> JSON:
        """The node as it stands in the document."""
        return {"split": self.place}


@dataclass(frozen=True)
class Cut:
    """The box of ratios falls into two at a number: below it, then above it.

    Attributes:
        head: whose ratio, from 1.
        at: the number.
    """

    head: int
    at: float

    def to_json(self) -> JSON:
        """The node as it stands in the document."""
        return {"cut": self.head, "at": self.at}


@dataclass(frozen=True)
class Within:
    """The ratios lie in a box on the piece; the box in scope, if there is one, shrinks to both.

    A ratio is ``Z₀/Z_h`` for the heads from the second on, Z_h the sum of head h's weights in units
    of its weight for the query itself.

    Attributes:
        low: at least, not negative.
        high: at most, positive.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]

    def to_json(self) -> JSON:
        """The node as it stands in the document."""
        return {"within": [list(self.low), list(self.high)]}


@dataclass(frozen=True)
class Leaf:
    """A bound is positive on the piece.

    Attributes:
        multipliers: μ of the heads from the second on.
        boxed: for all ratios in the box; otherwise each head is above its own threshold, which
            these are, and no ratio matters.
        along: which of the proof's directions touches the norm; none: the answer's and rival's own.
    """

    multipliers: tuple[float, ...] = ()
    boxed: bool = False
    along: int | None = None

    def to_json(self) -> JSON:
        """The node as it stands in the document."""
        name = "multipliers" if self.boxed else "thresholds"
        leaf: dict[str, JSON] = {name: list(self.multipliers)}
        return leaf if self.along is None else leaf | {"along": self.along}


@dataclass(frozen=True)
class Run:
    """The piece is one input; it is run."""

    def to_json(self) -> JSON:
        """The node as it stands in the document."""
        return "input"


Node: TypeAlias = Split | Cut | Within | Leaf | Run


@dataclass(frozen=True)
class Proof:
    """A tree that shows one answer above one rival, with the answer at one place.

    Attributes:
        query: the last token.
        answer: the class above.
        rival: the class below.
        length: tokens per input.
        place: the answer's, in positions back from the query.
        directions: inputs, from the query backwards, whose streams touch the norm.
        nodes: of the tree, each before its parts.
    """

    query: int
    answer: int
    rival: int
    length: int
    place: int
    directions: tuple[tuple[int, ...], ...]
    nodes: tuple[Node, ...]

    NAMES: ClassVar[tuple[str, ...]] = ("query", "answer", "rival", "length", "place")

    def to_json(self) -> dict[str, JSON]:
        """The proof as it stands in the document."""
        fields: dict[str, JSON] = {name: getattr(self, name) for name in self.NAMES}
        if self.directions:
            fields["directions"] = [list(tokens) for tokens in self.directions]
        return fields | {"nodes": [node.to_json() for node in self.nodes]}

    @staticmethod
    def parsed(field: Field) -> "Proof":
        """Read a proof."""
        fields = field.object((*Proof.NAMES, "nodes"), ("directions",))
        query, answer, rival = (fields[n].integer(0, MOST_TOKENS) for n in Proof.NAMES[:3])
        length = fields["length"].integer(2, MOST_POSITIONS)
        place = fields["place"].integer(1, length - 1)
        return Proof(query, answer, rival, length, place, *_tree(fields, length))


@dataclass(frozen=True)
class OneHop:
    """What is claimed of a model of one block on a task of one hop.

    Attributes:
        length: tokens of the inputs that ``rows`` speak of.
        arithmetic: ``real``, or ``real+float32``: every execution in float32 too.
        rows: one for each query and answer.
        horizon_searched: to which length horizons were looked for; none: they were not.
        horizons: one for each query that can be asked at that length.
        accuracies: at some lengths.
        proofs: trees, where a single bound does not do.
    """

    length: int
    arithmetic: str
    rows: tuple[Row, ...]
    horizon_searched: int | None = None
    horizons: tuple[Horizon, ...] = ()
    accuracies: tuple[Accuracy, ...] = ()
    proofs: tuple[Proof, ...] = ()

    KIND: ClassVar[str] = "one-hop"
    REAL: ClassVar[str] = "real"
    FLOAT32: ClassVar[str] = "real+float32"

    def to_json(self) -> dict[str, JSON]:
        """The claims as they stand in the document."""
        fields: dict[str, JSON] = {
            "length": self.length,
            "arithmetic": self.arithmetic,
            "rows": [row.to_json() for row in self.rows],
        }
        if self.horizon_searched is not None:
            fields["horizon_searched"] = self.horizon_searched
            fields["horizons"] = [horizon.to_json() for horizon in self.horizons]
        fields["accuracies"] = [accuracy.to_json() for accuracy in self.accuracies]
        fields["proofs"] = [proof.to_json() for proof in self.proofs]
        return fields

    @staticmethod
    def parsed(field: Field) -> "OneHop":
        """Read the claims."""
        required = ("length", "arithmetic", "rows", "accuracies", "proofs")
        fields = field.object(required, ("horizon_searched", "horizons"))
        rows = tuple(Row.parsed(item) for item in fields["rows"].items(MOST_ROWS))
        _each_once(fields["rows"], [(row.query, row.answer) for row in rows])
        searched: int | None = None
        horizons: tuple[Horizon, ...] = ()
        if "horizon_searched" in fields or "horizons" in fields:
            both = field.object((*required, "horizon_searched", "horizons"))
            searched, horizons = _horizons(both["horizon_searched"], both["horizons"])
        accuracies = tuple(Accuracy.parsed(item) for item in fields["accuracies"].items(MOST_ROWS))
        _each_once(fields["accuracies"], [accuracy.length for accuracy in accuracies])
        proofs = tuple(Proof.parsed(item) for item in fields["proofs"].items(MOST_ROWS))
        _each_once(
            fields["proofs"], [(p.query, p.answer, p.rival, p.length, p.place) for p in proofs]
        )
        return OneHop(
            length=fields["length"].integer(1, MOST_POSITIONS),
            arithmetic=fields["arithmetic"].choice(OneHop.REAL, OneHop.FLOAT32),
            rows=rows,
            horizon_searched=searched,
            horizons=horizons,
            accuracies=accuracies,
            proofs=proofs,
        )


@dataclass(frozen=True)
class Induction:
    """What is claimed of a model of two blocks on induction, in real arithmetic.

    Attributes:
        length: tokens per input.
        rows: one for each token before the last, last token and answer.
    """

    length: int
    rows: tuple[InductionRow, ...]

    KIND: ClassVar[str] = "induction"

    def to_json(self) -> dict[str, JSON]:
        """The claims as they stand in the document."""
        return {
            "length": self.length,
            "rows": [row.to_json() for row in self.rows],
        }

    @staticmethod
    def parsed(field: Field) -> "Induction":
        """Read the claims."""
        fields = field.object(("length", "rows"))
        rows = tuple(InductionRow.parsed(item) for item in fields["rows"].items(MOST_ROWS))
        _each_once(fields["rows"], [(row.previous, row.query, row.answer) for row in rows])
        return Induction(
            length=fields["length"].integer(1, MOST_POSITIONS),
            rows=rows,
        )


@dataclass(frozen=True)
class Walks:
    """What is claimed of a model of a block for each hop on walks, in real arithmetic.

    Attributes:
        length: tokens per input.
        rows: one for each walk.
    """

    length: int
    rows: tuple[WalkRow, ...]

    KIND: ClassVar[str] = "walks"

    def to_json(self) -> dict[str, JSON]:
        """The claims as they stand in the document."""
        return {
            "length": self.length,
            "rows": [row.to_json() for row in self.rows],
        }

    @staticmethod
    def parsed(field: Field) -> "Walks":
        """Read the claims."""
        fields = field.object(("length", "rows"))
        rows = tuple(WalkRow.parsed(item) for item in fields["rows"].items(MOST_ROWS))
        _each_once(fields["rows"], [row.walk for row in rows])
        return Walks(
            length=fields["length"].integer(1, MOST_POSITIONS),
            rows=rows,
        )


@dataclass(frozen=True)
class Attention:
    """An input of a case on which a weight or share is not on the side that is asked for.

    Attributes:
        witness: token ids, first to last.
        weight: of the attention at the places that are asked about, or the share of the class that
            is, to 2⁻⁴⁰.
        place: the answer's, counted from the last token; none if its weight is not asked for.
    """

    witness: tuple[int, ...]
    weight: float
    place: int | None = None

    def to_json(self) -> dict[str, JSON]:
        """The fields of the case."""
        fields: dict[str, JSON] = {"witness": list(self.witness), "weight": self.weight}
        return fields if self.place is None else fields | {"place": self.place}

    @staticmethod
    def parsed(case: Field) -> "Attention":
        """Read it from a case that is REFUTED."""
        given = case.any_object()
        for name in ("rival", "margin"):
            if name in given:
                given[name].fail("a case with a weight has none")
        if "witness" not in given:
            case.fail("a case that is REFUTED has a witness")
        return Attention(
            witness=given["witness"].integers(0, MOST_TOKENS, MOST_POSITIONS),
            weight=given["weight"].number(0, 1),
            place=given["place"].integer(0, MOST_POSITIONS) if "place" in given else None,
        )


@dataclass(frozen=True)
class Mixture:
    """The mean logit of several classes, with these shares, is above the rival's on the piece.

    Attributes:
        shares: of the classes that a group names, in their order; not negative, and not all zero.
    """

    shares: tuple[float, ...]

    def to_json(self) -> JSON:
        """The node as it stands in the document."""
        return {"shares": list(self.shares)}


@dataclass(frozen=True)
class Margins:
    """The class of a case is above each other class by at least so much on the piece.

    Attributes:
        margins: in nats, by class.
    """

    margins: tuple[float, ...]

    def to_json(self) -> JSON:
        """The node as it stands in the document."""
        return {"margins": list(self.margins)}


@dataclass(frozen=True)
class MixtureProof:
    """A tree that shows what is asked of classes together on all inputs of some lengths.

    That one of several classes is above a rival; or where the share of one is, by the mean of all
    others, or by its margins over them.

    Attributes:
        rival: the class below; none: every class that the group does not name, or a share.
        lengths: the first and the last, in tokens.
        nodes: of the tree, each before its parts.
        place: the answer's, in positions back from the query; none: wherever it may stand.
    """

    rival: int | None
    lengths: tuple[int, int]
    nodes: tuple[Split | Mixture | Margins, ...]
    place: int | None = None

    def to_json(self) -> dict[str, JSON]:
        """The proof as it stands in the document."""
        optional: dict[str, JSON] = {"rival": self.rival, "place": self.place}
        given = {name: value for name, value in optional.items() if value is not None}
        nodes = [node.to_json() for node in self.nodes]
        return given | {"lengths": list(self.lengths), "nodes": nodes}

    @staticmethod
    def parsed(field: Field) -> "MixtureProof":
        """Read a proof."""
        fields = field.object(("lengths", "nodes"), ("rival", "place"))
        lengths = fields["lengths"].integers(1, MOST_POSITIONS, 2)
        if len(lengths) != 2 or lengths[0] > lengths[1]:
            fields["lengths"].fail("a first and a last length are expected here")
        nodes = tuple(_mixture_node(item, lengths[1]) for item in fields["nodes"].items(MOST_NODES))
        rival = fields["rival"].integer(0, MOST_TOKENS) if "rival" in fields else None
        place = fields["place"].integer(0, lengths[0] - 1) if "place" in fields else None
        return MixtureProof(rival, (lengths[0], lengths[1]), nodes, place)


@dataclass(frozen=True)
class GroupProof:
    """A tree that shows the class of a case above one rival, at one length.

    Attributes:
        rival: the class below.
        length: tokens per input.
        place: the answer's, in positions back from the query; none if the group has none.
        directions: inputs, from the query backwards, whose streams touch the norm.
        nodes: of the tree, each before its parts.
    """

    rival: int
    length: int
    place: int | None
    directions: tuple[tuple[int, ...], ...]
    nodes: tuple[Node, ...]

    def to_json(self) -> dict[str, JSON]:
        """The proof as it stands in the document."""
        fields: dict[str, JSON] = {"rival": self.rival, "length": self.length}
        if self.place is not None:
            fields["place"] = self.place
        if self.directions:
            fields["directions"] = [list(tokens) for tokens in self.directions]
        return fields | {"nodes": [node.to_json() for node in self.nodes]}

    @staticmethod
    def parsed(field: Field) -> "GroupProof":
        """Read a proof."""
        fields = field.object(("rival", "length", "nodes"), ("place", "directions"))
        length = fields["length"].integer(1, MOST_POSITIONS)
        place = fields["place"].integer(0, length - 1) if "place" in fields else None
        rival = fields["rival"].integer(0, MOST_TOKENS)
        return GroupProof(rival, length, place, *_tree(fields, length))


@dataclass(frozen=True)
class Case:
    """All inputs of a group of a specification with one last token, and one answer if it has any.

    Attributes:
        group: its number in the specification, from 0.
        query: the last token.
        answer: the token that stands at one of the group's places; none if the group has none.
        verdict: PROVED if what is asked is so on every one of these inputs, of all lengths.
        longest: not PROVED only: it is so at every length from the first to this one; none: at no
            length that is shown.
        winner: where the same winner is asked for: the class that wins on all inputs of which
            something is shown.
        refutation: for REFUTED, an input of the group on which it is not so.
        other: for REFUTED where the same winner is asked for: an input on which ``winner`` wins.
        shown: where one of several classes is to win, or has a share: what shows it, at every
            length at which it is said to be so.
        trees: where a class is to win in a model of several heads: proofs of the lengths at which
            it is said to, where single bounds do not do.
    """

    group: int
    query: int
    answer: int | None
    verdict: Verdict
    longest: int | None = None
    winner: int | None = None
    refutation: Refutation | Attention | None = None
    other: tuple[int, ...] | None = None
    shown: tuple[MixtureProof, ...] = ()
    trees: tuple[GroupProof, ...] = ()

    def to_json(self) -> dict[str, JSON]:
        """The case as it stands in the document."""
        fields: dict[str, JSON] = {"group": self.group, "query": self.query}
        optional = {"answer": self.answer, "longest": self.longest, "winner": self.winner}
        fields |= {name: value for name, value in optional.items() if value is not None}
        if self.other is not None:
            fields["other"] = list(self.other)
        if self.shown:
            fields["shown"] = [proof.to_json() for proof in self.shown]
        if self.trees:
            fields["trees"] = [proof.to_json() for proof in self.trees]
        if isinstance(self.refutation, Attention):
            return fields | {"verdict": str(self.verdict)} | self.refutation.to_json()
        return fields | _verdict_to_json(self.verdict, self.refutation)

    @staticmethod
    def parsed(field: Field) -> "Case":
        """Read a case."""
        refuting = ("rival", "witness", "margin", "other", "weight", "place")
        optional = ("answer", "longest", "winner", "shown", "trees", *refuting)
        fields = field.object(("group", "query", "verdict"), optional)
        verdict, refutation = _case_parsed(field, fields)
        for name in ("longest",) if verdict is Verdict.PROVED else ():
            if name in fields:
                fields[name].fail("a case that is PROVED has none")
        refuted = isinstance(refutation, Refutation)
        if "other" in fields and not (refuted and "winner" in fields):
            fields["other"].fail("only a case with a winner that is REFUTED has one")

        def optional_integer(name: str, most: int) -> int | None:
            return fields[name].integer(0, most) if name in fields else None

        return Case(
            group=fields["group"].integer(0, MOST_ROWS),
            query=fields["query"].integer(0, MOST_TOKENS),
            answer=optional_integer("answer", MOST_TOKENS),
            verdict=verdict,
            longest=optional_integer("longest", MOST_POSITIONS),
            winner=optional_integer("winner", MOST_TOKENS),
            refutation=refutation,
            other=fields["other"].integers(0, MOST_TOKENS, MOST_POSITIONS)
            if "other" in fields
            else None,
            shown=tuple(MixtureProof.parsed(item) for item in fields["shown"].items(MOST_NODES))
            if "shown" in fields
            else (),
            trees=tuple(GroupProof.parsed(item) for item in fields["trees"].items(MOST_NODES))
            if "trees" in fields
            else (),
        )


@dataclass(frozen=True)
class Specified:
    """What is claimed of a model of one block on a specification, in real arithmetic.

    Attributes:
        specification: what is asked.
        rows: one for each case of each of its groups.
    """

    specification: Specification
    rows: tuple[Case, ...]

    KIND: ClassVar[str] = "specified"

    def to_json(self) -> dict[str, JSON]:
        """The claims as they stand in the document."""
        return {
            "specification": self.specification.document,
            "rows": [row.to_json() for row in self.rows],
        }

    @staticmethod
    def parsed(field: Field) -> "Specified":
        """Read the claims."""
        fields = field.object(("specification", "rows"))
        rows = tuple(Case.parsed(item) for item in fields["rows"].items(MOST_ROWS))
        _each_once(fields["rows"], [(row.group, row.query, row.answer) for row in rows])
        return Specified(parsed_specification(fields["specification"]), rows)


Claims: TypeAlias = OneHop | Induction | Walks | Specified
KINDS: Mapping[str, Callable[[Field], Claims]] = {
    OneHop.KIND: OneHop.parsed,
    Induction.KIND: Induction.parsed,
    Walks.KIND: Walks.parsed,
    Specified.KIND: Specified.parsed,
}


def files_of(kind: str) -> tuple[str, ...]:
    """The files of a checkpoint that a kind of certificate is bound to."""
    return MODEL_FILES if kind == Specified.KIND else FILES


@dataclass(frozen=True)
class Certificate:
    """Claims about a checkpoint.

    Attributes:
        files: sha256 of each of its files, in hexadecimal.
        claims: what is claimed of it.
    """

    files: Mapping[str, str]
    claims: Claims

    def to_json(self) -> dict[str, JSON]:
        """The document; ``seal`` is the sha256 of all the rest in canonical form."""
        content: dict[str, JSON] = {
            "format": FORMAT,
            "version": VERSION,
            "kind": self.claims.KIND,
            "files": dict(self.files),
            "claims": self.claims.to_json(),
        }
        return {**content, "seal": seal(content)}


def seal(content: dict[str, JSON]) -> str:
    """The sha256 of a document without its seal: keys sorted, without white space."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_certificate(file: Path) -> Certificate:
    """Read a certificate.

    Raises:
        Malformed: the file is no certificate of this version, or was altered.
    """
    return parsed_certificate(read(file)[0])


def certificate_from_text(text: str, name: str) -> Certificate:
    """Read a certificate that is not in a file; ``name`` stands for it in messages.

    Raises:
        Malformed: the text is no certificate of this version, or was altered.
    """
    data = text.encode()
    top = Field(name, "", None)
    if len(data) > MOST_BYTES:
        top.fail(f"it has {len(data)} bytes, at most {MOST_BYTES} are read")
    return parsed_certificate(parse(data, name))


def parsed_certificate(top: Field) -> Certificate:
    """A certificate from its JSON."""
    names = ("format", "version", "kind", "files", "claims", "seal")
    given = top.any_object()
    if "format" not in given or given["format"].value != FORMAT:
        top.fail("it is no certificate of this form: write it again with `ropeproof certify --out`")
    fields = top.object(names)
    fields["version"].integer(VERSION, VERSION)
    kind = fields["kind"].choice(*KINDS)
    names_of_files = files_of(kind)
    hashes = fields["files"].object(names_of_files)
    files = {name: hashes[name].sha256() for name in names_of_files}
    claims = KINDS[kind](fields["claims"])
    content = {name: fields[name].value for name in names[:-1]}
    if fields["seal"].sha256() != seal(content):
        fields["seal"].fail("it is not the seal of the rest: a part of the file was altered")
    return Certificate(files, claims)


def _verdict_to_json(verdict: Verdict, refutation: Refutation | None) -> dict[str, JSON]:
    fields: dict[str, JSON] = {"verdict": str(verdict)}
    if refutation is None:
        return fields
    return fields | {
        "rival": refutation.rival,
        "witness": list(refutation.witness),
        "margin": refutation.margin,
    }


def _verdict_parsed(
    row: Field, fields: dict[str, Field], most: float = 0
) -> tuple[Verdict, Refutation | None]:
    """The verdict of a row, with its refutation, of a margin up to ``most``, if it is REFUTED."""
    verdict = Verdict(fields["verdict"].choice(*Verdict))
    named = [name for name in ("rival", "witness", "margin") if name in fields]
    if verdict is not Verdict.REFUTED:
        for name in named:
            fields[name].fail(f"a row that is {verdict} has none")
        return verdict, None
    if len(named) < 3:
        row.fail("a row that is REFUTED has a rival, a witness and a margin")
    refutation = Refutation(
        rival=fields["rival"].integer(0, MOST_TOKENS),
        witness=fields["witness"].integers(0, MOST_TOKENS, MOST_POSITIONS),
        margin=fields["margin"].number(most=most),
    )
    return verdict, refutation


def _case_parsed(
    case: Field, fields: dict[str, Field]
) -> tuple[Verdict, Refutation | Attention | None]:
    """The verdict of a case, with its refutation if it is REFUTED."""
    if "weight" not in fields:
        if "place" in fields:
            fields["place"].fail("a case without a weight has none")
        return _verdict_parsed(case, fields, most=math.inf)
    if fields["verdict"].choice(*Verdict) != Verdict.REFUTED:
        fields["weight"].fail("a case that is not REFUTED has none")
    return Verdict.REFUTED, Attention.parsed(case)


def _horizons(searched: Field, horizons: Field) -> tuple[int, tuple[Horizon, ...]]:
    """Horizons, each ended by a row, or at the length to which they were looked for."""
    last = searched.integer(1, MOST_POSITIONS)
    read = []
    for item in horizons.items(MOST_ROWS):
        horizon = Horizon.parsed(item)
        if horizon.longest > last:
            item.fail(f"it is above {last}, to which horizons were looked for")
        if (horizon.beyond is None) != (horizon.longest == last):
            item.fail("it ends at no row, or has one where the search ended")
        read.append(horizon)
    _each_once(horizons, [horizon.query for horizon in read])
    return last, tuple(read)


def _direction(field: Field, length: int) -> tuple[int, ...]:
    tokens = field.integers(0, MOST_TOKENS, length)
    if len(tokens) < length:
        field.fail(f"a direction is an input of {length} tokens")
    return tokens


def _tree(
    fields: Mapping[str, Field], length: int
) -> tuple[tuple[tuple[int, ...], ...], tuple[Node, ...]]:
    """The directions and nodes of a tree over inputs of a length."""
    directions: tuple[tuple[int, ...], ...] = ()
    if "directions" in fields:
        items = fields["directions"].items(MOST_NODES)
        directions = tuple(_direction(item, length) for item in items)
    items = fields["nodes"].items(MOST_NODES)
    nodes = tuple(_node(item, length, len(directions)) for item in items)
    used = {node.along for node in nodes if isinstance(node, Leaf)}
    if not used >= set(range(len(directions))):
        fields["directions"].fail("no leaf is along one of them")
    return directions, nodes


def _within(field: Field) -> Within:
    sides = field.items(2)
    if len(sides) < 2:
        field.fail("a box has two sides")
    low, high = (side.numbers(MOST_HEADS) for side in sides)
    if len(low) != len(high):
        field.fail("its bounds are not of as many heads")
    if min(low, default=0) < 0 or min(high, default=1) <= 0:
        field.fail("a ratio of two sums of weights is not negative")
    return Within(low, high)


def _node(field: Field, length: int, directions: int) -> Node:
    """One node of a tree."""
    if field.value == "input":
        return Run()
    given = field.any_object()
    if "split" in given:
        return Split(field.object(("split",))["split"].integer(0, length - 1))
    if "cut" in given:
        fields = field.object(("cut", "at"))
        return Cut(fields["cut"].integer(1, MOST_HEADS), fields["at"].number(least=0))
    if "within" in given:
        return _within(field.object(("within",))["within"])
    name = "multipliers" if "multipliers" in given else "thresholds"
    fields = field.object((name,), ("along",))
    along = fields["along"].integer(0, directions - 1) if "along" in fields else None
    return Leaf(fields[name].numbers(MOST_HEADS), name == "multipliers", along)


def _mixture_node(field: Field, length: int) -> Split | Mixture | Margins:
    """One node of a tree over inputs of a length."""
    if "split" in field.any_object():
        return Split(field.object(("split",))["split"].integer(0, length - 1))
    if "margins" in field.any_object():
        return Margins(field.object(("margins",))["margins"].numbers(MOST_TOKENS))
    listed = field.object(("shares",))["shares"]
    shares = tuple(item.number(least=0) for item in listed.items(MOST_TOKENS))
    if not any(shares):
        listed.fail("no class has a share")
    return Mixture(shares)


def _each_once(field: Field, keys: list[object]) -> None:
    """Refuse a list in which two entries are about the same."""
    seen = set()
    for at, key in enumerate(keys):
        if key in seen:
            Field(field.file, f"{field.place}[{at}]", None).fail("it stands there twice")
        seen.add(key)
