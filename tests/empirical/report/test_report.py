"""The report stands alone, every link in it lands, and a browser has nothing to complain of."""

import re
import shutil
import subprocess
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from constructions.catalogue import every_construction
from empirical.figures.gallery import find as find_figures
from empirical.predictions.hand_set.floors import hand_set_rows
from empirical.predictions.prediction import Prediction
from empirical.report import graph, page, page_data
from empirical.report.mathematics import mathml
from theory.evidence import Evidence, Verb, Verdict
from theory.ledger import Judgement, all_theorems

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
JUDGEMENTS = [
    Judgement(
        theorem=theorem,
        evidence={
            verb: Evidence(verdict=theorem.expected, scope="all <reals>", trusts=("a & b",))
            for verb in theorem.arguments
        },
        rejected=dict.fromkeys(theorem.neighbours, True),
        seconds=dict.fromkeys(theorem.arguments, 0.0),
    )
    for theorem in all_theorems()
]


BEYOND = {"length": "61", "tokens": " ".join("abc" * 20), "answer": "g", "given": "k"}
CERTIFICATE = {
    "name": "small",
    "sha256": "0123456789abcdef" * 4,
    "proved": 11,
    "rows": 12,
    "length": 32,
    "horizon_searched": 64,
    "queries": [{"query": "3", "rows": 12, "proved": 11, "horizon": "60", "beyond": BEYOND}],
}


NEAR_EXCESS = {
    "weight_eq_of_excess",
    "beta_ge_of_weight_ge",
    "weight_ge_of_beta_ge",
    "weight_ge_of_floor",
}
"""A sentence with those that it mentions."""


class Links(HTMLParser):
    """Ids, links inside the page, and anything that a browser would fetch."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.inside: set[str] = set()
        self.fetched: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids[value] += 1
            elif name in ("href", "xlink:href", "src") and value:
                self.inside.add(value[1:]) if value.startswith("#") else self.fetched.add(value)

    @property
    def broken(self) -> set[str]:
        return self.inside - self.ids.keys()


@pytest.fixture(scope="module")
def html() -> str:
    predictions = [page_data.predicted("hand-set heads", list(hand_set_rows()))]
    constructions = list(page_data.constructions())
    return page.render(
        summary="a summary",
        overview=page_data.overview(JUDGEMENTS, [CERTIFICATE], predictions),
        sentences=page_data.sentences(JUDGEMENTS),
        graph=page_data.dependencies(JUDGEMENTS, constructions, predictions),
        constructions=constructions,
        certificates=[CERTIFICATE],
        predictions=predictions,
        figures=list(
            page_data.figures(find_figures(["index_geometry", "index_discrepancy"]), lambda: None)
        ),
    )


def test_every_link_lands_and_no_id_is_used_twice(html: str) -> None:
    links = Links(html)
    assert len(links.inside) > 80
    assert not links.broken
    assert [name for name, count in links.ids.items() if count > 1] == []


def test_a_link_that_goes_nowhere_is_found(html: str) -> None:
    assert Links(html.replace('id="weight_ge_of_floor"', "")).broken == {"weight_ge_of_floor"}


def test_the_overview_says_at_which_length_a_model_first_fails(html: str) -> None:
    (card,) = re.findall(r'<a href="#certificate-small">small</a>:([^<]*)</p>', html)
    assert " ".join(card.split()) == "11 of 12 rows; shortest failing input known: 61 tokens"


def test_observations_of_others_are_told_apart() -> None:
    rows = [
        Prediction(
            name="x",
            where="",
            relation="≤",
            bound=1.0,
            measured=2.0,
            theorem="",
            observation=source,
        )
        for source in ("", "somebody2026")
    ]
    predicted = page_data.predicted("small", rows)
    assert predicted["counts"] == {"FAIL": 1}
    assert predicted["observed"] == {"NOT REPRODUCED": 1}
    assert [row["word"] for row in predicted["rows"]] == ["FAIL", "NOT REPRODUCED"]
    assert page_data.overview([], [], [predicted])["observed"] == {"NOT REPRODUCED": 1}


def test_nothing_is_fetched(html: str) -> None:
    assert Links(html).fetched == {"data:,"}
    without_names = re.sub(r'(xmlns(:\w+)?|rdf:resource)="[^"]*"|<!DOCTYPE[^>]*>', "", html)
    assert not re.search(r"@import|url\((?!#)|fetch\(", without_names)


def test_every_sentence_and_construction_is_there_with_its_mathematics(html: str) -> None:
    ids = Links(html).ids
    for judgement in JUDGEMENTS:
        assert judgement.theorem.name in ids
    assert {f"construction-{name}" for name in every_construction()} <= ids.keys()
    assert html.count("<math>") >= 2 * len(JUDGEMENTS)


def test_what_the_code_says_is_escaped(html: str) -> None:
    assert "all &lt;reals&gt;" in html
    assert "a &amp; b" in html
    assert "all <reals>" not in html


@pytest.mark.parametrize("judgement", JUDGEMENTS, ids=lambda j: j.theorem.name)
def test_mathematics_is_well_formed(judgement: Judgement) -> None:
    root = ElementTree.fromstring(mathml(judgement.theorem.claim.conclusion))
    tags = {element.tag for element in root.iter()}
    assert not tags & {"mfenced", "least"}
    assert "Least" not in "".join(root.itertext())


def test_status_says_by_what_a_sentence_is_proved() -> None:
    theorem = JUDGEMENTS[0].theorem

    def judged(**verdicts: Verdict) -> str:
        evidence = {
            Verb(v): Evidence(verdict=verdict, trusts=()) for v, verdict in verdicts.items()
        }
        return page_data.status(
            Judgement(theorem=theorem, evidence=evidence, rejected={}, seconds={})
        )

    assert judged(kernel=Verdict.PROVED, derive=Verdict.REDUCED) == "kernel"
    assert judged(kernel=Verdict.RECORDED) == "kernel"
    assert judged(derive=Verdict.PROVED, kernel=Verdict.UNDECIDED) == "engines"
    assert judged(derive=Verdict.REDUCED, sample=Verdict.SURVIVED) == "reduced"
    assert judged(exhaust=Verdict.SURVIVED) == "stated"
    assert judged() == "stated"


def test_arcs_follow_what_replaces_and_what_is_mentioned() -> None:
    arcs = set(graph.between_sentences([j.theorem for j in JUDGEMENTS]))
    assert graph.Arc("index_peak_le_min_of_length", "index_gap_le_of_reach", "replaces") in arcs
    taken = graph.Arc("theta_root_between_of_sum_eq_one", "weight_ge_of_floor", "mentions")
    assert taken not in arcs
    cited = graph.Arc("index_floor_le_of_length", "index_gap_le_of_reach", "cites")
    assert cited in arcs
    assert all(arc.start != arc.end for arc in arcs)


def test_what_is_depended_on_stands_in_an_earlier_column() -> None:
    names = "abcdef"
    nodes = [graph.Node(name, "", "kernel") for name in names]
    pairs = [("b", "a"), ("c", "b"), ("c", "a"), ("d", "e"), ("e", "d"), ("f", "e")]
    arcs = [graph.Arc(start, end, "mentions") for start, end in pairs]
    place = {
        node.name: number
        for number, column in enumerate(graph.layers(nodes, arcs))
        for node in column
    }
    assert place.keys() == set(names)
    assert place["d"] == place["e"]  # they mention each other
    assert all(place[start] > place[end] for start, end in pairs if {start, end} != {"d", "e"})


def test_a_name_without_neighbours_is_not_drawn() -> None:
    nodes = [graph.Node(name, "", "kernel") for name in "abc"]
    drawn = graph.svg(nodes, [graph.Arc("a", "b", "cites"), graph.Arc("a", "nowhere", "cites")])
    assert 'href="#a"' in drawn
    assert 'href="#c"' not in drawn
    assert drawn.count("<path") == 1
    assert graph.svg(nodes, []).count("<a ") == 0


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed on this machine")
@pytest.mark.parametrize("width", [400, 1280])
def test_a_browser_shows_it_without_an_error(html: str, width: int, tmp_path: Path) -> None:
    assert CHROMIUM is not None
    probe = (
        "<script>const one = document.querySelector('.graph a[data-name=weight_eq_of_excess]');"
        "one.dispatchEvent(new Event('mouseenter'));"
        "document.title = document.documentElement.scrollWidth</script></body>"
    )
    file = tmp_path / "report.html"
    file.write_text(html.replace("</body>", probe))
    ran = subprocess.run(
        [
            *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"),
            *(f"--window-size={width},900", f"--user-data-dir={tmp_path / 'profile'}"),
            *("--dump-dom", f"{file.as_uri()}#weight_ge_of_floor"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "CONSOLE" not in ran.stderr
    (width_of_page,) = re.findall(r"<title>(\d+)</title>", ran.stdout)
    assert int(width_of_page) <= max(
        width, 500
    )  # the least width of its window; nothing sticks out
    assert re.search(r'<details id="weight_ge_of_floor" class="found" open', ran.stdout)
    assert '<div class="search">' in ran.stdout
    near = re.findall(r'<a href="#(\w+)" data-name="\w+" class="near">', ran.stdout)
    assert set(near) == NEAR_EXCESS
