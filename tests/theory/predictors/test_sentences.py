"""Every predictor stands on a sentence of the ledger."""

import inspect
import re
from importlib import import_module

import pytest

from theory import ledger


@pytest.mark.parametrize("module", ["index", "retrieval", "softmax"])
def test_every_predictor_names_a_sentence_of_the_ledger(module: str) -> None:
    names = {theorem.name for theorem in ledger.all_theorems()}
    predictors = import_module(f"theory.predictors.{module}")
    public = [
        function
        for name, function in inspect.getmembers(predictors, inspect.isfunction)
        if function.__module__ == predictors.__name__ and not name.startswith("_")
    ]
    assert len(public) >= 2
    for predictor in public:
        named = set(re.findall(r"``(\w+)``", predictor.__doc__ or ""))
        assert named & names, predictor.__name__
