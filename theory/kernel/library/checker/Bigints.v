(* The checker over floats of 60 bits, made of machine integers. *)
From Interval Require Import Float.Specific_ops Float.Specific_bigint.
From ropeproof Require Export Check.
Module Numbers := SpecificFloat BigIntRadix2.
Module Checker := Check Numbers.
Definition precision := Numbers.PtoP 60.
