"""Hand-set weights, and the reference layer that runs them.

::

    import constructions

    network = constructions.Index.for_length(17)
    network.certified_beta(17)
    network.run(network.hardest_input(17))
"""

from theory.public import offered

__getattr__, __dir__ = offered(
    __name__,
    {
        "AbsoluteIndex": "absolute_index",
        "Construction": "construction",
        "Head": "attention",
        "Index": "index",
        "Induction": "induction",
        "InformationRetrieval": "information_retrieval",
        "Layer": "attention",
        "MultihopLetter": "multihop_letter",
        "MultihopNumber": "multihop_number",
        "Network": "construction",
        "PartialInduction": "partial_induction",
        "PreviousToken": "previous_token",
        "Reflexive": "reflexive",
        "Retrieval": "retrieval",
        "SmearedKey": "smeared_key",
        "attend": "attention",
        "every_construction": "catalogue:catalogue",
        "logits": "attention",
        "rotate": "attention",
        "weights": "attention",
    },
)
