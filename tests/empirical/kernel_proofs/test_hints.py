"""Hints are found whatever weighs more than the tokens that may stand in an input."""

import pytest

from empirical.certificates.one_layer.prover import Prover
from empirical.kernel_proofs.hints import hints
from tests.empirical.certificates import tiny

LENGTH = 6


@pytest.mark.parametrize("heavier", [30.0, 60.0])
@pytest.mark.parametrize(("seed", "query", "answer"), [(4, 1, 0), (16, 1, 0), (18, 5, 3)])
def test_the_weight_of_a_token_that_cannot_stand_there_hides_no_hint(
    monkeypatch: pytest.MonkeyPatch, heavier: float, seed: int, query: int, answer: int
) -> None:
    checkpoint = tiny.checkpoint("retrieval", seed, True, 0.4, 6)
    domain = tiny.domain_of(checkpoint, query, LENGTH)
    tables = Prover(checkpoint).model.tables(query)
    alone = list(hints(tables, domain, [answer], 2, LENGTH))
    assert alone
    absent = next(token for token in domain.answers.tolist() if token not in {query, answer})
    given = tables.scores(0, LENGTH).copy()
    given[:, absent] += heavier
    monkeypatch.setattr(tables, "scores", lambda start, stop: given[start:stop])
    assert list(hints(tables, domain, [answer], 2, LENGTH)) == alone
