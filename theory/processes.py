"""Processes that start as copies of one that has imported what they need."""

import multiprocessing
from multiprocessing.context import BaseContext


def forked_after(*modules: str) -> BaseContext:
    """How processes start: from a server that has imported some modules, where a system can fork.

    Elsewhere each process imports what it needs. The server is started by the first process that
    is asked for, and imports nothing more for later ones.

    Args:
        modules: names; none may start a thread, which would not survive a fork.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*modules])
    return context
