"""The one exception for input that cannot be used."""


class Refusal(ValueError):
    """Bad input. The message is one sentence that names the thing and the way out.

    The command line prints it on standard error and exits with status 2.
    """
