"""The generated part of ``TRUST.md``: what was shown of each sentence, where, trusting what."""

from collections.abc import Iterable

from theory.evidence import Verb
from theory.ledger import Judgement
from theory.refusal import Refusal

BEGIN, END = "<!-- rows from the ledger -->", "<!-- end of rows -->"


def rewrite(page: str, judgements: Iterable[Judgement]) -> str:
    """The page with its generated rows made anew.

    Raises:
        Refusal: If the page has no place for them.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise Refusal(f"the page has no lines {BEGIN} and {END}: put them where the rows go")
    return f"{before}{BEGIN}\n{table(judgements)}{END}{after}"


def table(judgements: Iterable[Judgement]) -> str:
    """A Markdown table, one row a sentence, without anything that differs between machines."""
    rows = [
        "| sentence | verdict | holds for | whole sentence | shown by |",
        "|---|---|---|---|---|",
    ]
    for judgement in sorted(judgements, key=lambda j: (j.theorem.group, j.theorem.name)):
        deciding = judgement.deciding
        shown = [
            verb.value
            for verb, evidence in judgement.evidence.items()
            if evidence.verdict is judgement.verdict and verb is not Verb.SAMPLE
        ]
        witness = ", ".join(f"{x} = {v}" for x, v in deciding[0].witness.items())
        rows.append(
            f"| `{judgement.theorem.group}/{judgement.theorem.name}` | {judgement.verdict.value} "
            f"| {witness or deciding[0].scope} | {'yes' if deciding[0].whole else 'a range'} "
            f"| {', '.join(shown)} |"
        )
    return "\n".join(rows) + "\n"
