"""A block of several heads in balls, with the attention of each of them: a literal forward pass."""

import numpy as np
from flint import arb, ctx

from empirical.files.checkpoint import Checkpoint
from empirical.models.gpt_neox import NeoXConfig
from empirical.models.llama import LlamaConfig
from empirical.models.phi import PhiConfig
from tests.attack.network import Network, Tokens
from tests.attack.truth import Balls, Function
from tests.empirical.certificates.llama_network import LlamaNetwork
from tests.empirical.certificates.neox_network import NeoXNetwork
from tests.empirical.certificates.phi_network import PhiNetwork


class HeadsNetwork(Network):
    """See ``Network``; of one block of several heads.

    Args:
        checkpoint: the model.
        head: whose attention is meant.
    """

    def __init__(self, checkpoint: Checkpoint, head: int = 0) -> None:
        super().__init__(checkpoint)
        self.head = head
        self._functions: dict[int, Function] = {}

    def of_head(self, head: int) -> "HeadsNetwork":
        """The same, with the attention of another head."""
        return HeadsNetwork(self.checkpoint, head)

    def logits(self, tokens: Tokens) -> Balls:
        """See ``Network.logits``."""
        return self._function().logits(tokens[::-1])

    def attention(self, tokens: Tokens) -> Balls:
        """See ``Network.attention``."""
        function, query, last = self._function(), tokens[-1], len(tokens) - 1
        scores = [
            function.scores(query, [token], last - at, self.head)[0]
            for at, token in enumerate(tokens)
        ]
        top = max(scores, key=lambda score: float(score.mid()))
        weights = [(score - top).exp() for score in scores]
        total = sum(weights, arb(0))
        return [weight / total for weight in weights]

    def float_attention(self, inputs: np.ndarray) -> np.ndarray:
        """See ``Network.float_attention``."""
        rows = [self.attention(tuple(tokens)) for tokens in inputs.tolist()]
        return np.array([[float(weight.mid()) for weight in row] for row in rows])

    def _function(self) -> Function:
        if ctx.prec not in self._functions:
            self._functions[ctx.prec] = Function(self.checkpoint, ctx.prec)
        return self._functions[ctx.prec]


def network_of(checkpoint: Checkpoint) -> Network:
    """A model of one head or of several, of any family."""
    if isinstance(checkpoint.config, PhiConfig):
        return PhiNetwork(checkpoint)
    if isinstance(checkpoint.config, NeoXConfig):
        return NeoXNetwork(checkpoint)
    if isinstance(checkpoint.config, LlamaConfig):
        return LlamaNetwork(checkpoint)
    return Network(checkpoint) if checkpoint.config.n_head == 1 else HeadsNetwork(checkpoint)
