"""Numbers of trained models, one of each kind: their sizes, and how they were trained."""

import json
from collections.abc import Iterator
from typing import Any

from empirical.paper.number import Number
from empirical.paper.numbers import Ledger
from empirical.shipped import checkpoints

MODELS = (
    *("index-1layer", "retrieval-1layer", "index-full", "retrieval-full"),
    *("number-seed0", "letter-seed0", "families/llama", "families/gpt-neox", "induction/circuit"),
    *("hops/letter-2-bare", "hops/number-3-gptj", "specified/python"),
)


def numbers(ledger: Ledger) -> Iterator[Number]:
    """Yields ``trained.NAME.PLACE`` from the manifest of each of ``MODELS``."""
    for name in MODELS:
        manifest = checkpoints.directory_named(name) / "manifest.json"
        read: dict[str, Any] = json.loads(manifest.read_text())
        for place, text in _places(read).items():
            yield Number(key=f"trained.{name}.{place}", text=text, source=f"the manifest of {name}")


def _places(manifest: dict[str, Any]) -> dict[str, str]:
    """What the table says of one run, as text."""
    config = manifest["config"]
    model, lengths = config["model"], config["train_lengths"]
    layers = model.get("n_layer", model.get("num_hidden_layers"))
    heads = model.get("n_head", model.get("num_attention_heads"))
    width = model.get("n_embd", model.get("hidden_size"))
    device = "GPU" if manifest.get("device", "cpu").startswith("cuda") else "CPU"
    return {
        "layers": f"{layers} × {heads}",
        "width": str(width),
        "tokens": str(model["vocab_size"]),
        "lengths": f"{min(lengths)}–{max(lengths)}" if len(set(lengths)) > 1 else str(lengths[0]),
        "steps": str(config["steps"]),
        "batch": str(config["batch_size"]),
        "rate": f"{config['learning_rate']:g}",
        "seconds": f"{manifest['seconds']:.0f} ({device})",
    }
