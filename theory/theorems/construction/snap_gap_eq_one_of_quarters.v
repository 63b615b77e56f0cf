From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros x y *. unfold Rmax. repeat destruct (Rle_dec _ _); lra.
Qed.

Theorem makes_sense : sense.
Proof.
  exact I.
Qed.
