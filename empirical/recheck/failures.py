"""The two ways in which a check ends badly."""


class Malformed(Exception):
    """A file is not what it should be; the message names the file and the place in it."""


class Rejected(Exception):
    """A claim is not shown; the message says which one and why."""
