"""Commands on sound files, which ``hostile`` then spoils: by verb, what they run and read."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from tokenizers import Tokenizer, models, pre_tokenizers

from empirical.files import checkpoint
from empirical.files.checkpoint import TaskRecord
from empirical.shipped import checkpoints
from empirical.tasks.segments import Segments
from empirical.training import trainer
from empirical.training.recipes import PLANS, plan_for
from tests.attack.forked import run
from tests.empirical import foreign_models, small_models
from tests.empirical.recheck import certificates, specifications
from tests.empirical.recheck.certificates import Document
from tests.empirical.recheck.walk_models import hand_set, walks
from tests.empirical.training_runs import WALKS, Killed
from theory import trust

OURS = ("config.json", "model.safetensors", "task.json")
HF = ("config.json", "model.safetensors")
PAGE = Path(__file__).parents[2] / "theory" / "TRUST.md"
ANGLES = (
    "0.0027", "1/3", "2pi/17", "rope:10000,64,31", "nan", "inf", "-1", "0", "1e400", "1e-4000",
    "1/0", "2pi/0", "0pi", "rope:0,0,0", "rope:1e308,2,1", "rope:10000,64,64", "rope:1,2", "",
    "x", "\udcff", "\x1b[2J", "\u0663", "1_0", "0x10", "-", "1/1/1", "[red]1", "1" + "0" * 300,
    "9" * 5000,
)  # fmt: skip
WEIGHTS = (
    "1", "1/4", "0", "0.0", "1/0", "-1", "1e999", "1e-999", "nan", "", "\u0663", "x", "9" * 400,
)  # fmt: skip
LENGTHS = (
    "17", "2", "1", "0", "-5", "1e4000", "1e4001", "1e100", "1e6", "1e-1", "1.5", "nan", "1e99999",
    "", "\u0663\u0663", "1_7", "10**7", "\udcff", "9" * 4000, "9" * 4001,
)  # fmt: skip
"""Arguments of ``discrepancy``, sound and hostile."""
HEADS = ("--lengths", "16", "--prompts", "1", "--causes", "1", "--table", "kept.jsonl")
Files: TypeAlias = Mapping[str, bytes]


@dataclass(frozen=True)
class Sound:
    """A command and its files.

    Attributes:
        arguments: of the command line; the working directory is that of the files.
        statuses: exit statuses that its help names, beside 2.
        files: contents by path.
        spoiled: the paths that may be damaged.
        needed: those of them without which the command cannot do.
        kept: files that it adds to while it works, and whole at any time.
        slow: whether it takes minutes where it refuses nothing: it meets certain damage only.
        hostile: those of its arguments that are hostile: a refusal may be of one of them.
    """

    arguments: tuple[str, ...]
    statuses: tuple[int, ...]
    files: Files
    spoiled: tuple[str, ...]
    needed: tuple[str, ...]
    kept: tuple[str, ...] = ()
    slow: bool = False
    hostile: tuple[str, ...] = ()


def commands(
    folder: Path, verbs: Sequence[str] | None = None, most: int | None = None
) -> dict[str, list[Sound]]:
    """The commands by verb.

    Args:
        folder: for the files while they are made.
        verbs: by default all.
        most: commands of each verb; by default all.
    """
    makers = _makers()
    return {verb: [*islice(makers[verb](folder / verb), most)] for verb in verbs or makers}


def _makers() -> dict[str, Callable[[Path], Iterator[Sound]]]:
    return {
        "certify": _certified,
        "recheck": _rechecked,
        "spec": _specified,
        "compare": _compared,
        "check": _checked,
        "heads": _heads,
        "worst": _worst,
        "score": _scored,
        "survival": _survived,
        "mechanism": _mechanism,
        "induction": _induction,
        "train": _trained,
        "paper": _paper,
        "claims": _claimed,
        "prove": _proved,
        "report": _reported,
        "discrepancy": _discrepancy,
    }


def _in(folder: Path, *under: str) -> dict[str, bytes]:
    """The files of a folder that lie in one of some of its folders."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for part in under
        for file in sorted((folder / part).rglob("*"))
        if file.is_file()
    }


def _ran(arguments: tuple[str, ...], folder: Path, *statuses: int) -> None:
    """Run a command on sound files."""
    ended = run(arguments, folder, folder)
    assert ended.status in (0, *statuses), ended.err


def _model(names: tuple[str, ...], under: str = "model") -> tuple[str, ...]:
    return tuple(f"{under}/{name}" for name in names)


CERTIFIED: dict[str, Callable[[Path], Document]] = {
    "one head": lambda path: certificates.one_hop(path, "index", 3, accuracies=(4,)),
    "float32": lambda path: certificates.one_hop(path, "retrieval", 2, float32=True),
    "two heads": lambda path: certificates.one_hop(path, "index", 1, heads=2),
    "induction": lambda path: certificates.induction(path, 0.2),
    "walks": lambda path: walks(path, hand_set(6.0, noise=0.05), 5),
}
"""Models with what the search finds of them."""


def _certified(folder: Path) -> Iterator[Sound]:
    more = {
        "one head": ("--horizon", "5", "--accuracy"),
        "float32": ("--arithmetic", "real+float32"),
        "two heads": ("--seconds", "1"),
    }
    for kind, make in CERTIFIED.items():
        document = make(folder / kind / "model")
        length = str(document["claims"]["length"])
        arguments = ("certify", "model", "--length", length, *more.get(kind, ()), "--out", "c.json")
        files = _in(folder / kind, "model")
        yield Sound(arguments, (0, 1, 3), files, tuple(files), _model(OURS))


def _rechecked(folder: Path) -> Iterator[Sound]:
    for kind, make in CERTIFIED.items():
        document = make(folder / kind / "model")
        files = _in(folder / kind, "model") | {"c.json": json.dumps(document).encode()}
        needed = ("c.json", *_model(OURS))
        arguments = ("recheck", "c.json", "model", "--json", "outcome.json")
        yield Sound(arguments, (0, 1), files, needed + ("c.json",) * 6, needed)


SPECIFICATIONS: dict[str, tuple[Document, int]] = {
    "every part": (specifications.EVERY_PART, 1),
    "weights": (specifications.WEIGHTS, 1),
    "one of": (specifications.ONE_OF, 1),
    "for each": (specifications.GENERATED, 1),
    "shares": (specifications.SHARES, 1),
    "several heads": (specifications.SEVERAL_HEADS, 2),
}
"""Specifications, and the heads of a model of which each is asked."""


def _specified(folder: Path) -> Iterator[Sound]:
    """Specifications, checked and certified, and their certificates."""
    for kind, (asked, heads) in SPECIFICATIONS.items():
        document = specifications.specified(folder / kind / "model", asked, heads=heads)
        spec = {"spec.json": json.dumps(asked).encode()}
        arguments = ("spec", "check", "spec.json", "--json", "n.json")
        yield Sound(arguments, (0,), spec, (*spec,), (*spec,))
        model = _in(folder / kind, "model")
        briefly = ("certify", "model", "--spec", "spec.json", "--seconds", "1", "--out", "c.json")
        needed = ("spec.json", *_model(HF))
        yield Sound(briefly, (0, 1, 3), spec | model, ("spec.json",) * 6 + (*model,), needed)
        certificate = {"c.json": json.dumps(document).encode()}
        needed = ("c.json", *_model(HF))
        yield Sound(("recheck", "c.json", "model"), (0, 1), certificate | model, needed, needed)


def _compared(folder: Path) -> Iterator[Sound]:
    certificates.one_hop(folder / "model", "index", 3)
    recorded = json.loads((folder / "model/manifest.json").read_text())
    recorded["accuracy"] = {"4": {"correct": 30, "total": 40}}
    (folder / "model/manifest.json").write_text(json.dumps(recorded))
    files = _in(folder, "model")
    arguments = ("compare", "model", "--searched", "6", "--accuracy", "--json", "rows.json")
    yield Sound(arguments, (0,), files, tuple(files), _model(OURS))


def _checked(folder: Path) -> Iterator[Sound]:
    asked = ("--lengths", "8", "--json", "rows.json")
    small_models.write(folder / "own" / "model", small_models.SHAPES[1])
    files = _in(folder / "own", "model")
    yield Sound(("check", "model", *asked), (0, 1, 3), files, tuple(files), _model(OURS))
    foreign_models.write(folder / "llama" / "model", foreign_models.config("llama"))
    files = _in(folder / "llama", "model")
    yield Sound(("check", "model", *asked), (0, 1, 3), files, tuple(files), _model(HF))
    network = folder / "network"
    network.mkdir()
    build = ("construct", "index", "--length", "9", "--out", "model")
    _ran(build, network)
    files = _in(network, "model")
    spoiled = _model(("network.safetensors",))
    yield Sound(("check", "model", *asked), (0, 1, 3), files, spoiled, spoiled)


def _surveyed(folder: Path) -> Iterator[tuple[str, Path, Files, tuple[str, ...]]]:
    """Models of other families: their names, folders, files, and which of these are needed."""
    from tests.empirical import gguf_files  # which skips what runs where gguf is not installed

    llama = foreign_models.config("llama", intermediate_size=64)
    path = foreign_models.write(folder / "whole" / "model", llama)
    _tokenizer(path, llama.vocab_size)
    yield "model", folder / "whole", _in(folder / "whole", "model"), _model(HF)
    foreign_models.model(llama).save_pretrained(folder / "shards" / "model", max_shard_size="20KB")
    files = _in(folder / "shards", "model")
    needed = [name for name in files if "generation" not in name]
    yield "model", folder / "shards", files, tuple(needed)
    (folder / "gguf").mkdir()
    names = [f"<{number}>" for number in range(llama.vocab_size)]
    gguf_files.write(
        folder / "gguf" / "m.gguf", foreign_models.model(llama), tokens=names, kind="Q8_0"
    )
    yield "m.gguf", folder / "gguf", _in(folder / "gguf", "."), ("m.gguf",)
    own = replace(small_models.SHAPES[1], vocab_size=40)
    record = TaskRecord("index", (*map(chr, range(97, 123)), *range(1, 15)), (2, 3))
    checkpoint.write(folder / "own" / "model", own, small_models.weights(own), record, {"seed": 0})
    yield "model", folder / "own", _in(folder / "own", "model"), _model(OURS)


def _tokenizer(path: Path, size: int) -> None:
    """A tokenizer of as many words, with a start token."""
    words: Any = Tokenizer(
        models.WordLevel({f"w{number}": number for number in range(size)}, unk_token="w2")
    )
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.add_special_tokens(["w0"])
    words.save(str(path / "tokenizer.json"))
    (path / "tokenizer_config.json").write_text(json.dumps({"add_bos_token": False}))


def _heads(folder: Path) -> Iterator[Sound]:
    for name, path, files, needed in _surveyed(folder):
        arguments = ("heads", name, *HEADS)
        _ran(arguments, path)
        table = {"kept.jsonl": (path / "kept.jsonl").read_bytes()}
        kept = ("kept.jsonl",)
        yield Sound(arguments, (0, 1), files, tuple(files), needed, kept)
        yield Sound(arguments, (0, 1), {**files, **table}, kept, (), kept)
    ids = {"ids.json": json.dumps([[*range(5, 20)], [*range(20, 40)]]).encode()}
    text = {"text.txt": b"w1 w2 w3 w4 w5 w6 w7 w8 w9\n\n" * 9}
    files = _in(folder / "whole", "model")
    for more in (ids, text):
        (name,) = more
        own = ("heads", "model", *HEADS, "--text", name)
        yield Sound(own, (0, 1), files | more, (name,), (), ("kept.jsonl",))


def _worst(folder: Path) -> Iterator[Sound]:
    asked = ("L0H1", "--query", "#5", "--target", "#6", "--length", "16", "--json", "rows.json")
    for name, _, files, needed in _surveyed(folder):
        read = tuple(path for path in needed if "task.json" not in path)
        yield Sound(("worst", name, *asked), (0, 3), files, tuple(files), read)


def _walker(folder: Path) -> Path:
    """A run over letters that kept snapshots."""
    trainer.train(WALKS, folder / "model", evaluation_inputs=20)
    return folder / "model"


def _scored(folder: Path) -> Iterator[Sound]:
    _walker(folder)
    arguments = ("score", "model", "--inputs", "4", "--json", "rows.json")
    kept = _model(("trajectory.json",))
    files = _in(folder, "model")
    yield Sound(arguments, (0,), files, tuple(files), _model(OURS), kept)
    _ran(arguments, folder)
    yield Sound(arguments, (0,), _in(folder, "model"), kept, kept, kept)


def _survived(folder: Path) -> Iterator[Sound]:
    _walker(folder)
    arguments = (
        "survival", "model", "--lengths", "18,34", "--inputs", "8", "--json", "rows.json",
    )  # fmt: skip
    kept = _model(("survival.json",))
    files = {name: data for name, data in _in(folder, "model").items() if "snapshots" not in name}
    yield Sound(arguments, (0,), files, tuple(files), _model(OURS), kept)
    _ran(arguments, folder)
    table = {kept[0]: (folder / kept[0]).read_bytes()}
    yield Sound(arguments, (0,), files | table, kept, kept, kept)


def _mechanism(folder: Path) -> Iterator[Sound]:
    _walker(folder)
    files = {name: data for name, data in _in(folder, "model").items() if "snapshots" not in name}
    arguments = ("mechanism", "model", "--inputs", "8", "--json", "rows.json")
    yield Sound(arguments, (0,), files, tuple(files), _model(OURS))


def _induction(folder: Path) -> Iterator[Sound]:
    plan = PLANS["induction-2"]
    assert isinstance(plan.task, Segments)
    shape = replace(plan.model, n_embd=16, n_head=2, rotary_dim=4)
    changes: dict[str, Any] = {"train_lengths": (48,), "steps": 4, "batch_size": 2}
    small = replace(plan, model=shape, snapshots=(0, 4), **changes)
    trainer.train(small, folder / "model", evaluation_inputs=20)
    arguments = ("induction", "model", "--out", "all.jsonl", "--json", "rows.json")
    kept = _model(("trajectory.json", "losses.safetensors"))
    files = _in(folder, "model")
    yield Sound(arguments, (0, 1), files, tuple(files), _model(OURS), kept)
    _ran(arguments, folder, 1)
    files = _in(folder, "model")
    yield Sound(arguments, (0, 1), files, kept, kept, kept)


def _trained(folder: Path) -> Iterator[Sound]:
    plan = plan_for("index", steps=3, width=8)

    def killed(report: trainer.Progress) -> None:
        if report.step == 2:
            raise Killed

    with suppress(Killed):
        trainer.train(plan, folder / "model", progress=killed, save_every=1)
    arguments = ("train", "index", "--steps", "3", "--width", "8", "--out", "model")
    spoiled = _model((trainer.STATE,))
    yield Sound(arguments, (0,), _in(folder, "model"), spoiled, spoiled, spoiled + _model(OURS))


def _paper(folder: Path) -> Iterator[Sound]:
    source = Path(__file__).parents[2] / "paper"
    shutil.copytree(source, folder / "paper", ignore=shutil.ignore_patterns("*.svg", "*.pdf"))
    names = tuple(f"paper/{name}" for name in ("main.typ", "theorem.typ", "refs.bib"))
    files = {name: (folder / name).read_bytes() for name in names}
    yield Sound(("paper", "paper", "--out", "out"), (0, 1, 3), files, names, names, slow=True)


def _claimed(folder: Path) -> Iterator[Sound]:
    for source in checkpoints.controlled()[::3]:
        names = _model(("observations.json", "trajectory.json"))
        files = {name: (source / Path(name).name).read_bytes() for name in names}
        yield Sound(("claims", "model", "--json", "rows.json"), (0,), files, names, names)
    _walker(folder)
    files = _in(folder, "model")
    kept = _model(("observations.json", "trajectory.json"))
    yield Sound(("claims", "model"), (0,), files, tuple(files), _model(OURS), kept)


def _proved(_: Path) -> Iterator[Sound]:
    text = PAGE.read_bytes()
    begin, end = (text.index(mark.encode()) for mark in trust.ROWS)
    short = text[: begin + len(trust.ROWS[0]) + 1] + text[end:]
    both = short + "\n".join(["", *trust.COUNTS, "the end\n"]).encode()
    for page in (text, short, both):
        arguments = ("prove", "--trust", "page.md", "--json", "rows.json")
        names = ("page.md",)
        yield Sound(arguments, (0, 1, 3), {"page.md": page}, names, names, names)


def _reported(folder: Path) -> Iterator[Sound]:
    certificates.one_hop(folder / "model", "index", 3)
    own = _in(folder, "model")
    kept = ("out/heads.jsonl", "out/report.html")
    of_model = ("report", "model", "--out", "out")
    yield Sound(of_model, (0, 1, 3), own, tuple(own), _model(OURS), kept)
    files = {"out/report.html": b"<html></html>", "rows.json": b"{}"}
    arguments = ("report", "--out", "out", "--json", "rows.json")
    yield Sound(arguments, (0, 1, 3), files, tuple(files), (), tuple(files))
    within = ("report", "--out", "out/report.html", "--json", "rows.json/rows.json")
    yield Sound(
        within, (0, 1, 3), files, tuple(files), (), tuple(files), hostile=("out/report.html",)
    )


def _discrepancy(_: Path) -> Iterator[Sound]:
    rng = np.random.default_rng(14)
    rows = ("rows.json",)
    for _number in range(500):
        wild = rng.random(3) < 0.4  # or all of them would be refused
        angles = rng.choice(ANGLES[: None if wild[0] else 4], size=rng.integers(1, 4)).tolist()
        count = len(angles) if rng.random() < 0.5 else 0
        weights = rng.choice(WEIGHTS[: None if wild[1] else 2], size=count).tolist()
        length = str(rng.choice(LENGTHS[: None if wild[2] else 1]))
        arguments = ["discrepancy", "--length", length, "--json", *rows]
        for option, texts in (("--angle", angles), ("--weight", weights)):
            arguments += [part for text in texts for part in (option, text)]
        hostile = (*angles, *weights, length)
        files = {"rows.json": b"{}"}
        yield Sound((*arguments,), (0,), files, rows, (), rows, hostile=hostile)
