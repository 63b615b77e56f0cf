"""Run the command line inside the test's own process."""

import contextlib
import io
import sys
from typing import NamedTuple
from unittest.mock import patch

from empirical import cli


class Ran(NamedTuple):
    """What a command did: its exit status, and what it wrote."""

    status: int
    out: str
    err: str


def ropeproof(*arguments: object) -> Ran:
    """Run ``ropeproof`` with some arguments."""
    out, err = io.StringIO(), io.StringIO()
    status: object = 0
    with (
        patch.object(sys, "argv", ["ropeproof", *map(str, arguments)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            cli.main()
        except SystemExit as ended:
            status = ended.code
    return Ran(status if isinstance(status, int) else 0, out.getvalue(), err.getvalue())
