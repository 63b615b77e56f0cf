"""Attack the readers: ``python -m tests.attack.hostile --cases N [--out FILE --resume]``.

For each verb that reads files, N cases: the files are sound, one to three of them are damaged, and
the command is run in a process of its own. A case passes if the command ends within a minute and
two gigabytes, with an exit status that its help names and without a traceback; if it refuses, with
status 2, in one sentence that names a damaged file or its folder, and leaves every other file as it
was and nothing half-written. It must refuse what no reader can take for the file that it was;
where the damage leaves files that mean something, it may answer about those. Exit 1 on a fault.
"""

import argparse
import gc
import importlib
import json
import pkgutil
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from empirical import verbs
from tests.attack.damage import Damage, drawn
from tests.attack.forked import SECONDS, Ended, run
from tests.attack.sound import Sound, commands

REFUSED = 2
HEAVY = (
    "transformers.models.llama.modeling_llama",
    "transformers.models.gptj.modeling_gptj",
    "empirical.certificates.document",
    "empirical.certificates.search",
    "empirical.survey.report",
    "empirical.survey.worst_context",
    "empirical.shipped.comparison",
    "empirical.induction.collection",
    "empirical.induction.hand_set",
    "empirical.predictions.induction",
    "empirical.mechanism.measurement",
    "scipy.stats",
    "typer._adapters",
)
"""What a child would else import again."""


def main() -> int:
    """Run the cases that are missing, one of each verb in turn."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.attack.hostile", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--cases", type=int, default=50, help="of each verb")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbs", nargs="+", help="by default all that read files")
    parser.add_argument("--out", type=Path, help="a file of results, one line per case")
    parser.add_argument("--resume", action="store_true", help="go on with that file")
    asked = parser.parse_args()
    lines = _read(asked.out) if asked.resume and asked.out else []
    if asked.out and not asked.resume:
        asked.out.write_text("")
    done = {(line["seed"], line["verb"], line["case"]) for line in lines}
    with tempfile.TemporaryDirectory() as folder:
        sound = prepared(Path(folder) / "sound", asked.verbs)
        for case in range(asked.cases):
            for verb in sound:
                if (asked.seed, verb, case) in done:
                    continue
                line = attacked(verb, sound[verb], asked.seed, case, Path(folder))
                lines.append(line)
                if line["faults"]:
                    print(json.dumps(line), flush=True)
                if asked.out:
                    with asked.out.open("a") as stream:
                        stream.write(json.dumps(line) + "\n")
    print(table(lines))
    return int(any(line["faults"] for line in lines))


def prepared(folder: Path, names: Sequence[str] | None = None) -> dict[str, list[Sound]]:
    """The sound commands, in a process that has imported what its children need."""
    torch.set_num_threads(1)
    logging: Any = transformers.logging
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    for info in pkgutil.iter_modules(verbs.__path__):
        importlib.import_module(f"{verbs.__name__}.{info.name}")
    for name in HEAVY:
        importlib.import_module(name)
    _sooner()
    sound = commands(folder, names)
    gc.freeze()
    return sound


def _sooner() -> None:
    """Measure little, and judge one sentence: what is left out is not read from a user's files."""
    hand_set: Any = importlib.import_module("empirical.induction.hand_set")
    probe: Any = importlib.import_module("empirical.induction.probe")
    control = importlib.import_module("empirical.induction.collection").read().hand_set
    hand_set.SEEDS, hand_set.hand_set = range(1), lambda task, length, seeds: iter(control)
    probe.TEXTS = 16
    recording: Any = importlib.import_module("empirical.trajectories.recording")
    observing: Any = importlib.import_module("empirical.trajectories.observing")
    recording.SCORED, recording.ANSWERED = 4, 20
    observing.LENGTHS, observing.KEPT_LENGTHS, observing.KEPT_INPUTS = (17, 20), (18,), 4
    observing.TOKENS, observing.FEWEST, observing.ANSWERED, observing.WITHOUT_INPUTS = 340, 1, 20, 8
    ledger: Any = importlib.import_module("theory.ledger")
    sentences = ledger.find(["weight_ge_of_floor"])
    ledger.find = lambda names: sentences
    gallery: Any = importlib.import_module("empirical.figures.gallery")
    gallery.find = lambda names: []
    page_data: Any = importlib.import_module("empirical.report.page_data")
    page_data.certified = page_data.predictions = lambda tick: iter(())


def attacked(verb: str, sound: list[Sound], seed: int, case: int, folder: Path) -> dict[str, Any]:
    """One case: what was damaged, how the command ended, and what is wrong with that."""
    rng = np.random.default_rng([seed, case, sum(verb.encode())])
    command = sound[case % len(sound)]
    place, printed = folder / "case", folder / "printed"
    printed.mkdir(exist_ok=True)
    try:
        for name, data in command.files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(data)
        damages = _spoiled(rng, command, place)
        before = _contents(place)
        ended = run(command.arguments, place, printed)
        faults = [*faults_of(command, damages, ended, before, _contents(place))]
    finally:
        shutil.rmtree(place)
    line: dict[str, Any] = {"seed": seed, "verb": verb, "case": case, "status": ended.status}
    line["damage"] = {name: damage.name for name, damage in damages.items()}
    line |= {"seconds": round(ended.seconds, 2), "megabytes": ended.memory >> 20, "faults": faults}
    return line | ({"said": (ended.out + ended.err)[-600:]} if faults else {})


def _spoiled(rng: np.random.Generator, command: Sound, place: Path) -> dict[str, Damage]:
    """Damage one to three files; the record of a training often goes, which would notice."""
    manifests = [name for name in command.files if name.endswith("manifest.json")]
    damages = {}
    names = [command.spoiled[n] for n in rng.integers(len(command.spoiled), size=3)]
    for name in dict.fromkeys(names[: 1 + int(rng.random() < 0.2) + int(rng.random() < 0.05)]):
        damages[name] = drawn(rng, name, command.files[name])
        while command.slow and (not damages[name].certain or damages[name].name == "empty"):
            damages[name] = drawn(rng, name, command.files[name])
        damages[name].apply(place / name)
    if manifests and manifests[0] not in damages and rng.random() < 0.7:
        (place / manifests[0]).unlink()
    return damages


def _contents(place: Path) -> dict[str, bytes | None]:
    """The files below a folder; none for what is no file."""
    return {
        str(path.relative_to(place)): None
        if path.is_symlink() or not path.is_file()
        else path.read_bytes()
        for path in sorted(place.rglob("*"))
        if "cache" not in path.parts
    }


def faults_of(
    command: Sound,
    damages: dict[str, Damage],
    ended: Ended,
    before: dict[str, bytes | None],
    after: dict[str, bytes | None],
) -> Iterator[str]:
    """What is wrong with how a command ended."""
    printed = ended.out + ended.err
    if "Traceback" in printed:
        yield "traceback"
    if ended.hung or ended.swollen:
        yield f"took {SECONDS} seconds" if ended.hung else "took two gigabytes"
    elif ended.status not in (*command.statuses, REFUSED):
        yield f"status {ended.status}"
    must = [name for name, damage in damages.items() if damage.certain and name in command.needed]
    if must and ended.status != REFUSED:
        yield f"answered, though {must[0]} is no such file"
    if ended.status == REFUSED and "Traceback" not in printed:
        yield from _of_sentence(command, damages, ended)
    new = {name for name, data in after.items() if data is not None} - before.keys()
    if any(Path(name).name.startswith(".") for name in new):
        yield "left a temporary file"
    if any(name not in command.kept for name in new) and ended.status == REFUSED:
        yield "refused, and wrote"
    if any(name not in after or after[name] != before[name] for name in before):
        changed = [name for name in before if after.get(name, b"") != before[name]]
        if not set(changed) <= set(command.kept):
            yield "changed a file that it read"
    if any(not _whole(name, after[name] or b"") for name in new):
        yield "left half a file"


def _of_sentence(command: Sound, damages: dict[str, Damage], ended: Ended) -> Iterator[str]:
    """What is wrong with the sentence of a refusal."""
    sentence = ended.err.strip()
    if not sentence.startswith("ropeproof: ") or "\n" in sentence:
        yield "no sentence"
    parts = {part for name in damages for part in Path(name).parts}
    if not command.hostile and not any(part in sentence for part in parts):
        yield "names no file"
    if len(sentence) > 1000 or not sentence.isprintable():
        yield "no short sentence"


def _whole(name: str, data: bytes) -> bool:
    """Whether a written file is whole."""
    if not name.endswith((".json", ".jsonl")):
        return True
    try:
        for text in data.splitlines() if name.endswith(".jsonl") else [data]:
            json.loads(text)
    except ValueError:
        return False
    return True


def table(lines: list[dict[str, Any]]) -> str:
    """What was counted, by verb."""
    rows = ["verb         cases refused  others  faults  seconds  megabytes (most)"]
    for verb in dict.fromkeys(line["verb"] for line in lines):
        mine = [line for line in lines if line["verb"] == verb]
        refused = sum(line["status"] == REFUSED for line in mine)
        most = [max(line[name] for line in mine) for name in ("seconds", "megabytes")]
        faults = sum(bool(line["faults"]) for line in mine)
        rows.append(
            f"{verb:12} {len(mine):5} {refused:7} {len(mine) - refused:7} {faults:7} "
            f"{most[0]:8.1f} {most[1]:10}"
        )
    kinds = Counter(fault for line in lines for fault in line["faults"])
    return "\n".join([*rows, *(f"{count} {name}" for name, count in kinds.most_common())])


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


if __name__ == "__main__":
    sys.exit(main())
