"""Standing of a token's logit in the vocabulary, against logits of all its tokens."""

import numpy as np
import pytest

from tests.empirical import foreign_models


@pytest.mark.parametrize("model_type", ["llama", "gemma2", "gpt_neox", "gptj"])
def test_standing_is_that_among_all_logits(model_type: str) -> None:
    model = foreign_models.unread(foreign_models.config(model_type))
    rng = np.random.default_rng(0)
    rows, tokens = rng.normal(size=(9, 32)) * 10.0 ** rng.integers(-6, 6, (9, 1)), np.arange(9) * 7
    logits = model.family.direct_logits(model.module, rows, np.arange(64))
    own = logits[np.arange(9), tokens]
    slow = (own - logits.mean(axis=1)) / logits.std(axis=1)
    fast = model.family.standing(model.module, model.unembedding, rows, tokens)
    assert np.allclose(fast, slow, rtol=1e-9)
    wrong = model.family.standing(model.module, model.unembedding, rows, tokens + 1)
    assert not np.allclose(wrong, slow, rtol=1e-2)
