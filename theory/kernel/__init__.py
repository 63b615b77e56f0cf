"""The proof kernel of Coq as an engine: statements generated, scripts written by hand, checked.

``statement`` generates the Coq statement of a sentence from its SymPy ``Claim``; nobody types
one. A script beside the sentence's file proves it, over the lemmas in ``library``. ``checking``
compiles the two and reads what the proof assumes. Only the statement, ``library/prelude.v`` and
the kernel have to be believed: scripts and lemmas are checked.
"""
