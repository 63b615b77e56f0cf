"""From measured rows to one line per head and length: means with intervals, and what the head is.

Intervals are over prompts: bootstrap percentiles for means, and exact ones (Clopper and Pearson)
for how often something happened, one trial per prompt. The p-values of all prompts are combined
(Fisher), and corrected over all heads and tests of one length, whatever their dependence (Benjamini
and Yekutieli): of the heads that are given a role, at most ``FALSE`` have it by chance. A role also
asks for a size: a mean weight above ``LABEL``, or scores that are pure.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import binomtest, bootstrap, combine_pvalues, false_discovery_control

from empirical.heads.silenced import Way
from empirical.scores.purity import GAMMAS, purity
from empirical.survey.effects import Effect, effects
from empirical.survey.interval import CONFIDENCE, RESAMPLES, SEED, Interval

MEANS = (
    "positional",
    "symbolic",
    "block_positional",
    "block_symbolic",
    "token_positional",
    "token_symbolic",
    "first",
    "entropy",
    "previous",
    "prefix",
    "duplicate",
    "copying",
    "standing",
    "angle",
    "margin",
    "top",
    "top_bound",
)
COUNTS = ("hits_previous", "hits_prefix", "hits_answer")
LABEL = 0.5
"""Mean weight above which a head is called after what it attends to, and share of prompts whose
answer it finds."""
TESTS = {
    "token_positional": "positional",
    "token_symbolic": "symbolic",
    "first": "sink",
    "previous": "previous token",
    "prefix": "prefix matching",
    "duplicate": "duplicate token",
}
"""Measures that are tested, and what a head is called that passes."""
ROLES = {
    "induction": "prefix",
    "prefix matching": "prefix",
    "duplicate token": "duplicate",
    "previous token": "previous",
    "sink": "first",
    "positional": "token_positional",
    "symbolic": "token_symbolic",
}
"""Roles, each with the measure that says how strong it is."""
FALSE = 0.05
"""Share of false discoveries that is accepted, among all heads and tests of a length."""
COPIES = 2.0
"""Standard deviations by which a copying head raises the logit of what it attends to."""
NEEDED = 1.5
"""By what a head that the second copies need multiplies their loss when it is removed: the lower
end of the interval has to lie above."""


@dataclass(frozen=True)
class HeadReport:
    """One head at one length, over all prompts.

    Attributes:
        layer: the block.
        head: the head of the block.
        length: tokens of each prompt.
        prompts: how many.
        means: of each measure that exists, with bootstrap intervals.
        shares: how often the last token attends most to the token before, to what followed its
            own earlier occurrences, and to the answer, with exact intervals.
        tests: corrected p-values: that places, and that contents, have no part in the last logits;
            of the weights on the first token and one back; and where tokens come again on what
            followed earlier occurrences and on these occurrences themselves.
        use: mean share of each component in the norms of logits.
        biases: mean shares of biases and content in the last token's logits.
        averages: the same for the average content.
        offset: the commonest distance of the strongest key, and how often it was.
        lost: the shortest length at which some prompt's contents can be rearranged, the first
            token kept first where it is seen, so that no lead is left; None if there is none up to
            the lengths looked at.
        floor: for each length looked at, the least floor of all prompts, likewise; None where some
            prompt's target is hidden.
        peak: for each, the largest peak.
        top_bounds: for each, the highest weight that any arrangement of any prompt can give.
        profile: for each distance the mean logit of the targets' contents.
        lags: mean weight on keys at distances 0, 1, 2 to 3, 4 to 7 and so on, the first token's
            left out.
        effects: what removing the head changes, for each way in which it was removed.
    """

    layer: int
    head: int
    length: int
    prompts: int
    means: dict[str, Interval]
    shares: dict[str, Interval]
    tests: dict[str, float]
    use: list[float]
    biases: dict[str, float]
    averages: dict[str, float]
    offset: tuple[int, int]
    lost: int | None
    floor: dict[str, float | None]
    peak: dict[str, float | None]
    top_bounds: dict[str, float]
    profile: dict[int, float]
    lags: list[float]
    effects: dict[Way, Effect]

    @property
    def labels(self) -> list[str]:
        """What the head is: a pure behaviour, and the known kinds it shows."""
        labels: list[str] = []
        for test, role in TESTS.items():
            if test != "prefix" and self._passes(test):
                labels.append(role)
        if self._passes("prefix"):
            copies = "standing" in self.means and self.means["standing"].value > COPIES
            labels.append("induction" if copies or self._needed else "prefix matching")
        if "hits_answer" in self.shares and self.shares["hits_answer"].value > LABEL:
            labels.append("answers")
        return labels

    @property
    def untold(self) -> list[str]:
        """Roles whose weight the head has, where the prompts do not tell it from chance."""
        return [
            role for test, role in TESTS.items() if self._large(test) and not self._passes(test)
        ]

    @property
    def _needed(self) -> bool:
        """Whether the loss on second copies grows much when the head outputs zero."""
        effect = self.effects.get("zero")
        return effect is not None and (effect.copies.low or 0.0) > NEEDED

    def _passes(self, test: str) -> bool:
        """Whether a measure is large, and the head passes its test."""
        return self._large(test) and self.tests[test] < FALSE

    def _large(self, test: str) -> bool:
        """Whether a head gives much weight to keys, or has the score and not the other."""
        if test not in self.tests:
            return False
        if not test.startswith("token"):
            return self.means[test].value > LABEL
        scores = self.means["token_positional"].value, self.means["token_symbolic"].value
        return purity(*scores, GAMMAS[0]) == TESTS[test]

    def to_json(self) -> dict[str, Any]:
        """The report as JSON."""
        return asdict(self) | {"labels": self.labels, "untold": self.untold}


def report(
    records: Iterable[Mapping[str, Any]], causes: Iterable[Mapping[str, Any]] = ()
) -> list[HeadReport]:
    """One report per length and head.

    Args:
        records: of the units of one checkpoint.
        causes: of its units by cause.
    """
    groups: dict[tuple[int, int, int], list[Mapping[str, Any]]] = {}
    for record in records:
        for row in record["rows"]:
            groups.setdefault((record["length"], row["layer"], row["head"]), []).append(row)
    for rows in groups.values():
        rows.sort(key=lambda row: row["prompt"])
    columns, tests, by_cause = _columns(groups), _tests(groups), effects(causes)
    return [
        _head(
            place,
            rows,
            {name: cells[place] for name, cells in columns.items() if place in cells},
            tests.get(place, {}),
            by_cause.get(place, {}),
        )
        for place, rows in sorted(groups.items())
    ]


def _tests(
    groups: Mapping[tuple[int, int, int], list[Mapping[str, Any]]],
) -> dict[tuple[int, int, int], dict[str, float]]:
    """The corrected p-values of every head."""
    p_values: dict[tuple[int, int, int], dict[str, float]] = {}
    for length in {length for length, _, _ in groups}:
        combined: dict[tuple[tuple[int, int, int], str], float] = {}
        for place, rows in groups.items():
            for test in TESTS:
                values = [row[f"p_{test}"] for row in rows if row[f"p_{test}"] is not None]
                if place[0] == length and values:
                    combined[place, test] = float(combine_pvalues(values).pvalue)
        if combined:
            corrected = false_discovery_control(list(combined.values()), method="by")
            for (place, test), value in zip(combined, corrected.tolist(), strict=True):
                p_values.setdefault(place, {})[test] = value
    return p_values


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, **row["outlook"]}


def _columns(
    groups: Mapping[tuple[int, int, int], list[Mapping[str, Any]]],
) -> dict[str, dict[tuple[int, int, int], Interval]]:
    """Every mean with its interval; heads with as many values are resampled together."""
    columns: dict[str, dict[tuple[int, int, int], Interval]] = {}
    for name in MEANS:
        by_count: dict[int, dict[tuple[int, int, int], list[float]]] = {}
        for place, rows in groups.items():
            values = [_flat(row)[name] for row in rows if _flat(row)[name] is not None]
            if values:
                by_count.setdefault(len(values), {})[place] = values
        columns[name] = {
            place: interval
            for cells in by_count.values()
            for place, interval in zip(cells, _intervals(list(cells.values())), strict=True)
        }
    return columns


def _intervals(columns: list[list[float]]) -> list[Interval]:
    data = np.array(columns)
    means = data.mean(axis=1).tolist()
    if data.shape[1] < 2:
        return [Interval(mean, None, None) for mean in means]
    ends = bootstrap(
        (data,),
        np.mean,
        axis=1,
        n_resamples=RESAMPLES,
        batch=100,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return [
        Interval(mean, float(low), float(high))
        for mean, low, high in zip(means, ends.low, ends.high, strict=True)
    ]


def _head(
    place: tuple[int, int, int],
    rows: list[Mapping[str, Any]],
    means: dict[str, Interval],
    tests: dict[str, float],
    by_cause: dict[Way, Effect],
) -> HeadReport:
    length, layer, head = place
    looks = [row["outlook"] for row in rows]
    offsets, counts = np.unique([look["offset"] for look in looks], return_counts=True)
    common = int(counts.argmax())
    use = np.array([row["use"] for row in rows])
    totals = use.sum(axis=1, keepdims=True)
    leads = [look["first_kept"] or look["anywhere"] for look in looks]
    losing = [lead["lost"] for lead in leads if lead["lost"] is not None]
    return HeadReport(
        layer=layer,
        head=head,
        length=length,
        prompts=len(rows),
        means=means,
        shares={name: share for name in COUNTS if (share := _share(rows, name)) is not None},
        tests=tests,
        use=np.divide(use, totals, where=totals > 0, out=np.zeros_like(use)).mean(0).tolist(),
        biases=_mean_of([row["biases"] for row in rows]),
        averages=_mean_of([row["averages"] for row in rows]),
        offset=(int(offsets[common]), int(counts[common])),
        lost=min(losing, default=None),
        floor={at: _most(min, [lead["floor"][at] for lead in leads]) for at in leads[0]["floor"]},
        peak={at: _most(max, [lead["peak"][at] for lead in leads]) for at in leads[0]["peak"]},
        top_bounds={
            at: max(look["top_bounds"][at] for look in looks) for at in looks[0]["top_bounds"]
        },
        profile=dict(
            zip(
                looks[0]["distances"],
                np.mean([look["profile"] for look in looks], axis=0).tolist(),
                strict=True,
            )
        ),
        lags=np.mean([row["lags"] for row in rows], axis=0).tolist(),
        effects=by_cause,
    )


def _most(choose: Callable[[list[float]], float], values: list[float | None]) -> float | None:
    """The least or the largest of some values; None where one of them is."""
    known = [value for value in values if value is not None]
    return choose(known) if len(known) == len(values) else None


def _share(rows: list[Mapping[str, Any]], name: str) -> Interval | None:
    trials = [row[name] for row in rows if row[name] is not None]
    if not trials:
        return None
    test = binomtest(sum(trials), len(trials))
    ends = test.proportion_ci(CONFIDENCE, method="exact")
    return Interval(float(test.statistic), float(ends.low), float(ends.high))


def _mean_of(splits: list[Mapping[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([split[name] for split in splits])) for name in splits[0]}
