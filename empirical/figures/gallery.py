"""Finds all figures: a module of this package with a function ``draw`` is a figure."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules

from matplotlib.figure import Figure

from empirical import figures
from empirical.figures.parts.style import Rows, render
from theory.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Drawing:
    """One figure.

    Attributes:
        name: the name of its module and of its files.
        title: the first line of its module's docstring.
        rows: computes its numbers, as JSON.
        draw: draws such rows on an empty figure.
        ready: returns whether the data for the rows exist.
    """

    name: str
    title: str
    rows: Callable[[], Rows]
    draw: Callable[[Rows, Figure], None]
    ready: Callable[[], bool]

    def render(self, rows: Rows) -> dict[str, bytes]:
        """Returns the finished files by suffix."""
        return render(self.draw, rows, self.title)

    def _repr_svg_(self) -> str:
        return self.render(self.rows())["svg"].decode()


def always() -> bool:
    """Returns that a figure is ready whose rows need no data."""
    return True


def gallery() -> dict[str, Drawing]:
    """Returns every figure by name, in alphabetical order."""
    modules = {
        entry.name: import_module(f"{figures.__name__}.{entry.name}")
        for entry in iter_modules(figures.__path__)
    }
    return {
        name: Drawing(
            name=name,
            title=(module.__doc__ or "").split("\n", 1)[0],
            rows=module.rows,
            draw=module.draw,
            ready=getattr(module, "ready", always),
        )
        for name, module in modules.items()
        if hasattr(module, "draw")
    }


def find(names: list[str]) -> list[Drawing]:
    """Returns the figures of some names, or all that are ready if no name is given.

    Args:
        names: each is found once.

    Raises:
        Refusal: a name is unknown; the message lists the nearest ones.
    """
    known = gallery()
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.0)
            raise Refusal(f"no figure is called {name!r}; the nearest are {', '.join(near)}")
    if names:
        return [known[name] for name in dict.fromkeys(names)]
    checks = {drawing.ready for drawing in known.values()}  # which read the tables of many figures
    ready = {check for check in checks if check()}
    return [drawing for drawing in known.values() if drawing.ready in ready]
