"""What the kernel is asked to show, as a file of Coq and in words."""

from empirical.kernel_proofs.claims import Claims

NAMES = {"index": "Index", "retrieval": "Retrieval"}
"""Tasks as Coq calls them."""
MOST_SHOWN = 12
"""Entries of a list that are printed; files hold all of them."""

HEAD = """\
From Coq Require Import List.
From ropeproof Require Import Verdicts.
From made Require Import Model Tokens.
Import ListNotations.
Open Scope nat_scope.
"""


def statement(claims: Claims, most: int | None = None) -> str:
    """The text of ``Statement.v``.

    Args:
        claims: what is claimed.
        most: how many entries of each list are shown; none: all. A list that is cut short is no
            Coq.
    """
    task = NAMES[claims.task.name]
    clauses = [
        f"(forall n x a, {lengths} -> asks tokens {task} n x a -> answers model n x a)"
        for lengths in _whole(claims)
    ]
    definitions = []
    if claims.whole_length:
        pairs = [str(query) for query in dict(claims.right)]
        definitions.append(_list("asked_queries", "nat", pairs, most))
        clauses.append(f"(forall q, In q asked_queries -> asked {task} tokens {claims.length} q)")
    elif claims.right and not claims.all_right:
        pairs = [f"({query}, {answer})" for query, answer in claims.right]
        definitions.append(_list("right_rows", "nat * nat", pairs, most))
        clauses.append(
            f"(forall q a, In (q, a) right_rows -> asked_for {task} tokens {claims.length} q a\n"
            f"    /\\ right_at model {task} tokens {claims.length} q a)"
        )
    if claims.horizons:
        pairs = [f"({query}, {longest})" for query, longest in claims.horizons.items()]
        definitions.append(_list("horizons", "nat * nat", pairs, most))
        clauses.append(
            f"(forall q h, In (q, h) horizons -> asked {task} tokens h q\n"
            f"    /\\ right_up_to model {task} tokens q h)"
        )
    if claims.wrong:
        rows = [f"({w.length}, {w.query}, {w.answer})" for w in claims.wrong]
        definitions.append(_list("wrong_rows", "nat * nat * nat", rows, most))
        clauses.append(
            f"(forall n q a, In (n, q, a) wrong_rows -> wrong_at model {task} tokens n q a)"
        )
    certified = " /\\\n  ".join(clauses)
    return "\n".join([HEAD, *definitions, f"Definition certified : Prop :=\n  {certified}.\n"])


def in_words(claims: Claims, name: str) -> list[str]:
    """The same in sentences of English.

    Args:
        claims: what is claimed.
        name: of the model.
    """
    asked = {"index": "asks for a letter", "retrieval": "asks for a pair"}[claims.task.name]
    above = "the logit of the token asked for is above that of every other class"
    sentences = []
    if claims.up_to >= 2:
        sentences.append(f"On every input of 2 to {claims.up_to} tokens that {asked}, {above}.")
    if claims.whole_length:
        sentences.append(f"On every input of {claims.length} tokens that {asked}, {above}.")
    elif claims.right and not claims.all_right:
        rows = f"{len(claims.right)} pairs of a last token and an answer"
        sentences.append(f"On every input of {claims.length} tokens of {rows}, {above}.")
    if claims.horizons:
        ends = sorted(claims.horizons.values())
        sentences.append(
            f"So it is on every input that ends in one of {len(ends)} tokens, each up to a length "
            f"of its own, from {ends[0]} to {ends[-1]} tokens."
        )
    if claims.wrong:
        lengths = sorted({w.length for w in claims.wrong})
        sentences.append(
            f"For {len(claims.wrong)} triples of a length ({_range(lengths)}), a last token and an "
            "answer, some input has a class above the token asked for."
        )
    return [f"{name}, as the real-number function of its stored weights:", *sentences]


def _whole(claims: Claims) -> list[str]:
    """The lengths, as Coq says them, of which every input is answered rightly."""
    ranges = [f"2 <= n <= {claims.up_to}"] if claims.up_to >= 2 else []
    return ranges + ([f"n = {claims.length}"] if claims.whole_length else [])


def _range(lengths: list[int]) -> str:
    ends = sorted({lengths[0], lengths[-1]})
    return " to ".join(map(str, ends))


def _list(name: str, kind: str, entries: list[str], most: int | None) -> str:
    """A list as Coq reads it, in lines of at most ten entries."""
    kept = entries[:most]
    lines = ["; ".join(kept[at : at + 10]) for at in range(0, len(kept), 10)]
    more = f"; … {len(entries) - len(kept)} more" if len(kept) < len(entries) else ""
    body = ";\n   ".join(lines) + more
    return f"Definition {name} : list ({kind}) :=\n  [{body}].\n"
