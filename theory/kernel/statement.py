"""The Coq statement of a sentence, made from its SymPy ``Claim``; nobody types one.

A statement is two propositions. ``sentence``: for all values of the symbols the hypotheses imply
the conclusion. ``sense``: under the hypotheses no term of it is a convention, so each minimum is
over a range that is not empty, no sum runs backwards, no denominator or modulus is 0, and no
root or logarithm leaves its domain. A hypothesis may use the ones before it for its own sense.
"""

from textwrap import wrap

import sympy as sp
from sympy.core.relational import Relational

from theory.claim import Claim, ForEach
from theory.kernel.names import Names, Untranslatable
from theory.kernel.terms import Level, Terms, is_integer

SIGNS = {sp.Ge: ">=", sp.Le: "<=", sp.Gt: ">", sp.Lt: "<", sp.Eq: "="}


def statement(name: str, claim: Claim, changed: str = "") -> str:
    """The text of ``Statement.v``.

    Args:
        name: The sentence's name, for the comment at the top.
        claim: The sentence.
        changed: How the claim differs from the ledger's sentence, if it does.

    Raises:
        Untranslatable: If a term or a relation has no decided translation.
    """
    heading = f"Generated from the sentence {name}{f', changed: {changed}' if changed else ''}."
    comment = "\n   ".join([heading, *wrap(str(claim), 94)])
    if any(mark in comment for mark in ('"', "(*", "*)")):
        raise Untranslatable(f"the sentence cannot stand in a comment: {comment}")
    return f"(* {comment} *)\nFrom ropeproof Require Import prelude.\n\n{propositions(claim)}"


def propositions(claim: Claim) -> str:
    """The definitions of ``sentence`` and ``sense``."""
    names = Names.chosen(claim)
    terms = Terms(names)
    quantifier = _quantifier(claim, names)
    hypotheses: list[str] = []
    senses: list[tuple[int, str]] = []
    for given in claim.given:
        text = _hypothesis(given, terms)
        senses += [(len(hypotheses), condition) for condition in terms.conditions]
        terms.conditions.clear()
        hypotheses.append(f"{text} ->\n  ")
    conclusion = _relation(claim.conclusion, terms)
    senses += [(len(hypotheses), condition) for condition in terms.conditions]
    parts = [
        f"({quantifier}{''.join(hypotheses[:known])}{_conjunction(conditions)})"
        for known, conditions in _grouped(senses).items()
    ]
    return (
        f"Definition sentence : Prop :=\n  {quantifier}{''.join(hypotheses)}{conclusion}.\n\n"
        f"Definition sense : Prop :=\n  {_conjunction(parts) or 'True'}.\n"
    )


def _quantifier(claim: Claim, names: Names) -> str:
    numbers = [
        f"({names.of[symbol.name]} : {'Z' if symbol.is_integer else 'R'})"
        for symbol in claim.variables
        if isinstance(symbol, sp.Symbol)
    ]
    families = [
        f"({names.of[label]} : {'Z -> ' * rank}R)" for label, rank in sorted(names.ranks.items())
    ]
    binders = " ".join([*numbers, *families])
    return f"forall {binders},\n  " if binders else ""


def _hypothesis(given: Relational | ForEach, terms: Terms) -> str:
    if not isinstance(given, ForEach):
        return _relation(given, terms)
    with terms.bound(given.index, given.low, given.high) as binder:
        return f"({binder}{_relation(given.relation, terms)})"


def _relation(relation: Relational, terms: Terms) -> str:
    sign = SIGNS.get(type(relation))
    if sign is None:
        raise Untranslatable(f"no relation {type(relation).__name__}: {relation}")
    if all(map(is_integer, relation.args)):
        left, right = (terms.integer(side, Level.SUM) for side in relation.args)
        return f"({left} {sign} {right})%Z"
    left, right = (terms.real(side, Level.SUM) for side in relation.args)
    return f"{left} {sign} {right}"


def _grouped(senses: list[tuple[int, str]]) -> dict[int, list[str]]:
    """Each condition once, under the number of hypotheses that it is first needed with."""
    groups: dict[int, list[str]] = {}
    seen: set[str] = set()
    for known, condition in senses:
        if condition not in seen:
            groups.setdefault(known, []).append(condition)
            seen.add(condition)
    return groups


def _conjunction(propositions: list[str]) -> str:
    return " /\\\n  ".join(f"({p})" if p.startswith("forall") else p for p in propositions)
