"""Definitions, engines and sentences.

::

    import theory

    theory.prove("weight_ge_of_floor")
    theory.index_gap(theory.Angle.parse("2pi/17"), 16)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
