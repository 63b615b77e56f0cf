"""Predictions, certificates and figures show themselves in a notebook."""

import math
from xml.etree import ElementTree

from empirical.certificates.one_layer.prover import Prover
from empirical.figures.gallery import find
from empirical.files import checkpoint
from empirical.predictions.prediction import Prediction
from empirical.recheck.certificate import Verdict
from empirical.shipped.checkpoints import shipped

INDEX = next(path for path in shipped() if path.name == "index-1layer")


def rows(html: str) -> dict[str, str]:
    return {str(row[0].text): str(row[1].text) for row in ElementTree.fromstring(html).iter("tr")}


def test_a_prediction_shows_bound_measurement_and_verdict() -> None:
    row = Prediction(
        name="gap <ge> floor",
        where="L0H0 n=32",
        relation="≥",
        bound=1.5,
        measured=math.pi,
        theorem="index_gap_le_of_reach",
        allowance=1e-4,
    )
    fields = rows(row._repr_html_())
    assert fields["bound"] == "≥ 1.5 ± 0.0001"
    assert fields["measured"] == "3.14159"
    assert fields["verdict"] == "PASS"
    assert "observed in" not in fields


def test_rows_of_a_certificate_show_verdict_and_witness() -> None:
    prover = Prover(checkpoint.read(INDEX))
    wrong = [row for row in prover.rows(14, 61) if row.verdict is Verdict.REFUTED]
    fields = rows(wrong[0]._repr_html_())
    assert fields["verdict"] == "REFUTED"
    assert len(fields["witness"].split(", ")) == 61
    assert rows(prover.reach(14, 80)._repr_html_())["longest"] == "60"


def test_a_figure_shows_itself() -> None:
    (drawing,) = find(["index_geometry"])
    assert drawing._repr_svg_() == drawing.render(drawing.rows())["svg"].decode()
