"""Proof scripts: where they are, and which words none may hold."""

import re
from importlib.resources import files
from pathlib import Path

_FORBIDDEN = """
    Admitted Axiom Axioms Cd Conjecture Conjectures Declare Drop Extraction Global Include Load
    LoadPath Module Parameter Parameters Path Primitive Redirect Register Separate Universe Unset
    admit bypass_check global give_up
"""
"""Words that leave a hole, switch a check off, load code, write files or change other files."""


def path(group: str, name: str) -> Path:
    """Where the script of a sentence is, or would be: beside its file."""
    return Path(str(files("theory.theorems").joinpath(group, f"{name}.v")))


def forbidden_words(text: str) -> tuple[str, ...]:
    """The forbidden words in a script, in comments too."""
    return tuple(sorted(set(_FORBIDDEN.split()) & set(re.findall(r"\w+", text))))
