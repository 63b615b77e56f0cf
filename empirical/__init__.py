"""Trained models, read through one canonical head, scored, certified, predicted and drawn.

::

    import empirical

    empirical.certify("index-1layer", length=32)
    empirical.score("index-1layer", inputs=20)
    empirical.predict("index-1layer", lengths=(12,))
    empirical.read_heads("index-1layer", length=64, prompts=2)
    empirical.figure("price_of_length")
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
