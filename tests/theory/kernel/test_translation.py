"""Generated statements mean what the sentences mean: an independent reader evaluates both.

The reader knows Coq's grammar and not the translator; ``Claim.at`` and balls know neither.
"""

import itertools
import re
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from random import Random

import mpmath
import pytest
import sympy as sp
from flint import arb, ctx, fmpq
from sympy.core.relational import Relational

from tests.theory.judged import THEOREMS
from tests.theory.kernel.coq_reader import IllTyped, Reader, Undefined, Value, fraction
from theory.claim import Claim
from theory.engines.enclosure import to_arb
from theory.kernel import library, statement
from theory.kernel.coqc import USUAL, Coq
from theory.kernel.names import Names

BITS = 240
propositions = cache(statement.propositions)
"""Each claim is translated once, at however many points its statement is read."""
CLAIMS = {
    f"{name}{label and f' [{label}]'}": claim
    for name, theorem in THEOREMS.items()
    for label, claim in {"": theorem.claim, **theorem.neighbours}.items()
}
x, y = sp.symbols("x y", real=True)
n, m, j = sp.symbols("n m j", integer=True)
f = sp.IndexedBase("f", real=True)
ODD = {
    "nested limits": sp.Sum(x * j / (m + 2), (j, 1, m), (m, 1, n)),
    "powers of sums": (x - (y - x / 3)) ** 3 / (2 + x**2) ** 2 - sp.exp(-x * y) ** 2,
    "remainders": sp.Mod(n - 3 * m, 5) - sp.Mod(-n, 7) * (n - m) * x,
    "rounding": sp.floor(x - y) - 2 * sp.ceiling(x / 2),
    "least and greatest": sp.Max(x, y, sp.Min(x * y, 2)) - sp.Abs(x - y) + sp.Min(n, m, 3),
    "cases": sp.Piecewise((x, sp.Eq(n, 1)), (y, sp.Eq(n + m, 5)), (x * y, True)) * 2 - x,
    "powers of integers": (n + 1) ** 2 * x - 2 * n**3 + sp.Integer(3) ** m,
    "digits": sp.Mod(sp.floor(n / 2**m), 3) * x + 2 ** (m + 1) + sp.Integer(3) ** (m - n),
    "signs": -x * -y - (-n) * x + (-x) / (1 + y**2) - sp.Rational(2, 3) * x,
    "partial": sp.sqrt(x) + sp.log(y) + 1 / (x - 1) + 1 / (n - m),
}


class Point:
    """Values for the variables of a claim: for the reader, and for balls."""

    def __init__(self, claim: Claim, rng: Random, sizes: dict[sp.Symbol, int]) -> None:
        self.sizes = sizes
        self._rng = rng
        names = Names.chosen(claim)
        self._families: dict[tuple[str, tuple[int, ...]], Fraction] = {}
        self.reals = {
            v: self._real() for v in claim.variables if isinstance(v, sp.Symbol) and v not in sizes
        }
        self.for_reader: dict[str, Value] = {
            **{names.of[s.name]: v for s, v in sizes.items()},
            **{names.of[s.name]: fraction(v) for s, v in self.reals.items()},
        }
        for label, rank in names.ranks.items():
            self.for_reader[names.of[label]] = lambda *at, label=label: fraction(
                self.family(label, at)
            )
            self.for_reader[f"{names.of[label]}/arity"] = rank

    def family(self, label: str, indices: tuple[int, ...]) -> Fraction:
        return self._families.setdefault((label, indices), self._real())

    def ball(self, e: sp.Expr) -> arb:
        """The value of a term without bound variables, in balls."""
        e = e.doit() if e.has(sp.Sum) else e
        values = {s: arb(fmpq(v.numerator, v.denominator)) for s, v in self.reals.items()}
        for part in e.atoms(sp.Indexed):
            value = self.family(part.base.label.name, tuple(map(int, part.indices)))
            values[part] = arb(fmpq(value.numerator, value.denominator))
        exact = e.replace(
            lambda part: isinstance(part, sp.floor | sp.ceiling),
            lambda part: part.subs({s: sp.Rational(v) for s, v in self.reals.items()}),
        )
        return to_arb(exact, values)

    def _real(self) -> Fraction:
        """A small integer, a part of one, or of either sign over many scales."""
        match self._rng.randrange(3):
            case 0:
                return Fraction(self._rng.randint(-2, 2))
            case 1:
                return Fraction(self._rng.randint(1, 255), 256)
        return Fraction(self._rng.randint(-999, 999), 2 ** self._rng.randint(2, 14))


def bodies(claim: Claim) -> tuple[str, str]:
    """The text of ``sentence`` and of ``sense``."""
    matches = re.findall(r"Prop :=\n(.*?)\.\n(?:\n|\Z)", propositions(claim), re.DOTALL)
    sentence, sense = matches
    return sentence, sense


def points(claim: Claim, seed: str) -> Iterator[Point]:
    """Points at which the hypotheses on integers alone hold, small integers first."""
    rng = Random(seed)
    of_integers = sp.And(
        *(
            g.func(*g.args)
            for g in claim.given
            if isinstance(g, Relational) and g.free_symbols <= set(claim.sizes)
        )
    )
    met = sp.lambdify(claim.sizes, of_integers, "math")
    for attempt in range(4000):
        high = 3 * (1 + attempt // 1000)
        sizes = {s: rng.randint(-1, high) for s in claim.sizes}
        if met(*sizes.values()):
            yield Point(claim, rng, sizes)


def same(read: Value, side: sp.Expr, point: Point) -> bool:
    """Whether a term that was read has the value of the sentence's own."""
    ball = point.ball(side)
    if isinstance(read, int):
        return bool(ball == read)
    if ball.rel_accuracy_bits() < 160 and ball.rad() > 2**-160:
        raise Undefined("a value that this precision does not give")
    middle = mpmath.mpf(ball.mid().str(60, radius=False))
    return bool(abs(read - middle) <= mpmath.mpf(10) ** -45 * (1 + abs(middle)))


def compared(claim: Claim, point: Point) -> int:
    """How many relations were compared; each side must have the same value."""
    try:
        return _compared(claim, point)
    except Undefined:
        return 0


def _compared(claim: Claim, point: Point) -> int:
    reader = Reader.of(bodies(claim)[0], point.for_reader)
    reader.proposition()
    assert not reader.tokens
    here = claim.at(point.sizes)
    relations = [*here.given, here.conclusion]
    assert len(reader.relations) == len(relations)
    signs = {">=": sp.Ge, "<=": sp.Le, ">": sp.Gt, "<": sp.Lt, "=": sp.Eq}
    for (left, sign, right), relation in zip(reader.relations, relations, strict=True):
        assert isinstance(relation, signs[sign])
        assert same(left, relation.lhs, point), (left, relation.lhs)
        assert same(right, relation.rhs, point), (right, relation.rhs)
    return len(relations)


@pytest.mark.parametrize("name", CLAIMS)
def test_a_statement_has_the_values_of_its_sentence(name: str) -> None:
    claim = CLAIMS[name]
    with mpmath.workprec(BITS), ctx.workprec(BITS):
        met = (compared(claim, point) for point in points(claim, name))
        assert len(list(itertools.islice(filter(None, met), 3))) == 3


@pytest.mark.parametrize("name", ODD)
def test_an_odd_term_has_its_value(name: str) -> None:
    claim = Claim(conclusion=sp.Ge(ODD[name], sp.Symbol("z", real=True)))
    with mpmath.workprec(BITS), ctx.workprec(BITS):
        met = (compared(claim, point) for point in points(claim, name))
        assert len(list(itertools.islice(filter(None, met), 3))) == 3


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("1 - cos", "1 + cos"),
        ("theta * IZR t", "theta * IZR M"),
        ("IZR M + 1", "IZR M + 2"),
        ("(M >= 1)", "(M > 1)"),
        ("Least 1%Z M", "Least 1%Z (M + 1)%Z"),
        ("2 * PI", "PI"),
    ],
)
def test_a_statement_that_says_something_else_is_noticed(
    text: str, changed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = THEOREMS["index_gap_le_of_reach"].claim
    stated = propositions(claim)
    assert text in stated
    monkeypatch.setattr(
        "tests.theory.kernel.test_translation.propositions", lambda _: stated.replace(text, changed)
    )
    with mpmath.workprec(BITS), ctx.workprec(BITS), pytest.raises(AssertionError):
        sum(compared(claim, point) for point in points(claim, text))


def stripped(text: str) -> str:
    """The conditions of ``sense`` without the hypotheses that they stand under."""
    return re.sub(r"\n  (?:\([^\n]*|[^\n]*) ->(?=\n)", "", text)


@pytest.mark.parametrize("name", [*THEOREMS, *ODD])
def test_sense_holds_where_every_term_means_something_and_nowhere_else(name: str) -> None:
    """Without the hypotheses: where a condition of it fails, some term is a mere convention."""
    if name in ODD:
        claim = Claim(conclusion=sp.Ge(ODD[name], 0))
    else:
        claim = Claim(conclusion=THEOREMS[name].claim.conclusion)
    sentence, sense = bodies(claim)
    rng = Random(name)
    with mpmath.workprec(BITS):
        for _ in range(40):
            sizes = {s: rng.randint(-1, 4) for s in claim.sizes}
            values = Point(claim, rng, sizes).for_reader
            makes_sense = _strictly(sense, values) is True
            assert makes_sense == (_strictly(sentence, values) is not None), (sizes, values)


def _strictly(text: str, values: dict[str, Value]) -> bool | None:
    """The truth of a text; of a conjunction of conditions, whether all are defined and hold."""
    try:
        return Reader.of(text, values).proposition()
    except Undefined:
        return None
    except IllTyped:
        raise


def test_every_statement_is_accepted_by_coq(coq: Coq, tmp_path: Path) -> None:
    modules = [
        f"Module S{i}.\n{propositions(claim)}End S{i}.\n" for i, claim in enumerate(CLAIMS.values())
    ]
    text = "From ropeproof Require Import prelude.\n" + "\n".join(modules)
    file = tmp_path / "All.v"
    file.write_text(text)
    rooms = [w for room, name in library.compiled(coq, text) for w in ("-Q", str(room), name)]
    ran = subprocess.run(
        [coq.path, "-q", *rooms, str(file)],
        capture_output=True,
        text=True,
        timeout=USUAL.seconds,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
