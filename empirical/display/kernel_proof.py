"""Asks the proof kernel about a certificate, with a progress bar, and prints what it showed."""

import os
import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TaskID

from empirical.kernel_proofs import assumed, statement
from empirical.kernel_proofs.check_source import Numbers
from empirical.kernel_proofs.circuit_statement import (
    CircuitClaims,
    circuit_in_words,
    circuit_statement,
)
from empirical.kernel_proofs.prove import KernelOutcome, compiler, prove
from empirical.recheck.certificate import Certificate, OneHop
from theory.kernel.coqc import Limits
from theory.refusal import Refusal


def ask(
    certificate: Certificate,
    directory: Path,
    console: Console,
    *,
    numbers: str = Numbers.MACHINE_FLOATS,
    seconds: float = 900,
    keep: Path | None = None,
) -> KernelOutcome:
    """Let the kernel show a certificate, and print the theorem, or why there is none.

    Args:
        certificate: of one block, or of induction in two.
        directory: the checkpoint that it speaks of.
        console: where it is printed; progress is shown on standard error.
        numbers: what the check computes with, by the name of its file in the kernel's library.
        seconds: time limit of one file of Coq.
        keep: a folder to write the files of Coq to.

    Raises:
        Refusal: there is no compiler of Coq, or the certificate is not one that the kernel is asked
            about.
    """
    if numbers not in list(Numbers):
        raise Refusal(f"{numbers!r} is no known choice: name one of {', '.join(Numbers)}")
    started = time.perf_counter()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        bars: dict[str, TaskID] = {}

        def tick(what: str, done: int, total: int) -> None:
            if what not in bars:
                bars[what] = bar.add_task(what, total=None)
            bar.update(bars[what], completed=done, total=total)

        proof = prove(
            certificate,
            directory,
            numbers=Numbers(numbers),
            limits=Limits(seconds=seconds),
            processes=os.cpu_count() or 1,
            keep=keep,
            tick=tick,
        )
    lines = _theorem(proof, directory.name) if not proof.obstacle else []
    took = (
        f"{time.perf_counter() - started:.1f} s, of which coqc {sum(proof.seconds.values()):.1f} s"
    )
    for line in (*lines, *_end(proof, certificate, took)):
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    return proof


def _theorem(proof: KernelOutcome, name: str) -> list[str]:
    """What was shown, in words and in Coq."""
    claims, most = proof.claims, statement.MOST_SHOWN
    if isinstance(claims, CircuitClaims):
        words, coq = circuit_in_words(claims, name), circuit_statement(claims, most)
    else:
        words, coq = statement.in_words(claims, name), statement.statement(claims, most)
    return [words[0], *(f"  {line}" for line in words[1:]), "", coq]


def _end(proof: KernelOutcome, certificate: Certificate, took: str) -> list[str]:
    """How it ended."""
    version = compiler().version
    if proof.obstacle:
        return [f"not shown by the kernel of Coq {version}, in {took}: {proof.obstacle}"]
    read = proof.read
    lines = [
        f"read back by other code: {read.weights} weights, {read.tokens} tokens, "
        f"{read.stated} rows and horizons, {read.definitions} files of definitions",
        f"shown by the kernel of Coq {version}, in {took}",
    ]
    lines.append(f"rests on {assumed.in_words(proof.assumed)}")
    if isinstance(certificate.claims, OneHop) and certificate.claims.accuracies:
        lines.append("the kernel was not asked about the accuracies of the certificate")
    rows = certificate.claims.rows
    if isinstance(proof.claims, CircuitClaims) and not proof.claims.whole:
        left_out = len(rows) - len(proof.claims.rows)
        lines.append(f"the kernel was not asked about {left_out} rows that are not PROVED")
    return lines
