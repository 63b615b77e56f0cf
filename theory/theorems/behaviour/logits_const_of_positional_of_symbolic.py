"""A head that is both positional and symbolic at a query has constant logits.

``a[k, j]`` is the logit that content k would receive at position j. Positional: it does
not depend on k. Symbolic: it does not depend on j. Observed logits are ``a[j, j]``, and
any two of them are equal.

Proof idea: a[k, k] = a[k, j] by symbolicity of content k, and a[k, j] = a[j, j] by
positionality of position j.
"""

import sympy as sp

from theory.claim import Claim
from theory.engines import sampling, smt, symbolic
from theory.evidence import Evidence

a_jj, a_kj, a_kk = sp.symbols("a_jj a_kj a_kk", real=True)

symbolic_content = sp.Eq(a_kk, a_kj)
positional_position = sp.Eq(a_kj, a_jj)


def sentence(*given: sp.Eq, shift: int = 0) -> Claim:
    """Under the hypotheses ``given``, any two observed logits differ by ``shift``."""
    return Claim(
        given=given,
        conclusion=sp.Eq(a_kk, a_jj + shift, evaluate=False),
        source="urrutia2025decoupling, exclusion of the two behaviours",
    )


claim = sentence(symbolic_content, positional_position)
neighbours = {
    "symbolic only": sentence(symbolic_content),
    "positional only": sentence(positional_position),
    "logits one apart": sentence(symbolic_content, positional_position, shift=1),
}


def derive(claim: Claim) -> Evidence:
    """The difference lies in the ideal that the hypotheses generate."""
    return symbolic.vanish(claim)


def decide(claim: Claim) -> Evidence:
    """No three reals break it."""
    return smt.refute(claim)


def sample(claim: Claim) -> Evidence:
    """Search with the hypotheses solved for one unknown each."""
    return sampling.search(claim)
