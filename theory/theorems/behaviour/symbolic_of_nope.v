From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros m s t a b c d theta Hm H. apply Sum_ext. intros k Hk.
  rewrite (H k Hk), !Rmult_0_r, sin_0, cos_0. ring.
Qed.

Theorem makes_sense : sense.
Proof.
  intros m *. lia.
Qed.
