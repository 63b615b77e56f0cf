"""Random constructions, each at an angle that the theory allows, with inputs that are valid."""

import itertools
import math

from hypothesis import strategies as st

from constructions.absolute_index import AbsoluteIndex
from constructions.index import Index
from constructions.induction import Induction
from constructions.information_retrieval import InformationRetrieval
from constructions.multihop_letter import MultihopLetter
from constructions.multihop_number import MultihopNumber
from constructions.partial_induction import PartialInduction
from constructions.previous_token import PreviousToken
from constructions.reflexive import Reflexive
from constructions.retrieval import Retrieval
from constructions.smeared_key import SmearedKey


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


# Made here, as a strategy may not build what holds a tuple: beartype draws from ``random``.
LADDERS = [
    PreviousToken(120, (2 * math.pi / 64,)),
    *(PreviousToken.on_ladder(7, base, channels) for base in (1e4, 1e6) for channels in (2, 64)),
]


@st.composite
def previous_token(draw: st.DrawFn) -> tuple[PreviousToken, list[int]]:
    """Up to 64 positions, on one plane or on a ladder."""
    construction = draw(st.sampled_from(LADDERS))
    tokens = st.lists(st.integers(0, construction.symbols - 1), min_size=2, max_size=64)
    return construction, draw(tokens)


@st.composite
def absolute_index(draw: st.DrawFn) -> tuple[AbsoluteIndex, list[int]]:
    """Up to 64 positions; the last names an earlier one."""
    length, letters = draw(st.integers(2, 64)), draw(st.integers(1, 70))
    construction = AbsoluteIndex(letters, length, angle=math.pi / length)
    token = st.integers(0, construction.vocabulary - 1)
    return construction, [
        *(draw(token) for _ in range(length - 1)),
        draw(st.integers(letters, construction.vocabulary - 1)),
    ]


@st.composite
def information_retrieval(draw: st.DrawFn) -> tuple[InformationRetrieval, list[int]]:
    """Up to 64 positions; each symbol has one pair, and the last asks for one that occurs."""
    symbols, integers = draw(st.integers(2, 8)), draw(st.integers(1, 16))
    pairs = [symbols + x * integers + draw(st.integers(0, integers - 1)) for x in range(symbols)]
    carried = draw(st.integers(0, symbols - 1))
    tokens = draw(st.lists(st.sampled_from([*range(symbols), *pairs]), max_size=62))
    tokens.insert(draw(st.integers(0, len(tokens))), pairs[carried])
    return InformationRetrieval(symbols, integers), [*tokens, carried]


@st.composite
def partial_induction(draw: st.DrawFn) -> tuple[PartialInduction, list[int]]:
    """Up to 64 pairs of 2 to 8 letters, ending in one that matches itself, at the limit."""
    length, letters = draw(st.integers(2, 64)), draw(st.integers(2, 8))
    slow = 0.999 * (2 * math.pi / letters) / (length - 1)
    construction = PartialInduction(letters, 8, angle=min(slow, math.pi))
    token = st.integers(0, construction.vocabulary - 1)
    tokens = [draw(token) for _ in range(length - 1)]
    return construction, [*tokens, draw(st.integers(letters**2, construction.vocabulary - 1))]


@st.composite
def multihop_number(draw: st.DrawFn) -> tuple[MultihopNumber, list[int]]:
    """Up to 64 positions and 136 tokens, 1 to 4 hops, all positions valid."""
    construction, tokens = draw(index())
    layers = draw(st.integers(1, 4))
    return MultihopNumber(
        construction.letters, construction.integers, layers, construction.angle
    ), tokens


@st.composite
def multihop_letter(draw: st.DrawFn) -> tuple[MultihopLetter, list[int]]:
    """Up to 64 pairs; a chain of 1 to 4 hops, none of its letters anywhere else."""
    letters, digits = draw(st.sampled_from([(2, 1), (3, 4), (5, 2), (8, 1)]))
    layers = draw(st.integers(1, 4))
    chain = draw(st.permutations(range(letters)))[: draw(st.integers(1, letters - 1))]
    end = letters**2 + chain[-1] * digits + draw(st.integers(0, digits - 1))
    hops = [x * letters + y for x, y in itertools.pairwise(chain)]
    off = [x for x in range(letters) if x not in chain]
    query = draw(st.sampled_from(off)) * letters + chain[0]
    tokens = [end, *reversed(hops)]
    for _ in range(draw(st.integers(0, 50))):
        x, y = draw(st.sampled_from(off)), draw(st.sampled_from(off))
        tokens.insert(draw(st.integers(0, len(tokens))), x * letters + y)
    return MultihopLetter(letters, digits, layers), [*tokens, query]


@st.composite
def repeats(draw: st.DrawFn) -> tuple[int, list[int]]:
    """A number of symbols, and up to 62 of them, one always followed by the same and last."""
    symbols = draw(st.sampled_from([3, 4, 17, 60]))
    follower = draw(st.integers(1, symbols - 1))
    other = st.integers(1, symbols - 1).map(lambda x: [x])
    parts = draw(st.lists(st.just([0, follower]) | other, max_size=30))
    parts.insert(draw(st.integers(0, len(parts))), [0, follower])
    return symbols, [*itertools.chain.from_iterable(parts), 0]


@st.composite
def induction(draw: st.DrawFn) -> tuple[Induction, list[int]]:
    """Either behaviour, after the start token."""
    symbols, tokens = draw(repeats())
    angle = 2 * math.pi / (len(tokens) + 1)
    recency = draw(st.sampled_from([0.0, 0.01]))
    return Induction(symbols, angle, gain=100.0, recency=recency), [symbols, *tokens]


@st.composite
def smeared_key(draw: st.DrawFn) -> tuple[SmearedKey, list[int]]:
    """Any share of the position's own key."""
    symbols, tokens = draw(repeats())
    return SmearedKey(symbols, share=draw(st.floats(0, 0.49))), tokens
