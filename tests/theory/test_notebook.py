"""Results show themselves in a notebook as what they are, and no part is taken for markup."""

from xml.etree import ElementTree

import pytest
import sympy as sp

from tests.theory.judged import THEOREMS, judged
from theory.claim import Claim
from theory.evidence import Evidence, Verdict
from theory.ledger import Theorem
from theory.notebook import table


def rows(html: str) -> dict[str, str]:
    """Label and value of each row; the table is well-formed."""
    return {str(row[0].text): str(row[1].text) for row in ElementTree.fromstring(html).iter("tr")}


def test_a_table_escapes_and_leaves_out_what_is_empty() -> None:
    html = table("<b>", {"a<": "x & y", "none": None, "no": (), "zero": 0, "part": 1 / 3})
    assert rows(html) == {"a<": "x & y", "zero": "0", "part": "0.333333"}
    assert ElementTree.fromstring(html).findtext("caption") == "<b>"


def test_evidence_shows_every_field_that_it_has() -> None:
    evidence = Evidence(
        verdict=Verdict.REFUTED, scope="n < 3", trusts=("a & b", "c"), witness={"n": "2"}
    )
    fields = rows(evidence._repr_html_())
    assert fields["verdict"] == "REFUTED"
    assert (fields["scope"], fields["trusts"], fields["witness"]) == ("n < 3", "a & b, c", "n = 2")
    assert "detail" not in fields


def test_a_judgement_shows_its_verdict_and_witness() -> None:
    false = judged(THEOREMS["index_peak_le_min_of_length"])
    fields = rows(false._repr_html_())
    assert fields["verdict"] == "REFUTED"
    assert fields["witness"] == "n = 17, i = 8, theta = 2*pi/9"
    assert fields["replaced by"] == "index_gap_le_of_reach"
    assert rows(false.theorem._repr_html_())["says"] == false.theorem.statement


@pytest.mark.parametrize("theorem", THEOREMS.values(), ids=lambda theorem: theorem.name)
def test_a_sentence_is_mathematics(theorem: Theorem) -> None:
    for claim in (theorem.claim, *theorem.neighbours.values()):
        latex = claim._repr_latex_()
        assert latex.startswith("$")
        assert latex.endswith("$")
        assert latex.count("{") == latex.count("}")
        assert latex.count(r"\left") == latex.count(r"\right")
        assert "Least" not in latex
        assert "MeanOverPermutations" not in latex


def test_neighbours_look_different() -> None:
    theorem = THEOREMS["index_gap_le_of_reach"]
    every = [theorem.claim, *theorem.neighbours.values()]
    assert len({claim._repr_latex_() for claim in every}) == len(every)


def test_hypotheses_stand_before_the_sentence() -> None:
    x = sp.Symbol("x", real=True)
    latex = Claim(given=(sp.Ge(x, 1),), conclusion=sp.Ge(x**2, 1))._repr_latex_()
    assert latex == r"$\displaystyle x \geq 1 \;\vdash\; x^{2} \geq 1$"
