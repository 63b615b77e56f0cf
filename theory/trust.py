"""The generated parts of pages: of each sentence what was checked, by what, trusting what.

Nothing here differs between machines: a script that the kernel accepted counts alike whether it
did so here or where the record was made, and programs are named without their versions.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import fill

from theory.evidence import Evidence, Verb, Verdict
from theory.ledger import Judgement
from theory.refusal import Refusal

ROWS = "<!-- rows from the ledger -->", "<!-- end of rows -->"
COUNTS = "<!-- counts from the ledger -->", "<!-- end of counts -->"
WHOLE, NEGATION = "the sentence", "its negation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many sentences of a ledger are proved by what.

    Attributes:
        sentences: All of them.
        kernel: Proved whole by the kernel, here or on record.
        engines: Proved whole by another engine only.
        reduced: With a key step checked, and the rest in prose.
        refuted: Refuted, by a counterexample or by the kernel.
        negations: Of those, with a proof of the negation that the kernel accepted.
    """

    sentences: int
    kernel: int
    engines: int
    reduced: int
    refuted: int
    negations: int

    @classmethod
    def of(cls, judgements: Sequence[Judgement]) -> "Counts":
        """Count them."""
        refuted = [j for j in judgements if j.verdict is Verdict.REFUTED]
        others = [j for j in judgements if j.verdict is not Verdict.REFUTED]
        return cls(
            sentences=len(judgements),
            kernel=sum(j.kernel for j in others),
            engines=sum(j.verdict is Verdict.PROVED and not j.kernel for j in others),
            reduced=sum(j.verdict is Verdict.REDUCED for j in others),
            refuted=len(refuted),
            negations=sum(j.kernel for j in refuted),
        )

    def __str__(self) -> str:
        parts = {
            "proved whole by Coq's kernel, from statements generated out of the same formulas": (
                self.kernel
            ),
            "proved whole by rewriting, SMT solvers or ball arithmetic alone": self.engines,
            "REDUCED (a key step is checked, the rest is prose)": self.reduced,
            f"refuted, {self.negations} of them by a kernel proof of the negation": (self.refuted),
        }
        counted = [f"{count} {words}" for words, count in parts.items() if count]
        return f"Of {self.sentences} sentences, {'; '.join(counted)}."


def rewrite(page: str, judgements: Sequence[Judgement]) -> str:
    """The page with its generated rows, or its generated counts, or both, made anew.

    Raises:
        Refusal: If the page has a place for neither, or lines that bound no place.
    """
    texts = {ROWS: table(judgements), COUNTS: f"{fill(str(Counts.of(judgements)), 98)}\n"}
    for begin, end in places(page):
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n{texts[begin, end]}{end}{rest.partition(end)[2]}"
    return page


def places(page: str) -> list[tuple[str, str]]:
    """The lines that bound what is generated in a page: ``ROWS``, ``COUNTS``, or both.

    Raises:
        Refusal: If there is no such place, or a line is missing, doubled, or out of order: the
            text up to the next end would be lost.
    """
    present = [marks for marks in (ROWS, COUNTS) if any(mark in page for mark in marks)]
    if not present:
        raise Refusal(f"the page has no lines {ROWS[0]} and {ROWS[1]}: put them where the rows go")
    in_order = sorted(present, key=lambda marks: page.find(marks[0]))
    lines = [mark for marks in in_order for mark in marks]
    at = [page.find(mark) for mark in lines]
    if any(page.count(mark) != 1 for mark in lines) or at != sorted(at):
        raise Refusal(f"the lines {', '.join(lines)} do not stand once each, in order: put them so")
    return present


def table(judgements: Iterable[Judgement]) -> str:
    """A Markdown table, a row for each statement that was checked of a sentence."""
    rows = [
        "| sentence | verdict | statement checked | by | trusting |",
        "|---|---|---|---|---|",
    ]
    for judgement in sorted(judgements, key=lambda j: (j.theorem.group, j.theorem.name)):
        named = f"`{judgement.theorem.group}/{judgement.theorem.name}`"
        rows += [f"| {named} | {row} |" for row in _rows(judgement)]
    return "\n".join(rows) + "\n"


def _rows(judgement: Judgement) -> Iterator[str]:
    """Verdict, statement, verbs and trust; verbs that checked one statement stand together."""
    if not judgement.deciding and not judgement.kernel:
        yield f"{judgement.verdict.value} | none | |"
        return
    if judgement.kernel:
        yield _kernel_row(judgement)
    together: dict[str, list[Verb]] = {}
    for verb, evidence in judgement.evidence.items():
        decides = evidence.verdict is judgement.verdict and verb not in (Verb.KERNEL, Verb.SAMPLE)
        if decides:
            together.setdefault(_checked(evidence), []).append(verb)
    for checked, verbs in together.items():
        trusted = dict.fromkeys(t for verb in verbs for t in judgement.evidence[verb].trusts)
        yield _row(judgement.verdict, checked, verbs, trusted)


def _kernel_row(judgement: Judgement) -> str:
    evidence = judgement.evidence[Verb.KERNEL]
    verdict = Verdict.REFUTED if evidence.negation else Verdict.PROVED
    trusted = [t for t in evidence.trusts if t != "the record"]
    return _row(verdict, NEGATION if evidence.negation else WHOLE, [Verb.KERNEL], trusted)


def _checked(evidence: Evidence) -> str:
    """The statement that an engine read, in words or as a formula."""
    if evidence.witness:
        return "it fails at " + ", ".join(f"{x} = {v}" for x, v in evidence.witness.items())
    if evidence.verdict is Verdict.PROVED:
        return WHOLE
    return f"its reduction `{evidence.of}`" if evidence.of else "a finite scan"


def _row(verdict: Verdict, checked: str, verbs: Iterable[Verb], trusted: Iterable[str]) -> str:
    programs = [re.sub(r" [\d.]+$", "", program) for program in trusted]
    engines = ", ".join(verb.value for verb in verbs)
    return f"{verdict.value} | {checked} | {engines} | {', '.join(dict.fromkeys(programs))}"
