"""``ropeproof certify``: a proof, or an input that fails, for every question to a checkpoint."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from empirical import completion
from empirical.files.atomic import write_text
from empirical.shipped.checkpoints import directory_named

if TYPE_CHECKING:
    from empirical.certificates.document import Checked
    from empirical.certificates.search import Search
    from empirical.files.checkpoint import Checkpoint
    from empirical.recheck.certificate import Certificate, Horizon, Verdict
    from empirical.tasks.task import Entry


Model = Annotated[
    Path,
    typer.Argument(
        parser=directory_named,
        autocompletion=completion.models,
        help="A checkpoint of one layer, of induction or walks.",
    ),
]
Length = Annotated[int | None, typer.Option(help="Tokens per input.")]
SpecificationFile = Annotated[
    Path | None, typer.Option(help="Certify what this specification asks (`ropeproof spec`).")
]
LongestHorizon = Annotated[
    int | None, typer.Option(help="Also find how long inputs may be, up to this.")
]
SecondsPerRow = Annotated[
    float,
    typer.Option(
        help="With several heads, for one of several classes or a share: the most for one row."
    ),
]
AccuracyHere = Annotated[
    bool, typer.Option("--accuracy", help="Also bound the accuracy at this length.")
]
AccuracyLengths = Annotated[
    list[int] | None, typer.Option(help="Also bound it at this length; may be repeated.")
]
Arithmetic = Annotated[
    str, typer.Option(help="real, or real+float32: also whatever float32 rounds.")
]
Unchecked = Annotated[
    bool, typer.Option("--unchecked", help="Show what the search found, without the checker.")
]
Kernel = Annotated[
    bool,
    typer.Option(
        "--kernel", help="Also let the proof kernel of Coq show it (one layer, or induction)."
    ),
]
CertificateFile = Annotated[
    Path | None, typer.Option("--out", "--json", help="Write the certificate here.")
]


def command(
    directory: Model,
    length: Length = None,
    spec: SpecificationFile = None,
    horizon: LongestHorizon = None,
    seconds: SecondsPerRow = 10.0,
    accuracy: AccuracyHere = False,
    accuracy_at: AccuracyLengths = None,
    arithmetic: Arithmetic = "real",
    unchecked: Unchecked = False,
    kernel: Kernel = False,
    out: CertificateFile = None,
) -> None:
    """Prove a model right on every input of a length, or find one that it gets wrong.

    A model of one layer; of two attention-only layers of one head, on the induction task; or of
    layers of one head on walks of several hops. With --spec, a model of one layer, a GPT-J,
    a GPT-NeoX, a Phi or a Llama without an MLP, is proved to do what a specification asks on every
    input of each of its groups.
    Where that fails, the accuracy over the inputs that the task draws is bounded from both sides.
    Certified is the real-number function of the stored weights; with real+float32, also the largest
    logit of its float32 forward pass, under the rounding that theory/TRUST.md states.
    Shown is what the independent checker has shown of what the search found; with --kernel, the
    proof kernel of Coq shows that too, and the theorem is printed.
    Exit 0 if every row is PROVED, 1 if one is REFUTED, 3 if one is UNDECIDED, if search, checker
    and kernel differ, or with --unchecked.
    """
    from empirical.certificates.certifiable import read_certifiable
    from empirical.certificates.document import text_of
    from empirical.certificates.search import CertificateRequest, search_for
    from empirical.display.kernel_proof import ask
    from empirical.kernel_proofs.prove import refuse_unless_askable

    model = read_certifiable(directory, specified=spec is not None)
    if kernel:
        refuse_unless_askable(model, arithmetic)
    if spec:
        others = (length, horizon, accuracy, accuracy_at, kernel, arithmetic != "real")
        search = _of_specification(model, spec, any(others), seconds)
    else:
        length = _required_length(length, horizon)
        accuracies = tuple(sorted({*([length] if accuracy else []), *(accuracy_at or [])}))
        request = CertificateRequest(length, horizon, accuracies, arithmetic, seconds)
        search = search_for(request, model)
    started = time.perf_counter()
    outcome = _shown(search, directory, unchecked)
    taken = time.perf_counter() - started
    console = Console()
    if unchecked:
        console.print("what the search found, unchecked:")
    verdicts = _print_rows(console, outcome.certificate, search.entries)
    _print_summary(console, outcome, length, taken)
    if out:
        write_text(out, text_of(outcome.certificate))
    obstacle = ask(outcome.certificate, directory, console).obstacle if kernel else ""
    behind = ["search" if unchecked else "checker"] + ["kernel"] * (kernel and not obstacle)
    console.print(f"by {', '.join(behind)}")
    _exit_unless_proved(verdicts, in_doubt=bool(outcome.differences or unchecked or obstacle))


def _required_length(length: int | None, horizon: int | None) -> int:
    """The length; raises a ``Refusal`` where there is none, or a horizon below it."""
    from theory.refusal import Refusal

    if length is None:
        raise Refusal("certify needs inputs to speak of: give --length or --spec")
    if horizon is not None and horizon < length:
        raise Refusal(
            f"--horizon {horizon} is below --length {length}: give at least {length}, "
            "or leave it out"
        )
    return length


def _of_specification(checkpoint: "Checkpoint", spec: Path, more: bool, seconds: float) -> "Search":
    """The search that decides a specification."""
    from empirical.certificates.search import search_for_specification
    from empirical.certificates.specified.reading import read_specification
    from theory.refusal import Refusal

    if more:
        raise Refusal(
            f"{spec} says which inputs are certified, in real arithmetic: leave out the options "
            "that say it of a task"
        )
    return search_for_specification(read_specification(spec), checkpoint, seconds)


def _shown(search: "Search", directory: Path, unchecked: bool) -> "Checked":
    """Search, and unless it is to stay unchecked let the checker show what was found."""
    from empirical.certificates.document import Checked, as_certificate, checked

    with Progress(console=Console(stderr=True), transient=True) as bar:

        def ticking(running: TaskID) -> Callable[[int, int], None]:
            return lambda done, total: bar.update(running, completed=done, total=total)

        claims = search.run(ticking(bar.add_task("searching", total=None)))
        if unchecked:
            return Checked(as_certificate(claims, directory)[1], ())
        return checked(claims, directory, ticking(bar.add_task("checking", total=None)))


def _print_summary(
    console: Console, outcome: "Checked", length: int | None, seconds: float
) -> None:
    """Print how many rows are proved, the accuracies, and where search and checker differ."""
    from empirical.certificates.document import accuracy_lines
    from empirical.recheck.certificate import Verdict

    rows = outcome.certificate.claims.rows
    proved = sum(row.verdict is Verdict.PROVED for row in rows)
    counted = f"{proved} of {len(rows)} rows proved in {seconds:.1f} s"
    console.print(counted if length is None else f"length {length}: {counted}", soft_wrap=True)
    for line in accuracy_lines(outcome.certificate):
        console.print(line, soft_wrap=True)
    for difference in outcome.differences:
        told = f"search and checker differ, please report it: {difference}"
        console.print(told, soft_wrap=True, markup=False)


def _print_rows(
    console: Console, certificate: "Certificate", entries: tuple["Entry", ...]
) -> list["Verdict"]:
    """Print a table of a certificate's rows by query, and return their verdicts."""
    from empirical.display import specified_table
    from empirical.display.witness import witness_line
    from empirical.recheck.certificate import OneHop, Specified, Verdict

    claims = certificate.claims
    if isinstance(claims, Specified):
        specified_table.show(console, claims)
        return [row.verdict for row in claims.rows]
    horizons = (
        {horizon.query: _longest(horizon) for horizon in claims.horizons}
        if isinstance(claims, OneHop)
        else {}
    )
    table = Table("query", "proved", "refuted", "undecided", "horizon", box=None)
    for query in dict.fromkeys(row.query for row in claims.rows):
        mine = [row.verdict for row in claims.rows if row.query == query]
        counts = [str(mine.count(verdict)) for verdict in Verdict]
        table.add_row(str(entries[query]), *counts, horizons.get(query, ""))
    console.print(table)
    refuted = [row for row in claims.rows if row.refutation is not None]
    if refuted:
        console.print(witness_line(refuted[0], entries), soft_wrap=True, markup=False)
    return [row.verdict for row in claims.rows]


def _longest(horizon: "Horizon") -> str:
    """The horizon; where the search ended before an input failed, it is at least this."""
    return f"{horizon.longest}" if horizon.beyond else f"≥ {horizon.longest}"


def _exit_unless_proved(verdicts: list["Verdict"], *, in_doubt: bool) -> None:
    """Exit with 1 where a row is REFUTED, else with 3 where one is UNDECIDED or all in doubt."""
    from empirical.recheck.certificate import Verdict

    if Verdict.REFUTED in verdicts:
        raise typer.Exit(1)
    if Verdict.UNDECIDED in verdicts or in_doubt:
        raise typer.Exit(3)
