"""Least sums and pieces are those of a loop over every input of a domain."""

from collections import Counter
from itertools import product

import numpy as np

from empirical.recheck.float_tables import Weights
from empirical.recheck.sums import Marks, Rows, placements_left, positive_by_length
from empirical.recheck.task import Domain
from empirical.recheck.trees import whole_piece

TOKENS, LONGEST, ROUNDS = 4, 6, 100


def drawn(rng: np.random.Generator) -> Domain:
    """A domain of inputs of up to ``LONGEST`` tokens, of any form."""

    def some(least: int = 1) -> tuple[int, ...]:
        size = int(rng.integers(least, TOKENS))
        return tuple(sorted(rng.permutation(TOKENS)[:size].tolist()))

    from_first = tuple(some() for _ in range(rng.choice([0, 0, 1, 2])))
    from_last = {place: some() for place in (1, 2) if rng.random() < 0.4}
    free = [p for p in range(1, LONGEST - len(from_first)) if p not in from_last]
    forms: list[range | tuple[int, ...]] = [(), (), tuple(free), (free[0],), tuple(free[::2])]
    if not from_last:
        forms.append(range(1, LONGEST - len(from_first)))
    return Domain(
        query=int(rng.integers(TOKENS)),
        answers=some(),
        places=forms[rng.integers(len(forms))],
        others=some(),
        from_last=from_last,
        from_first=from_first,
    )


def every_input(
    domain: Domain, answer: int, place: int | None, length: int
) -> set[tuple[int, ...]]:
    """All inputs, from the query backwards, with the answer at one place or without one."""
    choices = []
    for at in range(length):
        allowed = domain.others
        if at in domain.from_last:
            allowed = domain.from_last[at]
        if length - 1 - at < len(domain.from_first):
            allowed = domain.from_first[length - 1 - at]
        if at == 0:
            allowed = (domain.query,)
        choices.append((answer,) if at == place else allowed)
    return set(product(*choices))


def lengths_of(domain: Domain) -> range:
    """The lengths at which no two of a domain's sets meet at one place."""
    near = max([0, *domain.from_last, *domain.places[:1]])
    return range(near + len(domain.from_first) + 1, LONGEST + 1)


def placed(domain: Domain, length: int) -> list[int | None]:
    """Where the answer may stand; at none, if it has no place."""
    free = [place for place in domain.places if place < length - len(domain.from_first)]
    return [*free] if domain.places else [None]


def test_sums_are_those_of_a_loop_over_every_input() -> None:
    rng, signs = np.random.default_rng(3), Counter[bool]()
    for _ in range(ROUNDS):
        domain = drawn(rng)
        values = rng.uniform(0, 1, (LONGEST, TOKENS)) * np.exp2(rng.uniform(-4, 0, (LONGEST, 1)))
        weights = Weights(values, np.zeros(TOKENS), 0.0)
        answers = np.array(domain.answers)
        lowered = rng.normal(rng.uniform(0, 1.5), 1, (answers.size, TOKENS))
        positive = positive_by_length(weights, Rows(lowered, answers), domain)
        for (row, answer), length in product(enumerate(answers.tolist()), lengths_of(domain)):
            least = {
                place: min(
                    sum(values[at, token] * lowered[row, token] for at, token in enumerate(tokens))
                    for tokens in every_input(domain, answer, place, length)
                )
                for place in placed(domain, length)
            }
            assert positive[row, length] == (min(least.values()) > 0)
            signs[bool(positive[row, length])] += 1
            at_length = Domain(
                query=domain.query,
                answers=domain.answers,
                places=tuple(place for place in least if place is not None),
                others=domain.others,
                from_last=domain.from_last,
                from_first=domain.from_first,
            )
            one = Rows(lowered[row : row + 1], answers[row : row + 1])
            left = placements_left(weights, one, at_length, length)
            assert left == [place for place, sum_ in least.items() if not sum_ > 0]
    assert min(signs.values()) > ROUNDS


def test_sums_with_marks_are_those_of_a_loop_over_every_input() -> None:
    """Two forms, one for marked places, and each place on which the marks may be."""
    rng, signs = np.random.default_rng(8), Counter[bool]()
    for _ in range(ROUNDS // 2):
        domain = drawn(rng)
        values = rng.uniform(0, 1, (LONGEST, TOKENS))
        answers = np.array(domain.answers)
        forms = rng.normal(rng.uniform(0, 1), 1, (2, answers.size, TOKENS))
        near = range(min(lengths_of(domain)) - len(domain.from_first))
        marks = Marks(
            lowered=forms[1],
            from_last={place for place in near if rng.random() < 0.4},
            from_first={at for at in range(len(domain.from_first)) if rng.random() < 0.5},
            on_answer=rng.random() < 0.5,
        )
        rows = Rows(forms[0], answers, marks)
        positive = positive_by_length(Weights(values, np.zeros(TOKENS), 0.0), rows, domain)
        for (row, answer), length in product(enumerate(answers.tolist()), lengths_of(domain)):
            least = np.inf
            for place in placed(domain, length):
                marked = [
                    at in marks.from_last
                    or length - 1 - at in marks.from_first
                    or (marks.on_answer and at == place)
                    for at in range(length)
                ]
                for tokens in every_input(domain, answer, place, length):
                    terms = [
                        values[at, token] * forms[int(marked[at]), row, token]
                        for at, token in enumerate(tokens)
                    ]
                    least = min(least, sum(terms))
            assert positive[row, length] == (least > 0)
            signs[bool(positive[row, length])] += 1
    assert min(signs.values()) > ROUNDS / 2


def test_pieces_hold_every_input_and_no_other() -> None:
    rng = np.random.default_rng(4)
    for _ in range(ROUNDS):
        domain = drawn(rng)
        for answer, length in product(domain.answers, lengths_of(domain)):
            meant: set[tuple[int, ...]] = set()
            for place in placed(domain, length):
                inputs = every_input(domain, answer, place, length)
                assert set(product(*whole_piece(domain, answer, length, place))) == inputs
                meant |= inputs
            at_length = Domain(
                query=domain.query,
                answers=domain.answers,
                places=tuple(p for p in placed(domain, length) if p is not None),
                others=domain.others,
                from_last=domain.from_last,
                from_first=domain.from_first,
            )
            for _ in range(20):
                tokens = tuple(rng.integers(0, TOKENS, length).tolist())
                assert at_length.has(answer, tokens) == (tokens in meant)
            assert all(at_length.has(answer, tokens) for tokens in list(meant)[:20])
            strangers = set(range(TOKENS)) - set(domain.answers) if at_length.places else set()
            for other, place in product(strangers, at_length.places[:1]):
                assert not any(
                    at_length.has(other, tokens)
                    for tokens in every_input(domain, other, place, length)
                )
