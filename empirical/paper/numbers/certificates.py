"""Numbers of certificates: rows proved and horizons of one-layer models, rows of the circuits."""

from collections.abc import Iterator

import sympy as sp

from empirical.certificates.document import checked
from empirical.certificates.induction.prover import InductionProver
from empirical.files import checkpoint
from empirical.paper.number import Number
from empirical.paper.numbers import Ledger
from empirical.recheck.certificate import Verdict
from empirical.shipped import hops_anatomy, hops_horizon
from empirical.shipped.checkpoints import SEARCHED, certificates, circuits
from empirical.shipped.hops_table import table

MODELS = ("index-1layer", "retrieval-1layer")
CIRCUIT_LENGTH = 32
"""Tokens for which circuits are certified; longer ones take minutes."""
HOPS_LENGTH = 32
"""Tokens at which proved walks are counted: the longest inputs that were trained on."""
HOPS_LONGEST = 64
"""Tokens at which they are counted again."""


def numbers(ledger: Ledger) -> Iterator[Number]:
    """Yields ``NAME.length``, ``.rows``, ``.proved``, ``.queries`` and ``.horizon.*``.

    Of circuits it yields ``.rows`` and ``.proved``; of networks of walks ``hops.NAME.walks`` and
    ``.proved``, the first layer's median leak, ``hops.taught.…`` of all that were trained towards a
    certificate, and ``walks.NAME.LENGTH``, what is proved of how many and in how many seconds.
    """
    yield Number.count("certify.searched", SEARCHED, "chosen")
    for name, _, claims in certificates(*MODELS):
        horizons = sorted(horizon.longest for horizon in claims.horizons)
        for key, value in {
            "length": claims.length,
            "rows": len(claims.rows),
            "proved": sum(row.verdict is Verdict.PROVED for row in claims.rows),
            "queries": len(horizons),
            "horizon.least": horizons[0],
            "horizon.most": horizons[-1],
        }.items():
            yield Number.count(f"{name}.{key}", value, f"the certificate of {name}")
    yield Number.count("circuit.length", CIRCUIT_LENGTH, "chosen")
    for path in circuits():
        prover = InductionProver(checkpoint.read(path))
        content = prover.certify(prover.contexts(CIRCUIT_LENGTH), lambda done, total: None)
        rows = checked(content, path).certificate.claims.rows
        proved = sum(row.verdict is Verdict.PROVED for row in rows)
        for key, value in {"rows": len(rows), "proved": proved}.items():
            yield Number.count(f"{path.name}.{key}", value, f"the certificate of {path.name}")
    yield from _walks()


def _walks() -> Iterator[Number]:
    """Yields what is proved of networks of walks, and what their first layers leak."""
    yield Number.count("hops.length", HOPS_LENGTH, "chosen")
    yield Number.count("hops.longest", HOPS_LONGEST, "chosen")
    for name, known in sorted(table().items()):
        source = f"what is certified of {name}"
        for length, count in sorted(known.lengths.items()):
            text = f"{count.proved} of {count.walks}, {count.searched + count.seconds:.1f} s"
            yield Number(key=f"walks.{name}.{length}", text=text, source=source)
        count = known.lengths[HOPS_LENGTH]
        yield Number.count(f"hops.{name}.walks", count.walks, source)
        yield Number.count(f"hops.{name}.proved", count.proved, source)
    taught = {name: known for name, known in table().items() if not name.endswith("plain")}
    longest = [known.lengths[HOPS_LONGEST] for known in taught.values()]
    source = "what is certified of networks that were trained towards a certificate"
    yield Number.count("hops.taught.networks", len(taught), source)
    yield Number.count("hops.taught.walks", sum(count.walks for count in longest), source)
    yield Number.count("hops.taught.proved", sum(count.proved for count in longest), source)
    yield from _far()
    for name, layers in hops_anatomy.table().items():
        leak = layers.layers[0].leak
        assert leak is not None
        percent = sp.Rational(str(leak)) * 100
        yield Number.rounded(f"hops.{name}.leak", percent, 1, f"the first layer of {name}, percent")


def _far() -> Iterator[Number]:
    """Yields how many walks are proved of long inputs, and how that goes with what they leak."""
    far, known = max(hops_horizon.LENGTHS), hops_horizon.table()
    reached = sum(reach.found(far) for reach in known.values())
    orders = sorted(reach.by_leak for reach in known.values() if reach.by_leak is not None)
    source = "up to which length the search proves walks"
    yield Number.count("hops.far", far, "chosen")
    yield Number.count("hops.taught.far", reached, source)
    for key, order in (("least", orders[0]), ("most", orders[-1])):
        exact = sp.Rational(str(order))
        yield Number.rounded(f"hops.by-leak.{key}", exact, 2, f"{source}, and their leaks")
