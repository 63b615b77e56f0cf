"""Measures one model: its losses, and scores of each of its heads."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64

from empirical.heads import smeared
from empirical.heads.direct import direct_logits, writes
from empirical.heads.executed import residual_streams
from empirical.heads.gptj import heads
from empirical.heads.pattern import attention
from empirical.induction.probe import Probe
from empirical.models.config import GPTJConfig
from empirical.models.gptj import GPTJ
from empirical.models.smeared import SmearedConfig
from empirical.scores.ablation import ablated_losses, losses
from empirical.scores.composition import composition
from empirical.scores.copying import direct_logit_score, eigenvalue_score
from empirical.scores.in_context import in_context_score, places
from empirical.scores.matching import prefix_matching_score, previous_token_score
from empirical.scores.table import ScoredInputs, score

SWAPPED = 16
"""Number of inputs on which swap scores are computed."""

Weights = Mapping[str, Float[np.ndarray, "..."]]
Table = Float64[np.ndarray, "layers heads"]


@dataclass(frozen=True, eq=False)
class MeasuredModel:
    """A model and the inputs on which it is measured.

    Attributes:
        config: its shape, with smeared keys or without.
        weights: its parameters by name.
        probe: the inputs.
    """

    config: GPTJConfig
    weights: Weights
    probe: Probe

    def executed(self) -> GPTJ:
        """Returns the model in torch, in evaluation mode."""
        model = GPTJ(self.config)
        model.load_state_dict(
            {name: torch.from_numpy(np.asarray(w, "f4")) for name, w in self.weights.items()}
        )
        return model.eval()

    def patterns(self, ids: np.ndarray) -> list[Float64[np.ndarray, "heads inputs length length"]]:
        """Returns for each layer the attention weights of its canonical heads."""
        contents = np.arange(ids.size).reshape(ids.shape)
        return [
            np.stack(
                [
                    attention(head, contents)
                    for head in smeared.heads(self.config, self.weights, layer, stream)
                ]
            )
            for layer, stream in self._streams(ids)
        ]

    def losses(self) -> Float32[np.ndarray, "texts length"]:
        """Returns the losses of the texts, in nats, after 1, 2, … tokens of context."""
        return losses(self.executed(), self.probe.text)

    def mapped(self) -> dict[str, Table]:
        """Returns how well each head matches mapped repeats, by kind of mapping.

        The result is empty for a language without upper and lower case.
        """
        return {
            kind: np.array(
                [
                    [prefix_matching_score(w, inputs.targets) for w in layer]
                    for layer in self.patterns(inputs.ids)
                ]
            )
            for kind, inputs in self.probe.repeats.items()
            if kind != "matching"
        }

    def tables(self) -> dict[str, Table]:
        """Returns the scores of every head that are followed through training, by kind.

        The kinds are ``previous``, ``matching`` and ``copying``, and for models without smeared
        keys also ``positional`` and ``symbolic``.
        """
        inputs = self.probe.repeats["matching"]
        patterns = self.patterns(inputs.ids)
        tables = {
            "matching": np.array(
                [[prefix_matching_score(w, inputs.targets) for w in layer] for layer in patterns]
            ),
            "previous": np.array([[previous_token_score(w) for w in layer] for layer in patterns]),
        }
        embedding = np.asarray(self.weights["transformer.wte.weight"])
        circuits = [
            direct_logits(self.weights, writes(self.config, self.weights, layer, embedding))
            for layer in range(self.config.n_layer)
        ]
        tables["copying"] = self._each(lambda layer, head: eigenvalue_score(circuits[layer][head]))
        if not isinstance(self.config, SmearedConfig):
            ids = self.probe.repeats["matching"].ids[:SWAPPED]
            scored = ScoredInputs(ids, {"repeated": self.probe.repeated[:SWAPPED]})
            rows = {(row.layer, row.head): row for row in score(self.executed(), scored)}
            tables["positional"] = self._each(lambda *head: rows[head].positional)
            tables["symbolic"] = self._each(lambda *head: rows[head].symbolic)
        return tables

    def direct_copying(self) -> Table:
        """Returns the direct-logit copying score of each head on literal repeats.

        A content is weighted by the attention that it receives from queries with a target.
        """
        inputs = self.probe.repeats["matching"]
        has_target = inputs.targets.any(axis=2, keepdims=True)
        patterns = self.patterns(inputs.ids)
        streams = dict(self._streams(inputs.ids))

        def copied(layer: int, head: int) -> float:
            rows = streams[layer].reshape(-1, self.config.n_embd)
            written = writes(self.config, self.weights, layer, rows)[head]
            received = (patterns[layer][head] * has_target).sum(axis=1)
            return direct_logit_score(
                direct_logits(self.weights, written), inputs.ids.ravel(), received.ravel()
            )

        return self._each(copied)

    def ablation(self, late: int, early: int) -> Table:
        """Returns what ablating each head adds to the in-context score, in nats.

        The attention weights of later heads are kept.

        Args:
            late: late place of the score, in tokens of context.
            early: early place of the score.
        """
        text = self.probe.text[:256]
        model = self.executed()
        whole = in_context_score(losses(model, text), late, early)
        ablated = ablated_losses(model, text)
        return self._each(lambda *head: in_context_score(ablated[head], late, early) - whole)

    def compositions(self) -> dict[tuple[int, int, int, int], tuple[float, float, float]]:
        """Returns strength, matching and margin of each pair of a head and a head of a later layer.

        A key is layer and head of the earlier one, then layer and head of the later one.
        """
        embedding = np.asarray(self.weights["transformer.wte.weight"], dtype=np.float64)
        tokens, distances = len(embedding), np.arange(1, self.probe.length)
        read, of_earlier = np.arange(tokens), tokens + np.arange(tokens)
        measures = {}
        for earlier in range(self.config.n_layer - 1):
            for number, written in enumerate(writes(self.config, self.weights, earlier, embedding)):
                contents = np.concatenate((embedding, written))
                for later in range(earlier + 1, self.config.n_layer):
                    for other, head in enumerate(heads(self.config, self.weights, later, contents)):
                        pair = composition(head, read, of_earlier, distances)
                        measures[earlier, number, later, other] = (
                            pair.strength,
                            pair.matching,
                            pair.margin,
                        )
        return measures

    def _streams(
        self, ids: np.ndarray
    ) -> Iterator[tuple[int, Float32[np.ndarray, "inputs length width"]]]:
        """Yields the index of each layer and the residual stream that it reads."""
        return zip(range(self.config.n_layer), residual_streams(self.executed(), ids), strict=False)

    def _each(self, of: Callable[[int, int], float]) -> Table:
        return np.array(
            [
                [of(layer, head) for head in range(self.config.n_head)]
                for layer in range(self.config.n_layer)
            ]
        )


def shuffled(weights: Weights, seed: int) -> dict[str, Float[np.ndarray, "..."]]:
    """Returns the weights with the entries of every attention matrix randomly permuted.

    Args:
        weights: parameters by name.
        seed: of the permutations.
    """
    rng = np.random.default_rng(seed)
    return {
        name: rng.permutation(w.ravel()).reshape(w.shape) if "_proj.weight" in name else w
        for name, w in weights.items()
    }


def score_of(losses_by_context: Float32[np.ndarray, "texts length"]) -> float:
    """Returns the in-context learning score of some losses at the places of ``in_context.places``.

    Args:
        losses_by_context: losses in nats after 1, 2, … tokens of context.
    """
    return in_context_score(losses_by_context, *places(losses_by_context.shape[1]))
