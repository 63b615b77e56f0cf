"""Figures can be read: a colour for a meaning, one size of letters, titles that the rows bear."""

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from empirical.figures.gallery import find, gallery
from empirical.figures.parts.colours import POSITIONAL, SYMBOLIC
from empirical.figures.parts.style import SIZE, Rows, styled
from empirical.scores.purity import purity
from empirical.survey.report import ROLES
from tests.empirical.figure_rows import rows_of

NAMES = [drawing.name for drawing in find([])]


@pytest.fixture(scope="module")
def numbers() -> dict[str, Rows]:
    """The rows of every figure."""
    return {name: rows_of(name) for name in NAMES}


@pytest.fixture(scope="module")
def pictures(numbers: dict[str, Rows]) -> dict[str, Figure]:
    """Every figure, drawn."""
    return {name: drawn(gallery()[name].draw, rows) for name, rows in numbers.items()}


def drawn(draw: Callable[[Rows, Figure], None], rows: Rows) -> Figure:
    with styled():
        figure = Figure()
        FigureCanvasAgg(figure)
        draw(rows, figure)
    return figure


def sizes(figure: Figure) -> set[float | str]:
    """The sizes of all letters."""
    texts = [text for text in figure.findobj(Text) if isinstance(text, Text)]
    return {text.get_fontsize() for text in texts}


def letters(figure: Figure) -> list[str]:
    """The letters of the panels, in the order of drawing."""
    titles = [f"{axes.get_title(loc='left')}\n{axes.get_ylabel()}" for axes in figure.axes]
    return sorted(x for text in titles for x in re.findall(r"^\(([a-h])\)  ", text, re.MULTILINE))


def flipped(figure: Figure) -> list[str]:
    """Labels in legends that speak of one behaviour in the colour of the other, or of neither."""
    colours = {"positional": to_hex(POSITIONAL), "symbolic": to_hex(SYMBOLIC)}
    return [
        label
        for label, colour in legends(figure)
        for word in colours
        if label.startswith(word) and colour != colours[word]
    ]


def legends(figure: Figure) -> Iterator[tuple[str, str]]:
    for legend in figure.findobj(Legend):
        assert isinstance(legend, Legend)
        for handle, text in zip(legend.legend_handles, legend.get_texts(), strict=True):
            yield text.get_text(), shown(handle)


def shown(handle: Artist | None) -> str:
    if isinstance(handle, Line2D):
        return to_hex(handle.get_color())
    return to_hex(handle.get_facecolor()) if isinstance(handle, Patch) else ""


@pytest.mark.parametrize("name", NAMES)
def test_all_letters_have_one_size(name: str, pictures: dict[str, Figure]) -> None:
    assert sizes(pictures[name]) == {SIZE}


@pytest.mark.parametrize("name", NAMES)
def test_panels_have_letters(name: str, pictures: dict[str, Figure]) -> None:
    figure = pictures[name]
    panels = [axes for axes in figure.axes if axes.get_label() != "<colorbar>"]
    lettered = letters(figure)
    assert lettered == list("abcdefgh"[: len(lettered)])
    assert len(lettered) != 1
    assert bool(lettered) == (len(panels) > 1)


def test_a_behaviour_has_its_colour_in_every_legend(pictures: dict[str, Figure]) -> None:
    assert not {name: wrong for name, figure in pictures.items() if (wrong := flipped(figure))}
    labels = [label for figure in pictures.values() for label, _ in legends(figure)]
    assert sum(label.startswith(("positional", "symbolic")) for label in labels) >= 6


def test_another_size_no_letters_and_flipped_colours_are_found() -> None:
    def draw(rows: Rows, figure: Figure) -> None:
        for axes in figure.subplots(1, 2):
            axes.plot([0, 1], label="positional", color=SYMBOLIC)
            axes.legend()
        axes.set_title("(b)  only one", fontsize=SIZE + 1)

    figure = drawn(draw, [])
    assert sizes(figure) == {SIZE, SIZE + 1}
    assert letters(figure) == ["b"]
    assert flipped(figure) == ["positional", "positional"]


def column(rows: Rows, value: str, **keys: Any) -> list[Any]:
    return [row[value] for row in rows if keys.items() <= row.items()]


def first_below(row_lengths: list[int], values: list[float | None]) -> float:
    """The first length at which a value is below a half."""
    pairs = zip(row_lengths, values, strict=True)
    return next((n for n, v in pairs if v is not None and v < 0.5), float("inf"))


def accuracy_length(rows: Rows) -> bool:
    models = {row["model"]: row["task"] for row in rows if row["kind"] == "model"}
    ratios: dict[str, list[float]] = {"number": [], "letter": []}
    for model, task in models.items():
        lengths = column(rows, "length", model=model)
        seen, forecast = (
            first_below(lengths, column(rows, name, model=model))
            for name in ("accuracy", "forecast")
        )
        ratios[task].append(forecast / seen)
    return all(0.5 <= x <= 2 for x in ratios["number"]) and min(ratios["letter"]) == np.inf


def angle_length(rows: Rows) -> bool:
    def below(row: dict[str, Any]) -> bool:
        return bool((2 * row["length"] - 3) * row["angle"] < 2 * np.pi / 8)

    exact = all(row["right"] == below(row) for row in rows if row["kind"] == "hand-set")
    trained = [row for row in rows if row["kind"] == "trained" and not below(row)]
    return exact and len({row["model"] for row in trained if row["accuracy"] > 0.95}) == 1


def behaviour_plane(rows: Rows) -> bool:
    pure = [purity(row["positional"], row["symbolic"], 0.1) is not None for row in rows]
    low = [row["positional"] < 0.4 and row["symbolic"] < 0.4 for row in rows]
    return not any(low) and 2 * sum(pure) > len(rows)


def certified_length(rows: Rows) -> bool:
    return all(
        any(
            point["share"] > 0.95 and np.mean(np.array(row["horizons"]) >= point["length"]) < 0.2
            for point in row["accuracy"]
        )
        for row in rows
    )


def dominant_planes(rows: Rows) -> bool:
    far: dict[str, list[tuple[float, float]]] = {"index": [], "retrieval": []}
    for row in rows:
        of = {kind: {} for kind in ("key", "query")}  # type: dict[str, dict[str, complex]]
        for point in row["points"]:
            of[point["kind"]][point["label"]] = complex(*point["at"])
        meant = {
            label: 1j * np.exp(-1j * int(label) * row["angle"])
            if row["task"] == "index"
            else of["key"][label]
            for label in of["query"]
        }
        farthest = max(abs(np.angle(of["query"][x] / meant[x])) for x in meant)
        far[row["task"]].append((row["share"], round(farthest, 9)))
    return all(
        sorted(places, reverse=True) == sorted(places, key=lambda place: place[1])
        for places in far.values()
    )


def frequency_use(rows: Rows) -> bool:
    fast = [row for row in rows if row["task"] == "number" and row["layer"] < 5]
    others = [row for row in rows if row not in fast]
    return all(row["main_angle"] == 1 and max(row["use"]) > 0.15 for row in fast) and all(
        max(row["use"]) <= 0.05 for row in others
    )


def heads_needed(rows: Rows) -> bool:
    last = max(row["step"] for row in rows)
    return all(row["right"] >= 0.95 * row["inputs"] for row in rows if row["step"] == last)


def hops_length(rows: Rows) -> bool:
    trained = [row for row in rows if not row["network"].endswith("plain")]
    shares = [dict(zip(row["lengths"], row["share"], strict=True)) for row in trained]
    return all(share[32] == 1 and share[64] > 0.99 for share in shares) and all(
        row["lengths"][row["checked"] - 1] >= 64 for row in trained
    )


def index_discrepancy(rows: Rows) -> bool:
    above = [row["peak"] > row["published"] for row in rows]
    best = [row for row in rows if row["angles"] == "best"]
    return any(above) and all(
        abs(row[f"{end}_bound"] - row[end]) < 1e-12 for row in best for end in ("peak", "floor")
    )


def index_geometry(rows: Rows) -> bool:
    (_, large, none) = (row["gap"] for row in rows if row["role"] == "target")
    return bool(large > 0.2 and abs(none) < 1e-9)


def induction_ablation(rows: Rows) -> bool:
    with_role, others = (column(rows, "cost", induction=has) for has in (True, False))
    return bool(np.median(with_role) > 0.2 and np.median(np.abs(others)) < 0.06)


def induction_behaviour(rows: Rows) -> bool:
    ends = [(row["role"], row["positional"][-1], row["symbolic"][-1]) for row in rows]
    return all(
        (p > 0.99 and s < 0.01) if "previous" in role else (s > 0.99 and p < 0.01)
        for role, p, s in ends
    )


def induction_components(rows: Rows) -> bool:
    starts = np.array([row["places"][0] for row in rows])
    ends = [
        np.array(column(rows, "places", name=name))[:, -1] for name in {r["name"] for r in rows}
    ]
    within = max(np.ptp(of_kind, axis=0).max() for of_kind in [starts, *ends])
    middles = [of_kind.mean(axis=0) for of_kind in ends]
    between = min(np.linalg.norm(a - b) for n, a in enumerate(middles) for b in middles[:n])
    return bool(between > 3 * within)


def induction_generality(rows: Rows) -> bool:
    picked = [row for row in rows if row["picked"]]
    return all(
        sum(row[kind] >= row["matching"] for row in picked) <= 0.1 * len(picked)
        for kind in ("translated", "patterned")
    )


def induction_mechanism(rows: Rows) -> bool:
    trained, shuffled = (
        [(row["best"], row["copying"]) for row in rows if row["kind"] == kind and row["best"]]
        for kind in ("trained", "shuffled")
    )
    return all(best > 0.5 and copying > 0.3 for best, copying in trained) and all(
        copying < 0.3 for _, copying in shuffled
    )


def induction_sizes(rows: Rows) -> bool:
    return all((row["matching"][-1] > 0.7) == (row["layers"] != "1") for row in rows) and all(
        row["matching"][-1] < 0.2 for row in rows if row["layers"] == "1"
    )


def induction_smearing(rows: Rows) -> bool:
    def learned(name: str) -> list[float]:
        return [
            next(
                (s for s, x in zip(row["steps"], row["in_context"], strict=True) if x < -0.6),
                np.inf,
            )
            for row in rows
            if row["name"] == name
        ]

    one = max(learned("induction-1-smeared")) < np.inf == min(learned("induction-1"))
    return one and max(learned("induction-2-smeared")) < min(learned("induction-2"))


def induction_transition(rows: Rows) -> bool:
    middles = [column(rows, "middle", seed=seed) for seed in {row["seed"] for row in rows}]
    return all(max(of_run) - min(of_run) < 30 for of_run in middles)


def kept_forecast(rows: Rows) -> bool:
    number = [r for r in rows if r["kind"] == "snapshot" and r["task"] == "number"]
    near = all(0.5 <= row["forecast"] / row["measured"] <= 2 for row in number)
    kept = column(rows, "measured", kind="peak", task="letter")
    forecasts = column(rows, "forecast", kind="snapshot", task="letter")
    return near and min(kept) > 0.5 and not any(forecasts)


def ladder_discrepancy(rows: Rows) -> bool:
    ends = {}
    for base, channels in {(row["base"], row.get("channels")) for row in rows}:
        floors = [r["floor"] for r in rows if (r["base"], r.get("channels")) == (base, channels)]
        ends[base, channels] = floors[-1] / floors[0]
    single = ends.pop((0, None))
    return bool(min(ends.values()) > 0.4 and single < 1e-5)


def language_depth(rows: Rows) -> bool:
    for model in {row["model"] for row in rows}:
        own = [row for row in rows if row["model"] == model]
        pairs = [(r["token_positional"], r["token_symbolic"]) for r in own if "token_symbolic" in r]
        costs = [row["without"] for row in own if row["without"] is not None]
        if np.corrcoef(np.array(pairs).T)[0, 1] > -0.9 or np.mean(np.array(costs) > 2) > 0.1:
            return False
    return True


def language_lengths(rows: Rows) -> bool:
    for model, length in {(row["model"], row["length"]) for row in rows}:
        of_length = [row for row in rows if (row["model"], row["length"]) == (model, length)]
        floors = [row["floor"] for row in of_length if row["floor"] is not None]
        if np.mean([row["symbolic"] for row in of_length]) <= 0.5 or np.median(floors) >= 0:
            return False
    return True


def language_roles(rows: Rows) -> bool:
    for model in {row["model"] for row in rows}:
        count = {role: sum(column(rows, "has", model=model, role=role)) for role in ROLES}
        if min(count[role] for role in ("sink", "positional", "symbolic")) < 5 * count["induction"]:
            return False
    return True


def layer_angles(rows: Rows) -> bool:
    last = [row for row in rows if row["step"] == max(r["step"] for r in rows)]
    fast = [row["angle"] for row in last if row["task"] == "number" and row["layer"] < 5]
    slow = [row["angle"] for row in last if row["task"] == "letter" or row["layer"] >= 5]
    return bool(min(fast) > max(slow))


def layer_scores(rows: Rows) -> bool:
    last = max(row["step"] for row in rows)
    lean = {
        (row["task"], row["layer"]): row["positional"] > row["symbolic"]
        for row in rows
        if row["step"] == last
    }
    positional = {at for at, more in lean.items() if more}
    return positional == {*(("number", layer) for layer in range(1, 5)), ("letter", 11)}


def learning(rows: Rows) -> bool:
    steps = {
        task: [
            next(r["step"] for r in rows if r["task"] == task and r["accuracy"][hops] >= 0.9)
            for hops in range(4)
        ]
        for task in ("number", "letter")
    }
    number, letter = steps["number"], steps["letter"]
    pure = [(np.mean(r["accuracy"]), r["heads"] - r["pure"][0].count(None)) for r in rows]
    return (
        number == sorted(set(number))
        and max(letter) - min(letter) < 0.2 * (max(number) - min(number))
        and all(count == 0 for accuracy, count in pure if accuracy < 0.1)
        and all(count > 3 for accuracy, count in pure if accuracy > 0.99)
    )


def length_over_training(rows: Rows) -> bool:
    def rise(task: str, length: int) -> float:
        some = [r for r in rows if (r["task"], r["length"], r["steps"]) == (task, length, 6000)]
        some = [row for row in some if row["rate"] == 1e-4]
        steps = sorted({row["step"] for row in some})
        middle, last = (
            np.mean([row["right"] / row["inputs"] for row in some if row["step"] == step])
            for step in (steps[len(steps) // 2], steps[-1])
        )
        return float(last - middle)

    rising = [rise("letter", length) for length in (128, 256, 850)]
    return min(rising) > 0.1 and max(rise("number", n) for n in (64, 128, 256, 850)) < 0.02


def logit_profile(rows: Rows) -> bool:
    answer = rows[4]
    rival = max(row["high"] for row in rows if row is not answer)
    return bool(answer["floor"] > 0 and answer["low"] > rival)


def nope_planes(rows: Rows) -> bool:
    at = [row for row in rows if row["length"] == 1700]
    return all(row["accuracy"] < 0.5 < row["forecast"] for row in at) and len(at) == 3


def price_of_length(rows: Rows) -> bool:
    late = rows[-1]
    near = 1 < late["index"] / late["index_needs"] < 1.0001
    by_logarithm = [row["retrieval"] / row["logarithm"] for row in rows]
    return bool(near and np.ptp(by_logarithm) < 1e-9)


def retrieval_discrepancy(rows: Rows) -> bool:
    horizon = max(row["length"] for row in rows if row["right"])
    zero = min(rows, key=lambda row: row["published_formula"])["length"]
    return bool(abs(2 * horizon - zero) <= 2)


def retrieval_geometry(rows: Rows) -> bool:
    gaps = column(rows, "gap", kind="worst input")
    return gaps == sorted(gaps, reverse=True) and gaps[-1] < 0


Check = Callable[[Rows], bool]
CONCLUSIONS: dict[str, tuple[Check, dict[str, Any]]] = {
    "accuracy_length": (accuracy_length, {"accuracy": 0.0}),
    "angle_length": (angle_length, {"right": False}),
    "behaviour_plane": (behaviour_plane, {"positional": 0.3, "symbolic": 0.3}),
    "certified_length": (certified_length, {"horizons": [1000]}),
    "dominant_planes": (dominant_planes, {"angle": 1.5}),
    "frequency_use": (frequency_use, {"main_angle": 0.5}),
    "heads_needed": (heads_needed, {"right": 0}),
    "hops_length": (hops_length, {"share": [0.9] * 8}),
    "index_discrepancy": (index_discrepancy, {"peak": 0.0}),
    "index_geometry": (index_geometry, {"gap": 0.1}),
    "induction_ablation": (induction_ablation, {"cost": 0.1}),
    "induction_behaviour": (induction_behaviour, {"symbolic": [0.5]}),
    "induction_components": (induction_components, {"places": [[0, 0], [1, 1]]}),
    "induction_generality": (induction_generality, {"translated": 1.0}),
    "induction_mechanism": (induction_mechanism, {"copying": 0.0}),
    "induction_sizes": (induction_sizes, {"matching": [0.5]}),
    "induction_smearing": (induction_smearing, {"in_context": [-1.0] * 49}),
    "induction_transition": (induction_transition, {"middle": 900.0, "only": 1}),
    "kept_forecast": (kept_forecast, {"measured": 5}),
    "ladder_discrepancy": (ladder_discrepancy, {"floor": 1.0}),
    "language_depth": (language_depth, {"without": 4.0}),
    "language_lengths": (language_lengths, {"floor": 0.1}),
    "language_roles": (language_roles, {"has": True}),
    "layer_angles": (layer_angles, {"angle": 0.1}),
    "layer_scores": (layer_scores, {"positional": 1.0, "symbolic": 0.0}),
    "learning": (learning, {"accuracy": [1.0] * 4}),
    "length_over_training": (length_over_training, {"right": 1}),
    "logit_profile": (logit_profile, {"floor": -0.1}),
    "nope_planes": (nope_planes, {"accuracy": 0.6}),
    "price_of_length": (price_of_length, {"retrieval": 30.0}),
    "retrieval_discrepancy": (retrieval_discrepancy, {"right": True}),
    "retrieval_geometry": (retrieval_geometry, {"gap": 0.1}),
}
"""For each figure: whether its rows bear its title, and values in their place that do not."""


def test_every_figure_has_a_conclusion() -> None:
    assert CONCLUSIONS.keys() == gallery().keys()


@pytest.mark.parametrize("name", NAMES)
def test_the_rows_bear_the_title_and_others_would_not(name: str, numbers: dict[str, Rows]) -> None:
    check, spoil = CONCLUSIONS[name]
    assert check(numbers[name])
    spoiled = copy.deepcopy(numbers[name])
    for row in spoiled[: spoil.get("only")]:
        row |= {key: value for key, value in spoil.items() if key in row}
    assert not check(spoiled)
