"""Writes a hand-set network to a directory, as a Hugging Face model where GPT-J can hold it."""

from pathlib import Path

from constructions.construction import Network
from constructions.gptj import EPSILON, gptj_weights
from constructions.retrieval import Retrieval
from empirical.files import checkpoint, network_file
from empirical.models.config import GPTJConfig
from empirical.tasks.task import Entry


def write(out: Path, network: Network, length: int, beta: float) -> None:
    """Write a Hugging Face GPT-J directory where GPT-J can hold the network, else a network file.

    Args:
        out: the directory; it is created if it is missing.
        network: the network.
        length: tokens of the inputs for which it is meant.
        beta: finite inverse temperature, above 0.

    Raises:
        Refusal: a file cannot be written.
    """
    fitting = gptj_weights(network, beta)
    if fitting is None:
        network_file.write(out, network, length, beta)
        return
    config = GPTJConfig(
        vocab_size=fitting.vocabulary,
        n_embd=fitting.width,
        n_layer=1,
        n_head=1,
        rotary_dim=fitting.rotary,
        n_inner=1,
        layer_norm_epsilon=EPSILON,
    )
    task = checkpoint.TaskRecord(network.name(), _entries(network), (length,))
    manifest = {"construction": network.name(), "beta": beta}
    checkpoint.write(out, config, fitting.weights, task, manifest)


def _entries(network: Network) -> tuple[Entry, ...]:
    """Returns the meaning of each token: pairs for Retrieval, else a name."""
    if not isinstance(network, Retrieval):
        return tuple(f"t{token}" for token in range(network.vocabulary))
    letters = [chr(ord("a") + letter) for letter in range(network.letters)]
    pairs = [(x, y) for x in letters for y in letters]
    return (*pairs, *((x, digit) for x in letters for digit in range(network.digits)))
