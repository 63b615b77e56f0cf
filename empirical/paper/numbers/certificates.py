"""What is certified of two one-layer models: rows proved at a length, and horizons."""

from collections.abc import Iterator

from empirical.paper.number import Number
from empirical.paper.numbers import Ledger
from empirical.shipped import SEARCHED, certificates

MODELS = ("index-1layer", "retrieval-1layer")


def numbers(ledger: Ledger) -> Iterator[Number]:
    """``NAME.length``, ``.rows``, ``.proved``, ``.queries``, ``.horizon.*``."""
    yield Number.count("certify.searched", SEARCHED, "chosen")
    for name, _, content in certificates(*MODELS):
        reaches = sorted(content["horizon"].values())
        for key, value in {
            "length": content["length"],
            "rows": len(content["rows"]),
            "proved": sum(row["verdict"] == "PROVED" for row in content["rows"]),
            "queries": len(reaches),
            "horizon.least": reaches[0],
            "horizon.most": reaches[-1],
        }.items():
            yield Number.count(f"{name}.{key}", value, f"the certificate of {name}")
