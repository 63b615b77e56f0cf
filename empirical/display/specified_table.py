"""Prints what was shown of a specification: a table of its groups, and why each of them fails."""

from collections.abc import Iterator
from itertools import groupby

from rich.console import Console
from rich.table import Table

from empirical.certificates.specified.reading import named
from empirical.recheck.certificate import Attention, Case, Refutation, Specified, Verdict
from empirical.recheck.specification import Group, OneOf, SameWinner, Share, Specification, Wins

SHOWN = 8
"""Classes that are named in one line."""


def show(console: Console, claims: Specified) -> None:
    """Print the claims of a certificate.

    Args:
        console: where.
        claims: about a specification.
    """
    table = Table("group", "lengths", "proved", "refuted", "undecided", "up to", box=None)
    lines: list[str] = []
    for at, rows in groupby(claims.rows, key=lambda row: row.group):
        cases, group = [*rows], claims.specification.groups[at]
        counts = [sum(case.verdict is verdict for case in cases) for verdict in Verdict]
        lengths = f"{group.lengths.start} to {group.lengths[-1]}"
        up_to = min(_longest(group, case) for case in cases)
        reached = str(up_to) if up_to else "none"
        table.add_row(group.name, lengths, *map(str, counts), reached)
        lines += _ends(claims.specification, group, cases)
    console.print(table)
    for line in lines:
        console.print(line, soft_wrap=True, markup=False, highlight=False)


def _longest(group: Group, case: Case) -> int:
    """The length up to which what is asked is so; 0 if it is not at the first."""
    return group.lengths[-1] if case.verdict is Verdict.PROVED else case.longest or 0


def _ends(specification: Specification, group: Group, cases: list[Case]) -> Iterator[str]:
    """What wins where the same winner is asked for, and the first input on which a group fails."""
    names = [named(entry) for entry in specification.entries]
    if isinstance(group.asked, SameWinner):
        won = [f"{names[case.winner]} after {names[case.query]}" for case in cases
               if case.verdict is Verdict.PROVED and case.winner is not None]  # fmt: skip
        if won:
            yield f"{group.name}: {', '.join(won)}"
    refuted = [case for case in cases if case.refutation is not None]
    if not refuted:
        return
    case = min(refuted, key=lambda case: _longest(group, case))
    if isinstance(case.refutation, Attention) and isinstance(group.asked, Share):
        tokens = " ".join(names[token] for token in case.refutation.witness)
        kind = case.answer if group.asked.of is None else group.asked.of
        assert kind is not None
        yield f"{group.name}: {names[kind]} has the share {case.refutation.weight:.4g} on {tokens}"
    elif isinstance(case.refutation, Attention):
        yield f"{group.name}: {_weighed(names, case.refutation)}"
    elif case.refutation is not None:
        yield f"{group.name}: {_told(names, group, case, case.refutation)}"


def _weighed(names: list[str], refutation: Attention) -> str:
    """The weight that is not on the side that is asked for."""
    tokens = " ".join(names[token] for token in refutation.witness)
    if refutation.place is None:
        return f"the weight is {refutation.weight:.4g} on {tokens}"
    answer = names[refutation.witness[len(refutation.witness) - 1 - refutation.place]]
    back = f"{refutation.place} from the last token"
    return f"{answer}, {back}, has the weight {refutation.weight:.4g} on {tokens}"


def _told(names: list[str], group: Group, case: Case, refutation: Refutation) -> str:
    """Why a case is refuted."""
    tokens = " ".join(names[token] for token in refutation.witness)
    if case.other is not None and case.winner is not None:
        other = " ".join(names[token] for token in case.other)
        return f"{names[case.winner]} wins on {other}, but not on {tokens}"
    ahead = f"ahead by {refutation.margin:.4g}" if refutation.margin > 0 else (
        f"behind by {-refutation.margin:.4g}"
    )  # fmt: skip
    return f"{_winner(names, group, case)} is {ahead} of {names[refutation.rival]} on {tokens}"


def _winner(names: list[str], group: Group, case: Case) -> str:
    """The class that is to win, or the best of several."""
    asked = group.asked
    if isinstance(asked, OneOf):
        few = [names[kind] for kind in asked.classes[:SHOWN]]
        more = ["…"] if len(asked.classes) > SHOWN else []
        return f"the best of {', '.join(few + more)}"
    assert isinstance(asked, Wins)
    winner = case.answer if asked.winner is None else asked.winner
    assert winner is not None
    return names[winner]
