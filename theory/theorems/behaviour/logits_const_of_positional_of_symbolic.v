From Coq Require Import Lia Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros a b c H1 H2. lra.
Qed.

Theorem makes_sense : sense.
Proof.
  exact I.
Qed.
