"""How a token's logit stands among those of the whole vocabulary, without computing them all.

The logits that a direction gives are its products with the rows of the unembedding. Their mean and
variance over the vocabulary follow from the mean and the covariance of the rows, which are computed
once for each model.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

AT_ONCE = 1 << 14
"""Rows in one block: what bounds memory."""


@dataclass(frozen=True, eq=False)
class UnembeddingMoments:
    """The first two moments of the rows of an unembedding, in float64.

    Attributes:
        mean: of the rows.
        covariance: likewise, with the number of rows as divisor.
    """

    mean: Float[Tensor, " width"]
    covariance: Float[Tensor, "width width"]

    @classmethod
    @torch.inference_mode()
    def of(cls, weight: Float[Tensor, "vocabulary width"]) -> "UnembeddingMoments":
        """Returns the moments of an unembedding.

        Args:
            weight: one row for each token.
        """
        blocks = torch.split(weight, AT_ONCE)
        mean = torch.stack([rows.double().sum(dim=0) for rows in blocks]).sum(dim=0) / len(weight)
        products = torch.zeros(mean.numel(), mean.numel(), dtype=torch.float64)
        for rows in blocks:
            centred = rows.double() - mean
            products += centred.T @ centred
        return cls(mean, products / len(weight))

    def standing(
        self, directions: Float[Tensor, "n width"], logits: Float[Tensor, " n"]
    ) -> Float[Tensor, " n"]:
        """Returns how many standard deviations a logit is above the mean of the vocabulary.

        Args:
            directions: what each logit is a product with.
            logits: one for each direction.
        """
        variances = ((directions @ self.covariance) * directions).sum(dim=1)
        standing: Tensor = (logits - directions @ self.mean) / variances.clamp(min=0).sqrt()
        return standing
