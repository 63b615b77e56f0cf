"""Trained models, read through one canonical head, scored, certified, predicted and drawn.

::

    import empirical

    model = empirical.read_checkpoint(empirical.shipped_checkpoints()[0])
    list(empirical.predict(empirical.Subject.of(model)))
    list(empirical.Prover(model).rows(query=12, length=32))
    empirical.find_figures(["price_of_length"])[0]
"""

from theory.public import offered

__getattr__, __dir__ = offered(
    __name__,
    {
        "Checkpoint": "checkpoint",
        "GPTJ": "models.gptj",
        "Head": "heads.canonical",
        "PlainTables": "certificates.tables",
        "Prediction": "predictions.prediction",
        "Prover": "certificates.certificate",
        "Subject": "predictions.subject",
        "certify": "certificates.certificate",
        "compare": "comparison",
        "decide": "certificates.settle",
        "draw_queries": "scores.queries:draw",
        "find_figures": "figures.gallery:find",
        "predict": "predictions",
        "prover_of": "certificates.several_prover",
        "read_checkpoint": "checkpoint:read",
        "read_hugging_face": "hugging_face:read",
        "score": "scores.table",
        "shipped_checkpoints": "shipped:shipped",
    },
)
