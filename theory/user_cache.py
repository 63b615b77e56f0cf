"""Where what was computed is kept between two commands."""

import os
from pathlib import Path


def user_cache() -> Path:
    """The user's cache of this package: ``$XDG_CACHE_HOME/ropeproof``, else below ``~/.cache``."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "ropeproof"
