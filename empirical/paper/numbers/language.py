"""Numbers of real language models, from the rows that are kept of them."""

from collections.abc import Iterator

from empirical.display.published_table import number
from empirical.paper.number import Number
from empirical.paper.numbers import Ledger
from empirical.survey.observed.lengths import ObservedLengths, observed_lengths
from empirical.survey.observed.rows import ObservedModel, observed_models
from empirical.survey.report import ROLES
from empirical.survey.symbolic_lengths import by_length
from empirical.trajectories.published_claims import Reproduction

HEADS, CLAIMS = "ropeproof heads", "ropeproof claims"


def numbers(ledger: Ledger) -> Iterator[Number]:
    """Yields ``KIND.NAME.MODEL``, of the kinds language, roles, verdicts and at-length."""
    names = " and ".join(model.name for model in observed_models())
    yield Number(key="language-models", text=names, source=HEADS)
    judged = [model for model in observed_models() if model.claims]
    for row in judged[0].claims if judged else ():
        yield Number(key=f"language.{row.name}.claim", text=row.claim, source=row.source)
    for model in observed_models():
        for row in model.claims:
            text = str(row.outcome)
            if row.measured is not None:
                text += f": {number(row.measured)}"
            key = f"language.{row.name}.{model.name}"
            yield Number(key=key, text=text, source=f"{CLAIMS} {model.name}")
        yield from _verdicts(model)
        yield from _heads(model)
    for measured in observed_lengths():
        yield from _at_length(measured)


def _verdicts(model: ObservedModel) -> Iterator[Number]:
    outcomes = [row.outcome for row in model.claims]
    source = f"{CLAIMS} {model.name}"
    yield Number.count(f"verdicts.all.{model.name}", len(outcomes), source)
    for outcome in Reproduction:
        name = outcome.value.lower().replace(" ", "-")
        yield Number.count(f"verdicts.{name}.{model.name}", outcomes.count(outcome), source)


def _heads(model: ObservedModel) -> Iterator[Number]:
    counts = {
        "heads": len(model.heads),
        "layers": model.layers,
        "tokens of a prompt": model.length,
        "prompts": model.prompts,
        "prompts without each head": model.causes,
        **{role: sum(role in head.labels for head in model.heads) for role in ROLES},
        "symbolic by rows": sum(head.plainly == "symbolic" for head in model.heads),
        "of these on the first token": sum(
            head.plainly == "symbolic" and head.rests for head in model.heads
        ),
    }
    for name, count in counts.items():
        yield Number.count(f"roles.{name}.{model.name}", count, f"{HEADS} {model.name}")


def _at_length(model: ObservedLengths) -> Iterator[Number]:
    """Symbolic heads at each length: how many are, how many cannot lose their lead, and medians."""
    source = f"{HEADS} {model.name} --lengths"
    for row in by_length(model.heads):
        at = f"at {row.length} tokens"
        for name, text in {
            "symbolic": f"{row.still} of {row.heads}",
            "no arrangement takes the lead": f"{row.kept} of {row.heads}",
            "median lead": f"{row.lead:.2f}",
            "median floor": f"{row.floor:.2f}".replace("-", "−"),
        }.items():
            yield Number(key=f"at-length.{at}, {name}.{model.name}", text=text, source=source)
