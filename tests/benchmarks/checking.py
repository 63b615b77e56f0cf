"""What the checker costs beside the search, over the shipped models that can be certified.

``python -m tests.benchmarks.checking [NAME…]`` certifies each model at its training length, with
one head also its horizon up to twice that length. One line per model: processor seconds of the
search and of the check, their ratio, rows left undecided, differences between the two.
"""

import sys
import time
from pathlib import Path

from empirical.certificates.document import checked
from empirical.certificates.search import CertificateRequest, search_for
from empirical.files import checkpoint
from empirical.recheck.certificate import Verdict
from empirical.shipped import checkpoints

WALKED = 16
"""Tokens at which networks of walks are certified."""
CONTEXT = 8
"""Tokens at which the two-layer induction circuits are certified."""


def certifiable() -> list[Path]:
    """The shipped models of one layer, the induction circuits, and the networks of walks."""
    folder = Path(checkpoints.__file__).parents[1] / "checkpoints"
    circuits = sorted(path.parent for path in folder.glob("induction/circuit*/config.json"))
    walks = sorted(path.parent for path in folder.glob("hops/*/config.json"))
    return [*checkpoints.one_layer(), *checkpoints.one_plane(), *circuits, *walks]


def asked(model: checkpoint.Checkpoint) -> CertificateRequest:
    """The training length of a model of one layer, and its horizon; else one length."""
    if model.config.n_layer == 1 and model.task is not None:
        length = max(model.task.train_lengths)
        return CertificateRequest(length, 2 * length if model.config.n_head == 1 else None)
    return CertificateRequest(CONTEXT if "induction" in model.path.parts else WALKED)


def compare(path: Path) -> None:
    """Certify one model, and print what search and check took."""
    model = checkpoint.read(path)
    search = search_for(asked(model), model)
    started = time.process_time()
    content = search.run(lambda done, total: None)
    searched = time.process_time()
    outcome = checked(content, path)
    done = time.process_time()
    rows = [row.verdict for row in outcome.certificate.claims.rows]
    seconds, ratio = searched - started, (done - searched) / (searched - started)
    print(
        f"{path.parent.name}/{path.name}: search {seconds:.2f} s, check {done - searched:.2f} s, "
        f"check / search {ratio:.2f}; {len(rows)} rows, {rows.count(Verdict.UNDECIDED)} undecided, "
        f"{len(outcome.differences)} differences",
        flush=True,
    )


def main() -> None:
    """Compare the named models, or all."""
    named = [checkpoints.directory_named(name) for name in sys.argv[1:]]
    for path in named or certifiable():
        compare(path)


if __name__ == "__main__":
    main()
