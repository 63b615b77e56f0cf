"""The library compiles, rests on the axioms of the real numbers alone, and says who reads what."""

import re
from pathlib import Path

import pytest

from theory.kernel import assumptions, library
from theory.kernel.coqc import Coq, Limits, compile_file

FOUNDATIONS = {
    "Margins": ("logit_difference", "answer_of_direction", "answer_of_group"),
    "Bridges": ("hard_reads_target", "soft_weight_of_floor"),
}
"""By library file: theorems on which certificates and the ledger's gaps stand."""


def _assumed(coq: Coq, folder: Path, file: str, theorem: str) -> tuple[str, ...]:
    text = f"From ropeproof Require {file}.\nImport {file}.\nPrint Assumptions {theorem}.\n"
    asked = folder / "Asked.v"
    asked.write_text(text)
    ended = compile_file(coq, asked, library.compiled(coq, text), Limits())
    assert not ended.obstacle, ended.obstacle
    return assumptions.read(ended.output)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("file", "theorem"), [(f, t) for f, all_ in FOUNDATIONS.items() for t in all_]
)
def test_theorems_rest_on_the_axioms_of_the_reals_alone(
    coq: Coq, tmp_path: Path, file: str, theorem: str
) -> None:
    assumed = _assumed(coq, tmp_path, file, theorem)
    assert assumed
    assert set(assumed) <= assumptions.CLASSICAL_REALS


def test_the_readme_names_every_file_of_the_folders() -> None:
    page = (library.FOLDER / "README.md").read_text()
    named = set(re.findall(r"`(\w+)`", page))
    assert {path.stem for path in library.FOLDER.glob("*/*.v")} <= named


def test_no_file_leaves_a_hole() -> None:
    holes = re.compile(r"\b(Admitted|admit|Axiom|Parameter|Abort|Conjecture|Declare)\b")
    for path in library.FOLDER.rglob("*.v"):
        assert not holes.search(path.read_text()), path


def test_two_files_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in ("here", "there"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "Twice.v").write_text("")
    monkeypatch.setattr(library, "FOLDER", tmp_path)
    with pytest.raises(library.BrokenLibrary, match="two files Twice"):
        library.source("Twice")
    with pytest.raises(library.BrokenLibrary, match=r"no file Nowhere\.v"):
        library.source("Nowhere")
