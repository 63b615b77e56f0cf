"""Numbers of what stands behind certificates: proofs by the kernel, and attacks on the search."""

from collections.abc import Iterator

import sympy as sp

from empirical.paper.number import Number
from empirical.paper.numbers import Ledger
from empirical.shipped import attack_table, kernel_table

PLACES = 2


def numbers(ledger: Ledger) -> Iterator[Number]:
    """Yields ``kernel.*``, of models that the kernel has shown whole, and ``attack.*``."""
    entries = kernel_table.table()
    fewest = entries.pop(kernel_table.FEWEST_AXIOMS)
    two_heads = entries.pop(kernel_table.TWO_HEADS)
    circuit = entries.pop(kernel_table.CIRCUIT)
    seconds = sorted(entry.seconds for entry in entries.values())
    for key, value in {
        "models": len(entries),
        "proved": sum(entry.proved for entry in entries.values()),
        "refuted": sum(entry.refuted for entry in entries.values()),
        "horizons": sum(entry.horizons for entry in entries.values()),
        "longest": max(entry.length for entry in entries.values()),
        "least-seconds": round(seconds[0]),
        "most-seconds": round(seconds[-1]),
        "fewest-length": fewest.length,
        "fewest-axioms": fewest.assumes,
        "two-heads-proved": two_heads.proved,
        "two-heads-horizons": two_heads.horizons,
        "circuit-length": circuit.length,
    }.items():
        yield Number.count(f"kernel.{key}", value, "what the kernel has shown of shipped models")
    counts = attack_table.whole()
    for key, value in {
        "models": counts["models"],
        "rows": counts["rows"],
        "faults": sum(counts[name] for name in attack_table.FAULTS),
    }.items():
        yield Number.count(f"attack.{key}", value, "the attack on the search")
    decided = 100 * sp.Rational(counts["clear decided"], counts["clear"])
    yield Number.rounded("attack.decided", decided, PLACES, "the attack on the search")
