"""What a checked proof assumes, read from ``Print Assumptions`` and held against a list."""

import re

CLASSICAL_REALS = frozenset(
    {
        "Classical_Prop.classic",
        "ClassicalDedekindReals.sig_forall_dec",
        "ClassicalDedekindReals.sig_not_dec",
        "FunctionalExtensionality.functional_extensionality_dep",
    }
)
"""The axioms of Coq's standard real numbers, and the excluded middle."""


def read(printed: str) -> tuple[str, ...]:
    """The names that ``Print Assumptions`` printed, sorted; or lines that are not understood.

    A line that is no name of an axiom is returned as it is, so that no list allows it.
    """
    lines = printed.strip().splitlines()
    if lines == ["Closed under the global context"]:
        return ()
    if not lines or lines[0] != "Axioms:":
        return (printed.strip() or "nothing was printed",)
    entries = [line for line in lines[1:] if not line.startswith(" ")]
    return tuple(sorted(_name(entry) for entry in entries)) or (printed.strip(),)


def _name(entry: str) -> str:
    named = re.fullmatch(r"([\w.']+)(?: :.*)?", entry)
    return named[1] if named else entry
