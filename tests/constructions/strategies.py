"""Random constructions, each at an angle that the theory allows, with inputs that are valid."""

import math

from hypothesis import strategies as st

from constructions.index import Index
from constructions.reflexive import Reflexive
from constructions.retrieval import Retrieval


@st.composite
def index(draw: st.DrawFn) -> tuple[Index, list[int]]:
    """Up to 64 positions, all valid, and the sharpest angle for that length."""
    length = draw(st.integers(2, 64))
    construction = Index(
        letters=draw(st.integers(1, 120)),
        integers=draw(st.integers(1, 16)),
        angle=2 * math.pi / length,
    )
    letter = st.integers(0, construction.letters - 1)
    jumps = [st.integers(0, min(j, construction.integers - 1)) for j in range(length)]
    return construction, [
        draw(letter | jump.map(lambda i: construction.letters + i)) for jump in jumps
    ]


@st.composite
def retrieval(draw: st.DrawFn) -> tuple[Retrieval, list[int]]:
    """Up to 64 pairs of 8 letters and 8 digits, proper at the last, just under the horizon."""
    length = draw(st.integers(2, 64))
    construction = Retrieval(8, 8, angle=0.999 * (2 * math.pi / 8) / (2 * length - 3))
    firsts = [x for x in range(8) for _ in range(8)] * 2
    query = draw(st.integers(0, construction.vocabulary - 1))
    sought = query % 8 if query < 64 else firsts[query]
    matches = [token for token, first in enumerate(firsts) if first == sought]
    target = query if query in matches else draw(st.sampled_from(matches))
    other = st.sampled_from([token for token, first in enumerate(firsts) if first != sought])
    tokens = [draw(st.just(target) | other) for _ in range(length - 1)]
    tokens[draw(st.integers(0, length - 2))] = target
    return construction, [*tokens, query]


@st.composite
def reflexive(draw: st.DrawFn) -> tuple[Reflexive, list[int]]:
    """Any tokens."""
    symbols = draw(st.integers(1, 120))
    tokens = st.lists(st.integers(0, symbols - 1), min_size=1, max_size=64)
    return Reflexive(symbols), draw(tokens)
