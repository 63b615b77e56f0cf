"""Defines a GPT-J with one rotated plane per head, at any angle.

These are the one-plane models of urrutia2025decoupling in a block of GPT-J.
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from empirical.models.config import GPTJConfig
from theory.refusal import Refusal


@dataclass(frozen=True)
class OnePlaneConfig(GPTJConfig):
    """The shape of a one-plane model, which no class of ``transformers`` implements.

    Attributes:
        angle: radians per position.

    Raises:
        Refusal: the head has another number of planes than one, or the angle is not finite.
    """

    angle: int | float = 1.0

    FIXED: ClassVar[dict[str, Any]] = {
        **GPTJConfig.FIXED,
        "architectures": ["OnePlaneGPTJ"],
        "model_type": "one-plane-gptj",
    }

    def __post_init__(self) -> None:
        """Refuse another number of planes than one, and an angle that is not finite."""
        super().__post_init__()
        if self.rotary_dim != 2:
            raise Refusal(f"rotary_dim is {self.rotary_dim}: one plane has 2")
        if not math.isfinite(self.angle):
            raise Refusal(f"angle is {self.angle}: give radians per position")

    @property
    def angles(self) -> tuple[float, ...]:
        """Radians per position of the plane."""
        return (float(self.angle),)
