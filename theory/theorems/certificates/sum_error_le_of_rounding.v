From Coq Require Import Lia Lra.
From ropeproof Require Import prelude lemmas rounding.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros n u s delta x Hn S0 Low High Step. apply (rounded_sum n u s delta x); [lia|exact S0| |exact Step].
  intros j Hj. specialize (Low j Hj). specialize (High j Hj). lra.
Qed.

Theorem makes_sense : sense.
Proof.
  intros n u s delta x Hn S0 Low High Step. lia.
Qed.
