"""Definitions, engines and sentences.

::

    import theory

    theory.judge(*theory.find(["weight_ge_of_floor"]))
    theory.index_gap(theory.Angle.parse("2pi/17"), 16)
"""

from theory.public import offered

__getattr__, __dir__ = offered(
    __name__,
    {
        "Angle": "angle",
        "Claim": "claim",
        "Evidence": "evidence",
        "Judgement": "ledger",
        "Refusal": "refusal",
        "Theorem": "ledger",
        "Verdict": "evidence",
        "all_theorems": "ledger",
        "dispersion_bound": "predictors.softmax",
        "find": "ledger",
        "index_critical_beta": "predictors.index",
        "index_floor": "predictors.index",
        "index_gap": "engines.diophantine",
        "index_horizon": "predictors.index",
        "index_peak": "predictors.index",
        "judge": "ledger",
        "judge_all": "ledger",
        "planes_gap": "engines.alignment",
        "retrieval_critical_beta": "predictors.retrieval",
        "retrieval_floor": "predictors.retrieval",
        "retrieval_horizon": "predictors.retrieval",
        "retrieval_peak": "predictors.retrieval",
        "softmax_weight_bounds": "predictors.softmax",
    },
)
