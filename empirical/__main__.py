"""``python -m empirical`` is the command line."""

from empirical.cli import main

main()
