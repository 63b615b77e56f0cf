"""The Coq identifiers of the symbols of a sentence, and the refusal of ambiguous ones."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sympy as sp

from theory.claim import Claim, ForEach

_OURS = "Sum Least MeanOverOrders sentence sense"
_LIBRARY = "R Z IZR PI cos sin exp ln cosh sqrt Rmax Rmin Rabs Int_part mod"
_KEYWORDS = (
    "as at cofix else end exists exists2 fix for forall fun if in let match return then using "
    "where with Prop Set SProp Type"
)
RESERVED = frozenset(f"{_OURS} {_LIBRARY} {_KEYWORDS}".split())


class Untranslatable(ValueError):
    """A term or a symbol whose meaning in Coq was not decided."""


@dataclass(frozen=True, slots=True)
class Names:
    """Identifiers for the symbols of one sentence.

    Attributes:
        of: The identifier of each symbol and of each indexed family, by its SymPy name.
        ranks: How many indices each indexed family has, by its SymPy name.
    """

    of: Mapping[str, str]
    ranks: Mapping[str, int]

    @classmethod
    def chosen(cls, claim: Claim) -> "Names":
        """Choose identifiers that are legal, distinct and not taken by the library.

        Raises:
            Untranslatable: If two symbols share a name, or a symbol carries an assumption that
                the sentence does not state, such as ``positive=True``.
        """
        ranks = _ranks(claim)
        symbols: dict[str, sp.Symbol] = {}
        for symbol in _symbols(claim):
            if symbol.name in ranks:
                raise Untranslatable(f"{symbol.name} is a number and an indexed family")
            if symbols.setdefault(symbol.name, symbol) != symbol:
                raise Untranslatable(f"two symbols are called {symbol.name}")
            _check_assumptions(symbol)
        identifiers: dict[str, str] = {}
        for name in sorted({*symbols, *ranks}):
            identifier = re.sub(r"[^A-Za-z0-9_]", "_", name)
            if not re.match(r"[A-Za-z]", identifier):
                identifier = f"x{identifier}"
            while identifier in RESERVED or identifier in identifiers.values():
                identifier += "_"
            identifiers[name] = identifier
        return cls(identifiers, ranks)


def _ranks(claim: Claim) -> dict[str, int]:
    ranks: dict[str, int] = {}
    for node in _nodes(claim):
        if isinstance(node, sp.Indexed):
            name, rank = node.base.label.name, len(node.indices)
            if node.base != sp.IndexedBase(name, real=True):
                raise Untranslatable(f"the family {name} carries more than being real")
            if ranks.setdefault(name, rank) != rank:
                raise Untranslatable(f"the family {name} has two numbers of indices")
    return ranks


def _symbols(claim: Claim) -> Iterator[sp.Symbol]:
    """Every symbol that stands for a number, bound ones among them."""
    return (node for node in _nodes(claim) if isinstance(node, sp.Symbol))


def _nodes(claim: Claim) -> Iterator[sp.Basic]:
    for hypothesis in claim.given:
        if isinstance(hypothesis, ForEach):
            for part in (hypothesis.index, hypothesis.low, hypothesis.high, hypothesis.relation):
                yield from _nodes_of(sp.sympify(part))
        else:
            yield from _nodes_of(hypothesis)
    yield from _nodes_of(claim.conclusion)


def _nodes_of(e: sp.Basic) -> Iterator[sp.Basic]:
    """The parts of a term; the label of a family is not one."""
    yield e
    for part in e.indices if isinstance(e, sp.Indexed) else e.args:
        yield from _nodes_of(part)


def _check_assumptions(symbol: sp.Symbol) -> None:
    kind = "integer" if symbol.is_integer else "real"
    if symbol != sp.Symbol(symbol.name, **{kind: True}):
        raise Untranslatable(f"{symbol.name} carries more than being {kind}: state it in `given`")
