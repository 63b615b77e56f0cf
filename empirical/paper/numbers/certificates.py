"""What is certified of the shipped one-layer models: rows proved at a length, and horizons."""

from collections.abc import Iterator

from empirical import checkpoint
from empirical.certificates.certificate import Prover, certify
from empirical.paper.number import Number
from empirical.paper.numbers import Ledger
from empirical.shipped import shipped
from theory.refusal import Refusal

SEARCHED = 256
"""Tokens: how far horizons are looked for."""


def numbers(ledger: Ledger) -> Iterator[Number]:
    """``NAME.length``, ``.rows``, ``.proved``, ``.queries``, ``.horizon.least`` and ``.most``."""
    yield Number.count("certify.searched", SEARCHED, "chosen")
    for path in shipped():
        found = checkpoint.read(path)
        try:
            prover = Prover(found)
            (length,) = [max(found.task.train_lengths)] if found.task else []
            content = certify(prover, found.sha256, length, SEARCHED, lambda done, total: None)
        except Refusal:
            continue  # not of one layer and one head
        proved = sum(row["verdict"] == "PROVED" for row in content["rows"])
        reaches = sorted(content["horizon"].values())
        for key, value in {
            "length": length,
            "rows": len(content["rows"]),
            "proved": proved,
            "queries": len(reaches),
            "horizon.least": reaches[0],
            "horizon.most": reaches[-1],
        }.items():
            yield Number.count(f"{path.name}.{key}", value, f"the certificate of {path.name}")
