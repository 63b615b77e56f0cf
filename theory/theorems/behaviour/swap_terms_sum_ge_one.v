From Coq Require Import Lra Psatz.
From ropeproof Require Import prelude lemmas.
From ledger Require Import Statement.

Theorem holds : sentence.
Proof.
  intros u v x y Hx Hy Hu Hv.
  assert (0 <= u * v) by nra. assert (0 <= x * y) by nra. nra.
Qed.

Theorem makes_sense : sense.
Proof. exact I. Qed.
