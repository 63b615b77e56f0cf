(* The checker of two blocks over the machine's floats, of 53 bits. *)
From Interval Require Import Float.Primitive_ops.
From ropeproof Require Export CircuitCheck.
Module Checker := CircuitCheck PrimitiveFloat.
Definition precision := PrimitiveFloat.PtoP 53.
