"""Runs the command line as ``python -m empirical``."""

from empirical.cli import main

main()
