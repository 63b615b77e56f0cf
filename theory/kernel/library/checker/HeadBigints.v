(* The checker of several heads over floats of 60 bits, made of machine integers. *)
From Interval Require Import Float.Specific_ops Float.Specific_bigint.
From ropeproof Require Export HeadCheck.
Module Numbers := SpecificFloat BigIntRadix2.
Module Checker := HeadCheck Numbers.
Definition precision := Numbers.PtoP 60.
