"""``ropeproof certify``: a proof, or an input that fails, for every question to a checkpoint."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from empirical.files.atomic import write_text
from empirical.shipped.checkpoints import directory_named
from theory.refusal import Refusal

if TYPE_CHECKING:
    from empirical.recheck.certificate import Certificate, Verdict
    from empirical.tasks.task import Task


def command(
    directory: Annotated[
        Path,
        typer.Argument(
            parser=directory_named, help="A checkpoint of one layer, of induction or walks."
        ),
    ],
    length: Annotated[int, typer.Option(help="Tokens per input.")],
    horizon: Annotated[
        int | None, typer.Option(help="Also find how long inputs may be, up to this.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(help="With several heads: the most to search on one row.")
    ] = 10.0,
    accuracy: Annotated[
        bool, typer.Option("--accuracy", help="Also bound the accuracy at this length.")
    ] = False,
    accuracy_at: Annotated[
        list[int] | None, typer.Option(help="Also bound it at this length; may be repeated.")
    ] = None,
    arithmetic: Annotated[
        str, typer.Option(help="real, or real+float32: also whatever float32 rounds.")
    ] = "real",
    unchecked: Annotated[
        bool,
        typer.Option("--unchecked", help="Show what the search found, without the checker."),
    ] = False,
    kernel: Annotated[
        bool,
        typer.Option("--kernel", help="Also let the proof kernel of Coq show it (one head)."),
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "--json", help="Write the certificate here.")
    ] = None,
) -> None:
    """Prove a model right on every input of a length, or find one that it gets wrong.

    A model of one layer; of two attention-only layers of one head, on the induction task; or of
    layers of one head on walks of several hops.
    Where that fails, the accuracy over the inputs that the task draws is bounded from both sides.
    Certified is the real-number function of the stored weights; with real+float32, also the largest
    logit of its float32 forward pass, under the rounding that theory/TRUST.md states.
    Shown is what the independent checker has shown of what the search found; with --kernel, the
    proof kernel of Coq shows that too, and the theorem is printed.
    Exit 0 if every row is PROVED, 1 if one is REFUTED, 3 if one is UNDECIDED, if search, checker
    and kernel differ, or with --unchecked.
    """
    from empirical.certificates.accuracy.bounds import with_accuracies
    from empirical.certificates.document import (
        Checked,
        accuracy_lines,
        certificate_of,
        checked,
        text_of,
    )
    from empirical.certificates.induction.prover import InductionProver
    from empirical.certificates.multi_hop.prover import MultiHopProver
    from empirical.certificates.one_layer.float32_prover import Float32Prover
    from empirical.certificates.one_layer.prover import Prover, certify
    from empirical.certificates.several_heads.prover import prover_of
    from empirical.display.kernel_proof import ask
    from empirical.files import checkpoint
    from empirical.kernel_proofs.prove import refuse_unless_askable
    from empirical.recheck.certificate import Verdict
    from empirical.recheck.checkpoint import read_checkpoint
    from empirical.tasks import tasks
    from empirical.tasks.induction import InductionTask
    from empirical.tasks.task import Task
    from empirical.tasks.walks_anywhere import WalksAnywhere

    known = [kind.arithmetic for kind in (Prover, Float32Prover)]
    if arithmetic not in known:
        raise Refusal(f"{arithmetic!r} is no known arithmetic: choose {' or '.join(known)}")
    found = checkpoint.read(directory)
    if kernel:
        refuse_unless_askable(found, arithmetic)
    real = arithmetic == Prover.arithmetic
    lengths = sorted({*([length] if accuracy else []), *(accuracy_at or [])})
    task: Task
    work: Callable[[Callable[[int, int], object]], dict[str, Any]]
    if found.task is not None and found.task.name == InductionTask.name:
        if horizon is not None or lengths or not real:
            raise Refusal(
                f"{directory} is a model of induction: give --length only, as its rows are all "
                "that is certified, in real arithmetic"
            )
        circuit = InductionProver(found)
        task, work = circuit.task, partial(circuit.certify, circuit.contexts(length))
    elif found.task is not None and issubclass(tasks()[found.task.name], WalksAnywhere):
        if horizon is not None or lengths or not real:
            raise Refusal(
                f"{directory} is a model of walks: give --length only, as its rows are all that is "
                "certified, in real arithmetic"
            )
        walking = MultiHopProver(found)
        walking.require(length)
        task, work = walking.task, partial(walking.certify, length)
    else:
        prover = prover_of(found, seconds) if real else Float32Prover(found)
        if lengths and found.config.n_head > 1:
            raise Refusal(
                f"{directory} has {found.config.n_head} heads: accuracies are bounded for one head"
            )
        for longest in (length, horizon or length, *lengths):
            prover.domains(longest)  # what cannot be certified is refused before the bar appears

        def work(tick: Callable[[int, int], object]) -> dict[str, Any]:
            certificate = certify(prover, found.sha256, length, horizon, tick)
            return with_accuracies(certificate, prover, lengths, tick)

        task = prover.task
    started = time.perf_counter()
    with Progress(console=Console(stderr=True), transient=True) as bar:

        def ticking(running: TaskID) -> Callable[[int, int], None]:
            return lambda done, total: bar.update(running, completed=done, total=total)

        found_by_search = work(ticking(bar.add_task("searching", total=None)))
        shown = Checked(certificate_of(found_by_search, read_checkpoint(directory)), ())
        if not unchecked:
            running = bar.add_task("checking", total=None)
            shown = checked(found_by_search, directory, ticking(running))
    console = Console()
    if unchecked:
        console.print("what the search found, unchecked:")
    verdicts = _print_rows(console, shown.certificate, task)
    console.print(
        f"length {length}: {verdicts.count(Verdict.PROVED)} of {len(verdicts)} rows proved "
        f"in {time.perf_counter() - started:.1f} s",
        soft_wrap=True,
    )
    for line in accuracy_lines(shown.certificate):
        console.print(line, soft_wrap=True)
    for difference in shown.differences:
        console.print(
            f"search and checker differ, please report it: {difference}",
            soft_wrap=True,
            markup=False,
        )
    if out:
        write_text(out, text_of(shown.certificate))
    obstacle = ask(shown.certificate, directory, console).obstacle if kernel else ""
    behind = ["search" if unchecked else "checker"] + ["kernel"] * (kernel and not obstacle)
    console.print(f"by {', '.join(behind)}")
    if Verdict.REFUTED in verdicts:
        raise typer.Exit(1)
    if Verdict.UNDECIDED in verdicts or shown.differences or unchecked or obstacle:
        raise typer.Exit(3)


def _print_rows(console: Console, certificate: "Certificate", task: "Task") -> list["Verdict"]:
    """Print a table of a certificate's rows by query, and return their verdicts."""
    from empirical.recheck.certificate import OneHop, Verdict

    claims = certificate.claims
    horizons = (
        {horizon.query: str(horizon.longest) for horizon in claims.horizons}
        if isinstance(claims, OneHop)
        else {}
    )
    table = Table("query", "proved", "refuted", "undecided", "horizon", box=None)
    for query in dict.fromkeys(row.query for row in claims.rows):
        mine = [row.verdict for row in claims.rows if row.query == query]
        counts = [str(mine.count(verdict)) for verdict in Verdict]
        table.add_row(str(task.entries[query]), *counts, horizons.get(query, ""))
    console.print(table)
    return [row.verdict for row in claims.rows]
