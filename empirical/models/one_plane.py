"""GPT-J whose heads turn in one plane, by an angle of choice; all other dimensions are unrotated.

The one-plane models of urrutia2025decoupling, with the block of GPT-J around them.
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from empirical.models.config import GPTJConfig
from theory.refusal import Refusal


@dataclass(frozen=True)
class OnePlaneConfig(GPTJConfig):
    """The shape of such a model, which no class of ``transformers`` computes.

    Attributes:
        angle: radians per position.
    """

    angle: int | float = 1.0

    FIXED: ClassVar[dict[str, Any]] = {
        **GPTJConfig.FIXED,
        "architectures": ["OnePlaneGPTJ"],
        "model_type": "one-plane-gptj",
    }

    def __post_init__(self) -> None:
        """Refuse more planes than one, and an angle that is none."""
        super().__post_init__()
        if self.rotary_dim != 2:
            raise Refusal(f"rotary_dim is {self.rotary_dim}: one plane has 2")
        if not math.isfinite(self.angle):
            raise Refusal(f"angle is {self.angle}: give radians per position")

    @property
    def angles(self) -> tuple[float, ...]:
        """Radians per position of the plane."""
        return (float(self.angle),)
