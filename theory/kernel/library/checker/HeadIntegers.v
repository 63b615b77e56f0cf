(* The checker of several heads over floats of 60 bits, made of binary integers alone. *)
From Interval Require Import Float.Specific_ops Float.Specific_stdz.
From ropeproof Require Export HeadCheck.
Module Numbers := SpecificFloat StdZRadix2.
Module Checker := HeadCheck Numbers.
Definition precision := Numbers.PtoP 60.
