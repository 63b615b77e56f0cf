"""What the README says of the package is what the package is."""

import re
from pathlib import Path

from empirical import cli
from empirical.figures.gallery import find
from theory import ledger

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_it_counts_the_sentences() -> None:
    (count,) = re.findall(r"The ledger holds (\d+) sentences", README)
    assert int(count) == len(list(ledger.all_theorems()))


def test_its_table_lists_every_verb_and_no_other() -> None:
    listed = set(re.findall(r"^\| `ropeproof (\w+)", README, flags=re.MULTILINE))
    assert listed == {command.name for command in cli.app.registered_commands}


def test_both_commands_set_everything_up_themselves() -> None:
    commands = re.findall(r"^python3 -m venv .*$", README, flags=re.MULTILINE)
    assert [command.rsplit("&& ", 1)[1] for command in commands] == [
        "ropeproof verify",
        "pytest -n auto",
    ]
    assert all("pip install -c constraints.txt" in command for command in commands)


def test_its_picture_is_what_the_tool_draws() -> None:
    (picture,) = re.findall(r"!\[.*\]\((.*)\)", README)
    (drawing,) = find([(ROOT / picture).stem])
    assert (ROOT / picture).read_bytes() == drawing.render(drawing.rows())["svg"]


def test_its_links_lead_to_files() -> None:
    linked = re.findall(r"\]\(([^)]*)\)", README)
    assert len(linked) > 8
    assert [link for link in linked if not (ROOT / link).is_file()] == []


def test_it_links_every_page() -> None:
    floors = ("theory", "constructions", "empirical")
    pages = {str(p.relative_to(ROOT)) for floor in floors for p in (ROOT / floor).rglob("*.md")}
    assert pages <= set(re.findall(r"\]\(([^)]*)\)", README))
