"""Renders every head of a model as one self-contained HTML page."""

from collections.abc import Mapping, Sequence
from typing import Any

from empirical.display.survey_table import name_of
from empirical.heads.silenced import Way
from empirical.report.head_grids import grids
from empirical.report.templates import filled
from empirical.survey.interval import Interval
from empirical.survey.report import ROLES, HeadReport

TITLES = {
    "first": "weight on the first token",
    "previous": "weight on the token before",
    "prefix": "weight on what followed earlier occurrences",
    "duplicate": "weight on earlier occurrences",
    "token_positional": "positional, first token left out",
    "token_symbolic": "symbolic, first token left out",
    "positional": "positional",
    "symbolic": "symbolic",
    "entropy": "normalised entropy",
    "standing": "copies: deviations above the vocabulary",
    "angle": "mean angle, radians per position",
    "margin": "lead of the last token's target",
    "top": "weight on that target",
    "top_bound": "the highest weight that its logits allow",
}
"""Measures of one head in the order of its table."""
WAYS: dict[Way, str] = {
    "zero": "its output zero",
    "mean": "its output the mean over tokens",
    "pattern": "its output zero, later weights kept",
}
WIDE, HIGH = 280, 90
"""Of a small picture, in pixels."""


def render(identity: Mapping[str, str], made_of: Sequence[str], heads: Sequence[HeadReport]) -> str:
    """Fill the template.

    Args:
        identity: ``model`` and ``fingerprint``.
        made_of: what prompts were made of.
        heads: all heads; those of the longest length are shown.
    """
    longest = max(head.length for head in heads)
    at_longest = [head for head in heads if head.length == longest]
    return filled(
        "heads.html",
        identity=identity,
        made_of=made_of,
        length=longest,
        prompts=at_longest[0].prompts,
        roles=[(role, [row for row in at_longest if role in row.labels]) for role in ROLES],
        strength=ROLES,
        grids=grids(at_longest),
        heads=[_head(head) for head in at_longest],
        name_of=name_of,
        wide=WIDE,
        high=HIGH,
    )


def _head(head: HeadReport) -> dict[str, Any]:
    first = head.means["first"].value if "first" in head.means else 0.0
    return {
        "place": name_of(head),
        "labels": head.labels,
        "measures": [
            (title, _text(head.means[name])) for name, title in TITLES.items() if name in head.means
        ],
        "effects": [
            (label, _text(effect.copies), _text(effect.in_context))
            for way, label in WAYS.items()
            if (effect := head.effects.get(way)) is not None
        ],
        "lags": _bars([first, *head.lags]),
        "lag_names": ["first", *_ranges(len(head.lags))],
        "use": _bars(head.use),
        "profile": _line(head.profile),
        "distances": [str(distance) for distance in head.profile],
        "leads": [
            (at, *(_number(column[at]) for column in (head.floor, head.peak))) for at in head.floor
        ],
        "lost": head.lost,
        "offset": head.offset,
    }


def _ranges(count: int) -> list[str]:
    """The ranges of distances of ``Measured.lags``."""
    ends = [(2**power // 2, 2**power - 1) for power in range(count)]
    return [str(low) if low == high else f"{low}–{high}" for low, high in ends]


def _bars(values: Sequence[float]) -> list[tuple[float, float, float, float, str]]:
    """Left edge, top, width, height and value of each bar, the largest as high as the picture."""
    largest = max([*values, 1e-300])
    step = WIDE / len(values)
    heights = [HIGH * value / largest for value in values]
    return [
        (at * step, HIGH - height, 0.8 * step, height, f"{value:.3f}")
        for at, (value, height) in enumerate(zip(values, heights, strict=True))
    ]


def _line(profile: Mapping[int, float]) -> dict[str, str]:
    """The points of a line over evenly spaced distances, and its least and largest value."""
    values = list(profile.values())
    low, high = min(values), max(values)
    room = (high - low) or 1.0
    step = WIDE / max(1, len(values) - 1)
    points = [f"{at * step:.1f},{HIGH * (high - v) / room:.1f}" for at, v in enumerate(values)]
    return {"points": " ".join(points), "low": f"{low:.2f}", "high": f"{high:.2f}"}


def _text(interval: Interval) -> str:
    if interval.low is None or interval.high is None:
        return _number(interval.value)
    return f"{_number(interval.value)} ({_number(interval.low)} to {_number(interval.high)})"


def _number(value: float | None) -> str:
    return "hidden" if value is None else f"{value:.3g}"
