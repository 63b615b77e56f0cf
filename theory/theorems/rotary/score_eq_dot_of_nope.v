From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  unfold sentence.
  intros * ->. rewrite !Rmult_0_r, sin_0, cos_0. ring.
Qed.

Theorem makes_sense : sense.
Proof.
  unfold sense. exact I.
Qed.
