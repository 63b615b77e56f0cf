"""What the README says of the package is what the package is."""

import re
from pathlib import Path

from empirical import cli
from theory import ledger

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_it_counts_the_sentences() -> None:
    (said,) = re.findall(r"The ledger holds (\d+) sentences", README)
    assert int(said) == len(list(ledger.all_theorems()))


def test_its_table_lists_every_verb_and_no_other() -> None:
    listed = set(re.findall(r"^\| `ropeproof (\w+)", README, flags=re.MULTILINE))
    assert listed == {command.name for command in cli.app.registered_commands}


def test_both_commands_set_everything_up_themselves() -> None:
    commands = re.findall(r"^python3 -m venv .*$", README, flags=re.MULTILINE)
    assert [command.rsplit("&& ", 1)[1] for command in commands] == ["ropeproof verify", "pytest"]
    assert all("pip install -c constraints.txt" in command for command in commands)
