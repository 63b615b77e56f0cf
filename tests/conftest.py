"""Shapes are checked while testing; Hypothesis runs the same examples every time."""

from hypothesis import settings
from jaxtyping import install_import_hook

install_import_hook(["constructions", "empirical"], "beartype.beartype")

settings.register_profile("ci", derandomize=True, database=None, deadline=None, max_examples=100)
settings.register_profile(
    "deep", derandomize=True, database=None, deadline=None, max_examples=1000
)
settings.load_profile("ci")
