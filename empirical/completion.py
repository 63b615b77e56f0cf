"""Completes names on the command line, from the names of files: nothing heavy is imported."""

from collections.abc import Iterable
from pathlib import Path
from pkgutil import walk_packages

from empirical import figures
from empirical.shipped.checkpoints import shipped
from theory import theorems


def sentences(incomplete: str) -> list[str]:
    """Returns the names of sentences that begin like this."""
    modules = walk_packages(theorems.__path__, f"{theorems.__name__}.")
    names = (module.name.rsplit(".", 1)[-1] for module in modules if not module.ispkg)
    return _beginning(incomplete, names)


def drawings(incomplete: str) -> list[str]:
    """Returns the names of figures that begin like this."""
    files = (file for folder in figures.__path__ for file in Path(folder).glob("*.py"))
    names = (file.stem for file in files if "\ndef draw(" in file.read_text())
    return _beginning(incomplete, names)


def constructions(incomplete: str) -> list[str]:
    """Returns the names of constructions that begin like this."""
    from constructions.catalogue import every_construction

    return _beginning(incomplete, every_construction())


def models(incomplete: str) -> list[str]:
    """Returns the names of shipped models, and the folders here, that begin like this."""
    here = Path(incomplete or ".")
    folder = here if incomplete.endswith("/") or not incomplete else here.parent
    paths = (str(path) for path in folder.glob("*") if path.is_dir())
    return _beginning(incomplete, [path.name for path in shipped()]) + _beginning(incomplete, paths)


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))
