"""Every command that the documents show is run, and says what they show.

In a ``console`` block each line after ``$`` is run in this process, and what it prints held to
the lines below it, if there are any: a line ``…`` stands for any lines, seconds and version numbers
may differ, and the status is 0 unless ``$ echo $?`` shows another. A command that asks the proof
kernel is run where Coq is installed. A ``python`` block is run; where
its first line names a file it is that file of the repository, or added to its package for the page.
Commands in ``sh`` blocks, which train for minutes, install or test, are only parsed.
"""

import gc
import importlib
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from empirical import cli
from tests.command_line import ropeproof
from theory.kernel import coqc

ROOT = Path(__file__).parents[1]
FLOORS = ("theory", "constructions", "empirical")
PAGES = sorted([ROOT / "README.md", *(p for floor in FLOORS for p in (ROOT / floor).rglob("*.md"))])
BLOCK = re.compile(r"^```(console|python|sh)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
VARIES = {
    r"\b\d+\.\d+ s\b": "0 s",
    r"(?<=\s)\d+\.\d\d$": "0",  # the column of seconds
    r"\b\d+(\.\d+){2,}\b": "0",  # a version
    r" {2,}": "  ",
}


def blocks(page: Path, *kinds: str) -> Iterator[tuple[str, str]]:
    """The language and text of each block of some languages."""
    for kind, text in BLOCK.findall(page.read_text()):
        if kind in kinds:
            yield kind, text


def steps(session: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a session with the lines shown below it."""
    for part in session.split("$ ")[1:]:
        command, *lines = part.rstrip().split("\n")
        yield command, lines


def settled(lines: list[str]) -> list[str]:
    """Lines without what differs from run to run, and without empty ones around them."""
    text = "\n".join(line.rstrip() for line in lines).strip("\n")
    for pattern, same in VARIES.items():
        text = re.sub(pattern, same, text, flags=re.MULTILINE)
    return text.split("\n")


def is_shown(printed: str, page_lines: list[str]) -> bool:
    """Whether a page shows what was said, with lines left out only where it says so."""
    lines = ("(.*\n)*?" if line == "…" else re.escape(f"{line}\n") for line in settled(page_lines))
    whole = "".join(f"{line}\n" for line in settled(printed.split("\n")))
    return re.fullmatch("".join(lines), whole) is not None


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the repository's checkpoints in it; what a page adds to packages goes again."""
    (tmp_path / "here/empirical").mkdir(parents=True)
    (tmp_path / "here/empirical/checkpoints").symlink_to(ROOT / "empirical/checkpoints")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("COLUMNS", "110")
    yield tmp_path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
            parent, _, own = name.rpartition(".")
            delattr(sys.modules[parent], own)
            del sys.modules[name], module
            gc.collect()  # its classes are no longer subclasses of ours


def add(text: str, path: str, added: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a module of a page be found in its package, if the repository does not hold it."""
    if (ROOT / path).exists():
        assert (ROOT / path).read_text() == text
        return
    file = added / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    package = importlib.import_module(".".join(Path(path).parent.parts))
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(file.parent)])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_shows_is_what_happens(
    page: Path,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names: dict[str, Any] = {}
    for kind, text in blocks(page, "console", "python"):
        if kind == "python":
            first, _, rest = text.partition("\n")
            if first.startswith("# ") and first.endswith(".py"):
                add(rest, first[2:], here / "added", monkeypatch)
            else:
                exec(compile(text, str(page), "exec"), names)
            continue
        status = 0
        for command, lines in steps(text):
            if command == "echo $?":
                assert [str(status)] == lines
                status = 0
                continue
            assert status == 0
            program, *arguments = shlex.split(command)
            assert program == "ropeproof"
            if "--kernel" in arguments and coqc.installed() is None:
                continue
            status, printed, _ = ropeproof(*arguments)
            assert not lines or is_shown(printed, lines), f"{command}\n{printed}"
        assert status == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_that_are_not_run_have_options_that_exist(page: Path) -> None:
    group: Any = typer.main.get_command(cli.app)
    for _, text in blocks(page, "sh"):
        for command in re.split(r"\n|&&", text):
            words = shlex.split(command)
            if words[:1] == ["ropeproof"] and not words[1].startswith("--"):
                group.commands[words[1]].make_context(words[1], words[2:])


def test_a_page_that_says_something_else_is_found() -> None:
    printed = "a  1.25 s\nb\nc 3\n"
    assert is_shown(printed, ["a  7.1 s", "b", "c 3"])
    assert is_shown(printed, ["a  0.1 s", "…", "c 3"])
    assert is_shown(printed, ["…"])
    assert is_shown(printed, ["…", "c 3"])
    assert not is_shown(printed, ["a  1.25 s", "c 3"])
    assert not is_shown(printed, ["a  1.25 s", "b"])
    assert not is_shown(printed, ["…", "c 4"])
    assert not is_shown(printed, ["a  1.25 h", "…"])
    assert is_shown(printed, ["a  1.25 s", "…"])
    assert not is_shown(printed, ["b", "…"])
