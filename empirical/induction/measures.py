"""Everything that is measured of one model: its losses, and every head of it."""

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
"""Inputs whose swap scores are taken."""

Weights = Mapping[str, Float[np.ndarray, "..."]]
Table = Float64[np.ndarray, "layers heads"]


@dataclass(frozen=True, eq=False)
class MeasuredModel:
    """A model with what is asked of it.

    Attributes:
        config: its shape, with smeared keys or without.
        weights: its parameters by name.
        probe: the inputs.
    """

    config: GPTJConfig
    weights: Weights
    probe: Probe

    def executed(self) -> GPTJ:
        """The model in torch, in evaluation mode."""
        model = GPTJ(self.config)
        model.load_state_dict(
            {name: torch.from_numpy(np.asarray(w, "f4")) for name, w in self.weights.items()}
        )
        return model.eval()

    def patterns(self, ids: np.ndarray) -> list[Float64[np.ndarray, "heads inputs length length"]]:
        """For each layer the attention weights of its canonical heads."""
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
        """Of the texts, in nats, after 1, 2, … tokens."""
        return losses(self.executed(), self.probe.text)

    def mapped(self) -> dict[str, Table]:
        """For letters in two cases, how well each head matches mapped repeats, by kind."""
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
        """Scores of every head that are followed through training.

        ``previous``, ``matching`` and ``copying``; ``positional`` and ``symbolic`` where a key is
        of one token.
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
            asked = ScoredInputs(ids, {"repeated": self.probe.repeated[:SWAPPED]})
            rows = {(row.layer, row.head): row for row in score(self.executed(), asked)}
            tables["positional"] = self._each(lambda *head: rows[head].positional)
            tables["symbolic"] = self._each(lambda *head: rows[head].symbolic)
        return tables

    def direct_copying(self) -> Table:
        """The direct-logit copying score on literal repeats, by attention where repeats ask."""
        inputs = self.probe.repeats["matching"]
        asked = inputs.targets.any(axis=2, keepdims=True)
        patterns = self.patterns(inputs.ids)
        streams = dict(self._streams(inputs.ids))

        def copied(layer: int, head: int) -> float:
            rows = streams[layer].reshape(-1, self.config.n_embd)
            written = writes(self.config, self.weights, layer, rows)[head]
            received = (patterns[layer][head] * asked).sum(axis=1)
            return direct_logit_score(
                direct_logits(self.weights, written), inputs.ids.ravel(), received.ravel()
            )

        return self._each(copied)

    def ablation(self, late: int, early: int) -> Table:
        """What each head's ablation adds to the in-context score, patterns preserved."""
        text = self.probe.text[:256]
        model = self.executed()
        whole = in_context_score(losses(model, text), late, early)
        ablated = ablated_losses(model, text)
        return self._each(lambda *head: in_context_score(ablated[head], late, early) - whole)

    def compositions(self) -> dict[tuple[int, int, int, int], tuple[float, float, float]]:
        """Strength, matching and margin for each pair of a head and a later one.

        A pair is layer and head of the earlier, then of the later one.
        """
        embedding = np.asarray(self.weights["transformer.wte.weight"], dtype=np.float64)
        tokens, distances = len(embedding), np.arange(1, self.probe.length)
        found = {}
        for earlier in range(self.config.n_layer - 1):
            for number, written in enumerate(writes(self.config, self.weights, earlier, embedding)):
                contents = np.concatenate((embedding, written))
                for later in range(earlier + 1, self.config.n_layer):
                    for other, head in enumerate(heads(self.config, self.weights, later, contents)):
                        met = composition(
                            head, np.arange(tokens), tokens + np.arange(tokens), distances
                        )
                        found[earlier, number, later, other] = (
                            met.strength,
                            met.matching,
                            met.margin,
                        )
        return found

    def _streams(
        self, ids: np.ndarray
    ) -> Iterator[tuple[int, Float32[np.ndarray, "inputs length width"]]]:
        """Each layer and what it reads."""
        return zip(range(self.config.n_layer), residual_streams(self.executed(), ids), strict=False)

    def _each(self, of: Callable[[int, int], float]) -> Table:
        return np.array(
            [
                [of(layer, head) for head in range(self.config.n_head)]
                for layer in range(self.config.n_layer)
            ]
        )


def shuffled(weights: Weights, seed: int) -> dict[str, Float[np.ndarray, "..."]]:
    """The same numbers in other places: every matrix of attention permuted, entry by entry."""
    rng = np.random.default_rng(seed)
    return {
        name: rng.permutation(w.ravel()).reshape(w.shape) if "_proj.weight" in name else w
        for name, w in weights.items()
    }


def score_of(found: Float32[np.ndarray, "texts length"]) -> float:
    """The in-context learning score at the usual places of a length."""
    return in_context_score(found, *places(found.shape[1]))
