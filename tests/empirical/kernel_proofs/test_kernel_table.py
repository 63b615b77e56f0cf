"""The table of what the kernel has shown is of the weights that are shipped."""

import hashlib

from empirical.shipped import kernel_table
from empirical.shipped.checkpoints import WEIGHTS


def test_every_entry_is_of_shipped_weights_and_of_a_whole_proof() -> None:
    known = kernel_table.table()
    assert set(known) == set(kernel_table.names())
    for name, entry in known.items():
        weights = (kernel_table.directory_of(name) / WEIGHTS).read_bytes()
        assert entry.weights == hashlib.sha256(weights).hexdigest()
        assert entry.proved + entry.refuted > 0
        if name == kernel_table.FEWEST_AXIOMS:
            assert entry.proved == 96
            assert entry.assumes <= 4  # of real numbers
        else:
            assert entry.proved == 0 or entry.horizons > 0 or name == kernel_table.CIRCUIT
            assert entry.assumes == 60  # 4 of real numbers, 36 of machine integers, 20 of floats
