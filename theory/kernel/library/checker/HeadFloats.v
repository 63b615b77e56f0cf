(* The checker of several heads over the machine's floats, of 53 bits. *)
From Interval Require Import Float.Primitive_ops.
From ropeproof Require Export HeadCheck.
Module Checker := HeadCheck PrimitiveFloat.
Definition precision := PrimitiveFloat.PtoP 53.
