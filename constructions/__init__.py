"""Hand-set weights, and the reference layer that runs them; public names are listed by ``dir``.

::

    import constructions

    network = constructions.Index.for_length(17)
    network.certified_beta(17)
    network.run(network.hardest_input(17))
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
