"""The paper says what the code says: its sentences, its numbers, and nothing typed by hand."""

import re
from pathlib import Path
from typing import Any

import mpmath
import pytest
import sympy as sp
import typst
from flint import arb

from empirical.figures.gallery import gallery
from empirical.paper import build
from empirical.paper.claims import claims
from empirical.paper.number import Number, decimal, of_ball
from empirical.paper.typst_math import hypotheses
from empirical.paper.typst_math import typst as typst_form
from tests.command_line import ropeproof
from theory.evidence import Verdict
from theory.ledger import all_theorems
from theory.refusal import Refusal

SOURCE = Path(__file__).parents[3] / "paper"
MAIN = (SOURCE / "main.typ").read_text()
RESULTS = MAIN.split("// results begin")[1].split("// results end")[0]
THEOREMS = {theorem.name: theorem for theorem in all_theorems()}
BLANK = b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="5"></svg>'

NUMERALS = r"three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+nty|\w+fty|thousand"


def typed_by_hand(text: str) -> list[str]:
    """Digits and numerals outside the keys, names and labels that code resolves."""
    text = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r'"[^"\n]*"', "", text)  # arguments: keys, names of sentences and figures
    text = re.sub(r"@[\w-]+|<[\w-]+>", "", text)  # references and labels
    return re.findall(rf"\d[\d.,]*|\b(?:{NUMERALS})\b", text, flags=re.IGNORECASE)


def cited(text: str) -> set[str]:
    return set(re.findall(r'#(?:theorem|said)\("(\w+)"\)', text))


def test_every_sentence_cited_is_in_the_ledger() -> None:
    assert cited(MAIN) <= THEOREMS.keys()


def test_every_falsehood_is_told_and_so_is_what_replaces_it() -> None:
    told = cited(RESULTS)
    for theorem in THEOREMS.values():
        if theorem.expected is Verdict.REFUTED:
            assert theorem.name in told
            assert theorem.replaced_by in told | {""}


def test_the_appendix_prints_every_sentence_as_the_engines_read_it(
    rows: list[dict[str, Any]],
) -> None:
    printed = claims(rows)
    assert printed.keys() == THEOREMS.keys()
    for name, theorem in THEOREMS.items():
        claim = theorem.claim
        assert printed[name]["text"] == str(claim)
        reduction = printed[name]["reduction"]
        assert (reduction and reduction["text"]) == (claim.reduction and str(claim.reduction))
        assert printed[name]["given"] == hypotheses(claim)
    assert "for claim in claims.values()" in MAIN
    assert "breakable(claim.text)" in (SOURCE / "theorem.typ").read_text()


def test_no_number_in_the_results_is_typed_by_hand() -> None:
    assert typed_by_hand(RESULTS) == []


@pytest.mark.parametrize("text", ["gap 0.23", "$2 pi$", "Seven rows", '#num("a.1") of 32'])
def test_a_number_typed_by_hand_is_found(text: str) -> None:
    assert typed_by_hand(text)


def test_what_has_an_exact_form_is_that_form_rounded(numbers: dict[str, Number]) -> None:
    exact = [n for n in numbers.values() if n.exact and re.fullmatch(r"[−\d.]+", n.text)]
    assert len(exact) > 10
    with mpmath.workdps(60):
        for number in exact:
            places = len(number.text.partition(".")[2])
            value = sp.sympify(number.exact).evalf(60)
            rounded = sp.Rational(number.text.replace("−", "-"))
            assert abs(value - rounded) <= sp.Rational(1, 2) / 10**places, number


def test_what_could_not_be_measured_shows_no_number(numbers: dict[str, Number]) -> None:
    assert not any("nan" in number.text for number in numbers.values())


def test_witnesses_are_the_points_that_were_found(
    rows: list[dict[str, Any]], numbers: dict[str, Number]
) -> None:
    refuted = [row for row in rows if row["verdict"] == "REFUTED"]
    assert refuted
    for row in refuted:
        for x, value in row["witness"].items():
            assert sp.sympify(numbers[f"{row['name']}.{x}"].exact) == sp.sympify(value)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (sp.Rational(1, 8), 2, "0.13"),
        (-sp.Rational(1, 3), 3, "-0.333"),
        (sp.pi * 100, 0, "314"),
        (sp.exp(-20), 4, "0.0000"),
        (sp.Rational(999999, 1000000), 3, "1.000"),
    ],
)
def test_rounding(value: sp.Expr, places: int, text: str) -> None:
    assert decimal(value, places) == text


def test_a_ball_that_is_rounded_two_ways_is_refused() -> None:
    assert of_ball(arb("0.4", "0.05"), 0) == "0"
    with pytest.raises(ValueError, match="cannot be rounded"):
        of_ball(arb("0.5", "1e-9"), 0)


def test_an_unknown_node_has_no_guessed_form() -> None:
    with pytest.raises(TypeError, match="tan"):
        typst_form(sp.tan(sp.Symbol("x", real=True)))


def test_the_paper_compiles_and_refuses_what_is_not_there(
    tmp_path: Path, rows: list[dict[str, Any]], numbers: dict[str, Number]
) -> None:
    folder = tmp_path / "generated"
    build.write_generated(folder, claims(rows), numbers)
    for name in gallery():
        (folder / f"{name}.svg").write_bytes(BLANK)
    first = build.compiled(SOURCE, tmp_path).read_bytes()
    assert build.compiled(SOURCE, tmp_path).read_bytes() == first
    pages = typst.compile(str(tmp_path / "main.typ"), root=str(tmp_path), format="svg")
    assert len(pages) >= 12
    broken = tmp_path / "broken"
    broken.mkdir()
    for name in build.SOURCES:
        (broken / name).write_text((SOURCE / name).read_text())
    (broken / "main.typ").write_text(f'{MAIN}\n#num("no.such.number")')
    with pytest.raises(Refusal, match=r"no\.such\.number"):
        build.compiled(broken, tmp_path)


def test_every_figure_of_the_paper_is_drawn() -> None:
    assert set(re.findall(r'#drawn\("(\w+)"', MAIN)) <= gallery().keys()


def test_a_folder_without_the_sources_is_refused(
    tmp_path: Path,
) -> None:
    ran = ropeproof("paper", tmp_path)
    assert ran.status == 2
    assert "main.typ is missing" in ran.err


def test_missing_weights_are_refused_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    build.require(SOURCE)
    monkeypatch.setattr(build, "left_out", lambda: [Path("letter-seed0")])
    with pytest.raises(Refusal, match="letter-seed0 are not in the installed package"):
        build.require(SOURCE)
