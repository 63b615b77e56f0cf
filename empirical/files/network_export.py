"""Writing a hand-set network to a directory, in the most widely read layout that can hold it."""

from pathlib import Path

from constructions.construction import Network
from constructions.gptj import EPSILON, gptj_weights
from constructions.retrieval import Retrieval
from empirical.files import checkpoint, network_file
from empirical.models.config import GPTJConfig
from empirical.tasks.task import Entry


def write(out: Path, network: Network, length: int, beta: float) -> None:
    """Write a Hugging Face GPT-J directory where GPT-J can hold the network, else the native file.

    Args:
        out: the directory, made where it is missing.
        network: the weights.
        length: tokens of the inputs it is meant for.
        beta: finite inverse temperature, above 0.

    Raises:
        Refusal: the system does not let us write there.
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
    """What each token stands for: pairs for Retrieval, else a name for each."""
    if not isinstance(network, Retrieval):
        return tuple(f"t{token}" for token in range(network.vocabulary))
    letters = [chr(ord("a") + letter) for letter in range(network.letters)]
    pairs = [(x, y) for x in letters for y in letters]
    return (*pairs, *((x, digit) for x in letters for digit in range(network.digits)))
