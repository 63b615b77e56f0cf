"""Builds the paper: copies its sources beside the generated files, and compiles one PDF."""

import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from empirical.figures.gallery import Drawing
from empirical.files.atomic import write_bytes, write_json
from empirical.files.text_file import read_text
from empirical.paper.claims import claims
from empirical.paper.number import Number
from empirical.paper.numbers import Ledger, collect
from empirical.shipped.checkpoints import left_out
from theory.refusal import Refusal

SOURCES = ("main.typ", "theorem.typ", "refs.bib")


def require(source: Path) -> None:
    """Refuse a folder without the sources, and a machine without the compiler or the weights.

    Args:
        source: the folder of the sources.

    Raises:
        Refusal: a file is missing, Typst is not installed, or the weights of a controlled model
            are not in the installed package.
    """
    for name in SOURCES:
        if not (source / name).is_file():
            raise Refusal(f"{source / name} is missing: name the folder of the paper's sources")
        read_text(source / name, "name the folder of the paper's sources")
    try:
        import typst  # noqa: F401
    except ImportError as error:
        raise Refusal("Typst is not installed: run pip install 'ropeproof[paper]'") from error
    if missing := left_out():
        raise Refusal(
            f"the weights of {missing[0].name} are not in the installed package: "
            "build the paper from a clone installed with pip install -e ."
        )


def generate(
    out: Path, ledger: Ledger, drawings: list[Drawing], tick: Callable[[], object]
) -> dict[str, Number]:
    """Write ``claims.json``, ``numbers.json`` and the figures into ``out/generated``.

    Args:
        out: the folder in which the paper is built.
        ledger: rows of the judged ledger.
        drawings: the figures.
        tick: called after the numbers, and after each figure.

    Returns:
        The numbers by key.
    """
    folder = out / "generated"
    numbers = collect(ledger)
    write_generated(folder, claims(ledger), numbers)
    tick()
    for drawing in drawings:
        write_bytes(folder / f"{drawing.name}.svg", drawing.render(drawing.rows())["svg"])
        tick()
    return numbers


def write_generated(
    folder: Path, claims: dict[str, dict[str, Any]], numbers: dict[str, Number]
) -> None:
    """Write the two files that ``theorem.typ`` reads."""
    write_json(folder / "claims.json", claims)
    write_json(folder / "numbers.json", {key: asdict(number) for key, number in numbers.items()})


def compiled(source: Path, out: Path) -> Path:
    """Copy the sources beside the generated files, and compile them.

    Args:
        source: the folder of the sources.
        out: the folder in which the paper is built.

    Returns:
        The PDF; the same inputs give the same bytes.

    Raises:
        Refusal: Typst reports an error, such as an unknown number or figure.
    """
    import typst

    for name in SOURCES:
        shutil.copyfile(source / name, out / name)
    try:
        pdf = typst.compile(
            str(out / "main.typ"), root=str(out), ignore_system_fonts=True, timestamp=0
        )
    except typst.TypstError as error:
        raise Refusal(f"Typst refuses {source / 'main.typ'}: {error}") from error
    write_bytes(out / "ropeproof.pdf", pdf)
    return out / "ropeproof.pdf"
