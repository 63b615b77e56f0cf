"""What a softmax makes of logits that lead by a floor, or that lie close together."""

from flint import arb, ctx

from theory.predictors.planes import BITS
from theory.refusal import Refusal


def softmax_weight_bounds(floor: arb, length: int, beta: arb) -> arb:
    """``1/(1 + (n−1)e^{−βλ})``, the least weight of a target that leads by λ.

    See ``weight_ge_of_floor``.

    Args:
        floor: λ, by how much the target's logit leads every other before β.
        length: n, at least 1.
        beta: The inverse temperature, at least 0.

    Raises:
        Refusal: If there are no positions, or β is not certainly at least 0.
    """
    if not beta >= 0:
        raise Refusal(f"the inverse temperature {beta} may be negative: give one of at least 0")
    _check_positions(length)
    with ctx.workprec(BITS):
        return 1 / (1 + (length - 1) * (-beta * floor).exp())


def dispersion_bound(width: arb, length: int) -> arb:
    """``e^δ/(n − 1 + e^δ)``, the largest weight when all n logits lie in an interval of width δ.

    Every head with bounded logits disperses: see ``weight_le_of_width`` (velickovic2024softmax).

    Args:
        width: δ, at least 0, β included.
        length: n, at least 1.

    Raises:
        Refusal: If there are no positions, or δ is not certainly at least 0.
    """
    if not width >= 0:
        raise Refusal(f"the width {width} may be negative: give the highest logit less the lowest")
    _check_positions(length)
    with ctx.workprec(BITS):
        return 1 / (1 + (length - 1) * (-width).exp())


def _check_positions(length: int) -> None:
    if length < 1:
        raise Refusal(f"a softmax over {length} positions is empty: give a length of at least 1")
