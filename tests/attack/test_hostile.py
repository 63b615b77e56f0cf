"""A few hostile files for every verb that reads, and what the judge of such a case sees."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.attack.damage import Damage, drawn
from tests.attack.forked import MEMORY, SECONDS, Ended
from tests.attack.hostile import REFUSED, attacked, faults_of
from tests.attack.sound import Sound, commands

COMMAND = Sound(("certify", "model"), (0, 1), {}, ("model/config.json",), ("model/config.json",))
DAMAGES = {"model/config.json": Damage("empty", certain=True, apply=Path.touch)}
SENTENCE = Ended(2, 0.1, 1 << 20, "", "ropeproof: model/config.json is not readable: copy it\n")
FILES: dict[str, bytes | None] = {"model/config.json": b""}


@pytest.mark.parametrize("verb", ["recheck", "compare"])
def test_hostile_files_are_refused_or_mean_something(verb: str, tmp_path: Path) -> None:
    sound = commands(tmp_path / "sound", [verb], most=1)[verb]
    lines = [attacked(verb, sound, 14, case, tmp_path) for case in range(3)]
    assert [line["faults"] for line in lines] == [[]] * len(lines)
    assert any(line["status"] == REFUSED for line in lines)


def test_a_sound_refusal_has_no_fault() -> None:
    assert [*faults_of(COMMAND, DAMAGES, SENTENCE, FILES, FILES)] == []


HALF: dict[str, Any] = {**FILES, "c.json": b'{"rows": ['}


@pytest.mark.parametrize(
    ("ended", "after", "fault"),
    [
        (replace(SENTENCE, err="Traceback (most recent call last):"), FILES, "traceback"),
        (replace(SENTENCE, status=3), FILES, "status 3"),
        (replace(SENTENCE, status=0), FILES, "answered, though model/config.json"),
        (replace(SENTENCE, seconds=SECONDS), FILES, f"took {SECONDS} seconds"),
        (replace(SENTENCE, memory=MEMORY + 1), FILES, "took two gigabytes"),
        (replace(SENTENCE, err="ropeproof: no"), FILES, "names no file"),
        (replace(SENTENCE, err="Usage: config.json"), FILES, "no sentence"),
        (replace(SENTENCE, err="ropeproof: config.json" + 999 * "x"), FILES, "no short sentence"),
        (SENTENCE, {**FILES, "c.json": b"{}"}, "refused, and wrote"),
        (SENTENCE, {**FILES, "model/.c.json.tmp": b""}, "left a temporary file"),
        (SENTENCE, {"model/config.json": b"{}"}, "changed a file that it read"),
        (replace(SENTENCE, status=1), HALF, "left half a file"),
    ],
)
def test_each_fault_is_seen(ended: Ended, after: dict[str, Any], fault: str) -> None:
    faults = [*faults_of(COMMAND, DAMAGES, ended, FILES, after)]
    assert any(seen.startswith(fault) for seen in faults), faults


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.gguf", "a.txt"])
def test_damage_is_drawn_again_from_the_same_seed(name: str, tmp_path: Path) -> None:
    sound = b'{"a": 1, "b": [2, {"c": null}]}\n' * (1 + name.endswith("l")) + bytes(90)
    kinds = set()
    for seed in range(40):
        contents = []
        for file in (tmp_path / f"{seed}-1", tmp_path / f"{seed}-2"):
            file.write_bytes(sound)
            damage = drawn(np.random.default_rng(seed), name, sound)
            damage.apply(file)
            kinds.add(damage.name)
            contents.append(file.read_bytes() if file.is_file() and not file.is_symlink() else None)
        assert contents[0] == contents[1]
    assert len(kinds) > 5
