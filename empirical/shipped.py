"""The checkpoints that come with the package."""

from pathlib import Path


def shipped() -> list[Path]:
    """The directories under ``empirical/checkpoints``, in alphabetical order."""
    folder = Path(__file__).parent / "checkpoints"
    return sorted(config.parent for config in folder.glob("*/config.json"))
