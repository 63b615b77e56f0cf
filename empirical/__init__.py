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
        "Checkpoint": "files.checkpoint",
        "GPTJ": "models.gptj",
        "Head": "heads.canonical",
        "PlainTables": "certificates.one_layer.tables",
        "Prediction": "predictions.prediction",
        "Prover": "certificates.one_layer.prover",
        "Subject": "predictions.subject",
        "certify": "certificates.one_layer.prover",
        "compare": "shipped.comparison",
        "decide": "certificates.one_layer.branch_and_bound",
        "draw_queries": "scores.queries:draw",
        "find_figures": "figures.gallery:find",
        "predict": "predictions",
        "prover_of": "certificates.several_heads.prover",
        "read_checkpoint": "files.checkpoint:read",
        "read_hugging_face": "foreign.reading:read",
        "score": "scores.table",
        "shipped_checkpoints": "shipped.checkpoints:shipped",
    },
)
