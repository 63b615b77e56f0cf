(* The checker over the machine's floats, of 53 bits. *)
From Interval Require Import Float.Primitive_ops.
From ropeproof Require Export Check.
Module Checker := Check PrimitiveFloat.
Definition precision := PrimitiveFloat.PtoP 53.
