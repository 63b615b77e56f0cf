"""Every published claim about real language models, measured on one of them.

Measurements are kept in the table of a survey, a record for each group of claims, so that an
interrupted run goes on where it was.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

from empirical.foreign.reading import Model
from empirical.foreign.vocabulary import Encode
from empirical.survey.interval import Interval
from empirical.survey.one_hop import LETTER, NUMBER
from empirical.survey.published import answers, binding, mapped, roles, text, wiring
from empirical.survey.published.row import PublishedClaim, PublishedRow
from empirical.survey.published.text import Heads
from empirical.survey.report import HeadReport
from empirical.survey.table import SurveyTable
from empirical.trajectories.published_claims import Reproduction
from theory.refusal import Refusal

EVERY: tuple[PublishedClaim, ...] = (
    *(binding.OPPOSED, binding.EARLY, binding.FAST, binding.FASTEST),
    *(answers.ANSWERED[NUMBER], answers.LOST[NUMBER]),
    *(answers.ANSWERED[LETTER], answers.LOST[LETTER], answers.KEPT),
    *(text.SCORE, text.NEEDED, mapped.MAPPED, wiring.COMPOSED),
    *roles.JOINED.values(),
)
"""All that is judged, in the order of its rows."""
VERSION = 1
"""Of what is measured: rows of another version are measured again."""
SEED = 0
"""Of all prompts and draws."""


def published_rows(
    model: Model,
    encode: Encode,
    heads: Sequence[HeadReport],
    table: SurveyTable,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[PublishedRow]:
    """Judge every claim, in the order of the publications.

    Args:
        model: the model.
        encode: its tokenizer.
        heads: its heads at one length, from a survey.
        table: where measurements are kept.
        progress: called with the name of each group of claims before it is measured.

    Yields:
        The rows.

    Raises:
        Refusal: the model's tokenizer does not make the prompts.
    """
    induction, previous = _having(heads, "induction"), _having(heads, "previous token")

    def in_context() -> list[PublishedRow]:
        return text.text_rows(text.text_scores(model, encode, induction, SEED))

    def one_hop() -> list[PublishedRow]:
        measured = {
            (kind, length): answers.answers(model, kind, length, SEED)
            for kind in (NUMBER, LETTER)
            for length in answers.LENGTHS
        }
        return answers.answer_rows(measured)

    groups: dict[str, Callable[[], list[PublishedRow]]] = {
        "binding": lambda: binding.binding_rows(binding.binding_scores(model, SEED)),
        "one-hop": one_hop,
        "text": in_context,
        "mapped": lambda: mapped.mapped_rows(mapped.mapped_matching(model, induction, SEED)),
        "wiring": lambda: wiring.wiring_rows(wiring.wiring(model, induction, previous, SEED)),
    }
    for name, measure in groups.items():
        progress(name)
        key = _key(model, name, sorted(induction), sorted(previous))
        if key not in table.records:
            table.append({"key": key, "claims": [asdict(row) for row in measure()]})
        yield from _rows(table, key)
    yield from roles.role_rows(heads)


def _rows(table: SurveyTable, key: str) -> list[PublishedRow]:
    """The rows of a record."""
    try:
        return [row_of(record) for record in table.records[key]["claims"]]
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal(f"{table.path} holds damaged claims: name another table") from error


def _having(heads: Sequence[HeadReport], role: str) -> Heads:
    return frozenset((head.layer, head.head) for head in heads if role in head.labels)


def _key(model: Model, *decisive: object) -> str:
    """A hash of everything that decides a group of rows."""
    content = [VERSION, SEED, model.fingerprint, *decisive]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def row_of(record: dict[str, object]) -> PublishedRow:
    """A row from its JSON."""
    measured, outcome = record["measured"], Reproduction(str(record["outcome"]))
    interval = Interval(**measured) if isinstance(measured, dict) else None
    texts = {name: str(record[name]) for name in ("name", "claim", "source", "published", "reason")}
    return PublishedRow(**texts, measured=interval, outcome=outcome)
