"""What the kernel's check of two blocks on induction costs by length, and where its bounds end.

``python -m tests.benchmarks.kernel_circuit [LENGTH…]`` counts, for ``induction/circuit``, the
products of each stage of the kernel's check and of the checker in Python, and lets Coq run its own:
seconds of processor time, nanoseconds per product, and the rows that the check does not show.
"""

import re
import resource
import sys
import tempfile
from pathlib import Path

from empirical.files import checkpoint
from empirical.files.checkpoint import Checkpoint
from empirical.kernel_proofs.circuit_source import HEAD, OPENED
from empirical.kernel_proofs.model_source import model_source
from empirical.kernel_proofs.prove import compiler
from empirical.shipped.checkpoints import directory_named
from theory.kernel import library
from theory.kernel.coqc import Limits, compile_file

NAME = "induction/circuit"
LENGTHS = (4, 6, 8, 10, 12, 16)
LIMITS = Limits(seconds=3600)
ROWS = """
Definition parts := Eval vm_compute in Checker.tables precision model {length}.
{work}"""
EVERY = """
Definition but (q : nat) := filter (fun y => negb (Nat.eqb y q)) (seq 0 (vocab model)).
Definition shown e := Checker.check precision model parts {length} [e].
Definition endings := flat_map (fun q => map (fun b => (b, q)) (but q)) (seq 0 (vocab model)).
Eval vm_compute in List.length (flat_map (fun e => let '(b, q) := e in
  if shown (b, q, but q) then []
  else filter (fun a => negb (shown (b, q, [a]))) (but q)) endings).
"""


def kernel_products(model: Checkpoint, length: int) -> dict[str, int]:
    """Products of intervals in the kernel's check by stage; a quotient counts as one."""
    config = model.config
    tokens, width, planes = config.vocab_size, config.n_embd, config.rotary_dim // 2
    contexts, endings = (tokens + 1) * tokens, tokens * (tokens - 1)
    amplitudes = 4 * planes + width - 2 * planes
    mass = amplitudes + 2 * planes
    of_two = 2 * mass + (2 * tokens + 13) * width + 7 * tokens * tokens
    return {
        "tables of tokens": tokens * (16 * width + 4 * tokens) * width
        + tokens * tokens * (length - 2) * mass,
        "tables of two tokens": contexts * of_two,
        "scores": endings * contexts * (amplitudes + length * 2 * planes),
        "terms": endings * (tokens - 1) * contexts * length,
    }


def checker_products(model: Checkpoint, length: int) -> dict[str, int]:
    """Products of floats in the checker in Python by stage: those of its largest tables."""
    config = model.config
    tokens, width = config.vocab_size, config.n_embd
    contexts, endings, rows = (tokens + 1) * tokens, tokens * (tokens - 1), (tokens - 1) ** 2
    return {
        "scores": endings * contexts * width * length,
        "shifts of scores": endings * contexts * width * (2 * tokens + 2),
        "gains": endings * rows * contexts * 3,
        "paths, rivals at once": endings * (tokens - 1) * contexts * length,
        "paths, rivals one by one": endings * rows * contexts * length,
    }


def coq_seconds(folder: Path, length: int, work: str) -> tuple[float, str]:
    """Processor time of the tables of a length, with some work on them, and what was printed."""
    coq = compiler()
    text = HEAD + OPENED + ROWS.format(length=length, work=work.format(length=length))
    file = folder / "Rows.v"
    file.write_text(text)
    rooms = [*library.compiled(coq, text), (folder, "made")]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    ended = compile_file(coq, file, rooms, LIMITS)
    if ended.obstacle:
        raise SystemExit(f"{length} tokens: {ended.obstacle}")
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, ended.output


def main(lengths: list[int]) -> None:
    """Print the counts at each length, and what Coq makes of them."""
    model = checkpoint.read(directory_named(NAME))
    every = model.config.vocab_size * (model.config.vocab_size - 1) ** 2
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        source = model_source(model)
        (folder / "Model.v").write_text(source)
        rooms = [*library.compiled(compiler(), source), (folder, "made")]
        compile_file(compiler(), folder / "Model.v", rooms, LIMITS)
        for length in lengths:
            for who, counted in (
                ("kernel", kernel_products(model, length)),
                ("checker", checker_products(model, length)),
            ):
                stages = ", ".join(f"{stage} {count:.2e}" for stage, count in counted.items())
                print(f"{length} tokens, {who}: {stages}", flush=True)
            tables, _ = coq_seconds(folder, length, "")
            whole, printed = coq_seconds(folder, length, EVERY)
            count = re.search(r"= (\d+)", printed)
            assert count is not None
            products = kernel_products(model, length)
            rate = (whole - tables) / (products["scores"] + products["terms"])
            print(
                f"{length} tokens, Coq: tables {tables:.0f} s, rows {whole - tables:.0f} s, "
                f"{1e9 * rate:.0f} ns a product; {count[1]} of {every} rows not shown",
                flush=True,
            )


if __name__ == "__main__":
    main([int(length) for length in sys.argv[1:]] or list(LENGTHS))
