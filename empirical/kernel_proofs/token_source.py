"""The meaning of a checkpoint's token ids as a file of Coq."""

from empirical.recheck.task import Entry
from theory.refusal import Refusal


def token_source(entries: tuple[Entry, ...]) -> str:
    """The text of ``Tokens.v``.

    Args:
        entries: what each token id stands for.

    Raises:
        Refusal: a text holds a character that does not print.
    """
    meanings = ";\n".join(_meaning(entry) for entry in entries)
    return (
        "From Coq Require Import List ZArith String.\n"
        "From ropeproof Require Import Tasks.\n"
        "Import ListNotations.\n"
        "Open Scope string_scope. Open Scope Z_scope.\n"
        f"Definition tokens : list meaning := [{meanings}].\n"
    )


def _meaning(entry: Entry) -> str:
    match entry:
        case None:
            return "Padding"
        case str():
            return f"Letter {_text(entry)}"
        case int():
            return f"Number ({entry})"
        case first, str(second):
            return f"Pair (Name {_text(first)}) (Name {_text(second)})"
        case first, int(second):
            return f"Pair (Name {_text(first)}) (Digit ({second}))"


def _text(text: str) -> str:
    if not text.isprintable():
        raise Refusal(f"the token {text!r} does not print: the kernel is asked about plain text")
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
