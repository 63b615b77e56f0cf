"""Certificates of models of one layer shown by the proof kernel of Coq.

``prove.prove`` writes the weights of a checkpoint as exact integers, states what its certificate
claims over the definitions in ``theory/kernel/library/meaning``, and lets the kernel check it.
``README.md`` says what has to be believed.
"""
